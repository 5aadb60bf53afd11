/* SPDX-License-Identifier: MIT */
/*
 * Proves that packets are looked at as long as somebody subscribes, and no longer.
 */
#include "packet.h"

START_TEST(packets_count_only_while_somebody_subscribes)
{
	struct vm_reader reader;

	vm_new_netns_quiet();
	build(VM_LO, VM_LO, 0x5501, 40);
	send_packet();
	vm_reader_open(&reader, SLOTS, 0, 1);
	expect_counts(&reader, 0, 0, 0);
	send_packet();
	vm_wait_seen(reader.sock, 1);
	ck_assert_int_eq(vm_stat("icmp", "seen"), 1);
	vm_reader_close(&reader);
	ck_assert_int_eq(vm_stream_count(), 0);
	send_packet();
	send_packet();
	ck_assert_int_eq(vm_stat("icmp", "seen"), 1);
}
END_TEST

START_TEST(a_stream_opened_again_starts_from_zero)
{
	struct vm_reader reader;
	uint32_t first;

	vm_new_netns_quiet();
	build(VM_LO, VM_LO, 0x5502, 40);
	vm_reader_open(&reader, SLOTS, 0, 1);
	first = reader.cursor;
	send_packet();
	only(&reader);
	vm_reader_close(&reader);
	vm_reader_open(&reader, SLOTS, 0, 1);
	ck_assert_uint_eq(reader.cursor, first);
	expect_counts(&reader, 0, 0, 0);
	vm_expect_nothing(&reader);
	send_packet();
	ck_assert_uint_eq(only(&reader)->seq, first + 1);
	expect_counts(&reader, 1, 0, 0);
	ck_assert_int_eq(vm_stat("icmp", "seen"), 2);
}
END_TEST

START_TEST(the_hook_stays_when_one_of_two_streams_goes)
{
	struct vm_reader first, second;

	vm_new_netns_quiet();
	vm_reader_open(&first, SLOTS, 0, 1);
	vm_reader_open(&second, SLOTS, 0, 1);
	vm_reader_close(&first);
	build(VM_LO, VM_LO, 0x5503, 40);
	send_packet();
	expect_packet(&second, only(&second));
}
END_TEST

Suite *hook_suite(void)
{
	Suite *suite = suite_create("hook");
	TCase *tc = vm_case(suite, "hook", 20, NULL);

	tcase_add_test(tc, packets_count_only_while_somebody_subscribes);
	tcase_add_test(tc, a_stream_opened_again_starts_from_zero);
	tcase_add_test(tc, the_hook_stays_when_one_of_two_streams_goes);
	return suite;
}
