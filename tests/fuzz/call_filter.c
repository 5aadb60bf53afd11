/* SPDX-License-Identifier: MIT */
/* See call_filter.h. */
#include "call_filter.h"
#include "call_layout.h"

#include <linux/filter.h>
#include <string.h>

#include <sockopt/uapi.h>

#define PICK(rng, array) ((array)[rng_below(rng, sizeof(array) / sizeof((array)[0]))])

#define INSTRUCTIONS_MAX \
	((FILTER_MAX - sizeof(struct sockopt_filter)) / sizeof(struct sockopt_instruction))

/* Mostly what the kernel's verifier takes, if the jumps are short enough. */
static struct sockopt_instruction instruction(struct rng *rng)
{
	static const uint16_t codes[] = {
		BPF_LD | BPF_B | BPF_ABS, BPF_LD | BPF_H | BPF_ABS, BPF_LD | BPF_W | BPF_ABS,
		BPF_LD | BPF_B | BPF_IND, BPF_LDX | BPF_B | BPF_MSH, BPF_LD | BPF_W | BPF_LEN,
		BPF_LD | BPF_IMM, BPF_LDX | BPF_IMM, BPF_ST, BPF_LD | BPF_MEM,
		BPF_ALU | BPF_ADD | BPF_K, BPF_ALU | BPF_AND | BPF_K, BPF_ALU | BPF_DIV | BPF_X,
		BPF_MISC | BPF_TAX, BPF_MISC | BPF_TXA, BPF_JMP | BPF_JA,
		BPF_JMP | BPF_JEQ | BPF_K, BPF_JMP | BPF_JSET | BPF_K, BPF_JMP | BPF_JGT | BPF_X,
		BPF_RET | BPF_K, BPF_RET | BPF_A,
	};
	struct sockopt_instruction in = { .code = PICK(rng, codes), .k = rng_below(rng, 48) };

	if ((in.code & 7) == BPF_JMP) {
		in.jt = (uint8_t)rng_below(rng, 2);
		in.jf = (uint8_t)rng_below(rng, 2);
		in.k = in.code == (BPF_JMP | BPF_JA) ? 0 : in.k;
	}
	if (in.code == BPF_ST || in.code == (BPF_LD | BPF_MEM))
		in.k %= BPF_MEMWORDS;
	if (rng_percent(rng, 3))
		in.k = rng_number(rng);
	if (rng_percent(rng, 1))
		in.code = (uint16_t)rng_number(rng);
	return in;
}

static size_t put_program(struct rng *rng, uint8_t *at)
{
	struct sockopt_instruction program[INSTRUCTIONS_MAX];
	uint32_t count = 1 + rng_below(rng, rng_percent(rng, 90) ? 6 : INSTRUCTIONS_MAX), i;

	for (i = 0; i < count; i++)
		program[i] = instruction(rng);
	program[count - 1].code = rng_percent(rng, 60) ? BPF_RET | BPF_K : BPF_RET | BPF_A;
	memcpy(at, program, count * sizeof(program[0]));
	return count * sizeof(program[0]);
}

/* Prefixes are of one family, and not longer than its addresses: else the filter is refused. */
static void agree(struct rng *rng, uint8_t *bytes)
{
	static const size_t prefixes[] = {
		offsetof(struct sockopt_filter, src_prefix),
		offsetof(struct sockopt_filter, dst_prefix),
		offsetof(struct sockopt_filter, quoted_src_prefix),
		offsetof(struct sockopt_filter, quoted_dst_prefix),
	};
	uint8_t *family = bytes + offsetof(struct sockopt_filter, family);
	unsigned int i;

	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		uint8_t *prefix = bytes + prefixes[i];

		if (!*prefix)
			continue;
		if (*family != 2 && *family != 10)
			*family = rng_percent(rng, 50) ? 2 : 10;
		*prefix = (uint8_t)(*prefix % (*family == 2 ? 33 : 129));
	}
}

size_t filter_generate(struct rng *rng, uint8_t *bytes)
{
	size_t len = sizeof(struct sockopt_filter);

	layout_generate(rng, &layout_filter, bytes);
	if (rng_percent(rng, 90))
		agree(rng, bytes);
	if (rng_percent(rng, 40))
		len += put_program(rng, bytes + len);
	layout_settle(rng, &layout_filter, bytes, len - sizeof(struct sockopt_filter));
	return len;
}

void filter_mutate(struct rng *rng, uint8_t *bytes, size_t len)
{
	size_t count = (len - sizeof(struct sockopt_filter)) / sizeof(struct sockopt_instruction);
	struct sockopt_instruction in = instruction(rng);

	if (count && rng_percent(rng, 40))
		memcpy(bytes + len - sizeof(in) * (1 + rng_below(rng, (uint32_t)count)), &in,
		       sizeof(in));
	else if (rng_percent(rng, 80))
		layout_mutate(rng, &layout_filter, bytes);
	else
		layout_settle(rng, &layout_filter, bytes, len - sizeof(struct sockopt_filter));
}
