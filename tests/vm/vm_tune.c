/* SPDX-License-Identifier: MIT */
/* See vm.h. */
#include "vm.h"

#include <stdlib.h>
#include <string.h>

static size_t program_bytes(const struct sockopt_filter *filter)
{
	return filter->program_len * sizeof(struct sockopt_instruction);
}

uint32_t vm_filter_bytes(const struct sockopt_filter *filter)
{
	return filter ? (uint32_t)(sizeof(*filter) + program_bytes(filter)) : 0;
}

/* head, and what stands behind it; freed by the caller. */
static void *value_of(const void *head, size_t head_len, const struct sockopt_filter *filter,
		      const void *program)
{
	uint8_t *value = malloc(head_len + vm_filter_bytes(filter));

	ck_assert_ptr_nonnull(value);
	memcpy(value, head, head_len);
	if (filter)
		memcpy(value + head_len, filter, sizeof(*filter));
	if (filter && filter->program_len)
		memcpy(value + head_len + sizeof(*filter), program, program_bytes(filter));
	return value;
}

int vm_tune(int fd, unsigned int channel, const struct sockopt_tune *tune,
	    const struct sockopt_filter *filter, const void *program)
{
	void *value = value_of(tune, sizeof(*tune), filter, program);
	int ret = vm_set(fd, channel, SOCKOPT_TUNE, value,
			 (socklen_t)(sizeof(*tune) + vm_filter_bytes(filter)));

	free(value);
	return ret;
}

int vm_tune_wake(int fd, unsigned int channel, uint32_t records, uint32_t delay_us)
{
	struct sockopt_tune tune = {
		.size = sizeof(tune), .flags = SOCKOPT_TUNE_F_WAKE,
		.wake_records = records, .wake_delay_us = delay_us,
	};

	return vm_tune(fd, channel, &tune, NULL, NULL);
}

int vm_tune_filter(int fd, unsigned int channel, const struct sockopt_filter *filter,
		   const void *program)
{
	struct sockopt_tune tune = {
		.size = sizeof(tune), .flags = SOCKOPT_TUNE_F_FILTER,
		.filter_len = vm_filter_bytes(filter),
	};

	return vm_tune(fd, channel, &tune, filter, program);
}

int vm_open_filter(int fd, unsigned int channel, struct sockopt_open *args,
		   const struct sockopt_filter *filter, const void *program)
{
	socklen_t len = (socklen_t)(sizeof(*args) + vm_filter_bytes(filter));
	void *value;
	int ret;

	args->filter_len = vm_filter_bytes(filter);
	value = value_of(args, sizeof(*args), filter, program);
	ret = vm_get(fd, channel, SOCKOPT_OPEN, value, &len);
	memcpy(args, value, sizeof(*args));
	free(value);
	return ret ? ret : args->fd;
}

struct sockopt_filter vm_filter_all(void)
{
	struct sockopt_filter filter = { .size = sizeof(filter) };

	sockopt_filter_add_all(&filter);
	return filter;
}

struct sockopt_filter vm_filter_types(const int *types)
{
	struct sockopt_filter filter = { .size = sizeof(filter) };

	for (; *types >= 0; types++)
		sockopt_filter_add(&filter, (uint8_t)*types);
	return filter;
}

struct sockopt_filter vm_filter_types6(const int *types)
{
	struct sockopt_filter filter = { .size = sizeof(filter) };

	for (; *types >= 0; types++)
		sockopt_filter_add6(&filter, (uint8_t)*types);
	return filter;
}
