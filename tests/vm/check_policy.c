/* SPDX-License-Identifier: MIT */
/*
 * Proves what becomes of the library when somebody comes between it and the kernel: a
 * seccomp filter that denies socket options, or a BPF program of the cgroup that denies or
 * changes them. It says so, leaves nothing behind, and loses no record.
 */
#include "access.h"
#include "bpf.h"
#include "sequence.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/net.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define QUEUED 4

static struct sockopt *so;
static struct sockopt_stream *st;

static bool is_queued(void *unused)
{
	(void)unused;
	return vm_stat("icmp", "pending") == QUEUED;
}

/* A stream of four records. */
static void open_all(void)
{
	ck_assert_int_eq(sockopt_open(&so), 0);
	ck_assert_int_eq(sockopt_stream_open(&st, so, ICMP, NULL), 0);
	send_more(QUEUED);
	vm_wait(is_queued, NULL, "records queued");
}

static void expect_all_records(void)
{
	uint32_t i;

	ck_assert_int_eq(sockopt_stream_pull(st), QUEUED);
	for (i = 0; i < QUEUED; i++) {
		ck_assert_uint_eq(number_of(sockopt_stream_next(st)), i);
		sockopt_stream_release(st);
	}
	ck_assert_ptr_null(sockopt_stream_next(st));
}

/* ---- seccomp ---- */

#define LOAD(member, byte) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member) + (byte))
#define DENY(number, error) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)(error))
#define LOW_WORD (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0)

