/* SPDX-License-Identifier: MIT */
/*
 * Proves that /proc/net/sockopt/message shows the last text of a program, when and
 * by whom it was sent, and takes the kernel's. Every test has a network namespace
 * of its own.
 */
#include "vm.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- message, read ---- */

/* The first line of /proc/net/sockopt/message. */
struct letter {
	struct timespec time;
	int pid;
	unsigned int uid;
	size_t len;
	const char *text;
};

static void parse(const char *file, struct letter *letter)
{
	char again[256];
	int at = 0;

	ck_assert_int_eq(sscanf(file, "time %ld.%9ld pid %d uid %u len %zu\n%n",
				&letter->time.tv_sec, &letter->time.tv_nsec, &letter->pid,
				&letter->uid, &letter->len, &at), 5);
	snprintf(again, sizeof(again), "time %ld.%09ld pid %d uid %u len %zu\n",
		 letter->time.tv_sec, letter->time.tv_nsec, letter->pid, letter->uid,
		 letter->len);
	letter->text = file + strlen(again);
	ck_assert_mem_eq(file, again, strlen(again));
}

static bool is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec <= b->tv_nsec);
}

static int read_letter(struct letter *letter)
{
	static char file[VM_FILE_MAX];
	int len = vm_read(VM_MESSAGE, file, sizeof(file));

	ck_assert_int_gt(len, 0);
	parse(file, letter);
	ck_assert_int_eq(len, (int)(letter->text - file + (long)letter->len));
	return len;
}

START_TEST(message_is_empty_before_any_text)
{
	char buf[64];

	ck_assert_int_eq(vm_read(VM_MESSAGE, buf, sizeof(buf)), 0);
	ck_assert_int_eq(vm_write(VM_MESSAGE, "kernel's", 8), 8);
	ck_assert_int_eq(vm_read(VM_MESSAGE, buf, sizeof(buf)), 0);
}
END_TEST

START_TEST(message_shows_the_last_text_and_when_and_who)
{
	struct timespec before, after;
	struct letter letter;

	clock_gettime(CLOCK_REALTIME, &before);
	ck_assert_int_eq(vm_text_set(vm_fd, "line one\nand two\n", 17), 0);
	clock_gettime(CLOCK_REALTIME, &after);
	read_letter(&letter);
	ck_assert(is_before(&before, &letter.time));
	ck_assert(is_before(&letter.time, &after));
	ck_assert_int_eq(letter.pid, getpid());
	ck_assert_uint_eq(letter.uid, 0);
	ck_assert_uint_eq(letter.len, 17);
	ck_assert_str_eq(letter.text, "line one\nand two\n");
}
END_TEST

START_TEST(message_shows_the_real_user_who_sent_it)
{
	struct letter letter;

	ck_assert_int_eq(setresuid(1234, 0, 0), 0);
	ck_assert_int_eq(vm_text_set(vm_fd, "mine", 4), 0);
	read_letter(&letter);
	ck_assert_uint_eq(letter.uid, 1234);
}
END_TEST

