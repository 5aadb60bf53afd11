/* SPDX-License-Identifier: MIT */
/*
 * The tables of /proc/net/sockopt, as another release may have them, on their way to a
 * screen, to JSON and to Prometheus; and who has the streams that stand there.
 */
#include "fake_files.h"
#include "fuzz.h"
#include "objects.h"
#include "stats.h"
#include "streams.h"
#include "tool.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>

static struct input *rest;

struct passwd *__wrap_getpwuid(uid_t uid);

struct passwd *__wrap_getpwuid(uid_t uid)
{
	static char name[64];
	static struct passwd user = { .pw_name = name };
	char *text;

	(void)uid;
	if (take8(rest) & 1)
		return NULL;
	text = string_of(take_part(rest, take8(rest)));
	snprintf(name, sizeof(name), "%s", text);
	free(text);
	return &user;
}

/* ---- What has to come out -------------------------------------------------- */

static int is_metric(const char *line, size_t len)
{
	static const char start[] = "sockopt_";

	if (*line == '#')
		return is_plain(line, len, "");
	return len > strlen(start) && !strncmp(line, start, strlen(start)) &&
	       memchr(line, '"', len) && memchr(line, '}', len);
}

/* Lines of a known form, the last of which says that it is the last. */
static int are_metrics(const char *text, size_t len)
{
	static const char last[] = "# EOF\n";
	const char *end;

	if (len < strlen(last) || strcmp(text + len - strlen(last), last))
		return 0;
	for (; len; len -= (size_t)(end + 1 - text), text = end + 1) {
		end = memchr(text, '\n', len);
		if (!end || !is_metric(text, (size_t)(end - text)))
			return 0;
	}
	return 1;
}

static int is_right(enum format format)
{
	switch (format) {
	case FORMAT_JSON:
		return are_objects(out.text, out.len);
	case FORMAT_OPENMETRICS:
		return are_metrics(out.text, out.len);
	default:
		return is_text(out.text, out.len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	unsigned int which = take8(&in) % 5;
	struct input file = take_part(&in, take16(&in));
	enum format format = which < 3 ? (enum format)which : (enum format)(which - 3);
	int ret;

	rest = &in;
#if !HAVE_JANSSON
	if (format == FORMAT_JSON)
		return 0;
#endif
	fake_files_begin(file, &in);
	capture_begin();
	ret = which < 3 ? stats_show(PROCFS, format) : streams_show(PROCFS, format);
	capture_end();
	fake_files_end();
	HOLDS(ret == (err_out.len ? EXIT_FAILURE : EXIT_SUCCESS));
	HOLDS(ret ? !out.len : is_right(format));
	HOLDS(is_text(err_out.text, err_out.len));
	return 0;
}
