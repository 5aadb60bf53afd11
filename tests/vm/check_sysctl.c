/* SPDX-License-Identifier: MIT */
/*
 * Proves that net.sockopt has its switches, with their defaults, in the initial
 * namespace and nowhere else, and that log_messages does what it says.
 */
#include "vm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- sysctl ---- */

static const struct {
	const char *name;
	long long value;
} defaults[] = {
	{ "ring_bytes_max", 67108864 },
	{ "streams_max", 1024 },
	{ "userns", 0 },
	{ "log_messages", 0 },
};

/* Read before anything is reset: the values that the module came with. */
static long long first_values[VM_COUNT(defaults)];

static void remember_first_values(void)
{
	int i;

	for (i = 0; i < VM_COUNT(defaults); i++)
		first_values[i] = vm_sysctl(defaults[i].name);
}

START_TEST(a_sysctl_has_its_default)
{
	ck_assert_int_eq(first_values[_i], defaults[_i].value);
}
END_TEST

START_TEST(a_sysctl_is_for_root_to_write_and_for_all_to_read)
{
	int init = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
	char path[128];
	struct stat st;

	vm_netns_enter(init);
	snprintf(path, sizeof(path), VM_SYSCTL "/%s", defaults[_i].name);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFREG | 0644);
	ck_assert_uint_eq(st.st_uid, 0);
	vm_become_nobody();
	ck_assert_int_eq(vm_write(path, "1", 1), -EACCES);
}
END_TEST

START_TEST(a_sysctl_takes_a_value_and_gives_it_back)
{
	ck_assert_int_eq(vm_sysctl_set(defaults[_i].name, "1"), 0);
	ck_assert_int_eq(vm_sysctl(defaults[_i].name), 1);
	ck_assert_int_eq(vm_sysctl_set(defaults[_i].name, "0"), 0);
	ck_assert_int_eq(vm_sysctl(defaults[_i].name), 0);
}
END_TEST

static const struct {
	const char *name;
	const char *value;
} nonsense[] = {
	{ "userns", "2" }, { "userns", "-1" }, { "userns", "yes" },
	{ "userns", "4294967296" },
	{ "log_messages", "2" }, { "log_messages", "-1" }, { "log_messages", "on" },
	{ "streams_max", "-1" }, { "streams_max", "4294967296" }, { "streams_max", "all" },
	{ "ring_bytes_max", "all" },
};

START_TEST(a_sysctl_refuses_nonsense)
{
	long long before = vm_sysctl(nonsense[_i].name);

	ck_assert_int_eq(vm_sysctl_set(nonsense[_i].name, nonsense[_i].value), -EINVAL);
	ck_assert_int_eq(vm_sysctl(nonsense[_i].name), before);
}
END_TEST

START_TEST(a_sysctl_of_bytes_does_not_become_negative)
{
	vm_sysctl_set("ring_bytes_max", "-1");
	ck_assert_int_eq(vm_sysctl("ring_bytes_max"), 67108864);
}
END_TEST

