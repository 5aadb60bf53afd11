/* SPDX-License-Identifier: MIT */
/* See bench.h. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double bench_median(double *figures, int n)
{
	qsort(figures, (size_t)n, sizeof(figures[0]), compare);
	return figures[n / 2];
}

void bench_figure(const char *table, const char *row, const char *column, double figure)
{
	printf("# bench: %s; %s; %s; %.2f\n", table, row, column, figure);
	fflush(stdout);
}

/* Where the kernel's functions are, with all that is loaded by now, by the third serial port. */
static void send_symbols(void)
{
	ck_assert(!system("stty -F /dev/ttyS2 raw && "
			  "grep -i ' [tw] ' /proc/kallsyms | gzip -1 >/dev/ttyS2"));
}

bool bench_is_profiled(const char *row, const char *column)
{
	const char *wanted = getenv("SKO_PROFILE");
	char name[128], *blank;

	snprintf(name, sizeof(name), "%s/%s", row, column);
	while ((blank = strchr(name, ' ')))
		*blank = '_';
	if (!wanted || strcmp(wanted, name))
		return false;
	send_symbols();
	printf("# profile: %s\n", name);
	fflush(stdout);
	return true;
}

/* Where they are called is seen by their addresses: they must stay functions. */
__attribute__((noinline)) void profile_begin(void)
{
	__asm__ volatile("" : : : "memory");
}

__attribute__((noinline)) void profile_end(void)
{
	__asm__ volatile("" : : : "memory");
}

/* "# kernel: RELEASE": read by budgets.awk. */
static void show_kernel(void)
{
	struct utsname name;

	if (!uname(&name))
		printf("# kernel: %s\n", name.release);
	fflush(stdout);
}

int main(void)
{
	SRunner *runner = srunner_create(machine_suite());
	int failed;

	show_kernel();
	srunner_add_suite(runner, round_trip_suite());
	srunner_add_suite(runner, bench_records_suite());
	srunner_add_suite(runner, bench_floor_suite());
	srunner_add_suite(runner, bench_slots_suite());
	srunner_add_suite(runner, bench_losses_suite());
	srunner_add_suite(runner, bench_arrivals_suite());
	srunner_add_suite(runner, bench_sleepers_suite());
	srunner_add_suite(runner, bench_subscribers_suite());
	srunner_add_suite(runner, bench_memory_suite());
	srunner_add_suite(runner, bench_pool_suite());
	srunner_add_suite(runner, bench_pool_sleepers_suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
