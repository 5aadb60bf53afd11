/* SPDX-License-Identifier: MIT */
/*
 * Two columns: what a packet costs more while a way is open ("added", in the kernel, where it is
 * captured), and what its reader pays for each ("taken", both the kernel's part and its own).
 * Bursts of packets are sent over the loopback interface, then taken: no reader sleeps. What one
 * costs without any way is the first row's.
 */
#include "records.h"

#include "../vm/packet.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define TABLE "ICMP packet"

uint64_t records_sum;
int records_room = 16 << 20;

void records_make_room(int fd)
{
	if (records_room)
		ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &records_room,
					    sizeof(records_room)), 0);
}

int records_socket(int family, int type, int protocol)
{
	int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);

	ck_assert_int_ge(fd, 0);
	records_make_room(fd);
	return fd;
}

void records_run(const char *command)
{
	ck_assert_msg(!system(command), "%s: failed", command);
}

void records_load(const char *const *modules)
{
	for (; *modules; modules++)
		ck_assert_int_eq(vm_insert(*modules), 0);
}

static bool is_removed(void *name)
{
	return !vm_remove(name);
}

/* The last one first. The kernel may need it for a moment more. */
void records_unload(const char *const *modules)
{
	if (!*modules)
		return;
	records_unload(modules + 1);
	vm_wait(is_removed, (void *)(uintptr_t)*modules, "a module of the kernel's to go");
}

/* ---- The sender ---- */

static int sender;
static struct mmsghdr messages[RECORDS_BURST];

const uint8_t *records_packet(void)
{
	build(VM_LO, VM_LO, 0x7001, RECORDS_PACKET - IP_LEN);
	return packet.bytes;
}

/*
 * The kernel writes the IP header: for one of ours it would make a route of its own for each
 * packet, to be freed later, in whatever is counted then. From an address to which none of the
 * packets goes, so that nobody but the way gets a copy.
 */
void records_open_sender(void)
{
	static struct sockaddr_in from = { .sin_family = AF_INET }, to = { .sin_family = AF_INET };
	static struct iovec part;
	int i;

	ck_assert_int_eq(vm_write("/proc/sys/net/ipv4/icmp_echo_ignore_all", "1", 1), 1);
	build("127.0.0.2", VM_LO, 0x7001, RECORDS_PACKET - IP_LEN);
	memcpy(&from.sin_addr, packet.bytes + 12, 4);
	memcpy(&to.sin_addr, packet.bytes + 16, 4);
	part = (struct iovec){ packet.bytes + IP_LEN, packet.len - IP_LEN };
	for (i = 0; i < RECORDS_BURST; i++)
		messages[i].msg_hdr = (struct msghdr){
			.msg_name = &to, .msg_namelen = sizeof(to),
			.msg_iov = &part, .msg_iovlen = 1,
		};
	sender = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	ck_assert_int_ge(sender, 0);
	ck_assert_int_eq(bind(sender, (struct sockaddr *)&from, sizeof(from)), 0);
}

uint64_t records_send(unsigned int n)
{
	uint64_t start, ticks;
	int sent;

	ck_assert_uint_le(n, RECORDS_BURST);
	start = cost_ticks();
	sent = sendmmsg(sender, messages, n, 0);
	ticks = cost_ticks() - start;
	ck_assert_int_eq(sent, (int)n);
	return ticks;
}

bool records_send_one(void)
{
	return sendmmsg(sender, messages, 1, 0) == 1;
}

/* ---- Rounds ---- */

struct run {
	const struct records_way *way;	/* NULL: none is open */
	unsigned int burst;
	uint64_t sent, taken;		/* packets */
};

static unsigned int few_of(const struct run *run)
{
	return run->burst < RECORDS_FEW ? run->burst : RECORDS_FEW;
}

/* What is taken is not counted. */
static uint64_t produce(void *arg)
{
	struct run *run = arg;
	uint64_t ticks = records_send(few_of(run));

	if (!run->way)
		return ticks;
	run->sent += few_of(run);
	run->taken += run->way->take(few_of(run));
	return ticks;
}

