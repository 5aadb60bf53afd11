/* SPDX-License-Identifier: MIT */
/*
 * Files of a machine that sockopt doctor looks at: those of tests/unit/patient.c, some of
 * which are the input's. Each is named by a byte, and then has a length of two bytes. The
 * first bytes are what system calls say.
 */
#include "facts.h"
#include "fuzz.h"
#include "patient.h"
#include "tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Every file whose bytes are read; those of which it is enough that they are there, too. */
static const char *const names[] = {
	"/etc/modprobe.d/a.conf",
	"/etc/os-release",
	"/usr/lib/os-release",
	"/usr/lib/modprobe.d/b.conf",
	"/lib/modules/" RELEASE "/modules.dep",
	MODULE,
	"/lib/modules/6.1.0-8-amd64/updates/sockopt.ko",
	"/proc/cmdline",
	"/proc/modules",
	"/proc/net/sockopt/stats",
	"/proc/net/sockopt/streams",
	"/proc/self/status",
	"/proc/self/uid_map",
	"/proc/sys/kernel/arch",
	"/proc/sys/kernel/modules_disabled",
	"/proc/sys/net/sockopt/streams_max",
	"/proc/sys/net/sockopt/ring_bytes_max",
	"/proc/sys/net/sockopt/log_messages",
	"/run/systemd/container",
	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
	"/sys/firmware/efi/efivars/MokListRT-605dab50-e046-4300-abb8-b5e8ac4ef6b3",
	"/sys/kernel/security/lockdown",
	"/sys/module/module/parameters/sig_enforce",
	"/sys/module/sockopt/version",
	"/sys/module/sockopt/initstate",
	"/sys/module/sockopt/taint",
	"/sys/module/sockopt/srcversion",
	"/var/lib/dkms/mok.pub",
};
#define NAMES (sizeof(names) / sizeof(names[0]))
#define FILES_MAX 8		/* of an input: more cost time and tell nothing */

/* ---- The machine: made once, and what an input changed is put back --------- */

#define LOADED	"/sys/module/sockopt"	/* is there as long as the module is loaded */

static struct doctor well;
static struct before {
	char *bytes;		/* NULL: there was no such file */
	size_t size;
	int is_changed;
} before[NAMES];

static void keep(size_t i)
{
	char path[PATH_MAX], bytes[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s%s", patient.root, names[i]);
	file = fopen(path, "re");
	if (!file)
		return;
	before[i].size = fread(bytes, 1, sizeof(bytes), file);
	before[i].bytes = exact(bytes, before[i].size);
	fclose(file);
}

static void machine_make(void)
{
	size_t i;

	tree_begin();
	atexit(tree_end);
	patient_make();
	well = patient;
	for (i = 0; i < NAMES; i++)
		keep(i);
}

static void put(size_t i, struct input part)
{
	tree_put_bytes(names[i], part.data, part.len);
	before[i].is_changed = 1;
}

static void load(void)
{
	size_t i;

	patient_load();
	for (i = 0; i < NAMES; i++)
		before[i].is_changed |= strstr(names[i], "/sockopt/") != NULL;
}

static void put_back(size_t i)
{
	if (before[i].bytes)
		tree_put_bytes(names[i], before[i].bytes, before[i].size);
	else if (facts_exist(patient.root, names[i]))
		tree_remove(names[i]);
	before[i].is_changed = 0;
}

static void machine_restore(void)
{
	size_t i;

	for (i = 0; i < NAMES; i++)
		if (before[i].is_changed)
			put_back(i);
	if (facts_exist(patient.root, LOADED))
		tree_remove(LOADED);
	patient_free();
	patient = well;
}

/* ---- What the input has ---------------------------------------------------- */

static int take_error(struct input *in)
{
	static const int errors[] = { 0, -EPERM, -EACCES, -ENOPROTOOPT, -EPROTO, -ENOSPC,
				      -EAFNOSUPPORT, -EINVAL };

	return errors[take8(in) % (sizeof(errors) / sizeof(errors[0]))];
}

static void take_probe(struct input *in, struct probe *probe)
{
	probe->socket_error = take_error(in);
	probe->open_error = take_error(in);
	probe->stream_error = take_error(in);
	probe->control_error = take_error(in);
	probe->number = (int)take32(in);
	probe->features = take32(in);
	probe->net_owner = take8(in);
	probe->is_net_foreign = take8(in) & 1;
}

static void take_files(struct input *in)
{
	size_t i, name;

	for (i = 0; i < FILES_MAX && in->len; i++) {
		name = take8(in) % NAMES;
		put(name, take_part(in, take16(in)));
	}
}

/* ---- What it finds --------------------------------------------------------- */

static void expect_plain(const char *text, const char *others)
{
	HOLDS(is_plain(text, strlen(text), others));
}

/* Something is said of each part, in characters that move no cursor. */
static void expect_sane(const struct findings *findings)
{
	size_t i;

	HOLDS(findings->count);
	for (i = 0; i < findings->count; i++) {
		expect_plain(findings->all[i].found, "");
		if (findings->all[i].advice)
			expect_plain(findings->all[i].advice, "\n");
		HOLDS(findings->all[i].status == STATUS_OK || findings->all[i].advice);
	}
}

static void expect_survey(const struct survey *s)
{
	HOLDS(memchr(s->container, 0, sizeof(s->container)));
	HOLDS(memchr(s->path, 0, sizeof(s->path)));
	HOLDS(memchr(s->other, 0, sizeof(s->other)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	unsigned int how = take8(&in);

	if (!well.root)
		machine_make();
	patient.is_root = how & 1;
	if (how & 2)
		load();
	if (how & 4)
		take_probe(&in, &patient.probe);
	take_files(&in);
	patient_examine();
	expect_survey(&patient.survey);
	expect_sane(&patient.findings);
	machine_restore();
	return 0;
}
