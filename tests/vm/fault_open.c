/* SPDX-License-Identifier: MIT */
/*
 * Proves that an OPEN in which something failed leaves nothing: no descriptor, no stream,
 * no hook, no byte that counts; and that the next one makes a stream like any other.
 */
#include "fault.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "access.h"
#include "cgroup.h"
#include "packet.h"

#define TYPE 200	/* of IPv4 and IPv6: nobody replies */

static const struct sockopt_instruction take_all[] = { { .code = 0x06, .k = 0xffffffff } };

/* An OPEN, as it is asked for. */
struct opening {
	const char *name;
	uint32_t slots;
	bool is_first;		/* each in a namespace where nobody subscribes */
	bool has_filter;
	bool has_program;
	bool is_large;		/* of as many pages as need an array that is large itself */
	struct vm_reader reader;
};

static struct sockopt_filter filter_of(const struct opening *opening)
{
	struct sockopt_filter filter = vm_filter_types((const int[]){ TYPE, -1 });

	sockopt_filter_add6(&filter, TYPE);
	filter.program_len = opening->has_program ? VM_COUNT(take_all) : 0;
	return filter;
}

static int try_to_open(void *arg)
{
	struct opening *opening = arg;
	struct sockopt_filter filter = filter_of(opening);
	struct vm_reader *reader = &opening->reader;

	reader->open = vm_open_args();
	reader->open.slots = opening->slots;
	reader->stream = vm_open_filter(reader->sock, ICMP, &reader->open,
					opening->has_filter ? &filter : NULL, take_all);
	return reader->stream;
}

/* What a ring takes, of icmp with its default of 96 bytes. */
static unsigned long bytes_of(const struct opening *opening)
{
	unsigned long slots = opening->slots * sockopt_ring_slot_size(96);

	return 2 * VM_PAGE + (slots + VM_PAGE - 1) / VM_PAGE * VM_PAGE;
}

/* ---- A stream like any other ---- */

/* And waits until the host itself has had it: then it does not come later. */
static void send_one(const char *address)
{
	bool is_ip6 = strchr(address, ':');
	int witness = socket(is_ip6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC,
			     is_ip6 ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP);
	char byte;

	build(address, address, 1, 16);
	packet.bytes[packet.offset] = TYPE;
	sum_icmp();
	send_packet();
	ck_assert_int_eq(recv(witness, &byte, 1, 0), 1);
	close(witness);
}

static void expect_one(struct vm_reader *reader)
{
	ck_assert_int_eq(vm_reader_take(reader), 1);
	expect_packet(reader, vm_record(&reader->batch, 0));
	vm_expect_nothing(reader);
}

/* A packet of each family is one record: a hook that was left would make it two. */
static void expect_records(struct vm_reader *reader)
{
	vm_batch_init(&reader->batch, reader->open.slot_size, 2);
	reader->cursor = reader->open.cursor;
	send_one(VM_LO);
	vm_wait_queued(reader->sock, 1);
	expect_one(reader);
	send_one("::1");
	vm_wait_queued(reader->sock, 1);
	expect_one(reader);
	vm_batch_free(&reader->batch);
}

/* Nobody subscribes, so nobody looks. */
static void expect_no_hook(void)
{
	long long seen = vm_stat("icmp", "seen");

	send_one(VM_LO);
	send_one("::1");
	ck_assert_int_eq(vm_stat("icmp", "seen"), seen);
}

/* What an OPEN that failed counted for goes back a little later. */
static bool is_open_again(void *arg)
{
	int ret = try_to_open(arg);

	ck_assert_msg(ret >= 0 || ret == -ENOSPC, "OPEN after a fault: %s", strerror(-ret));
	return ret >= 0;
}

