/* SPDX-License-Identifier: MIT */
/*
 * Extensions: the objects that a message has are handed out one by one, those
 * that only seem to be some are not, and the quote ends where they begin.
 */
#include "structure.h"
#include "unit.h"

#include <errno.h>
#include <string.h>

#define FLOW	(SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_QUOTED | SOCKOPT_ICMP_F_PORTS)

static const uint8_t label[4] = { 0, 1, 0x01, 1 };	/* 16, bottom, ttl 1 */

static int family_of(int i)
{
	return i % 2 ? FAMILY_IP6 : FAMILY_IP4;
}

/* One label. */
static struct packet labelled(int family, int is_announced)
{
	struct packet p = extended(family, is_announced);

	add_object(&p, 1, 1, label, 4);
	seal(&p);
	return p;
}

static void expect_objects(const struct packet *p, unsigned int count, int last)
{
	int ret;

	ck_assert_uint_eq(count_objects(record_of(p, p->len, 0), &ret), count);
	ck_assert_int_eq(ret, last);
}

START_TEST(objects_are_handed_out_one_after_the_other)
{
	struct packet p = extended(family_of(_i), _i / 2);
	struct sockopt_icmp_extension ext = { .size = sizeof(ext) }, last;
	const struct sockopt_record *rec;

	add_object(&p, 1, 1, label, 4);
	add_object(&p, 200, 7, "odd", 3);
	add_object(&p, 3, 0, "", 0);
	seal(&p);
	rec = record_of(&p, p.len, 0);
	ck_assert_int_eq(sockopt_icmp_extension(rec, &ext), 1);
	ck_assert(ext.class_num == 1 && ext.c_type == 1 && ext.len == 4);
	ck_assert_mem_eq(ext.data, label, 4);
	ck_assert_int_eq(sockopt_icmp_extension(rec, &ext), 1);
	ck_assert(ext.class_num == 200 && ext.c_type == 7 && ext.len == 3);
	ck_assert_mem_eq(ext.data, "odd", 3);
	ck_assert_int_eq(sockopt_icmp_extension(rec, &ext), 1);
	ck_assert(ext.class_num == 3 && ext.c_type == 0 && ext.len == 0);
	ck_assert_uint_eq(ext.flags, 0);
	last = ext;
	ck_assert_int_eq(sockopt_icmp_extension(rec, &ext), 0);
	ck_assert_mem_eq(&ext, &last, sizeof(ext));
	ck_assert_uint_eq(decode(&p).flags, FLOW | SOCKOPT_ICMP_F_EXTENSIONS);
}
END_TEST

/* RFC 4884: of ICMP parameter problem too, of ICMPv6 not. */
START_TEST(no_other_type_has_them)
{
	static const uint8_t with[2][3] = { { 3, 11, 12 }, { 1, 3, 3 } };
	struct packet p = labelled(family_of(_i), 1);
	int type;

	for (type = 0; type < 256; type++) {
		unsigned int count = memchr(with[_i], type, 3) != NULL;

		p.data[p.offset] = (uint8_t)type;
		expect_objects(&p, count, 0);
		ck_assert_uint_eq(decode(&p).flags & SOCKOPT_ICMP_F_EXTENSIONS,
				  count ? SOCKOPT_ICMP_F_EXTENSIONS : 0);
	}
}
END_TEST

START_TEST(the_question_of_an_extended_echo_has_one)
{
	struct packet p = _i ? plain6(160, 0, 0x00070101) : plain(42, 0, 7, 0x0101);
	struct sockopt_icmp_extension ext = { .size = sizeof(ext) };

	memcpy(grow(&p, 4), "\40\0\0\0", 4);
	add_object(&p, 3, 2, "\0\0\0\2", 4);
	finish(&p);
	ck_assert_int_eq(sockopt_icmp_extension(record_of(&p, p.len, 0), &ext), 1);
	ck_assert_uint_eq(ext.class_num, SOCKOPT_ICMP_EXTENSION_QUERY);
	ck_assert_mem_eq(ext.data, "\0\0\0\2", 4);
	ck_assert_uint_eq(decode(&p).flags, SOCKOPT_ICMP_F_TYPE |
			  SOCKOPT_ICMP_F_ECHO | SOCKOPT_ICMP_F_EXTENSIONS);
	p.data[p.offset]++;
	expect_objects(&p, 0, 0);
}
END_TEST

