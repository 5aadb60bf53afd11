/* SPDX-License-Identifier: MIT */
/*
 * Proves that CALL hands a request to the kernel and brings its reply in one
 * system call, and that a CALL that fails has done neither (but for one case
 * that uapi.h names). Every test has a network namespace, and so texts, of its own.
 */
#include "vm.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define CANARY 0x5a
#define HEAD sizeof(struct sockopt_call)
#define ROOM (2 * SOCKOPT_TEXT_MAX)

static const size_t sizes[] = { 1, 2, 4095, 4096 };

/* A CALL's buffer: the struct, then the request, then the reply. */
struct exchange {
	struct sockopt_call call;
	char text[ROOM];
};

static int fd;
static struct exchange x;

/* A CALL that succeeds, to be changed before it is made. */
static void prepare(const char *request, size_t len)
{
	memset(&x, CANARY, sizeof(x));
	memset(&x.call, 0, sizeof(x.call));
	x.call.size = HEAD;
	x.call.request_len = (uint32_t)len;
	x.call.reply_room = SOCKOPT_TEXT_MAX;
	memcpy(x.text, request, len);
}

static void setup(void)
{
	vm_new_netns();
	fd = vm_raw();
	prepare("a request", 9);
}

/* The kernel's text becomes one of len bytes; they are returned. */
static const char *kernel_text(size_t len)
{
	static char text[SOCKOPT_TEXT_MAX];

	vm_fill(text, len);
	ck_assert_int_eq(vm_write("/proc/net/sockopt/message", text, len), (int)len);
	return text;
}

static int call(unsigned int channel, socklen_t *len)
{
	return vm_get(fd, channel, SOCKOPT_CALL, &x, len);
}

static void was_sent(const char *text, size_t len)
{
	char sent[SOCKOPT_TEXT_MAX + 1];

	ck_assert_int_eq(vm_sent(sent, sizeof(sent)), (int)len);
	ck_assert_mem_eq(sent, text, len);
}

/* This CALL fails, and neither a text nor the caller's memory changes. */
static void is_refused_on(unsigned int channel, socklen_t len, int error)
{
	struct exchange before = x;
	socklen_t after = len;

	vm_texts_put(fd);
	ck_assert_int_eq(call(channel, &after), -error);
	ck_assert_uint_eq(after, len);
	ck_assert_mem_eq(&x, &before, sizeof(x));
	vm_texts_unchanged(fd);
}

static void is_refused(int error)
{
	is_refused_on(MESSAGE, sizeof(x), error);
}

/* ---- Both ways ---- */

START_TEST(a_call_sends_the_request_and_brings_the_reply)
{
	socklen_t len = sizeof(x);

	ck_assert_int_eq(vm_write("/proc/net/sockopt/message", "the reply", 9), 9);
	ck_assert_int_eq(call(MESSAGE, &len), 0);
	ck_assert_uint_eq(len, HEAD + 9);
	ck_assert_uint_eq(x.call.size, HEAD);
	ck_assert_uint_eq(x.call.reply_len, 9);
	ck_assert_mem_eq(x.text, "the reply\x5a", 10);
	was_sent("a request", 9);
}
END_TEST

START_TEST(a_call_leaves_the_members_that_it_does_not_answer)
{
	struct sockopt_call before = x.call;
	socklen_t len = sizeof(x);

	ck_assert_int_eq(call(MESSAGE, &len), 0);
	before.reply_len = x.call.reply_len;
	ck_assert_mem_eq(&x.call, &before, sizeof(before));
}
END_TEST

START_TEST(a_reply_brings_every_byte_into_its_exact_room)
{
	const char *text = kernel_text(sizes[_i]);
	char canary[ROOM];
	socklen_t len;

	x.call.reply_room = (uint32_t)sizes[_i];
	len = (socklen_t)(HEAD + (sizes[_i] > 9 ? sizes[_i] : 9));
	memcpy(canary, x.text, sizeof(canary));
	ck_assert_int_eq(call(MESSAGE, &len), 0);
	ck_assert_uint_eq(len, HEAD + sizes[_i]);
	ck_assert_uint_eq(x.call.reply_len, sizes[_i]);
	ck_assert_mem_eq(x.text, text, sizes[_i]);
	ck_assert_mem_eq(x.text + sizes[_i], canary + sizes[_i], ROOM - sizes[_i]);
	was_sent("a request", 9);
}
END_TEST

