/* SPDX-License-Identifier: MIT */
/*
 * Proves that a module that could not be loaded, a namespace that could not be made and a
 * channel that could not be registered leave nothing, whatever failed.
 */
#include "fault.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "access.h"
#include "publisher.h"

/* ---- The module ---- */

#define NTH "/sys/module/injector/parameters/nth"

static bool is_in(const char *path, const char *text)
{
	static char buf[1 << 20];

	ck_assert_int_gt(vm_read(path, buf, sizeof(buf)), 0);
	return strstr(buf, text) != NULL;
}

/* Its files, its switches; whether a socket is answered. Its cache may be shared. */
static void expect_traces(bool is_there)
{
	ck_assert_int_eq(vm_is_loaded(), is_there);
	ck_assert_int_eq(!access(VM_PROC, F_OK), is_there);
	ck_assert_int_eq(!access(VM_SYSCTL, F_OK), is_there);
	ck_assert(is_there || !is_in("/proc/slabinfo", "sockopt_stream"));
	ck_assert_int_eq(get_info(vm_fd), is_there ? 0 : -ENOPROTOOPT);
}

static int load(void *file)
{
	return vm_insert_file(*(int *)file);
}

static void check_loaded(void *unused, int ret)
{
	(void)unused;
	expect_traces(!ret);
	if (!ret)
		vm_wait_rmmod();
}

/* Before each test, and in the runner itself: one that failed may have left it away. */
static void load_if_absent(void)
{
	if (!vm_is_loaded())
		vm_insmod();
}

/* In the runner itself. */
static void insert_injector(void)
{
	ck_assert_int_eq(vm_insert("injector"), 0);
}

static void remove_injector(void)
{
	ck_assert_int_eq(vm_remove("injector"), 0);
	load_if_absent();
}

/* Of its init alone. */
static void arm_init(unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	ck_assert_int_eq(vm_write(NTH, text, (size_t)len), len);
}

START_TEST(a_module_that_could_not_be_loaded_is_not_there)
{
	const struct fault_call loaded = {
		.name = "insmod", .make = load, .arm = arm_init, .after = check_loaded,
		.spares_pages = true,
	};

	int file = vm_module_file("sockopt");

	vm_fd = vm_raw();
	vm_wait_rmmod();
	fault_sweep(&loaded, &file);
	arm_init(0);
	load_if_absent();
}
END_TEST

/* ---- Namespaces ---- */

static int home;

static int make_namespace(void *unused)
{
	(void)unused;
	return unshare(CLONE_NEWNET) ? -errno : 0;
}

static void check_namespace(void *unused, int ret)
{
	int raw = vm_raw();

	(void)unused;
	ck_assert_int_eq(get_info(raw), 0);
	ck_assert_int_eq(vm_stream_count(), 0);
	ck_assert_int_eq(do_open(raw), 0);
	ck_assert_int_eq(do_call(raw), 0);
	close(raw);
	if (!ret)
		vm_netns_enter(home);
}

START_TEST(a_namespace_that_could_not_be_made_leaves_nothing)
{
	const struct fault_call made = {
		.name = "a network namespace", .make = make_namespace, .after = check_namespace,
		.spares_pages = true, .also = FAULT_ANY,
	};

	home = vm_netns_fd();
	fault_sweep(&made, NULL);
}
END_TEST

/* ---- Channels ---- */

static bool has_channel(const char *name)
{
	struct sockopt_channel args = { .size = sizeof(args) };
	socklen_t len = sizeof(args);
	int ret;

	strcpy(args.name, name);
	ret = vm_get(publisher.sock, CORE, SOCKOPT_CHANNEL, &args, &len);
	ck_assert(!ret || ret == -ENOENT);
	return !ret;
}

/* A channel with texts and records, which then goes. */
static int register_channel(void *unused)
{
	(void)unused;
	return publisher_command("register");
}

static void check_registered(void *unused, int ret)
{
	(void)unused;
	(void)ret;
	ck_assert(!has_channel("registered"));
	ck_assert(has_channel("publisher"));
}

START_TEST(a_channel_that_could_not_be_registered_is_not_there)
{
	const struct fault_call registered = {
		.name = "sko_channel_register", .make = register_channel,
		.after = check_registered,
	};

	fault_sweep(&registered, NULL);
}
END_TEST

Suite *fault_module_suite(void)
{
	Suite *suite = suite_create("fault_module");
	TCase *tc = fault_case(suite, "module", load_if_absent);

	tcase_set_timeout(tc, 120); /* each of a thousand calls goes through all the kernel */
	tcase_add_unchecked_fixture(tc, insert_injector, remove_injector);
	tcase_add_test(tc, a_module_that_could_not_be_loaded_is_not_there);
	tcase_add_test(tc, a_namespace_that_could_not_be_made_leaves_nothing);
	tc = fault_case(suite, "channel", publisher_setup);
	tcase_add_unchecked_fixture(tc, NULL, publisher_remove_after_all);
	tcase_add_test(tc, a_channel_that_could_not_be_registered_is_not_there);
	return suite;
}