/* Every bit of a structure is under its checksum. */
START_TEST(a_bit_that_flipped_hands_out_nothing)
{
	struct packet p = labelled(family_of(_i), _i / 2);
	unsigned int bit, from = structure_of(&p);

	for (bit = 0; bit < 8 * (p.len - from); bit++) {
		uint8_t *at = p.data + from + bit / 8, old = *at;

		*at ^= (uint8_t)(1 << bit % 8);
		expect_objects(&p, 0, 0);
		ck_assert_uint_eq(decode(&p).flags, FLOW);
		*at = old;
	}
	expect_objects(&p, 1, 0);
}
END_TEST

START_TEST(without_a_checksum_it_must_be_announced)
{
	struct packet p = labelled(family_of(_i), _i / 2);

	put16(p.data + structure_of(&p) + 2, 0);
	expect_objects(&p, _i / 2 ? 1 : 0, 0);
}
END_TEST

START_TEST(another_version_is_not_ours)
{
	struct packet p = labelled(family_of(_i), _i / 2);

	p.data[structure_of(&p)] = 0x30;
	seal(&p);
	expect_objects(&p, 0, 0);
	ck_assert_uint_eq(decode(&p).flags, FLOW);
}
END_TEST

/* RFC 4884 allows no length attribute below 128 bytes. */
START_TEST(a_length_that_is_too_small_says_nothing)
{
	struct packet p = labelled(family_of(_i), 1);
	uint8_t *len = p.data + p.offset + (_i % 2 ? 4 : 5);

	for (--*len; *len; --*len) {
		expect_objects(&p, 1, 0);
		ck_assert(decode(&p).flags & SOCKOPT_ICMP_F_PORTS);
	}
	put16(p.data + structure_of(&p) + 2, 0);
	*len = 1;
	expect_objects(&p, 0, 0);
}
END_TEST

START_TEST(a_length_beyond_the_packet_hands_out_nothing)
{
	struct packet p = labelled(family_of(_i), 1);
	uint8_t *len = p.data + p.offset + (_i % 2 ? 4 : 5);

	for (*len = (uint8_t)(*len + 4); *len; ++*len) {
		expect_objects(&p, 0, 0);
		ck_assert_uint_eq(decode(&p).flags, FLOW);
	}
}
END_TEST

/* Ports would stand at 128; what does, is the structure. */
static struct packet about_long_headers(int is_announced)
{
	struct packet p = labelled(FAMILY_IP6, is_announced);
	uint8_t *quote = p.data + p.offset + 8;

	quote[6] = 60;
	memset(quote + 40, 0, QUOTE_LEN - 40);
	quote[40] = 17;
	quote[41] = (QUOTE_LEN - 40) / 8 - 1;
	return p;
}

START_TEST(the_quote_ends_where_the_structure_begins)
{
	struct packet p = about_long_headers(_i);
	struct sockopt_icmp icmp = decode(&p);

	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_QUOTED |
			  SOCKOPT_ICMP_F_TRUNCATED | SOCKOPT_ICMP_F_EXTENSIONS);
	ck_assert_uint_eq(icmp.quoted_proto, 17);
	p.data[structure_of(&p) + 1] ^= 1;
	icmp = decode(&p);
	ck_assert_uint_eq(icmp.flags & SOCKOPT_ICMP_F_PORTS,
			  _i ? 0 : SOCKOPT_ICMP_F_PORTS);
}
END_TEST

