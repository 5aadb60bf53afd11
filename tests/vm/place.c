/* SPDX-License-Identifier: MIT */
/* See place.h. */
#include "place.h"

#include <unistd.h>

int home;

static void start_in_a(void)
{
	home = vm_netns_fd();
	vm_sysctls_reset();
	vm_wait_rings_gone();
}

TCase *place_case(Suite *suite, const char *name)
{
	TCase *tc = vm_case(suite, name, 60, start_in_a);

	tcase_add_unchecked_fixture(tc, NULL, vm_limits_restore);
	return tc;
}

struct place occupy(void)
{
	struct place place = { .namespace = vm_netns_fd(), .raw = vm_raw() };

	place.stream = vm_stream(place.raw, 64, &place.args);
	return place;
}

void vacate(struct place *place)
{
	close(place->stream);
	close(place->raw);
	close(place->namespace);
}

void assert_seen(const struct place *place, uint64_t seen)
{
	struct sockopt_stats stats;

	ck_assert_int_eq(vm_stats(place->raw, ICMP, &stats), 0);
	ck_assert_uint_eq(stats.seen, seen);
	ck_assert_uint_eq(stats.pending, seen);
}

void assert_records_have_id(const struct place *place, int count, uint16_t id)
{
	uint32_t cursor = place->args.cursor;
	const uint8_t *packet;
	struct vm_batch batch;
	int i;

	vm_batch_init(&batch, place->args.slot_size, 64);
	ck_assert_int_eq(vm_records(place->raw, &batch, &cursor, SOCKOPT_RECORDS_F_DONTWAIT),
			 count);
	for (i = 0; i < count; i++) {
		packet = (const uint8_t *)(vm_record(&batch, (unsigned int)i) + 1);
		ck_assert_uint_eq(packet[24] << 8 | packet[25], id);
	}
	vm_batch_free(&batch);
}
