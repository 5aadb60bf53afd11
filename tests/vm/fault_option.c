/* SPDX-License-Identifier: MIT */
/*
 * Proves that a call which asks for something brings its whole answer, or an error and
 * nothing; and that a text which could not be sent was not sent, whatever failed.
 */
#include "fault.h"

#include <string.h>

#include "exchange.h"

/* ---- What asks: getsockopt ---- */

/* A struct with its size first, and whatever stands behind it. */
struct question {
	const char *name;
	unsigned int channel;
	int operation;
	size_t head;		/* bytes of the struct, which an error leaves as they are */
	size_t len;		/* with what is behind it */
	bool may_be_done;
	union {
		struct sockopt_info info;
		struct sockopt_channel channel;
		struct sockopt_stats stats;
		struct sockopt_call call;
		char text[HEAD + SOCKOPT_TEXT_MAX];
	} is, buf, answer;
	socklen_t got, answer_len;
};

#define STRUCT(type) .head = sizeof(struct type), .len = sizeof(struct type)

static struct question questions[] = {
	{ .name = "INFO", .channel = CORE, .operation = SOCKOPT_INFO, STRUCT(sockopt_info),
	  .is.info.size = sizeof(struct sockopt_info) },
	{ .name = "CHANNEL by name", .channel = CORE, .operation = SOCKOPT_CHANNEL,
	  STRUCT(sockopt_channel),
	  .is.channel = { .size = sizeof(struct sockopt_channel), .name = "icmp" } },
	{ .name = "CHANNEL by id", .channel = CORE, .operation = SOCKOPT_CHANNEL,
	  STRUCT(sockopt_channel),
	  .is.channel = { .size = sizeof(struct sockopt_channel), .id = ICMP } },
	{ .name = "CHANNEL, the first one", .channel = CORE, .operation = SOCKOPT_CHANNEL,
	  STRUCT(sockopt_channel),
	  .is.channel = { .size = sizeof(struct sockopt_channel) } },
	{ .name = "STATS", .channel = ICMP, .operation = SOCKOPT_STATS, STRUCT(sockopt_stats),
	  .is.stats.size = sizeof(struct sockopt_stats) },
	{ .name = "TEXT, get", .channel = MESSAGE, .operation = SOCKOPT_TEXT,
	  .head = SOCKOPT_TEXT_MAX, .len = SOCKOPT_TEXT_MAX },
	{ .name = "CALL", .channel = MESSAGE, .operation = SOCKOPT_CALL, .head = HEAD,
	  .len = HEAD + SOCKOPT_TEXT_MAX, .may_be_done = true,
	  .is.call = { .size = HEAD, .request_len = 64, .reply_room = SOCKOPT_TEXT_MAX } },
};

static int ask_it(void *arg)
{
	struct question *question = arg;

	question->buf = question->is;
	question->got = (socklen_t)question->len;
	return vm_get(vm_fd, question->channel, question->operation, &question->buf,
		      &question->got);
}

/* The first answer, which no fault disturbed, is the one. */
static void expect_answer(void *arg, int ret)
{
	struct question *question = arg;

	if (ret < 0) {
		ck_assert_mem_eq(&question->buf, &question->is, question->head);
		ck_assert_uint_eq(question->got, question->len);
		return;
	}
	if (!question->answer_len) {
		question->answer = question->buf;
		question->answer_len = question->got;
	}
	ck_assert_uint_eq(question->got, question->answer_len);
	ck_assert_mem_eq(&question->buf, &question->answer, question->got);
}

static void question_setup(void)
{
	struct sockopt_open args;
	int i;

	exchange_setup();
	vm_kernel_text(SOCKOPT_TEXT_MAX);
	vm_stream(vm_fd, 2, &args);
	for (i = 0; i < VM_COUNT(questions); i++)
		if (questions[i].operation == SOCKOPT_CALL)
			vm_fill(questions[i].is.text + HEAD, 64);
}

START_TEST(a_question_brings_its_answer_or_an_error_and_nothing)
{
	const struct fault_call asking = {
		.name = questions[_i].name,
		.make = ask_it,
		.after = expect_answer,
		.may_be_done = questions[_i].may_be_done,
	};

	fault_sweep(&asking, &questions[_i]);
}
END_TEST

/* ---- What tells: setsockopt ---- */

static char longest[SOCKOPT_TEXT_MAX];

static void send_another(void *unused)
{
	(void)unused;
	ck_assert_int_eq(vm_text_set(vm_fd, "another", 7), 0);
}

static int send_longest(void *unused)
{
	(void)unused;
	return vm_text_set(vm_fd, longest, sizeof(longest));
}

/* One that was not sent leaves the other one: that is the sweep's to check. */
static void expect_sent(void *unused, int ret)
{
	(void)unused;
	if (!ret)
		was_sent(longest, sizeof(longest));
}

START_TEST(a_text_that_could_not_be_sent_leaves_the_one_before)
{
	const struct fault_call sending = {
		.name = "TEXT, set",
		.before = send_another,
		.make = send_longest,
		.after = expect_sent,
	};

	vm_fill(longest, sizeof(longest));
	fault_sweep(&sending, NULL);
}
END_TEST

Suite *fault_suite(void)
{
	Suite *suite = suite_create("fault");
	TCase *tc = fault_case(suite, "questions", question_setup);

	tcase_add_loop_test(tc, a_question_brings_its_answer_or_an_error_and_nothing, 0,
			    VM_COUNT(questions));
	tc = fault_case(suite, "texts", exchange_setup);
	tcase_add_test(tc, a_text_that_could_not_be_sent_leaves_the_one_before);
	return suite;
}
