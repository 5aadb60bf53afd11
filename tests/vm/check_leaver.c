/* SPDX-License-Identifier: MIT */
/*
 * Proves that no call of the library says that the module is absent while another one
 * with socket options is being unloaded, though the kernel says so then.
 */
#include "vm.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LINGER "/sys/module/leaver/parameters/linger_ms"
#define ROUNDS 12
#define CALLERS 2

static struct tally {
	atomic_bool is_over;
	atomic_uint asked, missed;		/* by the raw call: in all, and in vain */
	atomic_uint called[CALLERS];		/* by the library's */
} *tally;

/* ---- The other module ---- */

static bool is_removed(void *unused)
{
	int ret = vm_remove("leaver");

	(void)unused;
	ck_assert_msg(!ret || ret == -EAGAIN, "rmmod: %s", strerror(-ret));
	return !ret;
}

/* The last one to come is the first that the kernel asks. */
static void come_and_go(const char *linger_ms)
{
	ck_assert_int_eq(vm_insert("leaver"), 0);
	ck_assert_int_eq(vm_write(LINGER, linger_ms, strlen(linger_ms)), (int)strlen(linger_ms));
	vm_wait(is_removed, NULL, "rmmod of the other module");
}

/* In the runner itself, also after a test that failed. */
static void leave_none(void)
{
	vm_remove("leaver");
}

/* ---- Raw calls ---- */

static void ask_for_ever(void *unused)
{
	struct sockopt_info info;
	int raw = vm_raw(), ret;
	socklen_t len;

	(void)unused;
	while (!atomic_load(&tally->is_over)) {
		memset(&info, 0, sizeof(info));
		info.size = sizeof(info);
		len = sizeof(info);
		ret = vm_get(raw, CORE, SOCKOPT_INFO, &info, &len);
		VM_EXPECT(!ret || ret == -ENOPROTOOPT);
		atomic_fetch_add(&tally->asked, 1);
		if (ret)
			atomic_fetch_add(&tally->missed, 1);
	}
}

static void setup(void)
{
	leave_none();
	vm_new_netns_quiet();
	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		     -1, 0);
	ck_assert_ptr_ne(tally, MAP_FAILED);
}

static bool is_missed(void *times)
{
	come_and_go("0");
	(*(int *)times)++;
	return atomic_load(&tally->missed) > 0;
}

#define OLD_CODE "this machine's QEMU may run a module's old code when it is loaded again"

START_TEST(the_kernel_misses_an_option_for_a_moment_while_another_module_leaves)
{
	pid_t asker;
	int times = 0;

	VM_SKIP_IF(vm_runs_old_code(), OLD_CODE);
	asker = vm_fork(ask_for_ever, NULL);
	vm_wait(is_missed, &times, "a call that finds nobody");
	atomic_store(&tally->is_over, true);
	vm_join(asker);
	printf("# the other module left %d times: %u of %u raw calls found nobody\n", times,
	       tally->missed, tally->asked);
	fflush(stdout);
}
END_TEST

/* ---- The library's ---- */

static struct sockopt *so;
static struct sockopt_stream *st;

static int call_open(void)
{
	struct sockopt *other;
	int ret = sockopt_open(&other);

	sockopt_close(other);
	return ret;
}

static int call_channel(void)
{
	struct sockopt_channel channel = { .size = sizeof(channel) };

	return sockopt_channel(so, "icmp", &channel);
}

static int call_channel_from(void)
{
	struct sockopt_channel channel = { .size = sizeof(channel) };

	return sockopt_channel_from(so, 1, &channel);
}

static int call_text_set(void)
{
	return sockopt_text_set(so, MESSAGE, "here", 4);
}

static int call_text_get(void)
{
	char text[SOCKOPT_TEXT_MAX];

	return (int)sockopt_text_get(so, MESSAGE, text, sizeof(text));
}

static int call_call(void)
{
	char text[SOCKOPT_TEXT_MAX];

	return (int)sockopt_call(so, MESSAGE, 0, "here", 4, text, sizeof(text));
}

