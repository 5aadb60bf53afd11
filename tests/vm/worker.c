/* SPDX-License-Identifier: MIT */
/* See worker.h. */
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mapping.h"

#define GIFTS_MAX 100	/* more might not fit into a unix socket */

/* A socket, with a stream or without. */
struct seat {
	int raw, fd;		/* fd -1: no stream */
	unsigned int channel;
	struct worker_sums *sums;
	struct sockopt_open args;
	struct mapping map;
};

static struct worker *me;
static struct seat seats[WORKER_SEATS];
static unsigned int opened, given;
static pid_t child;		/* 0: none */

static unsigned int roll(unsigned int sides)
{
	return (unsigned int)rand_r(&me->seed) % sides;
}

/* also: results that are fine beside 0 and more, up to 0. */
static int fine(int ret, const char *what, const int *also)
{
	for (; ret < 0 && *also; also++)
		if (ret == -*also)
			return ret;
	if (ret < 0)
		ck_abort_msg("%s: %s", what, strerror(-ret));
	return ret;
}

#define FINE(ret, what, ...) fine((ret), (what), (const int[]){ __VA_ARGS__, 0 })

/* ---- What can be done: true if it was ---- */

/* EBUSY: there is one, or a child or the other worker still has the one before. */
static bool open_stream(struct seat *seat)
{
	struct sockopt_open args = vm_open_args();
	int fd;

	args.slots = 2u << roll(5);
	fd = FINE(vm_open(seat->raw, seat->channel, &args), "OPEN", EBUSY);
	if (fd < 0)
		return false;
	VM_EXPECT(seat->fd < 0);
	ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	seat->fd = fd;
	seat->args = args;
	seat->sums->opened++;
	opened++;
	return true;
}

/* From STOP on records may be read, but none is added. */
static bool close_stream(struct seat *seat)
{
	struct sockopt_stats stats;

	if (seat->fd < 0)
		return false;
	ck_assert_int_eq(vm_stop(seat->raw, seat->channel), 0);
	ck_assert_int_eq(vm_stats(seat->raw, seat->channel, &stats), 0);
	ck_assert_uint_eq(stats.flags, SOCKOPT_STATS_F_ENDED);
	ck_assert_uint_le(stats.pending, seat->args.slots);
	seat->sums->taken += stats.delivered + stats.pending;
	seat->sums->lost_full += stats.lost_full;
	seat->sums->lost_busy += stats.lost_busy;
	close(seat->fd);
	seat->fd = -1;
	return true;
}

static bool tune(struct seat *seat)
{
	static const int requests[] = { ECHO_REQUEST, -1 };
	struct sockopt_filter filter = roll(2) ? vm_filter_all() : vm_filter_types(requests);

	FINE(vm_tune_wake(seat->raw, seat->channel, 1 + roll(2), roll(1000)), "TUNE", ENOTCONN);
	return !FINE(vm_tune_filter(seat->raw, seat->channel, &filter, NULL), "TUNE", ENOTCONN);
}

static bool stop(struct seat *seat)
{
	return !FINE(vm_stop(seat->raw, seat->channel), "STOP", ENOTCONN);
}

/* Twice: the second one acknowledges. EINVAL: somebody else has read meanwhile. */
static bool take(struct seat *seat)
{
	struct sockopt_stats stats;
	struct vm_batch batch;
	uint32_t cursor;
	int i, got = 0;

	if (FINE(vm_stats(seat->raw, seat->channel, &stats), "STATS", ENOTCONN) < 0)
		return false;
	cursor = seat->args.cursor + (uint32_t)stats.delivered;
	vm_batch_init(&batch, seat->args.slot_size, 2);
	for (i = 0; i < 2; i++)
		got |= FINE(vm_records_of(seat->raw, seat->channel, &batch, &cursor,
					  SOCKOPT_RECORDS_F_DONTWAIT),
			    "RECORDS", EAGAIN, EBUSY, EINVAL, ENOTCONN) > 0;
	vm_batch_free(&batch);
	return got;
}

static bool read_fd(int fd)
{
	uint8_t records[2048];
	ssize_t len = read(fd, records, sizeof(records));

	return FINE(len < 0 ? -errno : (int)len, "read", EAGAIN, EBUSY) > 0;
}

