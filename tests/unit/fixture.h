/* SPDX-License-Identifier: MIT */
/*
 * A handle and a stream of the fake kernel, and what the tests of streams do with
 * them. The fixtures see that no descriptor and no mapping is left.
 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "fake_kernel.h"

#include <check.h>

#define CHANNEL 9
#define SLOTS 8
#define HEAD sizeof(struct sockopt_records)
#define COUNT(of) ((int)(sizeof(of) / sizeof((of)[0])))

extern struct sockopt *so;
extern struct sockopt_stream *st;
extern int fds_before;		/* open, with the handle */

void set_up(void);
void set_up_stream(void);	/* positions wrap behind two records */
void set_up_small(void);	/* and its ring has SLOTS records */
void set_up_mapped(void);	/* and is mapped */
void tear_down_stream(void);
void tear_down(void);
int open_with(const struct sockopt_config *config);

/* Open must fail like this. tear_down sees that no descriptor is left. */
void fail_to_open(const struct sockopt_config *config, int err);

/* The record that next shows must be this one. */
void expect_record(uint32_t number);

void take_record(uint32_t number);

/* Those from this number on, n of them. */
void take_records(uint32_t number, uint32_t n);

/* Nothing is fetched, or in the mapped ring, any more. */
void expect_none(void);

/* And wait asks the kernel, which has nothing either. */
void expect_idle(void);

/* Records 0 to n - 1 are pulled, and those before released are released. */
void fetch(uint32_t n, uint32_t released);

void map_ring(void);
void unmap_ring(void);

#endif /* FIXTURE_H */
