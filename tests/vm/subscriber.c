/* SPDX-License-Identifier: MIT */
/* See subscriber.h. */
#include "subscriber.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "publisher/pattern.h"

void subscriber_open(struct subscriber *sub, uint32_t slots, uint32_t wake_records,
		     bool is_mapped)
{
	struct sockopt_config config = {
		.size = sizeof(config), .slots = slots, .snaplen = PATTERN_MAX,
		.batch = 65536, .wake_records = wake_records,
	};
	struct sockopt *so;

	memset(sub, 0, sizeof(*sub));
	ck_assert_int_eq(sockopt_open(&so), 0);
	ck_assert_int_eq(sockopt_stream_open(&sub->st, so, publisher.channel.id, &config), 0);
	sockopt_close(so);
	sub->is_mapped = is_mapped;
	if (is_mapped)
		ck_assert_int_eq(sockopt_stream_map(sub->st), 0);
}

void subscriber_close(struct subscriber *sub)
{
	sockopt_stream_close(sub->st);
}

static void check_record(struct subscriber *sub, const struct sockopt_record *rec)
{
	const uint8_t *data = sockopt_record_data(rec);
	uint32_t words[PATTERN_WORDS], thread, number;

	VM_EXPECT(rec->caplen >= PATTERN_MIN);
	memcpy(&thread, data, 4);
	memcpy(&number, data + 4, 4);
	VM_EXPECT(thread < SUBSCRIBER_THREADS);
	VM_EXPECT(number >= sub->next[thread]);
	VM_EXPECT(rec->caplen == pattern_len(thread, number));
	pattern_fill(words, thread, number, pattern_len(thread, number));
	VM_EXPECT(!memcmp(data, words, rec->caplen));
	VM_EXPECT((int32_t)(rec->lost - sub->lost) >= 0);
	sub->next[thread] = number + 1;
	sub->lost = rec->lost;
	sub->got++;
}

/* The next record; pulls when there is none left. */
static const struct sockopt_record *next(struct subscriber *sub)
{
	const struct sockopt_record *rec = sockopt_stream_next(sub->st);
	int ret;

	if (rec || sub->is_mapped)
		return rec;
	ret = sockopt_stream_pull(sub->st);
	VM_EXPECT(ret >= 0 || ret == -EAGAIN);
	return sockopt_stream_next(sub->st);
}

unsigned int subscriber_take(struct subscriber *sub, unsigned int most)
{
	const struct sockopt_record *rec;
	unsigned int n = 0;

	for (; n < most && (rec = next(sub)); n++) {
		check_record(sub, rec);
		sockopt_stream_release(sub->st);
	}
	return n;
}

void subscriber_expect_all(struct subscriber *sub, uint64_t published)
{
	struct sockopt_stats stats = { .size = sizeof(stats) };

	while (subscriber_take(sub, UINT32_MAX))
		;
	ck_assert_int_eq(sockopt_stream_stats(sub->st, &stats), 0);
	ck_assert_uint_eq(stats.seen, published);
	ck_assert_uint_eq(stats.filtered, 0);
	ck_assert_uint_eq(stats.pending, 0);
	ck_assert_uint_eq(stats.delivered, sub->got);
	ck_assert_uint_eq(stats.lost, stats.lost_full + stats.lost_busy);
	ck_assert_uint_eq(sub->got + stats.lost, published);
	ck_assert_uint_le(sub->lost, stats.lost);
}

static void publish(void *command)
{
	publisher_commanded(command);
}

pid_t subscriber_flood(char *command)
{
	return vm_fork(publish, command);
}

bool subscriber_has_ended(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT), 0);
	return info.si_pid != 0;
}