START_TEST(a_request_arrives_with_every_byte)
{
	char request[SOCKOPT_TEXT_MAX];
	socklen_t len;

	vm_fill(request, sizes[_i]);
	prepare(request, sizes[_i]);
	x.call.reply_room = 64;
	len = (socklen_t)(HEAD + (sizes[_i] > 64 ? sizes[_i] : 64));
	ck_assert_int_eq(call(MESSAGE, &len), 0);
	ck_assert_mem_eq(x.text, "a message from kernel\n", x.call.reply_len);
	was_sent(request, sizes[_i]);
}
END_TEST

/* The buffer has not a byte more than it needs, and none behind it exists. */
START_TEST(a_call_stays_inside_a_buffer_at_the_end_of_memory)
{
	size_t size = HEAD + sizes[_i];
	struct exchange *end = vm_guarded(size);
	const char *text = kernel_text(sizes[_i]);
	socklen_t len = (socklen_t)size;

	memcpy(&end->call, &x.call, HEAD);
	end->call.request_len = (uint32_t)sizes[_i];
	end->call.reply_room = (uint32_t)sizes[_i];
	memset(end->text, 'x', sizes[_i]);
	ck_assert_int_eq(vm_get(fd, MESSAGE, SOCKOPT_CALL, end, &len), 0);
	ck_assert_uint_eq(len, size);
	ck_assert_mem_eq(end->text, text, sizes[_i]);
}
END_TEST

START_TEST(a_longer_struct_has_request_and_reply_behind_it)
{
	socklen_t len = sizeof(x);

	prepare("\0\0\0\0\0\0\0\0later", 13);
	x.call.size = HEAD + 8;
	x.call.request_len = 5;
	ck_assert_int_eq(call(MESSAGE, &len), 0);
	ck_assert_uint_eq(x.call.size, HEAD + 8);
	ck_assert_uint_eq(len, HEAD + 8 + x.call.reply_len);
	ck_assert_mem_eq(x.text, "\0\0\0\0\0\0\0\0a message from kernel\n\x5a", 31);
	was_sent("later", 5);
}
END_TEST

/* ---- Refused ---- */

static void is_too_small(size_t reply, size_t room)
{
	prepare("a request", 9);
	vm_texts_put(fd);
	kernel_text(reply);
	x.call.reply_room = (uint32_t)room;
}

START_TEST(a_reply_that_does_not_fit_changes_nothing)
{
	size_t rooms[] = { 0, sizes[_i] - 1, sizes[_i] / 2 };
	struct exchange before;
	socklen_t len = sizeof(x);
	int i;

	for (i = 0; i < COUNT(rooms); i++) {
		is_too_small(sizes[_i], rooms[i]);
		before = x;
		ck_assert_int_eq(call(MESSAGE, &len), -ERANGE);
		ck_assert_uint_eq(len, sizeof(x));
		ck_assert_mem_eq(&x, &before, sizeof(x));
		was_sent("a program sent this", 19);
	}
}
END_TEST

START_TEST(a_request_of_no_bytes_is_refused)
{
	x.call.request_len = 0;
	is_refused(EINVAL);
}
END_TEST

START_TEST(a_request_that_is_too_long_is_refused)
{
	memset(x.text, 'x', sizeof(x.text));
	x.call.request_len = SOCKOPT_TEXT_MAX + 1;
	is_refused(EMSGSIZE);
	x.call.request_len = ROOM;
	is_refused(EMSGSIZE);
	x.call.request_len = INT_MAX;
	is_refused(EMSGSIZE);
	x.call.request_len = UINT32_MAX;
	is_refused(EMSGSIZE);
}
END_TEST

START_TEST(a_request_longer_than_the_buffer_is_refused)
{
	x.call.reply_room = 8;
	is_refused_on(MESSAGE, HEAD + 8, EINVAL);
	is_refused_on(MESSAGE, HEAD, EINVAL);
}
END_TEST

START_TEST(a_reply_room_beyond_the_buffer_is_refused)
{
	static const uint32_t rooms[] = {
		SOCKOPT_TEXT_MAX + 1, ROOM, INT_MAX, 0x80000000,
		UINT32_MAX - HEAD, UINT32_MAX - HEAD + 1, UINT32_MAX,
	};
	int i;

	for (i = 0; i < COUNT(rooms); i++) {
		x.call.reply_room = rooms[i];
		is_refused_on(MESSAGE, HEAD + SOCKOPT_TEXT_MAX, EINVAL);
	}
	x.call.reply_room = 65;
	is_refused_on(MESSAGE, HEAD + 64, EINVAL);
}
END_TEST

