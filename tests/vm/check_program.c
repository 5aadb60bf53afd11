/* SPDX-License-Identifier: MIT */
/*
 * Proves that a filter's program sees the packet from its IP header on, that the
 * kernel's verifier has its say, and that bytes which are not there are not wanted.
 */
#include "craft.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#define FAMILY craft_families[_i]

static bool wants(const struct sock_filter *program, size_t bytes)
{
	struct sockopt_filter filter = vm_filter_all();

	filter.program_len = (uint32_t)(bytes / sizeof(*program));
	return is_wanted(&filter, program);
}

#define WANTS(...) \
	wants((const struct sock_filter[]){ __VA_ARGS__ }, \
	      sizeof((const struct sock_filter[]){ __VA_ARGS__ }))

#define RET(k) BPF_STMT(BPF_RET | BPF_K, k)
#define LD(size, k) BPF_STMT(BPF_LD | (size) | BPF_ABS, k)
#define JEQ(k, t, f) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, t, f)
#define AD(what) LD(BPF_W, (uint32_t)(SKF_AD_OFF + (what)))

/* Echo requests of IPv4 with identifier 0x1234, as a compiler of filters makes it. */
static const struct sock_filter echo_1234[] = {
	LD(BPF_B, 0),
	BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0),
	JEQ(0x40, 0, 10),
	LD(BPF_B, 9),
	JEQ(1, 0, 8),
	LD(BPF_H, 6),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 6, 0),
	BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
	BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
	JEQ(8, 0, 3),
	BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4),
	JEQ(0x1234, 0, 1),
	RET(65535),
	RET(0),
};

static bool wants_echo(uint8_t type, uint16_t id)
{
	const uint8_t bytes[] = { (uint8_t)(id >> 8), (uint8_t)id };

	memcpy(craft.bytes + craft.icmp_at + 4, bytes, 2);
	craft.bytes[craft.icmp_at] = type;
	return wants(echo_1234, sizeof(echo_1234));
}

START_TEST(a_program_for_echoes_of_one_program_gets_those)
{
	craft_icmp(AF_INET, 8, 0);
	ck_assert(wants_echo(8, 0x1234));
	ck_assert(!wants_echo(8, 0x1235));
	ck_assert(!wants_echo(0, 0x1234));
	craft_icmp(AF_INET6, 8, 0);
	ck_assert(!wants_echo(8, 0x1234));
}
END_TEST

/* ---- What it returns ---- */

START_TEST(anything_but_zero_is_wanted_whole)
{
	static const uint32_t values[] = { 1, 20, 0x80000000, UINT32_MAX };
	const uint8_t payload[40] = { 1, 2, 3 };
	int i;

	for (i = 0; i < VM_COUNT(values); i++) {
		craft_icmp(FAMILY, 200, 0);
		craft_put(payload, sizeof(payload));
		ck_assert(WANTS(RET(values[i])));
		ck_assert_uint_eq(vm_record(&judge_chosen.batch, 0)->caplen, craft.len);
		ck_assert_mem_eq(sockopt_record_data(vm_record(&judge_chosen.batch, 0)) +
				 craft.icmp_at, craft.bytes + craft.icmp_at,
				 craft.len - craft.icmp_at);
	}
	ck_assert(!WANTS(RET(0)));
}
END_TEST

START_TEST(a_program_is_asked_of_what_meets_the_conditions)
{
	static const struct sock_filter yes[] = { RET(1) }, no[] = { RET(0) };
	struct sockopt_filter filter = vm_filter_all();

	filter.program_len = 1;
	filter.codes[0] = 2;
	craft_icmp(FAMILY, 200, 1);
	ck_assert(is_wanted(&filter, yes));
	ck_assert(!is_wanted(&filter, no));
	craft_icmp(FAMILY, 200, 0);
	ck_assert(!is_wanted(&filter, yes));
}
END_TEST

/* ---- What it sees ---- */

START_TEST(a_load_beyond_the_end_of_the_packet_is_not_wanted)
{
	uint32_t len;

	craft_icmp(FAMILY, 200, 0);
	len = (uint32_t)craft.len;
	ck_assert(WANTS(LD(BPF_B, len - 1), RET(1)));
	ck_assert(!WANTS(LD(BPF_B, len), RET(1)));
	ck_assert(WANTS(LD(BPF_H, len - 2), RET(1)));
	ck_assert(!WANTS(LD(BPF_H, len - 1), RET(1)));
	ck_assert(WANTS(LD(BPF_W, len - 4), RET(1)));
	ck_assert(!WANTS(LD(BPF_W, len - 3), RET(1)));
	ck_assert(!WANTS(LD(BPF_W, 65536), RET(1)));
	ck_assert(!WANTS(LD(BPF_W, 0x7fffffff), RET(1)));
	ck_assert(!WANTS(BPF_STMT(BPF_LDX | BPF_IMM, UINT32_MAX),
			 BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0x7fffffff), RET(1)));
	ck_assert(!WANTS(BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, len), RET(1)));
}
END_TEST

