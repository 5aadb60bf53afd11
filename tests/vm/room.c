/* SPDX-License-Identifier: MIT */
/* See room.h. */
#include "room.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* 32768 slots of 128 bytes, the consumer's page and the status page. */
#define BIG_BYTES "4202496"

void allow_one_big_ring(void)
{
	vm_new_netns();
	ck_assert_int_eq(vm_sysctl_set("ring_bytes_max", BIG_BYTES), 0);
}

struct big_open {
	int raw;
	struct sockopt_open *args;
};

static bool is_big_ring_open(void *arg)
{
	const struct big_open *big = arg;
	int fd;

	*big->args = vm_open_args();
	big->args->slots = BIG_SLOTS;
	fd = vm_open(big->raw, ICMP, big->args);
	ck_assert_msg(fd >= 0 || fd == -ENOSPC, "OPEN: %s", strerror(-fd));
	return fd >= 0;
}

int big_stream(int raw, struct sockopt_open *args)
{
	struct big_open big = { raw, args };

	vm_wait(is_big_ring_open, &big, "room for a big ring");
	return args->fd;
}

void wait_until_a_big_ring_fits(void)
{
	struct sockopt_open args;
	int raw = vm_raw();

	close(big_stream(raw, &args));
	close(raw);
}

void assert_full(void)
{
	struct sockopt_open args = vm_open_args();
	int raw = vm_raw();

	args.slots = SOCKOPT_SLOTS_MIN;
	ck_assert_int_eq(vm_open(raw, ICMP, &args), -ENOSPC);
	close(raw);
}
