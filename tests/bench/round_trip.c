/* SPDX-License-Identifier: MIT */
/*
 * A text of 24 bytes to the kernel ("set"), one back ("get"), and an answer to one ("exchange":
 * one call where there is such a call; netlink sends and receives). By socket option, and by
 * every other way. A way's floor is the same path with nothing behind it. Descriptors are open
 * all the time; what is counted is the calls. Of a netlink message that is sent, "set", nobody
 * hears whether it was taken; all others say so.
 */
#include "bench.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TABLE "round trip"
#define CALLS 200	/* of a round */

static char text[PEER_TEXT + 1] = "24 bytes from a program."; /* its first byte is a way's own */
static const char kernel_text[PEER_TEXT + 1] = "24 bytes of the kernel's";

/* One call; false: it did not do what it should have. */
typedef bool (*action)(void);

static int fd;
static char back[256];
static struct bench_message one_way, request;

/* ---- Floors ---- */

static bool no_call(void)
{
	return syscall(SYS_getppid) >= 0;
}

static bool ttl_set(void)
{
	const int ttl = 64;

	return !setsockopt(fd, SOL_IP, IP_TTL, &ttl, sizeof(ttl));
}

static bool ttl_get(void)
{
	socklen_t len = sizeof(int);

	return !getsockopt(fd, SOL_IP, IP_TTL, back, &len);
}

static bool empty_set(void)
{
	return !setsockopt(fd, SOL_IP, PEER_OPTION, text, PEER_TEXT);
}

static bool empty_get(void)
{
	socklen_t len = PEER_TEXT;

	return !getsockopt(fd, SOL_IP, PEER_OPTION, back, &len);
}

static bool ioctl_none(void)
{
	return !ioctl(fd, PEER_IOC_NONE);
}

/* ---- Ours, by the system calls themselves ---- */

static struct exchange {
	struct sockopt_call call;
	char text[PEER_TEXT];
} exchange;

static void open_text(void)
{
	fd = vm_raw();
	ck_assert_int_eq(vm_write(VM_MESSAGE, kernel_text, PEER_TEXT), PEER_TEXT);
}

static bool text_set(void)
{
	return !setsockopt(fd, SOL_IP, SOCKOPT_OPTION(MESSAGE, SOCKOPT_TEXT), text, PEER_TEXT);
}

static bool text_get(void)
{
	socklen_t len = PEER_TEXT;

	return !getsockopt(fd, SOL_IP, SOCKOPT_OPTION(MESSAGE, SOCKOPT_TEXT), back, &len) &&
	       len == PEER_TEXT;
}

static bool text_call(void)
{
	socklen_t len = sizeof(exchange);

	exchange.call.size = sizeof(exchange.call);
	exchange.call.request_len = PEER_TEXT;
	exchange.call.reply_room = PEER_TEXT;
	exchange.call.reply_len = 0;
	memcpy(exchange.text, text, PEER_TEXT);
	return !getsockopt(fd, SOL_IP, SOCKOPT_OPTION(MESSAGE, SOCKOPT_CALL), &exchange, &len) &&
	       exchange.call.reply_len == PEER_TEXT;
}

/* ---- Ours, by the library ---- */

static struct sockopt *so;

static void open_library(void)
{
	open_text();
	ck_assert_int_eq(sockopt_open(&so), 0);
}

static bool library_set(void)
{
	return !sockopt_text_set(so, MESSAGE, text, PEER_TEXT);
}

static bool library_get(void)
{
	return sockopt_text_get(so, MESSAGE, back, PEER_TEXT) == PEER_TEXT;
}

static bool library_call(void)
{
	return sockopt_call(so, MESSAGE, 0, text, PEER_TEXT, back, PEER_TEXT) == PEER_TEXT;
}

/* ---- Netlink ---- */

static bool send_text(const struct bench_message *message)
{
	memcpy(message->text, text, PEER_TEXT);
	return send(fd, message->bytes, message->len, 0) == (ssize_t)message->len;
}

static void open_netlink(void)
{
	fd = bench_netlink(PEER_NETLINK);
	bench_message(&one_way, PEER_NETLINK_PUT);
	bench_message(&request, PEER_NETLINK_ASK);
}

static void open_genl(void)
{
	int family;

	fd = bench_netlink(NETLINK_GENERIC);
	family = bench_family(fd, PEER_FAMILY);
	bench_command(&one_way, family, PEER_CMD_PUT);
	bench_command(&request, family, PEER_CMD_ASK);
}

static bool netlink_put(void)
{
	return send_text(&one_way);
}

/* The answer is as long as the request. */
static bool netlink_ask(void)
{
	return send_text(&request) &&
	       recv(fd, back, sizeof(back), 0) == (ssize_t)request.len;
}

/* ---- A character device ---- */