static bool read_stream(struct seat *seat)
{
	return seat->fd >= 0 && read_fd(seat->fd);
}

/* EBUSY: another process has it mapped, or reads. */
static bool map(struct seat *seat)
{
	if (seat->fd < 0 || seat->map.tail ||
	    FINE(mapping_take_tail(&seat->map, seat->fd), "mmap", EBUSY) < 0)
		return false;
	mapping_add_slots(&seat->map, seat->fd, &seat->args);
	return true;
}

static bool unmap(struct seat *seat)
{
	if (!seat->map.tail)
		return false;
	while (roll(8) && mapping_next(&seat->map))
		mapping_release(&seat->map);
	mapping_close(&seat->map);
	return true;
}

static void use(void *arg)
{
	take(arg);
	read_stream(arg);
}

static void join_child(void)
{
	if (child)
		vm_join(child);
	child = 0;
}

/* The child has all descriptors and mappings, and leaves without a word. */
static bool fork_child(struct seat *seat)
{
	join_child();
	child = vm_fork(use, seat);
	return true;
}

static bool give(struct seat *seat)
{
	if (seat->fd < 0 || given == GIFTS_MAX)
		return false;
	vm_pass(me->link, &seat->fd, 1);
	given++;
	return true;
}

/* With MSG_DONTWAIT, or 0: waits for one, or for the other worker to be over. */
static bool has_gift(int flags)
{
	char byte;
	ssize_t len = recv(me->link, &byte, 1, MSG_PEEK | flags);

	return FINE(len < 0 ? -errno : (int)len, "recv", EAGAIN) > 0;
}

static bool receive(struct seat *unused)
{
	struct mapping gift;
	int fd;

	(void)unused;
	if (!has_gift(MSG_DONTWAIT))
		return false;
	vm_receive(me->link, &fd, 1);
	read_fd(fd);
	if (FINE(mapping_take_tail(&gift, fd), "mmap", EBUSY) >= 0)
		mapping_close(&gift);
	close(fd);
	return true;
}

/* ---- Doing it ---- */

const char *const worker_names[] = {
	"OPEN", "close", "TUNE", "STOP", "RECORDS", "read", "mmap", "munmap", "fork", "give",
	"receive",
};

/* How often each comes beside the others. */
static const struct {
	bool (*act)(struct seat *seat);
	unsigned int weight;
} actions[WORKER_ACTIONS] = {
	{ open_stream, 20 }, { close_stream, 6 }, { tune, 10 }, { stop, 1 }, { take, 20 },
	{ read_stream, 20 }, { map, 10 }, { unmap, 10 }, { fork_child, 2 }, { give, 2 },
	{ receive, 10 },
};

static void act(void)
{
	unsigned int total = 0, i;
	int at;

	for (i = 0; i < WORKER_ACTIONS; i++)
		total += actions[i].weight;
	at = (int)roll(total);
	for (i = 0; (at -= (int)actions[i].weight) >= 0; i++)
		;
	me->tally->done[i] += actions[i].act(&seats[roll(WORKER_SEATS)]);
}

static void take_seats(void)
{
	unsigned int i, of;

	for (i = 0; i < WORKER_SEATS; i++) {
		of = i % WORKER_CHANNELS;
		seats[i].raw = vm_raw();
		seats[i].fd = -1;
		seats[i].channel = me->channels[of];
		seats[i].sums = &me->tally->sums[of];
	}
}

static void leave_seats(void)
{
	unsigned int i;

	for (i = 0; i < WORKER_SEATS; i++) {
		unmap(&seats[i]);
		close_stream(&seats[i]);
	}
}

/* Until the other one is over, too: what nobody receives would keep its seats for ever. */
static void receive_the_rest(void)
{
	ck_assert_int_eq(shutdown(me->link, SHUT_WR), 0);
	while (has_gift(0))
		receive(NULL);
}

void worker_run(void *arg)
{
	me = arg;
	close(me->others_link);
	vm_move_to(me->cpu);
	take_seats();
	while (opened < me->streams)
		act();
	join_child();
	leave_seats();
	receive_the_rest();
}
