/* SPDX-License-Identifier: MIT */
/*
 * modules.dep names each file that modprobe knows: "updates/sockopt.ko: NEEDED...".
 */
#include "modtree.h"

#include "facts.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEPTH_MAX	16

static int is_module(const char *name)
{
	return !strcmp(name, "sockopt.ko") || !strcmp(name, "sockopt.ko.xz") ||
	       !strcmp(name, "sockopt.ko.zst") || !strcmp(name, "sockopt.ko.gz");
}

/* ---- What modprobe knows ----------------------------------------------- */

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Cuts the line behind the path. 1: it is that of our module. */
static int is_our_line(char *line)
{
	char *colon = strchr(line, ':');

	if (!colon)
		return 0;
	*colon = '\0';
	return is_module(base_of(line));
}

static int find_listed(const char *root, const char *release, char path[PATH_MAX])
{
	char *line = NULL, name[PATH_MAX];
	size_t size = 0;
	FILE *file;
	int ret = -1;

	facts_path("", name, "/lib/modules/%s/modules.dep", release);
	file = facts_open(root, name);
	while (file && ret && getline(&line, &size, file) > 0)
		if (is_our_line(line)) {
			facts_path("", path, *line == '/' ? "%.0s%s" :
				   "/lib/modules/%s/%s", release, line);
			ret = facts_exist(root, path) ? 0 : -1;
		}
	free(line);
	if (file)
		fclose(file);
	return ret;
}

/* ---- What lies there --------------------------------------------------- */

static int walk(int at, const char *name, char path[PATH_MAX], int depth);

static int may_be_directory(const struct dirent *entry)
{
	return entry->d_name[0] != '.' &&
	       (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN);
}

/* The sources of a kernel, where they are no link. */
static int is_source(const char *name, int depth)
{
	return !depth && (!strcmp(name, "build") || !strcmp(name, "source"));
}

static int walk_entries(DIR *dir, char path[PATH_MAX], int depth)
{
	struct dirent *entry;
	size_t len = strlen(path);

	while ((entry = readdir(dir)) != NULL) {
		snprintf(path + len, PATH_MAX - len, "/%s", entry->d_name);
		if (is_module(entry->d_name) &&
		    !faccessat(dirfd(dir), entry->d_name, F_OK, 0))
			return 0;
		if (may_be_directory(entry) && !is_source(entry->d_name, depth) &&
		    !walk(dirfd(dir), entry->d_name, path, depth + 1))
			return 0;
	}
	path[len] = '\0';
	return -1;
}

/* path grows with each step down. 0: it is that of the file. */
static int walk(int at, const char *name, char path[PATH_MAX], int depth)
{
	int fd = depth > DEPTH_MAX ? -1 :
		 openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), ret;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	ret = walk_entries(dir, path, depth);
	closedir(dir);
	return ret;
}

int modtree_find(const char *root, const char *release, char path[PATH_MAX])
{
	char top[PATH_MAX];

	if (!find_listed(root, release, path))
		return 1;
	facts_path("", path, "/lib/modules/%s", release);
	if (!walk(AT_FDCWD, facts_path(root, top, "%s", path), path, 0))
		return 0;
	path[0] = '\0';
	return -1;
}

/* ---- Other kernels ----------------------------------------------------- */

typedef int has_fn(const char *root, const char *release);

static int has_file(const char *root, const char *release)
{
	char path[PATH_MAX];

	return modtree_find(root, release, path) >= 0;
}

int modtree_has_headers(const char *root, const char *release)
{
	char path[PATH_MAX];

	return facts_exist(root, facts_path("", path, "/lib/modules/%s/build/Makefile",
					    release)) &&
	       facts_exist(root, facts_path("", path, "/lib/modules/%s/build/include/"
					    "generated/utsrelease.h", release));
}

static int find_other(const char *root, const char *release, has_fn *has, char *other,
		      size_t size)
{
	struct dirent *entry;
	char top[PATH_MAX];
	int ret = -1;
	DIR *dir = opendir(facts_path(root, top, "/lib/modules"));

	other[0] = '\0';
	while (dir && ret && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, release) &&
		    has(root, entry->d_name)) {
			snprintf(other, size, "%s", entry->d_name);
			ret = 0;
		}
	if (dir)
		closedir(dir);
	return ret;
}

int modtree_other(const char *root, const char *release, char *other, size_t size)
{
	return find_other(root, release, has_file, other, size);
}

int modtree_headers(const char *root, const char *release, char *other, size_t size)
{
	return find_other(root, release, modtree_has_headers, other, size);
}