static void open_device(void)
{
	fd = open("/dev/" PEER_DEVICE, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
}

static bool ioctl_put(void)
{
	return !ioctl(fd, PEER_IOC_PUT, text);
}

static bool ioctl_get(void)
{
	return !ioctl(fd, PEER_IOC_GET, back);
}

static bool ioctl_call(void)
{
	return !ioctl(fd, PEER_IOC_CALL, memcpy(back, text, PEER_TEXT));
}

static bool device_read(void)
{
	return read(fd, back, sizeof(back)) == PEER_TEXT;
}

/* Also for files of seq_file, which have no pwrite(). */
static bool plain_write(void)
{
	return write(fd, text, PEER_TEXT) == PEER_TEXT;
}

/* ---- Files ---- */

static void open_file(const char *path)
{
	fd = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_msg(fd >= 0, "%s does not open", path);
}

static void open_proc(void)
{
	open_file("/proc/" PEER_PROC);
}

static void open_sysfs(void)
{
	open_file("/sys/kernel/" PEER_SYSFS "/text");
}

static void open_sysctl(void)
{
	open_file("/proc/sys/" PEER_SYSCTL "/text");
}

static bool file_write(void)
{
	return pwrite(fd, text, PEER_TEXT, 0) == PEER_TEXT;
}

static bool file_read(void)
{
	return pread(fd, back, PEER_TEXT, 0) == PEER_TEXT;
}

/* ---- All of them ---- */

static void open_raw(void)
{
	fd = vm_raw();
}

/* Where a text comes back to. */
static const char *in_back(void)
{
	return back;
}

static const char *in_exchange(void)
{
	return exchange.text;
}

static const char *in_message(void)
{
	return back + (request.text - (char *)request.bytes);
}

static const struct way {
	const char *name;
	void (*open)(void);
	action set, get, exchange;	/* NULL: there is none */
	const char *(*answer)(void);	/* NULL: no text comes back */
	bool is_ours;		/* the kernel's text comes back, else the one before */
} ways[] = {
	{ "getppid", open_raw, NULL, NULL, no_call, NULL, false },
	{ "IP_TTL", open_raw, ttl_set, ttl_get, NULL, NULL, false },
	{ "socket option, empty handler", open_raw, empty_set, empty_get, NULL, NULL, false },
	{ "ioctl, nothing done", open_device, NULL, NULL, ioctl_none, NULL, false },
	{ "sockopt", open_text, text_set, text_get, NULL, in_back, true },
	{ "sockopt, CALL", open_text, NULL, NULL, text_call, in_exchange, true },
	{ "libsockopt", open_library, library_set, library_get, library_call, in_back, true },
	{ "netlink", open_netlink, netlink_put, NULL, netlink_ask, in_message, false },
	{ "generic netlink", open_genl, netlink_put, NULL, netlink_ask, in_message, false },
	{ "ioctl", open_device, ioctl_put, ioctl_get, ioctl_call, in_back, false },
	{ "character device", open_device, plain_write, device_read, NULL, in_back, false },
	{ "procfs, seq_file", open_proc, plain_write, file_read, NULL, in_back, false },
	{ "sysfs", open_sysfs, file_write, file_read, NULL, in_back, false },
	{ "sysctl", open_sysctl, file_write, file_read, NULL, in_back, false },
};

/* No ck_assert() between the two looks at the counter: each is a system call. */
static uint64_t many(void *arg)
{
	action act = *(action *)arg;
	int done = 0, i;
	uint64_t start = cost_ticks(), ticks;

	for (i = 0; i < CALLS; i++)
		done += act();
	ticks = cost_ticks() - start;
	ck_assert_int_eq(done, CALLS);
	return ticks;
}

static void profile(action act)
{
	for (;;) {
		profile_begin();
		act();
		profile_end();
	}
}

/* 0: there is no such call. */
static double cost(const struct way *way, const char *column, action act)
{
	if (!act)
		return 0;
	if (bench_is_profiled(way->name, column))
		profile(act);
	return cost_median(many, &act, CALLS);
}

/* ---- That they did their work ---- */

static void expect_sent(void)
{
	char sent[VM_FILE_MAX];

	ck_assert_int_eq(vm_sent(sent, sizeof(sent)), PEER_TEXT);
	ck_assert_mem_eq(sent, text, PEER_TEXT);
}

/* What was set last comes back, for another text; from us the kernel's. */
static void expect_exchange(const struct way *way)
{
	char before[PEER_TEXT];

	memcpy(before, text, PEER_TEXT);
	text[0] ^= 0x20;
	memset(back, 0, sizeof(back));
	ck_assert(way->exchange());
	ck_assert_mem_eq(way->answer(), way->is_ours ? kernel_text : before, PEER_TEXT);
	if (way->is_ours)
		expect_sent();
}

static void expect_get(const struct way *way)
{
	memset(back, 0, sizeof(back));
	ck_assert(way->get());
	ck_assert_mem_eq(way->answer(), way->is_ours ? kernel_text : text, PEER_TEXT);
}

/* Behind each column, so that it is this one's text. */
static void expect_work(const struct way *way)
{
	if (way->get)
		expect_get(way);
	if (way->exchange)
		expect_exchange(way);
}

static void show(const struct way *way, const char *column, double figure)
{
	if (figure > 0)
		bench_figure(TABLE, way->name, column, figure);
}

START_TEST(a_text_goes_there_and_comes_back)
{
	const struct way *way = &ways[_i];
	double there, here, both;

	text[0] = (char)('a' + _i);
	way->open();
	there = cost(way, "set", way->set);
	if (way->set && way->is_ours)
		expect_sent();
	if (way->answer)
		expect_work(way);
	here = cost(way, "get", way->get);
	both = cost(way, "exchange", way->exchange);
	if (way->answer)
		expect_work(way);
	show(way, "set", there);
	show(way, "get", here);
	show(way, "pair", there > 0 && here > 0 ? there + here : 0);
	show(way, "exchange", both);
}
END_TEST

Suite *round_trip_suite(void)
{
	Suite *suite = suite_create("round_trip");
	TCase *tc = vm_case(suite, "ways", 120, NULL);

	tcase_add_loop_test(tc, a_text_goes_there_and_comes_back, 0, VM_COUNT(ways));
	return suite;
}
