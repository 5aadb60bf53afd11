/* SPDX-License-Identifier: MIT */
/*
 * Proves that a stream gets the ICMP types that its filter wants, and counts the
 * others.
 */
#include "packet.h"

static void send_type(int sender, uint8_t type)
{
	static const uint8_t rest[] = { 0x53, 0x01, 0, 1 };

	vm_icmp(sender, VM_LO, type, 0, rest, sizeof(rest));
}

static uint8_t type_of(const struct sockopt_record *rec)
{
	return sockopt_record_data(rec)[rec->offset];
}

/* At the edges of the mask's words; none that the kernel answers. */
static const uint8_t types[] = { 0, 8, 31, 32, 33, 63, 64, 127, 128, 223, 224, 254, 255 };
#define TYPES (sizeof(types))

START_TEST(each_type_is_selected_by_its_own_bit)
{
	struct vm_reader readers[TYPES];
	unsigned int i;
	int sender;

	vm_new_netns_quiet();
	for (i = 0; i < TYPES; i++)
		vm_reader_open_types(&readers[i], (const int[]){ types[i], -1 }, 2);
	sender = vm_sender();
	for (i = 0; i < TYPES; i++)
		send_type(sender, types[i]);
	for (i = 0; i < TYPES; i++) {
		vm_wait_seen(readers[i].sock, TYPES);
		expect_counts(&readers[i], TYPES, TYPES - 1, 1);
		ck_assert_uint_eq(type_of(only(&readers[i])), types[i]);
	}
}
END_TEST

START_TEST(types_that_are_not_wanted_count_as_filtered)
{
	struct vm_reader reader;
	int sender, i;

	vm_new_netns();
	vm_reader_open_types(&reader, (const int[]){ ECHO_REPLY, 11, -1 }, 8);
	sender = vm_sender();
	for (i = 0; i < 5; i++)
		vm_echo(sender, VM_LO, 0x5302, (uint16_t)i, 0, 0);
	vm_wait_seen(reader.sock, 10);
	expect_counts(&reader, 10, 5, 5);
	ck_assert_int_eq(vm_reader_take(&reader), 5);
	for (i = 0; i < 5; i++)
		ck_assert_uint_eq(type_of(vm_record(&reader.batch, (unsigned int)i)), ECHO_REPLY);
	vm_expect_nothing(&reader);
}
END_TEST

START_TEST(an_empty_mask_gets_nothing_and_looks_at_nothing)
{
	struct vm_reader reader, all;

	vm_new_netns();
	vm_reader_open_types(&reader, (const int[]){ -1 }, 1);
	vm_reader_open(&all, SLOTS, 0, 4);
	vm_echo(vm_sender(), VM_LO, 0x5303, 1, 0, 0);
	vm_wait_seen(all.sock, 2);
	expect_counts(&reader, 0, 0, 0);
	vm_expect_nothing(&reader);
}
END_TEST

START_TEST(streams_with_different_masks_each_get_their_own)
{
	struct vm_reader request, reply, all;

	vm_new_netns();
	vm_reader_open_types(&request, (const int[]){ ECHO_REQUEST, -1 }, 2);
	vm_reader_open_types(&reply, (const int[]){ ECHO_REPLY, -1 }, 2);
	vm_reader_open(&all, SLOTS, 0, 4);
	vm_echo(vm_sender(), VM_LO, 0x5304, 1, 0, 0);
	vm_wait_seen(all.sock, 2);
	expect_counts(&request, 2, 1, 1);
	expect_counts(&reply, 2, 1, 1);
	expect_counts(&all, 2, 0, 2);
	ck_assert_uint_eq(type_of(only(&request)), ECHO_REQUEST);
	ck_assert_uint_eq(type_of(only(&reply)), ECHO_REPLY);
	ck_assert_int_eq(vm_reader_take(&all), 2);
}
END_TEST

START_TEST(closing_one_stream_takes_nothing_from_the_others_mask)
{
	struct vm_reader request, both;

	vm_new_netns();
	vm_reader_open_types(&request, (const int[]){ ECHO_REQUEST, -1 }, 2);
	vm_reader_open_types(&both, (const int[]){ ECHO_REQUEST, ECHO_REPLY, -1 }, 4);
	vm_reader_close(&both);
	vm_echo(vm_sender(), VM_LO, 0x5305, 1, 0, 0);
	vm_wait_seen(request.sock, 2);
	expect_counts(&request, 2, 1, 1);
	vm_reader_open_types(&both, (const int[]){ ECHO_REQUEST, ECHO_REPLY, -1 }, 4);
	vm_reader_close(&request);
	vm_echo(vm_sender(), VM_LO, 0x5305, 2, 0, 0);
	vm_wait_seen(both.sock, 2);
	expect_counts(&both, 2, 0, 2);
}
END_TEST

START_TEST(a_packet_too_short_for_a_type_counts_as_255)
{
	struct vm_reader all, none, request;
	const struct sockopt_record *rec;
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };

	vm_new_netns_quiet();
	vm_reader_open_types(&none, (const int[]){ 255, -1 }, 2);
	vm_reader_open_types(&request, (const int[]){ 0, ECHO_REQUEST, 254, -1 }, 2);
	vm_reader_open(&all, SLOTS, 0, 2);
	build(VM_LO, VM_LO, 0, 0);
	send_packet();
	rec = only(&none);
	expect_packet(&none, rec);
	ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), 0);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TRUNCATED);
	vm_wait_seen(request.sock, 1);
	expect_counts(&request, 1, 1, 0);
	expect_packet(&all, only(&all));
}
END_TEST

START_TEST(a_packet_cut_on_the_wire_still_has_its_type)
{
	size_t len = (size_t)_i;
	const struct sockopt_record *rec;
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };
	struct vm_reader reader, others;

	vm_new_netns_quiet();
	vm_reader_open_types(&reader, (const int[]){ ECHO_REQUEST, -1 }, 2);
	vm_reader_open_types(&others, (const int[]){ ECHO_REPLY, 255, -1 }, 2);
	build(VM_LO, VM_LO, 0x5306, len);
	send_packet();
	rec = only(&reader);
	expect_packet(&reader, rec);
	ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), 0);
	ck_assert_uint_eq(icmp.flags, (len < 2 ? 0U : SOCKOPT_ICMP_F_TYPE) |
			  (len < 8 ? SOCKOPT_ICMP_F_TRUNCATED : SOCKOPT_ICMP_F_ECHO));
	ck_assert_uint_eq(icmp.type, len < 2 ? 0 : ECHO_REQUEST);
	vm_wait_seen(others.sock, 1);
	expect_counts(&others, 1, 1, 0);
}
END_TEST

Suite *filter_suite(void)
{
	Suite *suite = suite_create("filter");
	TCase *tc = vm_case(suite, "filters", 20, NULL);

	tcase_add_test(tc, each_type_is_selected_by_its_own_bit);
	tcase_add_test(tc, types_that_are_not_wanted_count_as_filtered);
	tcase_add_test(tc, an_empty_mask_gets_nothing_and_looks_at_nothing);
	tcase_add_test(tc, streams_with_different_masks_each_get_their_own);
	tcase_add_test(tc, closing_one_stream_takes_nothing_from_the_others_mask);
	tcase_add_test(tc, a_packet_too_short_for_a_type_counts_as_255);
	tcase_add_loop_test(tc, a_packet_cut_on_the_wire_still_has_its_type, 1, 9);
	return suite;
}