START_TEST(another_namespace_has_no_sysctls)
{
	int file;

	ck_assert_int_eq(access("/proc/sys/net/sockopt", F_OK), -1);
	ck_assert_int_eq(errno, ENOENT);
	file = open("/proc/sys/net/sockopt/userns", O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(file, -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(access("/proc/sys/net/ipv4/ip_forward", F_OK), 0);
}
END_TEST

/* ---- log_messages ---- */

/* The kernel log as it is: /dev/kmsg would escape what must not be in it. */
static const char *log_text(void)
{
	static char *text;
	int size = klogctl(10, NULL, 0), len;

	free(text);
	text = malloc((size_t)size + 1);
	ck_assert_ptr_nonnull(text);
	len = klogctl(3, text, size);
	ck_assert_int_ge(len, 0);
	text[len] = 0;
	return text;
}

/* A word that is in the log of no earlier test. */
static const char *new_word(void)
{
	static char word[64];
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(word, sizeof(word), "word-%d-%ld%09ld", getpid(), now.tv_sec, now.tv_nsec);
	return word;
}

static void send_string(const char *text)
{
	ck_assert_int_eq(vm_text_set(vm_fd, text, strlen(text)), 0);
}

START_TEST(texts_do_not_go_to_the_log)
{
	const char *word = new_word();

	send_string(word);
	ck_assert_int_gt(vm_write(VM_MESSAGE, word, strlen(word)), 0);
	ck_assert_ptr_null(strstr(log_text(), word));
}
END_TEST

START_TEST(texts_go_to_the_log_when_asked_and_no_longer)
{
	char line[128];
	const char *word;

	ck_assert_int_eq(vm_sysctl_set("log_messages", "1"), 0);
	word = new_word();
	send_string(word);
	snprintf(line, sizeof(line), "sockopt: pid %d: \"%s\"\n", getpid(), word);
	ck_assert_ptr_nonnull(strstr(log_text(), line));
	ck_assert_int_eq(vm_sysctl_set("log_messages", "0"), 0);
	word = new_word();
	send_string(word);
	ck_assert_ptr_null(strstr(log_text(), word));
}
END_TEST

/* Whoever reads the log on a terminal must not be commanded, nor deceived. */
START_TEST(texts_in_the_log_are_escaped)
{
	const char *word = new_word(), *at, *end;
	char text[128];

	ck_assert_int_eq(vm_sysctl_set("log_messages", "1"), 0);
	snprintf(text, sizeof(text), "%s\nforged\r\t\x01\x1b[2J\x7f\x9b-end", word);
	send_string(text);
	at = strstr(log_text(), word);
	ck_assert_ptr_nonnull(at);
	end = strchr(at, '\n');
	ck_assert_ptr_nonnull(end);
	for (; at < end; at++)
		ck_assert_msg(*at >= ' ' && *at < 0x7f, "byte 0x%02x", (unsigned char)*at);
	ck_assert_mem_eq(end - 5, "-end\"", 5);
	ck_assert_ptr_null(strstr(end, "forged"));
}
END_TEST

START_TEST(a_text_in_the_log_is_cut_at_256_bytes)
{
	char text[SOCKOPT_TEXT_MAX], line[320];
	const char *word = new_word();

	ck_assert_int_eq(vm_sysctl_set("log_messages", "1"), 0);
	memset(text, 'x', sizeof(text));
	memcpy(text, word, strlen(word));
	ck_assert_int_eq(vm_text_set(vm_fd, text, sizeof(text)), 0);
	snprintf(line, sizeof(line), "\"%.256s\"\n", text);
	ck_assert_ptr_nonnull(strstr(log_text(), line));
}
END_TEST

/* Defaults before each test, for one that failed left its own, and behind the last. */
static TCase *new_case(Suite *suite, const char *name)
{
	TCase *tc = vm_case(suite, name, 30, vm_setup);

	tcase_add_unchecked_fixture(tc, remember_first_values, vm_sysctls_reset);
	tcase_add_checked_fixture(tc, vm_sysctls_reset, NULL);
	return tc;
}

/* ---- Suite ---- */

static void add_sysctl(TCase *tc)
{
	tcase_add_loop_test(tc, a_sysctl_has_its_default, 0, VM_COUNT(defaults));
	tcase_add_loop_test(tc, a_sysctl_is_for_root_to_write_and_for_all_to_read,
			    0, VM_COUNT(defaults));
	tcase_add_loop_test(tc, a_sysctl_takes_a_value_and_gives_it_back, 0, VM_COUNT(defaults));
	tcase_add_loop_test(tc, a_sysctl_refuses_nonsense, 0, VM_COUNT(nonsense));
	tcase_add_test(tc, a_sysctl_of_bytes_does_not_become_negative);
	tcase_add_test(tc, another_namespace_has_no_sysctls);
}

static void add_log(TCase *tc)
{
	tcase_add_test(tc, texts_do_not_go_to_the_log);
	tcase_add_test(tc, texts_go_to_the_log_when_asked_and_no_longer);
	tcase_add_test(tc, texts_in_the_log_are_escaped);
	tcase_add_test(tc, a_text_in_the_log_is_cut_at_256_bytes);
}

Suite *sysctl_suite(void)
{
	Suite *suite = suite_create("sysctl");

	add_sysctl(new_case(suite, "sysctl"));
	add_log(new_case(suite, "log"));
	return suite;
}