START_TEST(a_request_with_a_nul_is_refused)
{
	x.text[0] = 0;
	is_refused(EINVAL);
	prepare("a request", 10);
	is_refused(EINVAL);
	prepare("a\0request", 9);
	is_refused(EINVAL);
}
END_TEST

START_TEST(members_that_must_be_zero_are_refused)
{
	x.call.reply_len = 1;
	is_refused(EINVAL);
	x.call.reply_len = 0;
	x.call.reserved = 1;
	is_refused(EINVAL);
	x.call.reserved = 0x80000000;
	is_refused(EINVAL);
}
END_TEST

/* Sizes that cannot be right in a buffer of HEAD + 64 bytes. */
static const uint32_t bad_sizes[] = {
	0, 4, HEAD - 1, HEAD + 65, SOCKOPT_TEXT_MAX, 0x80000000, UINT32_MAX,
};

START_TEST(a_struct_of_a_wrong_size_is_refused)
{
	int i;

	x.call.reply_room = 64;
	for (i = 0; i < COUNT(bad_sizes); i++) {
		x.call.size = bad_sizes[i];
		is_refused_on(MESSAGE, HEAD + 64, EINVAL);
	}
	x.call.size = HEAD;
	is_refused_on(MESSAGE, HEAD - 1, EINVAL);
	is_refused_on(MESSAGE, 3, EINVAL);
	is_refused_on(MESSAGE, 0, EINVAL);
	is_refused_on(MESSAGE, (socklen_t)-1, EINVAL);
	is_refused_on(MESSAGE, (socklen_t)INT_MIN, EINVAL);
}
END_TEST

START_TEST(a_longer_struct_with_something_unknown_is_refused)
{
	prepare("\0\0\0\0\0\0\0\1text", 12);
	x.call.size = HEAD + 8;
	x.call.request_len = 4;
	is_refused(E2BIG);
}
END_TEST

/* ---- Channel and generation ---- */

static uint32_t generation_of(const char *name)
{
	struct sockopt_channel args = { .size = sizeof(args) };
	socklen_t len = sizeof(args);

	memcpy(args.name, name, strlen(name));
	ck_assert_int_eq(vm_get(fd, SOCKOPT_CHANNEL_CORE, SOCKOPT_CHANNEL, &args, &len), 0);
	return args.generation;
}

START_TEST(the_channels_generation_is_accepted)
{
	socklen_t len = sizeof(x);

	x.call.generation = generation_of("message");
	ck_assert_int_eq(call(MESSAGE, &len), 0);
	was_sent("a request", 9);
}
END_TEST

START_TEST(another_generation_is_stale)
{
	uint32_t right = generation_of("message");

	x.call.generation = right + 1;
	is_refused(ESTALE);
	x.call.generation = generation_of("icmp");
	is_refused(ESTALE);
	x.call.generation = right | 0x80000000;
	is_refused(ESTALE);
	x.call.generation = UINT32_MAX;
	is_refused(ESTALE);
}
END_TEST

START_TEST(an_unknown_channel_is_stale)
{
	is_refused_on(3, sizeof(x), ESTALE);
	is_refused_on(4095, sizeof(x), ESTALE);
}
END_TEST

START_TEST(icmp_takes_no_calls)
{
	is_refused_on(ICMP, sizeof(x), EOPNOTSUPP);
}
END_TEST

START_TEST(a_call_to_channel_0_is_no_option)
{
	is_refused_on(SOCKOPT_CHANNEL_CORE, sizeof(x), ENOPROTOOPT);
}
END_TEST

START_TEST(a_call_by_setsockopt_is_no_option)
{
	vm_texts_put(fd);
	ck_assert_int_eq(vm_set(fd, MESSAGE, SOCKOPT_CALL, &x, sizeof(x)), -ENOPROTOOPT);
	vm_texts_unchanged(fd);
}
END_TEST

/* ---- Faults ---- */

static void faults(void *buf, socklen_t len)
{
	socklen_t after = len;

	vm_texts_put(fd);
	ck_assert_int_eq(vm_get(fd, MESSAGE, SOCKOPT_CALL, buf, &after), -EFAULT);
	ck_assert_uint_eq(after, len);
	vm_texts_unchanged(fd);
}

