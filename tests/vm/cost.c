/* SPDX-License-Identifier: MIT */
/* See cost.h. Proves first that the machine counts, and counts instructions. */
#include "cost.h"

#include <stdio.h>
#include <stdlib.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#define ROUNDS 25

/* Only amd64 machines count instructions: jobs cost and bench run nowhere else. */
uint64_t cost_ticks(void)
{
#if defined(__x86_64__)
	_mm_lfence();
	return __rdtsc();
#else
	ck_abort_msg("no counter of instructions on this machine");
#endif
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

double cost_median(uint64_t (*round)(void *arg), void *arg, unsigned int count)
{
	const int middle = ROUNDS / 2;
	uint64_t ticks[ROUNDS];
	int i;

	round(arg);	/* pages, caches of the kernel's */
	for (i = 0; i < ROUNDS; i++)
		ticks[i] = round(arg);
	qsort(ticks, ROUNDS, sizeof(ticks[0]), compare);
	return (double)ticks[middle] / count;
}

void cost_show(const char *name, double figure)
{
	printf("# %s: %.1f\n", name, figure);
	fflush(stdout);
}

void cost_expect_ratio(const char *name, double figure, double base, double limit)
{
	ck_assert_msg(base > 0, "%s: compared with %.1f", name, base);
	ck_assert_msg(figure <= limit * base, "%s: %.1f is %.2f times %.1f, more than %.2f",
		      name, figure, figure / base, base, limit);
}

/* ---- The machine ---- */

#define LOOPS 100000

/* Two instructions each time round. */
static uint64_t loop(void *arg)
{
	unsigned long left = *(unsigned long *)arg;
	uint64_t start = cost_ticks();

#if defined(__x86_64__)
	__asm__ volatile("1: dec %0\n\tjnz 1b" : "+r"(left) : : "cc");
#endif
	(void)left;
	return cost_ticks() - start;
}

START_TEST(a_tick_is_an_instruction)
{
	unsigned long loops = LOOPS;
	double each = cost_median(loop, &loops, LOOPS);

	cost_show("instructions of a loop of two", each);
	cost_expect_ratio("a loop of two instructions", each, 2, 1.01);
	cost_expect_ratio("two instructions", 2, each, 1.01);
}
END_TEST

Suite *machine_suite(void)
{
	Suite *suite = suite_create("machine");
	TCase *tc = vm_case(suite, "counter", 60, NULL);

	tcase_add_test(tc, a_tick_is_an_instruction);
	return suite;
}