static void check_opened(void *arg, int ret)
{
	const struct sockopt_open unasked = { .size = sizeof(unasked), .fd = -1 };
	struct opening *opening = arg;
	struct vm_reader *reader = &opening->reader;

	if (ret < 0) {
		reader->open.slots = reader->open.filter_len = 0;
		ck_assert_mem_eq(&reader->open, &unasked, sizeof(unasked));
		if (opening->is_first)
			expect_no_hook();
		vm_wait(is_open_again, opening, "room for a ring");
	}
	expect_records(reader);
	ck_assert_int_eq(close(reader->stream), 0);
}

/* ---- Where ---- */

static void limit_to(unsigned int streams, unsigned long bytes)
{
	char value[32];

	snprintf(value, sizeof(value), "%u", streams);
	vm_limit_set("streams_max", value);
	snprintf(value, sizeof(value), "%lu", bytes);
	vm_limit_set("ring_bytes_max", value);
}

static void begin_afresh(void *arg)
{
	struct opening *opening = arg;

	if (!opening->is_first)
		return;
	close(opening->reader.sock);
	vm_new_netns();
	opening->reader.sock = vm_raw();
}

static void open_with_faults(struct opening *opening)
{
	const struct fault_call call = {
		.name = opening->name,
		.before = begin_afresh,
		.make = try_to_open,
		.after = check_opened,
		.spares_pages = opening->is_large,
	};

	opening->reader.sock = vm_raw();
	if (opening->is_first) /* each namespace has room for one ring, and no byte more */
		limit_to(1, bytes_of(opening));
	fault_sweep(&call, opening);
}

/* In a namespace where somebody subscribes; all that was taken comes back. */
static void open_beside_another(struct opening *opening)
{
	struct opening other = { .slots = 2 };
	unsigned long bytes = bytes_of(&other) + bytes_of(opening);

	other.reader.sock = vm_raw();
	ck_assert_int_ge(try_to_open(&other), 0);
	limit_to(1024, 1UL << 30);
	open_with_faults(opening);
	limit_to(2, bytes);
	vm_wait(is_open_again, opening, "room for a ring");
	expect_records(&opening->reader);
}

/* ---- Tests ---- */

static struct opening openings[] = {
	{ .name = "OPEN", .slots = 2 },
	{ .name = "OPEN with a filter", .slots = 2, .has_filter = true },
	{ .name = "OPEN with a program", .slots = 2, .has_filter = true, .has_program = true },
	{ .name = "OPEN of the default ring", .slots = SOCKOPT_SLOTS_DEFAULT },
	{ .name = "OPEN of a large ring", .slots = 16384, .is_large = true },
};

START_TEST(an_open_that_failed_leaves_nothing)
{
	open_beside_another(&openings[_i]);
}
END_TEST

START_TEST(the_first_open_of_a_namespace_that_failed_leaves_nothing)
{
	struct opening opening = {
		.name = "OPEN, the first of a namespace", .slots = 2, .is_first = true,
	};

	open_with_faults(&opening);
}
END_TEST

START_TEST(an_open_in_a_memory_cgroup_that_failed_leaves_nothing)
{
	struct opening opening = {
		.name = "OPEN in a memory cgroup, the first of a namespace", .slots = 2,
		.is_first = true, .has_filter = true, .has_program = true,
	};

	open_with_faults(&opening);
}
END_TEST

Suite *fault_open_suite(void)
{
	Suite *suite = suite_create("fault_open");
	TCase *tc = fault_case(suite, "open", vm_new_netns);

	tcase_add_unchecked_fixture(tc, NULL, vm_limits_restore);
	tcase_add_loop_test(tc, an_open_that_failed_leaves_nothing, 0, VM_COUNT(openings));
	tcase_add_test(tc, the_first_open_of_a_namespace_that_failed_leaves_nothing);
	tc = fault_case(suite, "cgroup", NULL);
	tcase_add_unchecked_fixture(tc, NULL, vm_limits_restore);
	tcase_add_checked_fixture(tc, cgroup_setup, cgroup_teardown);
	tcase_add_test(tc, an_open_in_a_memory_cgroup_that_failed_leaves_nothing);
	return suite;
}
