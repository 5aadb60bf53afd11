/* SPDX-License-Identifier: MIT */
/*
 * Proves that each snap length keeps so many bytes of a packet, no more and no
 * fewer: all small ones, those at the edges of slots and of cache lines, the largest.
 */
#include "packet.h"

#define ID 0x5701
#define BYTES_MAX 65535

/* A ring of two slots: the third packet finds a used one. */
static void capture(struct vm_reader *reader, uint32_t bytes)
{
	build(VM_LO, VM_LO, ID, bytes - IP_LEN);
	send_packet();
	expect_packet(reader, only(reader));
}

static uint32_t within(uint32_t bytes)
{
	return bytes < IP_LEN ? IP_LEN : bytes > BYTES_MAX ? BYTES_MAX : bytes;
}

/* A packet that is far longer, then such that just are not and just are cut. */
static void expect_kept(uint32_t snaplen)
{
	struct vm_reader reader;

	vm_reader_open(&reader, 2, snaplen ? snaplen : SOCKOPT_SNAPLEN_NONE, 1);
	ck_assert_uint_eq(reader.open.snaplen, snaplen);
	capture(&reader, within(snaplen + 1000));
	capture(&reader, within(snaplen - (snaplen > 0)));
	capture(&reader, within(snaplen));
	capture(&reader, within(snaplen + 1));
	expect_counts(&reader, 4, 0, 0);
	vm_reader_close(&reader);
}

START_TEST(small_snap_lengths_keep_as_many_bytes)
{
	uint32_t snaplen;

	vm_new_netns_quiet();
	for (snaplen = 25 * (uint32_t)_i; snaplen < 25 * (uint32_t)_i + 25; snaplen++)
		expect_kept(snaplen);
}
END_TEST

/* A slot is a multiple of 64 bytes, of which 32 are the record's header. */
START_TEST(snap_lengths_around_a_multiple_of_64_keep_as_many_bytes)
{
	uint32_t multiple = 64 * (uint32_t)_i, by;

	vm_new_netns_quiet();
	for (by = 0; by < 3; by++) {
		expect_kept(multiple - 1 + by);
		expect_kept(multiple - 32 - 1 + by);
	}
}
END_TEST

START_TEST(the_largest_snap_lengths_keep_as_many_bytes)
{
	vm_new_netns_quiet();
	expect_kept(SOCKOPT_SNAPLEN_MAX - (uint32_t)_i);
}
END_TEST

Suite *snaplen_suite(void)
{
	Suite *suite = suite_create("snaplen");
	TCase *tc = vm_case(suite, "snaplen", 60, NULL);

	tcase_add_loop_test(tc, small_snap_lengths_keep_as_many_bytes, 0, 9);
	tcase_add_loop_test(tc, snap_lengths_around_a_multiple_of_64_keep_as_many_bytes, 4, 20);
	tcase_add_loop_test(tc, snap_lengths_around_a_multiple_of_64_keep_as_many_bytes,
			    1022, 1024);
	tcase_add_loop_test(tc, the_largest_snap_lengths_keep_as_many_bytes, 0, 3);
	return suite;
}