START_TEST(a_struct_that_is_not_there_is_a_fault)
{
	faults(NULL, sizeof(x));
	faults((void *)1, sizeof(x));
	faults((void *)(UINTPTR_MAX - 65535), sizeof(x));
	faults((char *)vm_guarded(2), sizeof(x));
}
END_TEST

START_TEST(a_request_that_is_not_there_is_a_fault)
{
	struct exchange *end = vm_guarded(HEAD + 8);

	memcpy(end, &x, HEAD + 8);
	faults(end, sizeof(x));
}
END_TEST

START_TEST(a_length_that_is_not_there_is_a_fault)
{
	vm_texts_put(fd);
	ck_assert_int_eq(vm_get(fd, MESSAGE, SOCKOPT_CALL, &x, NULL), -EFAULT);
	vm_texts_unchanged(fd);
}
END_TEST

/* The one exception to 'an error changes nothing', see uapi.h: the request was handled. */
static void faults_after(void *buf, const char *request)
{
	socklen_t len = sizeof(x);
	char text[64] = { 0 };

	ck_assert_int_eq(vm_write("/proc/net/sockopt/message", "the reply", 9), 9);
	ck_assert_int_eq(vm_get(fd, MESSAGE, SOCKOPT_CALL, buf, &len), -EFAULT);
	ck_assert_uint_eq(len, sizeof(x));
	was_sent(request, strlen(request));
	ck_assert_int_eq(vm_text_get(fd, text, sizeof(text)), 9);
	ck_assert_str_eq(text, "the reply");
}

START_TEST(a_reply_that_cannot_be_written_is_a_fault_after_the_request)
{
	struct exchange *end = vm_guarded(sizeof(*end));

	memcpy(end, &x, sizeof(x));
	vm_read_only(end, sizeof(*end));
	faults_after(end, "a request");
	ck_assert_mem_eq(end, &x, sizeof(x));
}
END_TEST

START_TEST(a_reply_room_that_is_not_there_is_a_fault_after_the_request)
{
	struct exchange *end = vm_guarded(HEAD + 8);

	x.call.request_len = 8;
	memcpy(end, &x, HEAD + 8);
	faults_after(end, "a reques");
	ck_assert_uint_eq(end->call.reply_len, 0);
}
END_TEST

/* ---- Library ---- */

static struct sockopt *so;

static void setup_library(void)
{
	setup();
	ck_assert_int_eq(sockopt_open(&so), 0);
}

START_TEST(the_library_calls)
{
	char buf[64];

	memset(buf, CANARY, sizeof(buf));
	ck_assert_int_eq(vm_write("/proc/net/sockopt/message", "reply", 5), 5);
	ck_assert_int_eq(sockopt_call(so, MESSAGE, 0, "request", 7, buf, sizeof(buf)), 5);
	ck_assert_mem_eq(buf, "reply\0\x5a", 7);
	was_sent("request", 7);
	memset(buf, CANARY, sizeof(buf));
	ck_assert_int_eq(sockopt_call(so, MESSAGE, generation_of("message"), "other", 5,
				      buf, 5), 5);
	ck_assert_mem_eq(buf, "reply\x5a", 6);
	was_sent("other", 5);
}
END_TEST

START_TEST(the_library_calls_with_the_longest_texts)
{
	const char *text = kernel_text(SOCKOPT_TEXT_MAX);
	char request[SOCKOPT_TEXT_MAX], buf[SOCKOPT_TEXT_MAX + 1];

	memset(request, 'r', sizeof(request));
	ck_assert_int_eq(sockopt_call(so, MESSAGE, 0, request, sizeof(request),
				      buf, sizeof(buf)), SOCKOPT_TEXT_MAX);
	ck_assert_mem_eq(buf, text, SOCKOPT_TEXT_MAX);
	ck_assert_int_eq(buf[SOCKOPT_TEXT_MAX], 0);
	was_sent(request, sizeof(request));
}
END_TEST