START_TEST(the_first_byte_is_that_of_the_ip_header_and_the_length_the_packets)
{
	craft_icmp(FAMILY, 200, 0);
	ck_assert(WANTS(LD(BPF_B, 0), JEQ(FAMILY == AF_INET ? 0x45 : 0x60, 0, 1), RET(1), RET(0)));
	ck_assert(WANTS(LD(BPF_B, (uint32_t)SKF_NET_OFF),
			JEQ(FAMILY == AF_INET ? 0x45 : 0x60, 0, 1), RET(1), RET(0)));
	ck_assert(WANTS(BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0), JEQ((uint32_t)craft.len, 0, 1),
			RET(1), RET(0)));
}
END_TEST

START_TEST(the_scratch_memory_keeps_what_is_stored)
{
	craft_icmp(FAMILY, 200, 0);
	ck_assert(WANTS(BPF_STMT(BPF_LD | BPF_IMM, 77), BPF_STMT(BPF_ST, 15),
			BPF_STMT(BPF_LD | BPF_IMM, 0), BPF_STMT(BPF_LDX | BPF_MEM, 15),
			BPF_STMT(BPF_MISC | BPF_TXA, 0), JEQ(77, 0, 1), RET(1), RET(0)));
	ck_assert(!WANTS(BPF_STMT(BPF_LD | BPF_IMM, 0), BPF_STMT(BPF_ST, 0),
			 BPF_STMT(BPF_LD | BPF_IMM, 1), BPF_STMT(BPF_LD | BPF_MEM, 0),
			 BPF_STMT(BPF_RET | BPF_A, 0)));
}
END_TEST

START_TEST(ancillary_loads_tell_of_the_packet)
{
	uint32_t ethertype = FAMILY == AF_INET ? ETH_P_IP : ETH_P_IPV6;

	craft_icmp(FAMILY, 200, 0);
	ck_assert(WANTS(AD(SKF_AD_PROTOCOL), JEQ(ethertype, 0, 1), RET(1), RET(0)));
	ck_assert(WANTS(AD(SKF_AD_IFINDEX), JEQ(if_nametoindex("lo"), 0, 1), RET(1), RET(0)));
	ck_assert(WANTS(AD(SKF_AD_PKTTYPE), RET(1)));
	ck_assert(WANTS(AD(SKF_AD_CPU), BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 1, 1, 0), RET(1),
			RET(0)));
	ck_assert(WANTS(AD(SKF_AD_RANDOM), RET(1)));
	ck_assert(WANTS(AD(SKF_AD_MARK), JEQ(0, 0, 1), RET(1), RET(0)));
}
END_TEST

/* ---- What the verifier says ---- */

static const struct {
	const char *what;
	struct sock_filter program[3];
	uint32_t len;
} refused[] = {
	{ "no return", { LD(BPF_B, 0) }, 1 },
	{ "no return at the end", { RET(1), LD(BPF_B, 0) }, 2 },
	{ "a jump out of it", { JEQ(0, 1, 0), RET(1) }, 2 },
	{ "a false jump out of it", { JEQ(0, 0, 1), RET(1) }, 2 },
	{ "a long jump out of it", { BPF_STMT(BPF_JMP | BPF_JA, 1), RET(1) }, 2 },
	{ "a jump back", { LD(BPF_B, 0), BPF_STMT(BPF_JMP | BPF_JA, UINT32_MAX), RET(1) }, 3 },
	{ "a division by zero", { BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), RET(1) }, 2 },
	{ "a remainder of zero", { BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, 0), RET(1) }, 2 },
	{ "a shift by 32", { BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 32), RET(1) }, 2 },
	{ "an unknown instruction", { BPF_STMT(0xffff, 0), RET(1) }, 2 },
	{ "a store beyond the memory", { BPF_STMT(BPF_ST, 16), RET(1) }, 2 },
	{ "a load of what was not stored", { BPF_STMT(BPF_LD | BPF_MEM, 0), RET(1) }, 2 },
	{ "an unknown ancillary load", { AD(SKF_AD_MAX), RET(1) }, 2 },
};

