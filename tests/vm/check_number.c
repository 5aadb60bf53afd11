/* SPDX-License-Identifier: MIT */
/*
 * Proves that the numbers of channels, operations and options that are not ours,
 * or not there, are refused as uapi.h says.
 */
#include "vm.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

START_TEST(icmp_has_no_texts)
{
	char buf[64] = "canary";
	socklen_t len = sizeof(buf);

	ck_assert_int_eq(vm_set(vm_fd, ICMP, SOCKOPT_TEXT, "x", 1), -EOPNOTSUPP);
	ck_assert_int_eq(vm_get(vm_fd, ICMP, SOCKOPT_TEXT, buf, &len), -EOPNOTSUPP);
	ck_assert_uint_eq(len, sizeof(buf));
	ck_assert_str_eq(buf, "canary");
}
END_TEST

START_TEST(an_unknown_channel_is_stale)
{
	static const unsigned int unknown[] = { 3, 255, 256, 4094, 4095 };
	char buf[64] = "canary";
	socklen_t len = sizeof(buf);
	int i;

	for (i = 0; i < VM_COUNT(unknown); i++) {
		ck_assert_int_eq(vm_set(vm_fd, unknown[i], SOCKOPT_TEXT, "x", 1), -ESTALE);
		ck_assert_int_eq(vm_get(vm_fd, unknown[i], SOCKOPT_TEXT, buf, &len), -ESTALE);
	}
	ck_assert_uint_eq(len, sizeof(buf));
	ck_assert_str_eq(buf, "canary");
}
END_TEST

/* As the kernel's table has them: a bit an operation. */
static const struct {
	unsigned int channel;
	unsigned int gets;
	unsigned int sets;
} operations[] = {
	{ CORE, 1 << SOCKOPT_INFO | 1 << SOCKOPT_CHANNEL, 0 },
	{ MESSAGE, 1 << SOCKOPT_TEXT | 1 << SOCKOPT_CALL | 1 << SOCKOPT_OPEN |
		   1 << SOCKOPT_RECORDS | 1 << SOCKOPT_STATS,
	  1 << SOCKOPT_TEXT | 1 << SOCKOPT_TUNE | 1 << SOCKOPT_STOP },
	{ ICMP, 1 << SOCKOPT_TEXT | 1 << SOCKOPT_CALL | 1 << SOCKOPT_OPEN |
		1 << SOCKOPT_RECORDS | 1 << SOCKOPT_STATS,
	  1 << SOCKOPT_TEXT | 1 << SOCKOPT_TUNE | 1 << SOCKOPT_STOP },
};

START_TEST(an_operation_that_does_not_exist_is_enoprotoopt)
{
	unsigned int channel = operations[_i].channel;
	char buf[64] = { 0 };
	socklen_t len = sizeof(buf);
	int op;

	vm_texts_put(vm_fd);
	for (op = 0; op < 16; op++) {
		bool no_get = vm_get(vm_fd, channel, op, buf, &len) == -ENOPROTOOPT;
		bool no_set = vm_set(vm_fd, channel, op, "\0", 2) == -ENOPROTOOPT;

		ck_assert_int_eq(no_get, !(operations[_i].gets & 1U << op));
		ck_assert_int_eq(no_set, !(operations[_i].sets & 1U << op));
		len = sizeof(buf);
	}
	vm_texts_unchanged(vm_fd);
}
END_TEST

/* An option by its number, read with TEXT's arguments. */
static int get_number(int option)
{
	union {
		uint32_t size;
		char text[64];
	} buf = { sizeof(struct sockopt_info) };
	socklen_t len = sizeof(buf);

	return getsockopt(vm_fd, SOL_IP, option, &buf, &len) ? -errno : 0;
}

static int set_number(int option)
{
	return setsockopt(vm_fd, SOL_IP, option, "x", 1) ? -errno : 0;
}

/* TEXT of a channel number just outside would be ESTALE if it came to us. */
START_TEST(the_range_ends_where_the_abi_says)
{
	ck_assert_int_eq(get_number(0x534f0000), 0);
	ck_assert_int_eq(get_number(0x534fffff), -ENOPROTOOPT);
	ck_assert_int_eq(get_number(0x534ffff0 + SOCKOPT_TEXT), -ESTALE);
	ck_assert_int_eq(set_number(0x534ffff0 + SOCKOPT_TEXT), -ESTALE);
	ck_assert_int_eq(get_number(0x53500000), -ENOPROTOOPT);
	ck_assert_int_eq(get_number(0x53500000 + SOCKOPT_TEXT), -ENOPROTOOPT);
	ck_assert_int_eq(set_number(0x53500000 + SOCKOPT_TEXT), -ENOPROTOOPT);
	ck_assert_int_eq(get_number(0x534effff), -ENOPROTOOPT);
	ck_assert_int_eq(get_number(0x534efff0 + SOCKOPT_TEXT), -ENOPROTOOPT);
	ck_assert_int_eq(set_number(0x534efff0 + SOCKOPT_TEXT), -ENOPROTOOPT);
}
END_TEST

START_TEST(other_levels_of_the_socket_are_not_ours)
{
	static const int levels[] = { SOL_SOCKET, IPPROTO_RAW, IPPROTO_UDP, IPPROTO_TCP,
				      IPPROTO_IPV6 };
	int option = SOCKOPT_OPTION(MESSAGE, SOCKOPT_TEXT), i;
	char buf[64] = "canary";
	socklen_t len = sizeof(buf);

	vm_texts_put(vm_fd);
	for (i = 0; i < VM_COUNT(levels); i++) {
		ck_assert_int_eq(setsockopt(vm_fd, levels[i], option, "text", 4), -1);
		ck_assert_int_eq(getsockopt(vm_fd, levels[i], option, buf, &len), -1);
	}
	ck_assert_str_eq(buf, "canary");
	vm_texts_unchanged(vm_fd);
}
END_TEST

Suite *number_suite(void)
{
	Suite *suite = suite_create("number");
	TCase *tc = vm_case(suite, "numbers", 30, vm_setup);

	tcase_add_test(tc, icmp_has_no_texts);
	tcase_add_test(tc, an_unknown_channel_is_stale);
	tcase_add_loop_test(tc, an_operation_that_does_not_exist_is_enoprotoopt,
			    0, VM_COUNT(operations));
	tcase_add_test(tc, the_range_ends_where_the_abi_says);
	tcase_add_test(tc, other_levels_of_the_socket_are_not_ours);
	return suite;
}
