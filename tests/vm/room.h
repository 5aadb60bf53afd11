/* SPDX-License-Identifier: MIT */
/*
 * Room for one big ring: a namespace that allows as many bytes as it takes, so that
 * another one fits only when the first one's memory is back.
 */
#ifndef ROOM_H
#define ROOM_H

#include "vm.h"

#define BIG_SLOTS 32768

/*
 * Room for one big ring, in a fresh namespace: a ring counts until its memory has
 * gone, which is a little after its end, and nobody's memory is on its way here.
 */
void allow_one_big_ring(void);

/* Waits until what was closed before has made room. */
int big_stream(int raw, struct sockopt_open *args);

void wait_until_a_big_ring_fits(void);

/* There is no room, not even for the smallest ring. */
void assert_full(void);

#endif /* ROOM_H */
