/* SPDX-License-Identifier: MIT */
/*
 * Proves that files of /proc tell all or an error, whatever fails, and that a write which
 * failed has changed neither the text nor the switch that it was for.
 */
#include "fault.h"

#include <stdio.h>
#include <string.h>

/* ---- Read ---- */

/* The first answer, which no fault disturbed, is the one. */
static struct file {
	const char *path;
	char text[VM_FILE_MAX];
	char wanted[VM_FILE_MAX];
} files[] = {
	{ .path = VM_STATS }, { .path = VM_STREAMS }, { .path = VM_MESSAGE },
	{ .path = VM_SYSCTL "/streams_max" }, { .path = VM_SYSCTL "/ring_bytes_max" },
	{ .path = VM_SYSCTL "/userns" }, { .path = VM_SYSCTL "/log_messages" },
};

static int read_file(void *arg)
{
	struct file *file = arg;

	return vm_read(file->path, file->text, sizeof(file->text));
}

static void check_read(void *arg, int ret)
{
	struct file *file = arg;

	if (ret < 0)
		return;
	if (!*file->wanted)
		strcpy(file->wanted, file->text);
	ck_assert_int_gt(ret, 0);
	ck_assert_str_eq(file->text, file->wanted);
}

/* In the initial namespace, which alone has the switches; with a stream and a text. */
START_TEST(a_file_tells_all_or_an_error)
{
	const struct fault_call told = {
		.name = files[_i].path, .make = read_file, .after = check_read,
	};
	struct sockopt_open args;
	int raw = vm_raw();

	vm_texts_put(raw);
	vm_stream(raw, 2, &args);
	fault_sweep(&told, &files[_i]);
}
END_TEST

/* ---- Write ---- */

static char longest[SOCKOPT_TEXT_MAX];

static void write_another(void *unused)
{
	(void)unused;
	ck_assert_int_eq(vm_write(VM_MESSAGE, "another", 7), 7);
}

static int write_longest(void *unused)
{
	(void)unused;
	return vm_write(VM_MESSAGE, longest, sizeof(longest));
}

static void check_text(void *raw, int ret)
{
	char text[SOCKOPT_TEXT_MAX];
	int len = vm_text_get(*(int *)raw, text, sizeof(text));

	ck_assert_int_eq(len, ret < 0 ? 7 : SOCKOPT_TEXT_MAX);
	ck_assert_mem_eq(text, ret < 0 ? "another" : longest, (size_t)len);
}

START_TEST(a_text_that_could_not_be_written_leaves_the_one_before)
{
	const struct fault_call written = {
		.name = "message, written", .before = write_another, .make = write_longest,
		.after = check_text,
	};
	int raw = vm_raw();

	vm_fill(longest, sizeof(longest));
	fault_sweep(&written, &raw);
}
END_TEST

/* ---- Switches ---- */

static const struct {
	const char *name;
	const char *before;
	const char *after;
} switches[] = {
	{ "streams_max", "1024", "10" },
	{ "ring_bytes_max", "67108864", "1000000" },
	{ "userns", "0", "1" },
	{ "log_messages", "0", "1" },
};

static void set_before(void *arg)
{
	int i = *(int *)arg;

	ck_assert_int_eq(vm_sysctl_set(switches[i].name, switches[i].before), 0);
}

static int set_after(void *arg)
{
	int i = *(int *)arg;
	char path[64];

	snprintf(path, sizeof(path), VM_SYSCTL "/%s", switches[i].name);
	return vm_write(path, switches[i].after, strlen(switches[i].after));
}

static void check_switch(void *arg, int ret)
{
	int i = *(int *)arg;
	char value[32];

	snprintf(value, sizeof(value), "%lld", vm_sysctl(switches[i].name));
	ck_assert_str_eq(value, ret < 0 ? switches[i].before : switches[i].after);
}

START_TEST(a_switch_that_could_not_be_set_stays)
{
	const struct fault_call set = {
		.name = switches[_i].name, .before = set_before, .make = set_after,
		.after = check_switch,
	};

	fault_sweep(&set, &_i);
}
END_TEST

Suite *fault_proc_suite(void)
{
	Suite *suite = suite_create("fault_proc");
	TCase *tc = fault_case(suite, "proc", NULL);

	tcase_add_unchecked_fixture(tc, NULL, vm_sysctls_reset);
	tcase_add_loop_test(tc, a_file_tells_all_or_an_error, 0, VM_COUNT(files));
	tcase_add_test(tc, a_text_that_could_not_be_written_leaves_the_one_before);
	tcase_add_loop_test(tc, a_switch_that_could_not_be_set_stays, 0, VM_COUNT(switches));
	return suite;
}
