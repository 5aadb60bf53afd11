/* SPDX-License-Identifier: MIT */
/*
 * sockopt streams: who has a stream open, and how it gets on.
 */
#include "streams.h"

#include "object.h"
#include "procfs.h"
#include "tool.h"

#include <dirent.h>
#include <inttypes.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"usage: sockopt streams [OPTION]\n"
	"Lists the open streams: who opened them, and what became of their records.\n"
	"Needs root.\n"
	"\n"
	"      --json                 a JSON object a line\n"
	"  -h, --help\n";

/* In the file. */
enum {
	CHANNEL, INODE, PID, UID, SLOTS, SNAPLEN, SEEN, FILTERED, DELIVERED, PENDING,
	LOST_FULL, LOST_BUSY, STATE, COLUMNS,
};

static const struct column columns[COLUMNS] = {
	[CHANNEL] = { "channel", 0 },
	[INODE] = { "inode", 1 },
	[PID] = { "pid", 1 },
	[UID] = { "uid", 1 },
	[SLOTS] = { "slots", 1 },
	[SNAPLEN] = { "snaplen", 1 },
	[SEEN] = { "seen", 1 },
	[FILTERED] = { "filtered", 1 },
	[DELIVERED] = { "delivered", 1 },
	[PENDING] = { "pending", 1 },
	[LOST_FULL] = { "lost_full", 1 },
	[LOST_BUSY] = { "lost_busy", 1 },
	[STATE] = { "state", 0 },
};

/* On the screen. */
static const struct column shown[] = {
	{ "channel", 0 },
	{ "pid", 1 },
	{ "command", 0 },
	{ "user", 0 },
	{ "slots", 1 },
	{ "snaplen", 1 },
	{ "seen", 1 },
	{ "filtered", 1 },
	{ "delivered", 1 },
	{ "pending", 1 },
	{ "lost", 1 },
	{ "state", 0 },
};

#define SHOWN (sizeof(shown) / sizeof(shown[0]))
#define NAME_ROOM 64
#define FILE_NAME "anon_inode:[sockopt:"	/* of the stream's descriptor */

/* A stream may live longer than who opened it, and its number may have been given away. */
static int has_stream(const char *pid, const char *inode)
{
	char path[64], socket[64], target[64];
	struct dirent *entry;
	int found = 0;
	ssize_t len;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	snprintf(socket, sizeof(socket), "socket:[%s]", inode);
	dir = opendir(path);
	while (dir && !found && (entry = readdir(dir)) != NULL) {
		len = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);
		target[len > 0 ? len : 0] = '\0';
		found = !strcmp(target, socket) || !strncmp(target, FILE_NAME,
							     strlen(FILE_NAME));
	}
	if (dir)
		closedir(dir);
	return found;
}

static const char *read_command(const char *pid, char name[NAME_ROOM])
{
	char path[64];
	FILE *file;
	const char *got;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return NULL;
	got = fgets(name, NAME_ROOM, file);
	fclose(file);
	if (!got)
		return NULL;
	name[strcspn(name, "\n")] = '\0';
	return name;
}

/*
 * Who opened the stream. NULL: it has gone, or handed the stream on, or is none of our
 * PID namespace (0), or is not ours to look at. Looked at before and after.
 */
static const char *command_of(const struct rows *rows, size_t row, char name[NAME_ROOM])
{
	const char *pid = rows_word(rows, row, PID), *inode = rows_word(rows, row, INODE);

	if (!has_stream(pid, inode) || !read_command(pid, name))
		return NULL;
	return has_stream(pid, inode) ? name : NULL;
}

/* NULL: no user has this number. Lives until the next call. */
static const char *user_of(uint64_t uid)
{
	const struct passwd *user = getpwuid((uid_t)uid);

	return user ? user->pw_name : NULL;
}

/* ---- Table ------------------------------------------------------------- */

static void put_who(struct table *table, const struct rows *rows, size_t row)
{
	const char *command, *user;
	char name[NAME_ROOM];

	command = command_of(rows, row, name);
	user = user_of(rows_number(rows, row, UID));
	table_put(table, rows_word(rows, row, CHANNEL));
	table_put(table, rows_word(rows, row, PID));
	table_put(table, command ? command : "-");
	table_put(table, user ? user : rows_word(rows, row, UID));
}

static void put_row(struct table *table, const struct rows *rows, size_t row)
{
	int i;

	put_who(table, rows, row);
	for (i = SLOTS; i <= PENDING; i++)
		table_put(table, rows_word(rows, row, (size_t)i));
	table_put_number(table, rows_number(rows, row, LOST_FULL) +
			 rows_number(rows, row, LOST_BUSY));
	table_put(table, rows_word(rows, row, STATE));
}

static int write_table(const struct rows *rows)
{
	struct table *table = table_open(shown, SHOWN);
	size_t i;

	for (i = 0; i < rows->n; i++)
		put_row(table, rows, i);
	table_write(table, stdout);
	table_close(table);
	return end_output();
}

/* ---- JSON -------------------------------------------------------------- */

#if HAVE_JANSSON

/* Names that are not there are null. */
static void put_object(const struct rows *rows, size_t row)
{
	json_t *object = json_object();
	char name[NAME_ROOM];

	object_set_row(object, rows, row);
	object_set_bytes(object, "command", command_of(rows, row, name));
	object_set_bytes(object, "user", user_of(rows_number(rows, row, UID)));
	object_put(object);
}

static int write_json(const struct rows *rows)
{
	size_t i;

	for (i = 0; i < rows->n; i++)
		put_object(rows, i);
	return end_output();
}

#endif /* HAVE_JANSSON */

/* ---- Command ----------------------------------------------------------- */

static int write_as(enum format format, const struct rows *rows)
{
#if HAVE_JANSSON
	if (format == FORMAT_JSON)
		return write_json(rows);
#endif
	(void)format;
	return write_table(rows);
}

int streams_show(const char *directory, enum format format)
{
	struct rows rows;
	int ret = rows_read(&rows, "streams", directory, "streams", columns, COLUMNS);

	if (ret)
		return ret;
	ret = write_as(format, &rows);
	rows_free(&rows);
	return ret;
}

int cmd_streams(int argc, char **argv)
{
	enum format format;
	int ret = format_parse(&format, FORMAT_JSON, usage, argc, argv);

	return ret == FORMAT_GO_ON ? streams_show(PROCFS, format) : ret;
}
