/* SPDX-License-Identifier: MIT */
/*
 * Numbers: every operation there is and is not, of every channel at the edges, asked by get
 * and by set, with the value of each operation; and the numbers around the range.
 */
#include "op.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>

/* Those of the operations that a channel has, and channel 0. */
static bool exists(uint32_t channel, uint32_t operation, bool is_set)
{
	static const uint32_t gets = 1 << SOCKOPT_TEXT | 1 << SOCKOPT_CALL | 1 << SOCKOPT_OPEN |
				     1 << SOCKOPT_RECORDS | 1 << SOCKOPT_STATS;
	static const uint32_t sets = 1 << SOCKOPT_TEXT | 1 << SOCKOPT_TUNE | 1 << SOCKOPT_STOP;

	if (!channel)
		return !is_set && (operation == SOCKOPT_INFO || operation == SOCKOPT_CHANNEL);
	return (is_set ? sets : gets) >> operation & 1;
}

/* What a channel says that is not there, or does not do this: never that it is done. */
static void expect_refusal(struct call *call, uint32_t channel)
{
	errors_add(&call->foreign, ENOTCONN);
	errors_add(&call->foreign, ESTALE);
	if (channel <= ICMP)
		errors_add(&call->foreign, EOPNOTSUPP);
	if (channel <= ICMP && !stage.has_right)
		errors_add(&call->foreign, EPERM);
}

/* The value is that of another operation: it may break rules before the channel is asked. */
static void expect_disorder(struct call *call)
{
	errors_add(&call->foreign, EINVAL);
	errors_add(&call->foreign, E2BIG);
	errors_add(&call->foreign, EMSGSIZE);
}

/* Other operations of a channel that is there may take this value, and are left out. */
static void try_operation(const struct op *op, uint32_t channel, uint32_t operation)
{
	struct call *call = call_new(op);
	bool is_same = operation == op->operation;

	call->option = SOCKOPT_OPTION(channel, operation);
	if (!exists(channel, operation, op->is_set)) {
		errors_add(&call->foreign, ENOPROTOOPT);
	} else if (!is_same && channel <= ICMP) {
		return;
	} else if (!is_same || channel != op->channel) {
		expect_refusal(call, channel);
		if (!is_same)
			expect_disorder(call);
	}
	call_make(call);
}

static void try_channel(const struct op *op, uint32_t channel)
{
	static unsigned int step;
	uint32_t operation;

	for (operation = 0; operation < 16; operation++)
		if (is_taken(step++))
			try_operation(op, channel, operation);
}

static void try_level(const struct op *op, int level)
{
	struct call *call = call_new(op);

	call->level = level;
	errors_add(&call->foreign, ENOPROTOOPT);
	errors_add(&call->foreign, EOPNOTSUPP);
	call_make(call);
}

static void try_outside(const struct op *op, int option)
{
	struct call *call = call_new(op);

	call->option = option;
	errors_add(&call->foreign, ENOPROTOOPT);
	call_make(call);
}

void numbers_sweep(void)
{
	static const uint32_t channels[] = { 0, 1, 2, 3, 4, 15, 16, 17, 255, 256, 257, 2047, 2048,
					     4080, 4094, 4095 };
	static const int levels[] = { INT_MIN, -1, SOL_SOCKET, IPPROTO_ICMP, IPPROTO_TCP,
				      IPPROTO_UDP, IPPROTO_IPV6, IPPROTO_RAW, 256, INT_MAX };
	size_t i, j;
	int away;

	for (i = 0; i < op_count; i++) {
		for (j = 0; j < COUNT(channels); j++)
			try_channel(ops[i], channels[j]);
		for (j = 0; j < COUNT(levels); j++)
			try_level(ops[i], levels[j]);
		for (away = 1; away <= 32; away += (int)sparse) {
			try_outside(ops[i], SOCKOPT_BASE - away);
			try_outside(ops[i], SOCKOPT_END - 1 + away);
		}
		try_outside(ops[i], INT_MAX);
		try_outside(ops[i], INT_MIN);
		try_outside(ops[i], -1);
		try_outside(ops[i], SOCKOPT_OPTION(1 << 16, ops[i]->operation) ^ INT_MIN);
	}
}
