/* SPDX-License-Identifier: MIT */
/* See pool.h. */
#include "pool.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

#define PATIENCE 60000	/* ms */

bool pool_is_told;
uint64_t pool_taken;
uint32_t pool_next[POOL][PEER_POOL_THREADS];

/* ---- The module ---- */

static struct sockopt *so;
static struct sockopt_channel channel = { .size = sizeof(channel) };

void pool_remove_after_all(void)
{
	if (!access("/sys/module/" PEER_POOL, F_OK))
		ck_assert_int_eq(vm_remove(PEER_POOL), 0);
}

void pool_setup(void)
{
	pool_remove_after_all();
	ck_assert_int_eq(vm_insert(PEER_POOL), 0);
	ck_assert_int_eq(sockopt_open(&so), 0);
	ck_assert_int_gt(sockopt_channel(so, PEER_POOL, &channel), 0);
}

unsigned int pool_channel(void)
{
	return channel.id;
}

uint64_t pool_send(const struct pool_way *way, unsigned int count, unsigned int threads,
		   unsigned int *failed)
{
	char text[64], reply[64];
	unsigned long long ticks;
	ssize_t len;

	snprintf(text, sizeof(text), "%s %u %u", way->word, count, threads);
	len = sockopt_call(so, channel.id, channel.generation, text, strlen(text), reply,
			   sizeof(reply) - 1);
	ck_assert_msg(len > 0, "%s: %s", text, sockopt_strerror((int)len));
	reply[len] = 0;
	ck_assert_int_eq(sscanf(reply, "%llu %u", &ticks, failed), 2);
	return ticks;
}

/* ---- Messages ---- */

static struct peer_pool_message wanted[PEER_POOL_THREADS];

void pool_begin(void)
{
	uint32_t thread, number;

	for (thread = 0; thread < PEER_POOL_THREADS; thread++) {
		peer_pool_fill(&wanted[thread], thread);
		for (number = 0; number < POOL; number++)
			pool_next[peer_pool_endpoint(thread, number)][thread] = number;
	}
}

void pool_skip(uint32_t next, uint32_t number)
{
	VM_EXPECT(number > next);
	VM_EXPECT((number - next) % POOL == 0);
}

void pool_compare(const struct peer_pool_message *message)
{
	uint32_t thread = message->thread;

	VM_EXPECT(thread < PEER_POOL_THREADS);
	peer_pool_number(&wanted[thread], message->number);
	VM_EXPECT(!memcmp(message, &wanted[thread], sizeof(*message)));
}

/* ---- Ways ---- */

const struct pool_way *pool_way_of(int i)
{
	const struct pool_way *way = pool_netlink;

	for (; way->name; way++)
		if (!i--)
			return way;
	for (way = pool_ours; way->name; way++)
		if (!i--)
			return way;
	return NULL;
}

int pool_count_ways(void)
{
	int n = 0;

	while (pool_way_of(n))
		n++;
	return n;
}

const struct pool_way *pool_way_named(const char *name)
{
	const struct pool_way *way;
	int n = 0;

	while ((way = pool_way_of(n++)))
		if (!strcmp(way->name, name))
			return way;
	ck_abort_msg("no way is called %s", name);
}

/* ---- Readers ---- */

static struct pollfd polled[POOL + 1];	/* the last one: who tells */
static fd_set selected;
static int highest;

void pool_open(const struct pool_way *way, uint32_t wake_records)
{
	int i, fd;

	pool_begin();
	way->open(way, wake_records);
	FD_ZERO(&selected);
	for (i = 0; i < POOL; i++) {
		fd = way->fd(i);
		ck_assert_int_lt(fd, FD_SETSIZE);
		polled[i] = (struct pollfd){ .fd = fd, .events = POLLIN };
		FD_SET(fd, &selected);
		highest = fd > highest ? fd : highest;
	}
}

static void sleep_in_poll(int told)
{
	polled[POOL] = (struct pollfd){ .fd = told, .events = POLLIN };
	VM_EXPECT(poll(polled, POOL + 1, PATIENCE) > 0);
	pool_is_told = polled[POOL].revents;
}

static unsigned int sweep(const struct pool_way *way, int told)
{
	unsigned int taken = 0;
	int i;

	if (told >= 0)
		sleep_in_poll(told);
	for (i = 0; i < POOL; i++)
		taken += way->take(i);
	return taken;
}

static unsigned int select_some(const struct pool_way *way, int told)
{
	struct timeval time = { .tv_sec = told >= 0 ? PATIENCE / 1000 : 0 };
	fd_set ready = selected;
	unsigned int taken = 0;
	int i;

	if (told >= 0)
		FD_SET(told, &ready);
	VM_EXPECT(select((told > highest ? told : highest) + 1, &ready, NULL, NULL, &time) >= 0);
	for (i = 0; i < POOL; i++)
		if (FD_ISSET(polled[i].fd, &ready))
			taken += way->take(i);
	pool_is_told = told >= 0 && FD_ISSET(told, &ready);
	return taken;
}

unsigned int pool_take(const struct pool_way *way, int told)
{
	return way->selects ? select_some(way, told) : sweep(way, told);
}

uint64_t pool_lost(const struct pool_way *way)
{
	return way->lost ? way->lost() : 0;
}
