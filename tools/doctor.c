/* SPDX-License-Identifier: MIT */
/*
 * sockopt doctor: looks, and says what to type.
 */
#include "doctor.h"
#include "format.h"
#include "tool.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#if HAVE_JANSSON
#include <jansson.h>
#endif

static const char usage[] =
	"usage: sockopt doctor [--json]\n"
	"Looks whether all is there that sockopt needs, and says what to type.\n"
	"\n"
	"      --json   a JSON object a line\n"
	"  -h, --help\n";

static const char *const words[] = {
	[STATUS_OK] = "ok", [STATUS_NOTE] = "note", [STATUS_FAIL] = "FAIL",
};

/* ---- Lines --------------------------------------------------------------- */

static int has_color(void)
{
	const char *no_color = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && (!no_color || !*no_color);
}

static void print_advice(const char *advice)
{
	size_t len;

	for (; *advice; advice += len + (advice[len] == '\n')) {
		len = strcspn(advice, "\n");
		printf("      %.*s\n", (int)len, advice);
	}
}

static void print_finding(const struct finding *finding, int is_color)
{
	static const char *const colors[] = {
		[STATUS_OK] = "32", [STATUS_NOTE] = "33", [STATUS_FAIL] = "1;31",
	};
	const char *word = words[finding->status];

	if (is_color)
		printf("\033[%sm%-4s\033[0m", colors[finding->status], word);
	else
		printf("%-4s", word);
	printf("  %-9s  %s\n", finding->check, finding->found);
	if (finding->advice)
		print_advice(finding->advice);
}

static int print_lines(const struct findings *findings)
{
	int is_color = has_color();
	size_t i;

	for (i = 0; i < findings->count; i++)
		print_finding(&findings->all[i], is_color);
	return EXIT_SUCCESS;
}

/* ---- Objects ------------------------------------------------------------- */

#if HAVE_JANSSON

static int print_objects(const struct findings *findings)
{
	const struct finding *one;
	json_t *object;
	size_t i;

	for (i = 0; i < findings->count; i++) {
		one = &findings->all[i];
		object = json_pack("{s:s, s:s, s:s, s:s?}", "check", one->check, "status",
				   words[one->status], "found", one->found, "advice",
				   one->advice);
		if (!object)
			errx(EXIT_FAILURE, "out of memory");
		json_dumpf(object, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(object);
	}
	return EXIT_SUCCESS;
}

#endif /* HAVE_JANSSON */

/* ---- Command ------------------------------------------------------------- */

static void find_program(char *path, size_t size)
{
	ssize_t len = readlink("/proc/self/exe", path, size - 1);

	if (len > 0)
		path[len] = '\0';
	else
		snprintf(path, size, "$(command -v sockopt)");
}

static void look(struct doctor *d, const struct utsname *name, const char *program)
{
	d->root = "";
	d->release = name->release;
	d->machine = name->machine;
	d->program = program;
	d->kubernetes = getenv("KUBERNETES_SERVICE_HOST");
	d->page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	d->is_root = !geteuid();
	survey(d);
	probe(d);
	examine(d);
}

static int print_as(enum format format, const struct findings *findings)
{
#if HAVE_JANSSON
	if (format == FORMAT_JSON)
		return print_objects(findings);
#endif
	(void)format;
	return print_lines(findings);
}

static int run(enum format format)
{
	struct doctor d = { 0 };
	char program[PATH_MAX];
	struct utsname name;
	int ret;

	if (uname(&name))
		err(EXIT_FAILURE, "uname");
	find_program(program, sizeof(program));
	look(&d, &name, program);
	ret = print_as(format, &d.findings);
	if (findings_fail(&d.findings))
		ret = EXIT_FAILURE;
	findings_free(&d.findings);
	return end_output() ? EXIT_FAILURE : ret;
}

int cmd_doctor(int argc, char **argv)
{
	enum format format;
	int ret = format_parse(&format, FORMAT_JSON, usage, argc, argv);

	return ret == FORMAT_GO_ON ? run(format) : ret;
}