START_TEST(message_keeps_the_pid_of_a_process_that_is_gone)
{
	pid_t pid = fork();
	struct letter letter;
	int status;

	if (!pid)
		_exit(vm_text_set(vm_fd, "last words", 10) ? 1 : 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	read_letter(&letter);
	ck_assert_int_eq(letter.pid, pid);
	ck_assert_str_eq(letter.text, "last words");
}
END_TEST

/* Longer ones, then shorter ones: each is what the file shows then, whole and alone. */
START_TEST(message_shows_a_text_of_any_length_behind_one_of_any_other)
{
	static char text[SOCKOPT_TEXT_MAX];
	const int count = VM_COUNT(vm_sizes);
	struct letter letter;
	size_t size;
	int i;

	for (i = 0; i < 2 * count; i++) {
		size = vm_sizes[i < count ? i : 2 * count - 1 - i];
		vm_fill(text, size);
		text[0] = (char)('a' + i);
		ck_assert_int_eq(vm_text_set(vm_fd, text, size), 0);
		read_letter(&letter);
		ck_assert_uint_eq(letter.len, size);
		ck_assert_mem_eq(letter.text, text, size);
	}
}
END_TEST

static void send_shorter(void *unused)
{
	(void)unused;
	ck_assert_int_eq(setresuid(1234, 0, 0), 0);
	ck_assert_int_eq(vm_text_set(vm_fd, "short", 5), 0);
}

START_TEST(message_shows_who_sent_the_text_that_is_there_now)
{
	struct letter letter;
	pid_t pid;

	ck_assert_int_eq(vm_text_set(vm_fd, "a longer one", 12), 0);
	pid = vm_fork(send_shorter, NULL);
	vm_join(pid);
	read_letter(&letter);
	ck_assert_int_eq(letter.pid, pid);
	ck_assert_uint_eq(letter.uid, 1234);
	ck_assert_str_eq(letter.text, "short");
	ck_assert_int_eq(vm_text_set(vm_fd, "mine", 4), 0);
	read_letter(&letter);
	ck_assert_int_eq(letter.pid, getpid());
	ck_assert_uint_eq(letter.uid, 0);
}
END_TEST

/* Exit status 0: the reader saw this pid. */
static void reader_sees(int pid)
{
	pid_t child = fork();
	struct letter letter;
	int status;

	if (!child) {
		read_letter(&letter);
		_exit(letter.pid == pid ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

START_TEST(message_shows_a_pid_as_the_reader_knows_it)
{
	ck_assert_int_eq(vm_text_set(vm_fd, "text", 4), 0);
	reader_sees(getpid());
	ck_assert_int_eq(unshare(CLONE_NEWPID), 0);
	reader_sees(0);
}
END_TEST

START_TEST(message_shows_the_longest_text)
{
	char text[SOCKOPT_TEXT_MAX];
	struct letter letter;

	vm_fill(text, sizeof(text));
	ck_assert_int_eq(vm_text_set(vm_fd, text, sizeof(text)), 0);
	read_letter(&letter);
	ck_assert_uint_eq(letter.len, sizeof(text));
	ck_assert_mem_eq(letter.text, text, sizeof(text));
}
END_TEST

START_TEST(message_read_in_small_pieces_is_one_text)
{
	char whole[VM_FILE_MAX], pieces[VM_FILE_MAX];
	int len, at = 0, n, file;

	ck_assert_int_eq(vm_text_set(vm_fd, "a text in pieces", 16), 0);
	len = vm_read(VM_MESSAGE, whole, sizeof(whole));
	file = open(VM_MESSAGE, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(read(file, pieces, 1), 1);
	ck_assert_int_eq(vm_text_set(vm_fd, "another one, and longer", 23), 0);
	for (at = 1; (n = (int)read(file, pieces + at, 7)) > 0; at += n)
		;
	ck_assert_int_eq(n, 0);
	ck_assert_int_eq(at, len);
	ck_assert_mem_eq(pieces, whole, (size_t)len);
	close(file);
}
END_TEST

/* ---- message, write ---- */

START_TEST(a_write_to_message_is_what_programs_read)
{
	char text[SOCKOPT_TEXT_MAX], buf[SOCKOPT_TEXT_MAX];
	size_t size = vm_sizes[_i];

	vm_fill(text, size);
	ck_assert_int_eq(vm_write(VM_MESSAGE, text, size), (int)size);
	ck_assert_int_eq(vm_text_get(vm_fd, buf, sizeof(buf)), (int)size);
	ck_assert_mem_eq(buf, text, size);
	ck_assert_int_eq(vm_sent(text, sizeof(text)), 0);
}
END_TEST

START_TEST(every_write_to_message_is_a_whole_text)
{
	int file = open(VM_MESSAGE, O_WRONLY | O_CLOEXEC);
	char buf[16] = { 0 };

	ck_assert_int_eq(write(file, "the first", 9), 9);
	ck_assert_int_eq(write(file, "second", 6), 6);
	ck_assert_int_eq(vm_text_get(vm_fd, buf, sizeof(buf)), 6);
	ck_assert_str_eq(buf, "second");
	close(file);
}
END_TEST

START_TEST(a_write_to_message_that_is_no_text_is_refused)
{
	char text[2 * SOCKOPT_TEXT_MAX];

	memset(text, 'x', sizeof(text));
	vm_texts_put(vm_fd);
	ck_assert_int_eq(vm_write(VM_MESSAGE, text, 0), -EINVAL);
	ck_assert_int_eq(vm_write(VM_MESSAGE, text, SOCKOPT_TEXT_MAX + 1), -EMSGSIZE);
	ck_assert_int_eq(vm_write(VM_MESSAGE, text, sizeof(text)), -EMSGSIZE);
	ck_assert_int_eq(vm_write(VM_MESSAGE, "", 1), -EINVAL);
	ck_assert_int_eq(vm_write(VM_MESSAGE, "text", 5), -EINVAL);
	ck_assert_int_eq(vm_write(VM_MESSAGE, "te\0xt", 5), -EINVAL);
	text[SOCKOPT_TEXT_MAX - 1] = 0;
	ck_assert_int_eq(vm_write(VM_MESSAGE, text, SOCKOPT_TEXT_MAX), -EINVAL);
	vm_texts_unchanged(vm_fd);
}
END_TEST

START_TEST(a_write_to_message_from_memory_that_is_not_there_is_a_fault)
{
	char *text = vm_guarded(8);

	memset(text, 'x', 8);
	vm_texts_put(vm_fd);
	ck_assert_int_eq(vm_write(VM_MESSAGE, NULL, 8), -EFAULT);
	ck_assert_int_eq(vm_write(VM_MESSAGE, text, 9), -EFAULT);
	vm_texts_unchanged(vm_fd);
	ck_assert_int_eq(vm_write(VM_MESSAGE, text, 8), 8);
}
END_TEST

/* ---- Suite ---- */

Suite *message_suite(void)
{
	Suite *suite = suite_create("message");
	TCase *tc = vm_case(suite, "message", 30, vm_setup);

	tcase_add_test(tc, message_is_empty_before_any_text);
	tcase_add_test(tc, message_shows_the_last_text_and_when_and_who);
	tcase_add_test(tc, message_shows_the_real_user_who_sent_it);
	tcase_add_test(tc, message_keeps_the_pid_of_a_process_that_is_gone);
	tcase_add_test(tc, message_shows_a_text_of_any_length_behind_one_of_any_other);
	tcase_add_test(tc, message_shows_who_sent_the_text_that_is_there_now);
	tcase_add_test(tc, message_shows_a_pid_as_the_reader_knows_it);
	tcase_add_test(tc, message_shows_the_longest_text);
	tcase_add_test(tc, message_read_in_small_pieces_is_one_text);
	tcase_add_loop_test(tc, a_write_to_message_is_what_programs_read, 0, VM_COUNT(vm_sizes));
	tcase_add_test(tc, every_write_to_message_is_a_whole_text);
	tcase_add_test(tc, a_write_to_message_that_is_no_text_is_refused);
	tcase_add_test(tc, a_write_to_message_from_memory_that_is_not_there_is_a_fault);
	return suite;
}
