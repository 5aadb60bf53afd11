/* SPDX-License-Identifier: MIT */
/* See bench.h. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

void bench_figure(const char *table, const char *row, const char *column, double figure)
{
	printf("# bench: %s; %s; %s; %.2f\n", table, row, column, figure);
	fflush(stdout);
}

int main(void)
{
	SRunner *runner = srunner_create(machine_suite());
	int failed;

	srunner_add_suite(runner, round_trip_suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
