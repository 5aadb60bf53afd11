/* SPDX-License-Identifier: MIT */
/* See access.h. */
#include "access.h"

#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void access_setup(void)
{
	vm_sysctls_reset();
	vm_setup();
}

TCase *access_case(Suite *suite, const char *name, SFun before)
{
	TCase *tc = vm_case(suite, name, 60, before);

	tcase_add_unchecked_fixture(tc, NULL, vm_sysctls_reset);
	return tc;
}

int get_info(int any)
{
	struct sockopt_info info = { .size = sizeof(info) };
	socklen_t len = sizeof(info);

	return vm_get(any, CORE, SOCKOPT_INFO, &info, &len);
}

int get_channel(int any)
{
	struct sockopt_channel args = { .size = sizeof(args), .name = "icmp" };
	socklen_t len = sizeof(args);

	return vm_get(any, CORE, SOCKOPT_CHANNEL, &args, &len);
}

int set_text(int any)
{
	return vm_text_set(any, "an attempt", 10);
}

int get_text(int any)
{
	char text[SOCKOPT_TEXT_MAX];
	int ret = vm_text_get(any, text, sizeof(text));

	return ret < 0 ? ret : 0;
}

int do_call(int any)
{
	struct {
		struct sockopt_call call;
		char text[64];
	} x = { { .size = sizeof(x.call), .request_len = 7, .reply_room = 64 }, "request" };
	socklen_t len = sizeof(x);

	return vm_get(any, MESSAGE, SOCKOPT_CALL, &x, &len);
}

int do_open(int any)
{
	struct sockopt_open args = vm_open_args();
	int ret;

	args.slots = 2;
	ret = vm_open(any, ICMP, &args);
	if (ret < 0)
		return ret;
	close(ret);
	return 0;
}

void rights_are(int any, int expected)
{
	ck_assert_int_eq(get_text(any), expected);
	ck_assert_int_eq(set_text(any), expected);
	ck_assert_int_eq(do_call(any), expected);
	ck_assert_int_eq(do_open(any), expected);
	ck_assert_int_eq(get_info(any), 0);
	ck_assert_int_eq(get_channel(any), 0);
}

void in_child(void (*run)(void))
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		run();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

void set_capabilities(uint64_t effective, uint64_t permitted)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = {
		{ (uint32_t)effective, (uint32_t)permitted, (uint32_t)permitted },
		{ (uint32_t)(effective >> 32), (uint32_t)(permitted >> 32),
		  (uint32_t)(permitted >> 32) },
	};

	ck_assert_int_eq(syscall(SYS_capset, &head, data), 0);
}

uint64_t all_capabilities(void)
{
	int last = 0;

	while (prctl(PR_CAPBSET_READ, last + 1, 0, 0, 0) >= 0)
		last++;
	return (2ULL << last) - 1;
}

int next_fd(void)
{
	int any = dup(0);

	ck_assert_int_ge(any, 0);
	close(any);
	return any;
}

void open_is_refused(unsigned int channel, const void *args, size_t size, int error)
{
	int streams = vm_stream_count(), free_fd = next_fd();
	socklen_t len = (socklen_t)size;
	char copy[256];

	ck_assert_uint_le(size, sizeof(copy));
	memcpy(copy, args, size);
	ck_assert_int_eq(vm_get(vm_fd, channel, SOCKOPT_OPEN, copy, &len), -error);
	ck_assert_uint_eq(len, size);
	ck_assert_mem_eq(copy, args, size);
	ck_assert_int_eq(vm_stream_count(), streams);
	ck_assert_int_eq(next_fd(), free_fd);
}