/* From here on this process has no socket options, also where they are part of socketcall(2). */
static void deny_options(int error)
{
	struct sock_filter code[] = {
		LOAD(nr, 0),
		DENY(SYS_getsockopt, error),
		DENY(SYS_setsockopt, error),
#ifdef SYS_socketcall
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socketcall, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		LOAD(args[0], LOW_WORD),
		DENY(SYS_GETSOCKOPT, error),
		DENY(SYS_SETSOCKOPT, error),
#endif
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { VM_COUNT(code), code };

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

START_TEST(who_may_use_no_socket_options_is_told_of_a_policy)
{
	static const int errors[] = { EPERM, EACCES };
	int next = next_fd();

	so = (void *)&so;
	deny_options(errors[_i]);
	ck_assert_int_eq(sockopt_open(&so), -EACCES);
	ck_assert_ptr_null(so);
	ck_assert_ptr_nonnull(strstr(sockopt_strerror(-EACCES), "policy"));
	ck_assert_int_eq(next_fd(), next);
}
END_TEST

/* Where a right may be missing, the library cannot tell. */
static void expect_all_denied(void)
{
	struct sockopt_channel channel = { .size = sizeof(channel) };
	struct sockopt_stats stats = { .size = sizeof(stats) };
	struct sockopt_config config = { .size = sizeof(config), .wake_records = 2 };
	struct sockopt_stream *other = st;
	char text[64];

	ck_assert_int_eq(sockopt_channel(so, "icmp", &channel), -EACCES);
	ck_assert_int_eq(sockopt_text_set(so, MESSAGE, "text", 4), -EPERM);
	ck_assert_int_eq((int)sockopt_text_get(so, MESSAGE, text, sizeof(text)), -EPERM);
	ck_assert_int_eq((int)sockopt_call(so, MESSAGE, 0, "text", 4, text, sizeof(text)), -EPERM);
	ck_assert_int_eq(sockopt_stream_open(&other, so, ICMP, NULL), -EPERM);
	ck_assert_ptr_null(other);
	ck_assert_int_eq(sockopt_stream_pull(st), -EACCES);
	ck_assert_int_eq(sockopt_stream_stats(st, &stats), -EACCES);
	ck_assert_int_eq(sockopt_stream_tune(st, &config), -EPERM);
	ck_assert_int_eq(sockopt_stream_stop(st), -EACCES);
}

/* What needs no socket option goes on: the descriptor, and what is mapped. */
START_TEST(a_filter_that_comes_later_stops_all_calls_and_loses_no_record)
{
	char file[VM_FILE_MAX];
	int next;

	open_all();
	ck_assert_int_eq(sockopt_stream_map(st), 0);
	next = next_fd();
	deny_options(EPERM);
	ck_assert_int_eq(sockopt_stream_wait(st, 0), 1);
	ck_assert_uint_eq(number_of(sockopt_stream_next(st)), 0);
	sockopt_stream_release(st);
	sockopt_stream_unmap(st);
	expect_all_denied();
	ck_assert_int_eq(next_fd(), next);
	ck_assert_int_eq(vm_read(VM_MESSAGE, file, sizeof(file)), 0);
	ck_assert_int_eq((int)vm_stat("icmp", "pending"), QUEUED - 1);
	ck_assert_int_eq((int)vm_stat("icmp", "lost_full"), 0);
	sockopt_stream_close(st);
	sockopt_close(so);
	ck_assert_int_eq(vm_stream_count(), 0);
}
END_TEST

/* ---- BPF programs of the cgroup ---- */

/* In a process that goes to the cgroup, so that the test can remove it. */
static void run_in_cgroup(void (*run)(void *arg), void *arg)
{
	bpf_cgroup_make();
	vm_join(vm_fork(run, arg));
	bpf_cgroup_remove();
}

/* The kernel has made the stream, and told its descriptor, before it asks the program. */
static void open_denied(void *unused)
{
	int next;

	(void)unused;
	bpf_cgroup_join();
	ck_assert_int_eq(sockopt_open(&so), 0);
	next = next_fd();
	st = (void *)&st;
	bpf_cgroup_meddle(STAGE_BPF_DENY);
	ck_assert_int_eq(sockopt_stream_open(&st, so, ICMP, NULL), -EPERM);
	ck_assert_ptr_null(st);
	ck_assert_int_eq(next_fd(), next);
	ck_assert_int_eq(vm_stream_count(), 0);
}

START_TEST(a_stream_that_a_program_denies_is_closed_by_the_library)
{
	run_in_cgroup(open_denied, NULL);
}
END_TEST

/* What pull says to what the program made of it. */
static const int said[STAGE_BPF_KINDS] = {
	[STAGE_BPF_PASS] = QUEUED, [STAGE_BPF_SHRINK] = -EPROTO, [STAGE_BPF_REPLACE] = QUEUED,
	[STAGE_BPF_ZERO] = QUEUED, [STAGE_BPF_BYPASS] = -EFAULT, [STAGE_BPF_NEGATIVE] = -EFAULT,
	[STAGE_BPF_BEYOND] = -EFAULT, [STAGE_BPF_DENY] = -EACCES,
	[STAGE_BPF_RETVAL] = -STAGE_BPF_ERROR,
};

static void pull_meddled(void *kind)
{
	enum stage_bpf bpf = (enum stage_bpf)*(int *)kind;

	bpf_cgroup_join();
	open_all();
	bpf_cgroup_meddle(bpf);
	ck_assert_int_eq(sockopt_stream_pull(st), said[bpf]);
	bpf_cgroup_meddle(STAGE_BPF_PASS);
	expect_all_records();
	sockopt_stream_close(st);
	vm_wait_settled();
	ck_assert_int_eq((int)vm_stat("icmp", "lost_full"), 0);
}

START_TEST(no_record_is_lost_whatever_a_program_makes_of_a_pull)
{
	VM_SKIP_IF(bpf_missing((enum stage_bpf)_i), bpf_missing((enum stage_bpf)_i));
	run_in_cgroup(pull_meddled, &_i);
}
END_TEST

Suite *policy_suite(void)
{
	Suite *suite = suite_create("policy");
	TCase *tc = vm_case(suite, "policy", 30, sequence_setup);

	tcase_add_unchecked_fixture(tc, bpf_stand, bpf_stand_down);
	tcase_add_loop_test(tc, who_may_use_no_socket_options_is_told_of_a_policy, 0, 2);
	tcase_add_test(tc, a_filter_that_comes_later_stops_all_calls_and_loses_no_record);
	tcase_add_test(tc, a_stream_that_a_program_denies_is_closed_by_the_library);
	tcase_add_loop_test(tc, no_record_is_lost_whatever_a_program_makes_of_a_pull,
			    STAGE_BPF_PASS, STAGE_BPF_KINDS);
	return suite;
}
