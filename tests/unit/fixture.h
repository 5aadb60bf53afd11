/* SPDX-License-Identifier: MIT */
/*
 * A handle and a stream of the fake kernel, and what the tests of streams do with
 * them. The fixtures see that no descriptor is left.
 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "fake_kernel.h"

#include <check.h>

#define CHANNEL 9
#define HEAD sizeof(struct sockopt_records)

extern struct sockopt *so;
extern struct sockopt_stream *st;
extern int fds_before;		/* open, with the handle */

void set_up(void);
void set_up_stream(void);
void tear_down_stream(void);
void tear_down(void);
int open_with(const struct sockopt_config *config);

/* Open must fail like this. tear_down sees that no descriptor is left. */
void fail_to_open(const struct sockopt_config *config, int err);

/* The record that next shows must be this one. */
void expect_record(uint32_t number);

void take_record(uint32_t number);

/* Nothing is fetched any more. */
void expect_none(void);

#endif /* FIXTURE_H */