static void expect_refused(const struct sockopt_filter *filter, const void *program)
{
	struct sockopt_open args = vm_open_args();
	int raw = vm_raw();

	ck_assert_int_eq(vm_open_filter(raw, ICMP, &args, filter, program), -EINVAL);
	ck_assert_int_eq(vm_tune_filter(judge_chosen.sock, ICMP, filter, program), -EINVAL);
	close(raw);
}

START_TEST(a_program_that_the_kernel_refuses_is_einval)
{
	struct sockopt_filter filter = vm_filter_all();

	ck_assert_msg(refused[_i].len > 0, "%s", refused[_i].what);
	filter.program_len = refused[_i].len;
	expect_refused(&filter, refused[_i].program);
	craft_icmp(AF_INET, 200, 0);
	craft_send();
	ck_assert_int_eq(vm_events(judge_chosen.stream, 5000), 1);
	ck_assert_int_eq(vm_reader_take(&judge_chosen), 1);
}
END_TEST

START_TEST(the_longest_program_is_taken_and_a_longer_one_refused)
{
	static struct sock_filter program[SOCKOPT_PROGRAM_MAX + 1];
	struct sockopt_filter filter = vm_filter_all();
	const struct sock_filter next = BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 1);
	const struct sock_filter last = BPF_STMT(BPF_RET | BPF_A, 0), not_one = RET(0);
	uint32_t i;

	program[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_IMM, 0);
	for (i = 1; i < SOCKOPT_PROGRAM_MAX - 1; i++)
		program[i] = next;
	program[SOCKOPT_PROGRAM_MAX - 1] = last;
	program[SOCKOPT_PROGRAM_MAX] = last;
	craft_icmp(FAMILY, 200, 0);
	filter.program_len = SOCKOPT_PROGRAM_MAX;
	ck_assert(is_wanted(&filter, program));
	program[SOCKOPT_PROGRAM_MAX - 1] = not_one;
	ck_assert(!is_wanted(&filter, program));
	program[SOCKOPT_PROGRAM_MAX - 1] = next;
	filter.program_len = SOCKOPT_PROGRAM_MAX + 1;
	expect_refused(&filter, program);
}
END_TEST

/* TUNE with so many bytes behind the filter, and OPEN. */
static int tune_with(uint32_t program_len, uint32_t bytes)
{
	struct {
		struct sockopt_tune tune;
		struct sockopt_filter filter;
		struct sock_filter program[4];
	} value = { .filter = vm_filter_all(), .program = { RET(1), RET(1), RET(1), RET(1) } };

	value.tune.size = sizeof(value.tune);
	value.tune.flags = SOCKOPT_TUNE_F_FILTER;
	value.tune.filter_len = (uint32_t)sizeof(value.filter) + bytes;
	value.filter.program_len = program_len;
	return vm_set(judge_chosen.sock, ICMP, SOCKOPT_TUNE, &value,
		      (socklen_t)(sizeof(value.tune) + value.tune.filter_len));
}

START_TEST(a_program_is_as_long_as_it_says)
{
	uint32_t bytes;

	for (bytes = 0; bytes <= 32; bytes++) {
		ck_assert_int_eq(tune_with(2, bytes), bytes == 16 ? 0 : -EINVAL);
		ck_assert_int_eq(tune_with(0, bytes), bytes == 0 ? 0 : -EINVAL);
		ck_assert_int_eq(tune_with(0x20000002, bytes), -EINVAL);
		ck_assert_int_eq(tune_with(UINT32_MAX, bytes), -EINVAL);
	}
}
END_TEST

Suite *program_suite(void)
{
	Suite *suite = suite_create("program");
	TCase *tc = vm_case(suite, "program", 60, judge_setup);

	tcase_add_test(tc, a_program_for_echoes_of_one_program_gets_those);
	tcase_add_loop_test(tc, anything_but_zero_is_wanted_whole, 0, 2);
	tcase_add_loop_test(tc, a_program_is_asked_of_what_meets_the_conditions, 0, 2);
	tcase_add_loop_test(tc, a_load_beyond_the_end_of_the_packet_is_not_wanted, 0, 2);
	tcase_add_loop_test(tc,
		the_first_byte_is_that_of_the_ip_header_and_the_length_the_packets, 0, 2);
	tcase_add_loop_test(tc, the_scratch_memory_keeps_what_is_stored, 0, 2);
	tcase_add_loop_test(tc, ancillary_loads_tell_of_the_packet, 0, 2);
	tcase_add_loop_test(tc, a_program_that_the_kernel_refuses_is_einval, 0, VM_COUNT(refused));
	tcase_add_loop_test(tc, the_longest_program_is_taken_and_a_longer_one_refused, 0, 2);
	tcase_add_test(tc, a_program_is_as_long_as_it_says);
	return suite;
}
