/* SPDX-License-Identifier: MIT */
/*
 * The kernel, and what is needed to build a module for it.
 */
#include "doctor.h"

#include "facts.h"
#include "modtree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What README.md says of it. */
#define TESTED_FROM	"5.10"
#define TESTED_TO	"7.2"

/* ---- kernel ------------------------------------------------------------ */

/* Names of 64-bit machines are many, and new ones come. */
static int is_32_bit(const char *machine)
{
	static const char *const names[] = {
		"arm", "armv5", "armv6", "armv7", "i386", "i486", "i586", "i686", "m68k",
		"mips", "parisc", "ppc", "riscv32", "sh4", "sparc", "x86",
	};
	size_t i, len;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		len = strlen(names[i]);
		if (!strncmp(machine, names[i], len) &&
		    (!machine[len] || !strncmp(names[i], "armv", 4)))
			return 1;
	}
	return 0;
}

/* A program of 32 bits is told the wrong name by uname(). */
static void find_machine(const struct doctor *d, char *machine, size_t size)
{
	if (facts_read(d->root, "/proc/sys/kernel/arch", machine, size) || !*machine)
		snprintf(machine, size, "%s", d->machine);
}

static long number_of(const char *release)
{
	char *end;
	long major = strtol(release, &end, 10);

	return major * 1000 + (*end == '.' ? strtol(end + 1, NULL, 10) : 0);
}

static int is_tested(const char *release)
{
	return number_of(release) >= number_of(TESTED_FROM) &&
	       number_of(release) <= number_of(TESTED_TO);
}

static int is_wsl1(const struct doctor *d)
{
	return strstr(d->release, "-Microsoft") != NULL;
}

static int is_wsl2(const struct doctor *d)
{
	return strstr(d->release, "-microsoft") != NULL;
}

static void say_missing(struct doctor *d)
{
	if (!facts_exist(d->root, "/proc/modules")) {
		findings_add(&d->findings, STATUS_FAIL, "kernel",
			     "%s loads no modules (there is no /proc/modules)", d->release);
		findings_advise(&d->findings, "Use a kernel with CONFIG_MODULES; in a "
				"sandbox, work on the machine itself.");
		return;
	}
	findings_add(&d->findings, STATUS_FAIL, "kernel",
		     "%s loads no more modules (kernel.modules_disabled is 1)", d->release);
	findings_advise(&d->findings, "Find who sets it, have sockopt loaded before that "
			"(/etc/modules-load.d/sockopt.conf), and reboot.");
}

static void say_version(struct doctor *d, const char *machine)
{
	int is_fine = is_tested(d->release) || !d->probe.stream_error;
	const char *range = strcmp(TESTED_FROM, TESTED_TO) ?
			    TESTED_FROM " to " TESTED_TO : TESTED_FROM;

	findings_add(&d->findings, is_fine ? STATUS_OK : STATUS_NOTE, "kernel",
		     "%s, %s%s%s", d->release, machine,
		     is_fine ? "" : "; sockopt was tested with ", is_fine ? "" : range);
	if (!is_fine)
		findings_advise(&d->findings, "Try it: what is not there yet makes the "
				"module's build fail, and nothing else.");
}

static void say_hidden(struct doctor *d)
{
	findings_add(&d->findings, STATUS_NOTE, "kernel",
		     "%s; whether it takes modules cannot be seen in this /proc", d->release);
	findings_advise(&d->findings, "Look where all of /proc is there, as it is without the "
			"mount option subset=pid.");
}

void check_kernel(struct doctor *d)
{
	struct findings *f = &d->findings;
	char machine[65];

	find_machine(d, machine, sizeof(machine));
	if (!d->probe.open_error) {
		say_version(d, machine);	/* its module answers: it takes modules */
	} else if (is_32_bit(machine)) {
		findings_add(f, STATUS_FAIL, "kernel", "%s, %s: not supported", d->release,
			     machine);
		findings_advise(f, "Use a 64-bit kernel; programs of 32 bits work on it.");
	} else if (is_wsl1(d)) {
		findings_add(f, STATUS_FAIL, "kernel", "WSL 1 has no Linux kernel");
		findings_advise(f, "In Windows: wsl --set-version DISTRIBUTION 2");
	} else if (facts_exist(d->root, "/proc/net") &&
		   !facts_exist(d->root, "/proc/net/netfilter")) {
		findings_add(f, STATUS_FAIL, "kernel", "%s has no netfilter", d->release);
		findings_advise(f, "Use a kernel with CONFIG_NETFILTER.");
	} else if (d->survey.is_fixed) {
		say_missing(d);
	} else if (d->survey.is_hidden) {
		say_hidden(d);
	} else {
		say_version(d, machine);
	}
	d->survey.is_fixed |= findings_fail(f);	/* with this kernel, nothing else helps */
}