/* For a burst, also where more or less of one was taken. */
static uint64_t consume(void *arg)
{
	struct run *run = arg;
	uint64_t start, ticks;
	unsigned int n;

	records_send(run->burst);
	run->sent += run->burst;
	start = cost_ticks();
	n = run->way->take(run->burst);
	ticks = cost_ticks() - start;
	ck_assert_uint_gt(n, 0);
	run->taken += n;
	return ticks * run->burst / n;
}

/* ---- Profiles, of a packet ---- */

static void profile_added(const struct records_way *way)
{
	for (;;) {
		profile_begin();
		records_send_one();
		profile_end();
		if (way)
			way->take(1);
	}
}

/* As many as a call takes. */
static void profile_taken(const struct records_way *way)
{
	const unsigned int n = (unsigned int)way->batch;

	for (;;) {
		records_send(n);
		profile_begin();
		way->take(n);
		profile_end();
	}
}

static void profile_if_wanted(const struct records_way *way)
{
	if (bench_is_profiled(way ? way->name : "nobody", "added"))
		profile_added(way);
	if (way && bench_is_profiled(way->name, "taken"))
		profile_taken(way);
}

/* What a softirq could not do in its time comes later. */
static bool is_taken(void *arg)
{
	struct run *run = arg;

	run->taken += run->way->take(RECORDS_BURST);
	ck_assert_uint_le(run->taken, run->sent);
	return run->sent - run->taken <= run->way->behind;
}

void records_expect_sum(uint64_t sum, uint64_t taken)
{
	uint64_t one;

	records_sum = 0;
	records_read(packet.bytes);
	one = records_sum;
	ck_assert_uint_eq(sum, taken * one);
}

/* All were read, and what was read is what was sent. */
static void expect_all(struct run *run)
{
	vm_wait(is_taken, run, "all packets");
	records_expect_sum(records_sum, run->taken);
}

static const struct records_way *way_of(int i)
{
	static const struct records_way *const lists[] = {
		records_ours, records_sockets, records_netlink, records_bpf,
	};
	const struct records_way *way = lists[0];
	int list = 0;

	for (; i >= 0; i--, way++)
		while (!way->name) {
			if (++list == VM_COUNT(lists))
				return NULL;
			way = lists[list];
		}
	return way - 1;
}

const struct records_way *records_way_named(const char *name)
{
	const struct records_way *way;
	int n = 0;

	while ((way = way_of(n++)))
		if (!strcmp(way->name, name))
			return way;
	ck_abort_msg("no way is called %s", name);
}

static int count_ways(void)
{
	int n = 0;

	while (way_of(n))
		n++;
	return n;
}

static double sending(struct run *run)
{
	return cost_median(produce, run, few_of(run));
}

double records_sent_alone(unsigned int burst)
{
	struct run nobody = { .burst = burst };

	return sending(&nobody);
}

struct records_cost records_cost_of(const struct records_way *way, double alone,
				    unsigned int burst)
{
	struct run run = { .way = way, .burst = burst };
	struct records_cost cost;

	cost.added = sending(&run) - alone;
	cost.taken = cost_median(consume, &run, burst);
	expect_all(&run);
	return cost;
}

START_TEST(packets_come_to_a_program)
{
	const struct records_way *way = way_of(_i);
	struct records_cost cost;
	double alone;

	records_open_sender();
	profile_if_wanted(NULL);
	alone = records_sent_alone(RECORDS_BURST);
	way->open(way);
	profile_if_wanted(way);
	cost = records_cost_of(way, alone, RECORDS_BURST);
	if (way->close)
		way->close();
	if (!_i)
		bench_figure(TABLE, "nobody", "sent", alone);
	bench_figure(TABLE, way->name, "added", cost.added);
	bench_figure(TABLE, way->name, "taken", cost.taken);
	bench_figure(TABLE, way->name, "both", cost.added + cost.taken);
}
END_TEST

Suite *bench_records_suite(void)
{
	Suite *suite = suite_create("records");
	TCase *tc = vm_case(suite, "ways", 120, NULL);

	tcase_add_loop_test(tc, packets_come_to_a_program, 0, count_ways());
	return suite;
}
