/* SPDX-License-Identifier: MIT */
/*
 * The module: its file, and whether it is loaded.
 */
#include "doctor.h"

#include "facts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- file -------------------------------------------------------------- */

static void advise_build(struct doctor *d)
{
	findings_advise(&d->findings, "In sockopt's source tree: ./configure && make && "
			"sudo make install && sudo depmod && sudo modprobe sockopt");
}

static void say_no_file(struct doctor *d)
{
	const struct survey *s = &d->survey;
	char path[PATH_MAX];

	if (s->other[0])
		findings_add(&d->findings, STATUS_FAIL, "file",
			     "sockopt.ko is there for the kernel %s, not for %s, which runs",
			     s->other, d->release);
	else
		findings_add(&d->findings, STATUS_FAIL, "file",
			     "no sockopt.ko in /lib/modules/%s", d->release);
	advise_build(d);
	if (!facts_exist(d->root, facts_path("", path, "/lib/modules/%s", d->release)))
		findings_advise(&d->findings, "In a container, the module is installed and "
				"loaded on the host.");
}

static void say_unreadable(struct doctor *d)
{
	int error = -d->survey.file_error;

	findings_add(&d->findings, STATUS_NOTE, "file", "%s: %s", d->survey.path,
		     strerror(error));
	if ((error == EACCES || error == EPERM) && !d->is_root)
		findings_advise(&d->findings, "Look as root: sudo sockopt doctor");
	else
		findings_advise(&d->findings, "If modprobe cannot read it either, install it "
				"again: %smake install", sudo(d));
}

static void say_other_release(struct doctor *d)
{
	const struct survey *s = &d->survey;

	findings_add(&d->findings, s->is_unfit ? STATUS_FAIL : STATUS_NOTE, "file",
		     "%s was built for %.*s, but %s runs", s->path,
		     (int)strcspn(s->file.vermagic, " "), s->file.vermagic, d->release);
	if (s->is_unfit)
		advise_build(d);
	else
		findings_advise(&d->findings, "If modprobe says 'Invalid module format' or "
				"'Unknown symbol', build it again.");
}

void check_file(struct doctor *d)
{
	const struct survey *s = &d->survey;

	if (!is_to_load(d))
		return;
	if (!s->path[0]) {
		say_no_file(d);
	} else if (s->file_error) {
		say_unreadable(d);
	} else if (s->file.is_compressed) {
		findings_add(&d->findings, STATUS_OK, "file",
			     "%s (compressed: not looked into)", s->path);
	} else if (!s->file.is_module) {
		findings_add(&d->findings, STATUS_FAIL, "file",
			     "%s is no kernel module, or was cut", s->path);
		advise_build(d);
	} else if (!modfile_is_for(&s->file, d->release)) {
		say_other_release(d);
	} else {
		findings_add(&d->findings, STATUS_OK, "file", "%s", s->path);
	}
}

/* ---- module ------------------------------------------------------------ */

static void say_not_loaded(struct doctor *d)
{
	struct findings *f = &d->findings;

	if (is_guest(d)) {
		findings_add(f, STATUS_FAIL, "module", "not loaded");
		findings_advise(f, "As root of the machine, not in here: modprobe sockopt");
		return;
	}
	findings_add(f, STATUS_FAIL, "module", d->survey.is_listed ? "not loaded" :
		     "not loaded, and modprobe does not know its file yet");
	findings_advise(f, "%s%s%smodprobe sockopt", sudo(d),
			d->survey.is_listed ? "" : "depmod && ",
			d->survey.is_listed ? "" : sudo(d));
	findings_advise(f, "At each boot: echo sockopt | %stee /etc/modules-load.d/sockopt.conf",
			sudo(d));
}

/* What was built anew has another checksum of its sources. */
static int is_other_build(const struct doctor *d)
{
	const struct modfile *file = &d->survey.file;
	char loaded[MODFILE_TEXT];

	if (facts_read(d->root, "/sys/module/sockopt/srcversion", loaded, sizeof(loaded)))
		return 0;
	return file->srcversion[0] && *loaded && strcmp(file->srcversion, loaded);
}

static void say_loaded(struct doctor *d)
{
	char version[64] = "", taint[16] = "";
	int is_other = is_other_build(d);

	if (facts_read(d->root, "/sys/module/sockopt/version", version, sizeof(version)))
		snprintf(version, sizeof(version), "%s", d->probe.version);
	facts_read(d->root, "/sys/module/sockopt/taint", taint, sizeof(taint));
	findings_add(&d->findings, is_other ? STATUS_NOTE : STATUS_OK, "module",
		     "version %s is loaded%s%s%s%s", *version ? version : "?",
		     strchr(taint, 'O') ? ", built out of the kernel's tree" : "",
		     strchr(taint, 'E') ? ", not signed" : "",
		     is_other ? "; another build than " : "",
		     is_other ? d->survey.path : "");
	if (is_other)
		findings_advise(&d->findings, "To have that one: %smodprobe -r sockopt && "
				"%smodprobe sockopt", sudo(d), sudo(d));
}

static void say_passing(struct doctor *d, const char *state)
{
	findings_add(&d->findings, STATUS_FAIL, "module", "is being %s",
		     strcmp(state, "going") ? "loaded" : "unloaded");
	findings_advise(&d->findings, "Look again in a moment; if it stays so: "
			"%sdmesg | grep sockopt", sudo(d));
}

/* Neither the kernel nor a file can be asked. */
static int is_blind(const struct doctor *d)
{
	return d->survey.is_hidden && d->probe.socket_error &&
	       !facts_exist(d->root, "/sys/module");
}

static void say_unseen(struct doctor *d)
{
	findings_add(&d->findings, STATUS_NOTE, "module",
		     "whether it is loaded cannot be seen here");
	findings_advise(&d->findings, "Look where a raw socket can be opened, or where all of "
			"/proc is there.");
}

void check_module(struct doctor *d)
{
	char state[16];

	if (d->survey.is_loaded) {
		facts_read(d->root, "/sys/module/sockopt/initstate", state, sizeof(state));
		if (*state && strcmp(state, "live"))
			say_passing(d, state);
		else
			say_loaded(d);
	} else if (is_blind(d)) {
		say_unseen(d);
	} else if (!d->survey.is_fixed && (is_guest(d) || !d->survey.is_unfit)) {
		say_not_loaded(d);
	}
}