/* ---- container --------------------------------------------------------- */

void check_container(struct doctor *d)
{
	if (!d->survey.container[0] || d->survey.is_loaded || d->survey.is_fixed)
		return;
	findings_add(&d->findings, STATUS_NOTE, "container",
		     "this looks like a container (%s), with the kernel of its host",
		     d->survey.container);
	findings_advise(&d->findings, "Build, install and load the module on the host, and "
			"run 'sockopt doctor' there.");
}

/* ---- headers ----------------------------------------------------------- */

static const char *flavour_of(const char *release)
{
	const char *dash = strrchr(release, '-');

	return dash ? dash + 1 : "default";
}

static int is_like(const char *ids, const char *id)
{
	return strstr(ids, id) != NULL;
}

/* ID and ID_LIKE, with whatever quotes there are. */
static void find_ids(const struct doctor *d, char *ids, size_t size)
{
	const char *name = "/etc/os-release";
	char id[64], like[128];

	if (!facts_exist(d->root, name))
		name = "/usr/lib/os-release";
	facts_value(d->root, name, "ID=", id, sizeof(id));
	facts_value(d->root, name, "ID_LIKE=", like, sizeof(like));
	snprintf(ids, size, "%s %s", id, like);
}

static const char *arch_package(const char *release)
{
	if (strstr(release, "-lts"))
		return "linux-lts-headers";
	if (strstr(release, "-zen"))
		return "linux-zen-headers";
	return strstr(release, "-hardened") ? "linux-hardened-headers" : "linux-headers";
}

void advise_headers(struct doctor *d)
{
	struct findings *f = &d->findings;
	const char *release = d->release;
	char ids[200];

	find_ids(d, ids, sizeof(ids));
	if (is_wsl2(d))
		findings_advise(f, "Get the sources of Microsoft's kernel (WSL2-Linux-Kernel), "
				"'make modules_prepare' there, and ./configure "
				"--with-kernel=DIR here.");
	else if (is_like(ids, "debian") || is_like(ids, "ubuntu"))
		findings_advise(f, "%sapt install linux-headers-%s", sudo(d), release);
	else if (is_like(ids, "fedora") || is_like(ids, "rhel"))
		findings_advise(f, "%sdnf install kernel-devel-%s", sudo(d), release);
	else if (is_like(ids, "suse"))
		findings_advise(f, "%szypper install kernel-%s-devel", sudo(d),
				flavour_of(release));
	else if (is_like(ids, "arch"))
		findings_advise(f, "%spacman -S %s", sudo(d), arch_package(release));
	else if (is_like(ids, "alpine"))
		findings_advise(f, "%sapk add linux-%s-dev", sudo(d), flavour_of(release));
	else
		findings_advise(f, "Install your distribution's package for building modules "
				"for the kernel %s.", release);
}

static void say_no_headers(struct doctor *d)
{
	char other[128];

	modtree_headers(d->root, d->release, other, sizeof(other));
	findings_add(&d->findings, STATUS_FAIL, "headers",
		     "none in /lib/modules/%s/build, to build the module with%s%s%s",
		     d->release, *other ? " (those of " : "", other,
		     *other ? " are there)" : "");
	advise_headers(d);
	if (*other)
		findings_advise(&d->findings, "If there are none (any more): boot the kernel "
				"%s.", other);
}

/* Who has a module that fits needs none. */
void check_headers(struct doctor *d)
{
	if (!is_to_load(d))
		return;
	if (modtree_has_headers(d->root, d->release))
		findings_add(&d->findings, STATUS_OK, "headers", "/lib/modules/%s/build",
			     d->release);
	else if (d->survey.is_unfit)
		say_no_headers(d);
}