/* Cut, it cannot be told from a quote: it is shown as neither. */
START_TEST(a_cut_structure_that_was_not_announced_is_no_quote)
{
	struct packet p = about_long_headers(0);
	struct sockopt_icmp icmp = { .size = sizeof(icmp) };
	const struct sockopt_record *rec = record_of(&p, p.len - 1U, 0);
	int ret;

	ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), 0);
	ck_assert_uint_eq(icmp.flags, SOCKOPT_ICMP_F_TYPE | SOCKOPT_ICMP_F_QUOTED |
			  SOCKOPT_ICMP_F_TRUNCATED);
	ck_assert_uint_eq(count_objects(rec, &ret), 0);
	ck_assert_int_eq(ret, 0);
}
END_TEST

/* Two objects; of the capture's last one, what is there. */
START_TEST(a_cut_structure_hands_out_what_is_there_and_says_so)
{
	struct packet p = labelled(family_of(_i), 1);
	size_t from = structure_of(&p), len;

	add_object(&p, 2, 8, "\0\0\0\5", 4);
	seal(&p);
	for (len = from; len < p.len; len++) {
		const struct sockopt_record *rec = record_of(&p, len, 0xff);
		struct sockopt_icmp icmp = { .size = sizeof(icmp) };
		struct sockopt_icmp_extension ext = { .size = sizeof(ext) };
		size_t objects = len < from + 4 ? 0 : len - from - 4, left = objects;

		ck_assert_int_eq(sockopt_icmp_decode(rec, &icmp), 0);
		ck_assert_uint_eq(icmp.flags, FLOW | SOCKOPT_ICMP_F_TRUNCATED |
				  (len < from + 4 ? 0 : SOCKOPT_ICMP_F_EXTENSIONS));
		for (; left >= 4; left -= left < 8 ? left : 8) {
			ck_assert_int_eq(sockopt_icmp_extension(rec, &ext), 1);
			ck_assert_uint_eq(ext.len, (left < 8 ? left : 8) - 4);
			ck_assert_uint_eq(ext.flags, left < 8 ?
					  SOCKOPT_ICMP_EXTENSION_F_TRUNCATED : 0);
		}
		ck_assert_int_eq(sockopt_icmp_extension(rec, &ext), 0);
	}
}
END_TEST

/* A first fragment lacks the rest of the structure, however it was captured. */
START_TEST(the_structure_of_a_fragment_is_cut)
{
	struct packet p = labelled(FAMILY_IP4, 1);

	p.data[structure_of(&p) + 2] ^= 1;
	p.data[6] = 0x20;
	ck_assert_uint_eq(decode(&p).flags, FLOW | SOCKOPT_ICMP_F_TRUNCATED |
			  SOCKOPT_ICMP_F_EXTENSIONS);
	expect_objects(&p, 1, 0);
}
END_TEST

START_TEST(an_object_whose_length_cannot_be_right_ends_them)
{
	static const uint8_t lengths[] = { 0, 1, 2, 3, 9, 255 };
	struct packet p = labelled(FAMILY_IP4, 1);
	struct sockopt_icmp_extension ext = { .size = sizeof(ext) }, before;
	const struct sockopt_record *rec;

	add_object(&p, 1, 1, label, 4);
	p.data[structure_of(&p) + 4 + 8 + 1] = lengths[_i];
	seal(&p);
	rec = record_of(&p, p.len, 0);
	ck_assert_int_eq(sockopt_icmp_extension(rec, &ext), 1);
	before = ext;
	ck_assert_int_eq(sockopt_icmp_extension(rec, &ext), -EBADMSG);
	ck_assert_mem_eq(&ext, &before, sizeof(ext));
}
END_TEST

START_TEST(bytes_too_few_for_an_object_end_them)
{
	struct packet p = labelled(FAMILY_IP6, 1);

	grow(&p, (unsigned int)_i);
	seal(&p);
	expect_objects(&p, 1, _i ? -EBADMSG : 0);
}
END_TEST

