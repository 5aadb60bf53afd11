/* SPDX-License-Identifier: MIT */
/*
 * What several checks need to know.
 */
#include "doctor.h"

#include "facts.h"
#include "modtree.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define INITIAL_USER_NAMESPACE	"user:[4026531837]"	/* the kernel's PROC_USER_INIT_INO */

const char *sudo(const struct doctor *d)
{
	return d->is_root ? "" : "sudo ";
}

int is_guest(const struct doctor *d)
{
	return d->survey.container[0] || !d->survey.is_initial;
}

int is_to_load(const struct doctor *d)
{
	return !d->survey.is_loaded && !d->survey.is_fixed && !is_guest(d);
}

/* /sys need not be there; in another network namespace /proc/modules is as well. */
static int is_loaded(const struct doctor *d)
{
	char text[8];

	return facts_exist(d->root, "/sys/module/sockopt") ||
	       !facts_value(d->root, "/proc/modules", "sockopt ", text, sizeof(text));
}

/* With subset=pid there are processes, and nothing that says what the kernel can do. */
static int is_proc_whole(const struct doctor *d)
{
	return facts_exist(d->root, "/proc/sys/kernel");
}

static int is_hidden(const struct doctor *d)
{
	return !facts_exist(d->root, "/proc/modules") && !is_proc_whole(d);
}

static int is_fixed(const struct doctor *d)
{
	uint64_t is_disabled = 0;

	if (!facts_exist(d->root, "/proc/modules"))
		return is_proc_whole(d);
	facts_number(d->root, "/proc/sys/kernel/modules_disabled", &is_disabled);
	return is_disabled != 0;
}

/* By the link, or where it cannot be read by the map, which a process can copy. */
static int is_initial(const struct doctor *d)
{
	char path[PATH_MAX], text[64] = "";
	unsigned long in, out, count;
	ssize_t len = readlink(facts_path(d->root, path, "/proc/self/ns/user"), text,
			       sizeof(text) - 1);

	if (len > 0)
		return !strcmp(text, INITIAL_USER_NAMESPACE);
	if (facts_read(d->root, "/proc/self/uid_map", text, sizeof(text)))
		return 1;
	return sscanf(text, "%lu %lu %lu", &in, &out, &count) != 3 ||
	       (!in && !out && count == 4294967295UL);
}

/* Whatever runs the containers there; podman and docker have marks of their own, too. */
static int is_kubernetes(const struct doctor *d)
{
	return (d->kubernetes && *d->kubernetes) ||
	       facts_exist(d->root, "/run/secrets/kubernetes.io");
}

/* A machine made of a container's image has the marks, but modules of its own. */
static void find_container(struct doctor *d)
{
	char *name = d->survey.container, path[PATH_MAX];
	size_t size = sizeof(d->survey.container);

	if (facts_exist(d->root, facts_path("", path, "/lib/modules/%s", d->release)))
		return;
	if (!facts_read(d->root, "/run/systemd/container", name, size) && *name &&
	    strcmp(name, "wsl"))
		return;
	name[0] = '\0';
	if (is_kubernetes(d))
		snprintf(name, size, "Kubernetes");
	else if (facts_exist(d->root, "/run/.containerenv"))
		snprintf(name, size, "podman");
	else if (facts_exist(d->root, "/.dockerenv"))
		snprintf(name, size, "docker");
}

/* Whoever counts symbols' versions lets in what other releases have built. */
static int is_fit(const struct doctor *d, const struct modfile *file)
{
	if (file->is_compressed)
		return 1;
	return file->is_module && (modfile_is_for(file, d->release) ||
				   strstr(file->vermagic, " modversions"));
}

static void find_file(struct doctor *d)
{
	struct survey *s = &d->survey;
	int found = modtree_find(d->root, d->release, s->path);
	char path[PATH_MAX];

	s->is_listed = found == 1;
	if (found >= 0)
		s->file_error = modfile_read(&s->file,
					     facts_path(d->root, path, "%s", s->path));
	else
		modtree_other(d->root, d->release, s->other, sizeof(s->other));
	s->is_unfit = found < 0 || (!s->file_error && !is_fit(d, &s->file));
}

void survey(struct doctor *d)
{
	memset(&d->survey, 0, sizeof(d->survey));
	d->survey.is_loaded = is_loaded(d);
	d->survey.is_fixed = !d->survey.is_loaded && is_fixed(d);
	d->survey.is_hidden = !d->survey.is_loaded && is_hidden(d);
	d->survey.is_initial = is_initial(d);
	find_container(d);
	find_file(d);
}