static int call_stream_open(void)
{
	const struct sockopt_config config = { .size = sizeof(config), .slots = 2 };
	struct sockopt_stream *other;
	int ret = sockopt_icmp_open(&other, &config);

	sockopt_stream_close(other);
	return ret;
}

static int call_tune(void)
{
	const struct sockopt_config config = { .size = sizeof(config), .wake_records = 2 };

	return sockopt_stream_tune(st, &config);
}

static int call_stats(void)
{
	struct sockopt_stats stats = { .size = sizeof(stats) };

	return sockopt_stream_stats(st, &stats);
}

static int call_pull(void)
{
	int ret = sockopt_stream_pull(st);

	return ret == -EAGAIN ? 0 : ret;
}

static int call_stop(void)
{
	return sockopt_stream_stop(st);
}

static const struct {
	const char *name;
	int (*call)(void);
} calls[] = {
	{ "open", call_open },
	{ "channel", call_channel },
	{ "channel_from", call_channel_from },
	{ "text_set", call_text_set },
	{ "text_get", call_text_get },
	{ "call", call_call },
	{ "icmp_open", call_stream_open },
	{ "stream_tune", call_tune },
	{ "stream_stats", call_stats },
	{ "stream_pull", call_pull },
	{ "stream_stop", call_stop },
};

struct caller {
	int number;	/* and its processor */
	int call;
};

static void call_for_ever(void *arg)
{
	const struct caller *caller = arg;
	int ret;

	vm_move_to(caller->number);
	ck_assert_int_eq(sockopt_open(&so), 0);
	ck_assert_int_eq(sockopt_stream_open(&st, so, ICMP, NULL), 0);
	while (!atomic_load(&tally->is_over)) {
		ret = calls[caller->call].call();
		if (ret < 0)
			ck_abort_msg("%s: %s", calls[caller->call].name, strerror(-ret));
		atomic_fetch_add(&tally->called[caller->number], 1);
	}
	sockopt_stream_close(st);
	sockopt_close(so);
}

static bool is_everybody_on(void *unused)
{
	(void)unused;
	return atomic_load(&tally->called[0]) && atomic_load(&tally->called[1]);
}

/* It stays longer each time, so that calls that are slow come across it too. */
START_TEST(no_call_of_the_library_says_that_nobody_is_there)
{
	pid_t asker, children[CALLERS];
	struct caller callers[CALLERS];
	char linger_ms[4];
	int i;

	VM_SKIP_IF(vm_runs_old_code(), OLD_CODE);
	asker = vm_fork(ask_for_ever, NULL);
	for (i = 0; i < CALLERS; i++) {
		callers[i] = (struct caller){ .number = i, .call = _i };
		children[i] = vm_fork(call_for_ever, &callers[i]);
	}
	vm_wait(is_everybody_on, NULL, "callers to start");
	for (i = 0; i < ROUNDS; i++) {
		snprintf(linger_ms, sizeof(linger_ms), "%d", i);
		come_and_go(linger_ms);
	}
	atomic_store(&tally->is_over, true);
	for (i = 0; i < CALLERS; i++)
		vm_join(children[i]);
	vm_join(asker);
	ck_assert_uint_gt(tally->missed, ROUNDS);
	printf("# %s: %u raw calls found nobody, %u of the library somebody each time\n",
	       calls[_i].name, tally->missed, tally->called[0] + tally->called[1]);
	fflush(stdout);
}
END_TEST

Suite *leaver_suite(void)
{
	Suite *suite = suite_create("leaver");
	TCase *tc = vm_case(suite, "leaver", 60, setup);

	tcase_add_unchecked_fixture(tc, NULL, leave_none);
	tcase_add_test(tc, the_kernel_misses_an_option_for_a_moment_while_another_module_leaves);
	tcase_add_loop_test(tc, no_call_of_the_library_says_that_nobody_is_there, 0,
			    VM_COUNT(calls));
	return suite;
}
