/* SPDX-License-Identifier: MIT */
/*
 * What a BPF program of the caller's cgroup makes of a call, as the kernel has it
 * (__cgroup_bpf_run_filter_setsockopt() and ..._getsockopt(), from 5.18 on); see caller.h.
 * Programs of 32 bits are not shown to it.
 */
#include "caller.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define LEAST_ROOM 16		/* bytes that a program at setsockopt may fill */

bool bpf_is_there(void)
{
	return stage.bpf != STAGE_BPF_NONE && sizeof(void *) > 4;
}

/* The length that the program leaves. */
static int length_of(int len)
{
	switch (stage.bpf) {
	case STAGE_BPF_SHRINK:
		return len - 1;
	case STAGE_BPF_ZERO:
		return 0;
	case STAGE_BPF_BYPASS:
		return -1;
	case STAGE_BPF_NEGATIVE:
		return INT_MIN;
	case STAGE_BPF_BEYOND:
		return INT_MAX;
	default:
		return len;
	}
}

static int error_of(void)
{
	return stage.bpf == STAGE_BPF_DENY ? EPERM :
	       stage.bpf == STAGE_BPF_RETVAL ? STAGE_BPF_ERROR : 0;
}

/* From here on it is the kernel's own copy, of so many bytes and not one more. */
static void copy(struct value *value, int len)
{
	static const uint32_t others = STAGE_BPF_BYTES;
	static uint8_t bytes[PAGE];
	size_t size = (size_t)len;

	memcpy(bytes, value->bytes, size);
	if (stage.bpf == STAGE_BPF_REPLACE)
		memcpy(bytes, &others, size < sizeof(others) ? size : sizeof(others));
	value->bytes = bytes;
	value->len = len;
	value->readable = size;
}

bool bpf_before(struct verdict *verdict)
{
	struct value *value = &verdict->value;
	int max = value->len < LEAST_ROOM ? LEAST_ROOM : value->len > PAGE ? PAGE : value->len;
	int len = length_of(value->len);

	if (value->readable < (size_t)(value->len < max ? value->len : max))
		errors_add(&verdict->errors, EFAULT);
	else if (error_of())
		errors_add(&verdict->errors, error_of());
	else if (len < -1 || (len > max && value->len <= PAGE))
		errors_add(&verdict->errors, EFAULT);
	else if (len != -1 && (len == 0 || len > max))
		return true;	/* what the caller has, as if there was no program */
	else if (len != -1) {
		copy(value, len);
		return true;
	}
	return false;
}

void bpf_after(const struct call *call, struct verdict *verdict)
{
	int max = call->len > PAGE ? PAGE : call->len;
	int len = length_of(verdict->out);

	verdict->told = verdict->out;
	if (!errors_none(&verdict->errors))
		return;
	if (error_of())
		errors_add(&verdict->errors, error_of());
	else if (len < 0 || (len > max && verdict->out <= PAGE))
		errors_add(&verdict->errors, EFAULT);
	else if (len && len <= max) {
		verdict->told = len;
		verdict->is_replaced = stage.bpf == STAGE_BPF_REPLACE;
	}
}