/* Whatever 'next' is: within the capture, or nothing. */
START_TEST(a_next_that_is_nonsense_stays_within_the_capture)
{
	struct packet p = labelled(family_of(_i), 1);
	const struct sockopt_record *rec = record_of(&p, p.len, 0xff);
	const uint8_t *end = sockopt_record_data(rec) + p.len;
	uint32_t next;

	for (next = 1; next; next = next < 1000 ? next + 1 : next * 2) {
		struct sockopt_icmp_extension ext = { sizeof(ext), .next = next };

		if (sockopt_icmp_extension(rec, &ext) > 0) {
			ck_assert(ext.data + ext.len <= end);
			ck_assert_uint_gt(ext.next, next);
		}
	}
}
END_TEST

START_TEST(a_record_or_size_that_is_wrong_is_refused)
{
	struct packet p = labelled(FAMILY_IP4, 1);
	struct sockopt_record *rec = record_of(&p, p.len, 0);
	struct sockopt_icmp_extension ext = { 0 };

	ck_assert_int_eq(sockopt_icmp_extension(rec, &ext), -EINVAL);
	ext.size = sizeof(ext) - 1;
	ck_assert_int_eq(sockopt_icmp_extension(rec, &ext), -EINVAL);
	ck_assert_uint_eq(ext.next, 0);
	ext.size = sizeof(ext);
	rec->kind = SOCKOPT_KIND_BYTES;
	ck_assert_int_eq(sockopt_icmp_extension(rec, &ext), -EINVAL);
	rec->kind = SOCKOPT_KIND_IP;
	ck_assert_int_eq(sockopt_icmp_extension(rec, &ext), 1);
}
END_TEST

static TCase *found_case(void)
{
	TCase *tc = tcase_create("found");

	tcase_add_checked_fixture(tc, packet_set_up, packet_tear_down);
	tcase_add_loop_test(tc, no_other_type_has_them, 0, 2);
	tcase_add_loop_test(tc, the_question_of_an_extended_echo_has_one, 0, 2);
	tcase_add_loop_test(tc, a_bit_that_flipped_hands_out_nothing, 0, 4);
	tcase_add_loop_test(tc, without_a_checksum_it_must_be_announced, 0, 4);
	tcase_add_loop_test(tc, another_version_is_not_ours, 0, 4);
	tcase_add_loop_test(tc, a_length_that_is_too_small_says_nothing, 0, 2);
	tcase_add_loop_test(tc, a_length_beyond_the_packet_hands_out_nothing, 0, 2);
	tcase_add_loop_test(tc, the_quote_ends_where_the_structure_begins, 0, 2);
	tcase_add_test(tc, a_cut_structure_that_was_not_announced_is_no_quote);
	tcase_add_test(tc, the_structure_of_a_fragment_is_cut);
	return tc;
}

static TCase *objects_case(void)
{
	TCase *tc = tcase_create("objects");

	tcase_add_checked_fixture(tc, packet_set_up, packet_tear_down);
	tcase_add_loop_test(tc, objects_are_handed_out_one_after_the_other, 0, 4);
	tcase_add_loop_test(tc, a_cut_structure_hands_out_what_is_there_and_says_so,
			    0, 2);
	tcase_add_loop_test(tc, an_object_whose_length_cannot_be_right_ends_them,
			    0, 6);
	tcase_add_loop_test(tc, bytes_too_few_for_an_object_end_them, 0, 4);
	tcase_add_loop_test(tc, a_next_that_is_nonsense_stays_within_the_capture,
			    0, 2);
	tcase_add_test(tc, a_record_or_size_that_is_wrong_is_refused);
	return tc;
}

Suite *extension_suite(void)
{
	Suite *suite = suite_create("extension");

	suite_add_tcase(suite, found_case());
	suite_add_tcase(suite, objects_case());
	return suite;
}
