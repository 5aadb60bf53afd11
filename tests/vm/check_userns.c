/* SPDX-License-Identifier: MIT */
/*
 * Proves that the root of a user namespace is served only if net.sockopt.userns
 * says so, in its own namespace and nowhere else.
 */
#include "access.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* A process that stays root of the machine while the test gives that up. */
static int admin;

static void serve(int requests)
{
	char value[2] = "";

	while (read(requests, value, 1) == 1) {
		vm_sysctl_set("userns", value);
		if (write(requests, value, 1) != 1)
			break;
	}
	_exit(0);
}

static void admin_start(void)
{
	int ends[2];
	pid_t pid;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		close(ends[0]);
		serve(ends[1]);
	}
	close(ends[1]);
	admin = ends[0];
}

static void admin_sets_userns(char value)
{
	char done;

	ck_assert_int_eq(write(admin, &value, 1), 1);
	ck_assert_int_eq(read(admin, &done, 1), 1);
	ck_assert_int_eq(done, value);
}

static void setup_userns(void)
{
	access_setup();
	admin_start();
}

/* No text came from those who were refused, neither way. */
static void texts_are_new(int any, bool has_files)
{
	char text[SOCKOPT_TEXT_MAX + 1] = { 0 };

	ck_assert_int_eq(vm_text_get(any, text, SOCKOPT_TEXT_MAX), 22);
	ck_assert_str_eq(text, "a message from kernel\n");
	if (has_files)
		ck_assert_int_eq(vm_sent(text, sizeof(text)), 0);
}

static void all_rights_are(int any, bool has_files, int expected)
{
	int written = expected ? expected : 7;

	rights_are(any, expected);
	if (has_files)
		ck_assert_int_eq(vm_write(VM_MESSAGE, "written", 7), written);
}

/* has_files: by /proc as well. */
static void is_served_only_if_the_sysctl_says_so(bool has_files)
{
	int any = vm_raw();

	ck_assert_int_eq(geteuid(), 0);
	all_rights_are(any, has_files, -EPERM);
	admin_sets_userns('1');
	texts_are_new(any, has_files);
	all_rights_are(any, has_files, 0);
	admin_sets_userns('0');
	all_rights_are(any, has_files, -EPERM);
}

START_TEST(root_in_a_user_namespace_is_served_only_if_the_sysctl_says_so)
{
	vm_new_userns();
	is_served_only_if_the_sysctl_says_so(true);
}
END_TEST

START_TEST(any_user_in_a_user_namespace_is_served_only_if_the_sysctl_says_so)
{
	vm_become_any_user();
	vm_new_userns();
	vm_new_netns();
	is_served_only_if_the_sysctl_says_so(true);
}
END_TEST

START_TEST(any_user_in_namespaces_made_at_once_is_served_only_if_the_sysctl_says_so)
{
	vm_become_any_user();
	vm_new_userns();
	is_served_only_if_the_sysctl_says_so(false);
}
END_TEST

/*
 * When the network namespace is made its user namespace knows no users yet, so
 * its files stay the machine's, as all of /proc/net does.
 */
START_TEST(the_files_of_namespaces_made_at_once_belong_to_root_of_the_machine)
{
	char buf[256];

	vm_become_any_user();
	vm_new_userns();
	admin_sets_userns('1');
	ck_assert_int_eq(vm_read(VM_STREAMS, buf, sizeof(buf)), -EACCES);
	ck_assert_int_eq(vm_write(VM_MESSAGE, "written", 7), -EACCES);
	ck_assert_int_gt(vm_read(VM_STATS, buf, sizeof(buf)), 0);
}
END_TEST

START_TEST(nobody_in_a_user_namespace_is_not_served_whatever_the_sysctl_says)
{
	int any;

	vm_new_userns();
	any = vm_raw();
	set_capabilities(0, 0);
	admin_sets_userns('1');
	rights_are(any, -EPERM);
}
END_TEST

START_TEST(root_of_a_user_namespace_has_no_rights_on_a_socket_from_outside)
{
	vm_texts_put(vm_fd);
	vm_new_userns();
	admin_sets_userns('1');
	rights_are(vm_fd, -EPERM);
}
END_TEST

START_TEST(a_stream_of_a_user_namespace_is_read_on_when_the_sysctl_is_off_again)
{
	struct sockopt_open args = vm_open_args();
	struct vm_batch batch;
	int any, sender;

	vm_new_userns();
	any = vm_raw();
	sender = vm_sender();
	admin_sets_userns('1');
	ck_assert_int_ge(vm_open(any, ICMP, &args), 0);
	admin_sets_userns('0');
	vm_echo(sender, "127.0.0.1", 7, 1, 8, 0);
	vm_wait_queued(any, 2);
	vm_batch_init(&batch, args.slot_size, 16);
	ck_assert_int_eq(vm_records(any, &batch, &args.cursor, 0), 2);
	vm_batch_free(&batch);
}
END_TEST

/* A raw socket of a user namespace that a child made. */
static int socket_of_userns(void)
{
	int ends[2], sock, status;
	pid_t pid;

	vm_pair(ends);
	pid = fork();
	if (!pid) {
		vm_new_userns();
		sock = vm_raw();
		vm_pass(ends[1], &sock, 1);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	vm_receive(ends[0], &sock, 1);
	return sock;
}

START_TEST(root_of_the_machine_is_refused_on_a_socket_of_a_user_namespace)
{
	int any = socket_of_userns();

	vm_texts_put(vm_fd);
	rights_are(any, -EPERM);
	ck_assert_int_eq(vm_sysctl_set("userns", "1"), 0);
	rights_are(any, 0);
	vm_texts_unchanged(vm_fd);
}
END_TEST

START_TEST(nobody_of_the_machine_is_refused_on_a_socket_of_a_user_namespace)
{
	int any = socket_of_userns();

	ck_assert_int_eq(vm_sysctl_set("userns", "1"), 0);
	vm_become_nobody();
	rights_are(any, -EPERM);
}
END_TEST

Suite *userns_suite(void)
{
	Suite *suite = suite_create("userns");
	TCase *tc = access_case(suite, "user namespaces", setup_userns);

	tcase_add_test(tc, root_in_a_user_namespace_is_served_only_if_the_sysctl_says_so);
	tcase_add_test(tc, any_user_in_a_user_namespace_is_served_only_if_the_sysctl_says_so);
	tcase_add_test(tc,
		       any_user_in_namespaces_made_at_once_is_served_only_if_the_sysctl_says_so);
	tcase_add_test(tc, the_files_of_namespaces_made_at_once_belong_to_root_of_the_machine);
	tcase_add_test(tc, nobody_in_a_user_namespace_is_not_served_whatever_the_sysctl_says);
	tcase_add_test(tc, root_of_a_user_namespace_has_no_rights_on_a_socket_from_outside);
	tcase_add_test(tc, a_stream_of_a_user_namespace_is_read_on_when_the_sysctl_is_off_again);
	tcase_add_test(tc, root_of_the_machine_is_refused_on_a_socket_of_a_user_namespace);
	tcase_add_test(tc, nobody_of_the_machine_is_refused_on_a_socket_of_a_user_namespace);
	return suite;
}