START_TEST(the_librarys_call_that_fails_changes_nothing)
{
	char text[SOCKOPT_TEXT_MAX + 1], buf[64] = "canary";

	memset(text, 'x', sizeof(text));
	vm_texts_put(fd);
	ck_assert_int_eq(sockopt_call(so, MESSAGE, 0, text, 0, buf, 64), -EINVAL);
	ck_assert_int_eq(sockopt_call(so, MESSAGE, 0, "a\0b", 3, buf, 64), -EINVAL);
	ck_assert_int_eq(sockopt_call(so, MESSAGE, 0, text, sizeof(text), buf, 64), -EMSGSIZE);
	ck_assert_int_eq(sockopt_call(so, MESSAGE, 0, text, SIZE_MAX, buf, 64), -EMSGSIZE);
	ck_assert_int_eq(sockopt_call(so, MESSAGE, 0, text, 9, buf, 4), -ERANGE);
	ck_assert_int_eq(sockopt_call(so, MESSAGE, 0, text, 9, NULL, 0), -ERANGE);
	ck_assert_int_eq(sockopt_call(so, MESSAGE, UINT32_MAX, text, 9, buf, 64), -ESTALE);
	ck_assert_int_eq(sockopt_call(so, 3, 0, text, 9, buf, 64), -ESTALE);
	ck_assert_int_eq(sockopt_call(so, 4096 + MESSAGE, 0, text, 9, buf, 64), -ESTALE);
	ck_assert_int_eq(sockopt_call(so, ICMP, 0, text, 9, buf, 64), -EOPNOTSUPP);
	ck_assert_str_eq(buf, "canary");
	vm_texts_unchanged(fd);
}
END_TEST

/* ---- Suite ---- */

static TCase *new_case(Suite *suite, const char *name, SFun before)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, before, NULL);
	tcase_set_timeout(tc, 30);
	suite_add_tcase(suite, tc);
	return tc;
}

static void add_both_ways(TCase *tc)
{
	tcase_add_test(tc, a_call_sends_the_request_and_brings_the_reply);
	tcase_add_test(tc, a_call_leaves_the_members_that_it_does_not_answer);
	tcase_add_loop_test(tc, a_reply_brings_every_byte_into_its_exact_room, 0, COUNT(sizes));
	tcase_add_loop_test(tc, a_request_arrives_with_every_byte, 0, COUNT(sizes));
	tcase_add_loop_test(tc, a_call_stays_inside_a_buffer_at_the_end_of_memory,
			    0, COUNT(sizes));
	tcase_add_test(tc, a_longer_struct_has_request_and_reply_behind_it);
}

static void add_refused(TCase *tc)
{
	tcase_add_loop_test(tc, a_reply_that_does_not_fit_changes_nothing, 0, COUNT(sizes));
	tcase_add_test(tc, a_request_of_no_bytes_is_refused);
	tcase_add_test(tc, a_request_that_is_too_long_is_refused);
	tcase_add_test(tc, a_request_longer_than_the_buffer_is_refused);
	tcase_add_test(tc, a_reply_room_beyond_the_buffer_is_refused);
	tcase_add_test(tc, a_request_with_a_nul_is_refused);
	tcase_add_test(tc, members_that_must_be_zero_are_refused);
	tcase_add_test(tc, a_struct_of_a_wrong_size_is_refused);
	tcase_add_test(tc, a_longer_struct_with_something_unknown_is_refused);
}

static void add_channel(TCase *tc)
{
	tcase_add_test(tc, the_channels_generation_is_accepted);
	tcase_add_test(tc, another_generation_is_stale);
	tcase_add_test(tc, an_unknown_channel_is_stale);
	tcase_add_test(tc, icmp_takes_no_calls);
	tcase_add_test(tc, a_call_to_channel_0_is_no_option);
	tcase_add_test(tc, a_call_by_setsockopt_is_no_option);
}

static void add_faults(TCase *tc)
{
	tcase_add_test(tc, a_struct_that_is_not_there_is_a_fault);
	tcase_add_test(tc, a_request_that_is_not_there_is_a_fault);
	tcase_add_test(tc, a_length_that_is_not_there_is_a_fault);
	tcase_add_test(tc, a_reply_that_cannot_be_written_is_a_fault_after_the_request);
	tcase_add_test(tc, a_reply_room_that_is_not_there_is_a_fault_after_the_request);
}

Suite *call_suite(void)
{
	Suite *suite = suite_create("call");
	TCase *tc;

	add_both_ways(new_case(suite, "both ways", setup));
	add_refused(new_case(suite, "refused", setup));
	add_channel(new_case(suite, "channel", setup));
	add_faults(new_case(suite, "faults", setup));
	tc = new_case(suite, "library", setup_library);
	tcase_add_test(tc, the_library_calls);
	tcase_add_test(tc, the_library_calls_with_the_longest_texts);
	tcase_add_test(tc, the_librarys_call_that_fails_changes_nothing);
	return suite;
}
