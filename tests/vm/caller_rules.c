/* SPDX-License-Identifier: MIT */
/* What uapi.h says of structs, texts, filters and rights; see caller.h. */
#include "caller.h"

#include <errno.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/socket.h>

static bool is_zero(const uint8_t *bytes, size_t from, size_t to)
{
	for (; from < to; from++)
		if (bytes[from])
			return false;
	return true;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Its size, or 0: that breaks a rule already. */
static size_t size_of(const struct value *value, size_t first, struct errors *broken)
{
	uint32_t size;

	if (value->len < (int)sizeof(size)) {
		errors_add(broken, EINVAL);
		return 0;
	}
	if (value->readable < sizeof(size)) {
		errors_add(broken, EFAULT);
		return 0;
	}
	memcpy(&size, value->bytes, sizeof(size));
	if (size > PAGE)
		errors_add(broken, E2BIG);
	if (size < first || size > (uint32_t)value->len)
		errors_add(broken, EINVAL);
	return size > PAGE || size < first || size > (uint32_t)value->len ? 0 : size;
}

bool rules_struct(const struct value *value, size_t first, void *dst, size_t known,
		  struct errors *broken)
{
	size_t size = size_of(value, first, broken);
	bool is_whole = size && size <= value->readable;

	if (!size)
		return false;
	if (!is_whole)
		errors_add(broken, EFAULT);
	if (!is_zero(value->bytes, known, least(size, value->readable))) {
		errors_add(broken, E2BIG);
		return false;
	}
	memset(dst, 0, known);
	memcpy(dst, value->bytes, least(least(size, known), value->readable));
	return is_whole;
}

void rules_right(struct errors *broken)
{
	if (!stage.has_right)
		errors_add(broken, EPERM);
}

void rules_text(const struct value *value, size_t at, size_t len, struct errors *broken)
{
	if (!len)
		errors_add(broken, EINVAL);
	if (len > SOCKOPT_TEXT_MAX)
		errors_add(broken, EMSGSIZE);
	if (at > value->readable || len > value->readable - at)
		errors_add(broken, EFAULT);
	else if (memchr(value->bytes + at, 0, len))
		errors_add(broken, EINVAL);
}

/* ---- Filters ---- */

/* The kernel's verifier says so; that a socket has no room for it is another matter. */
static bool is_program(const void *instructions, uint32_t len)
{
	struct sock_fprog program = { .len = (unsigned short)len };

	program.filter = (void *)(uintptr_t)instructions;
	return !setsockopt(stage.scratch, SOL_SOCKET, SO_ATTACH_FILTER, &program,
			   sizeof(program)) || errno == ENOMEM;
}

static uint8_t longest_prefix(const struct sockopt_filter *filter)
{
	uint8_t all[] = { filter->src_prefix, filter->dst_prefix, filter->quoted_src_prefix,
			  filter->quoted_dst_prefix };
	uint8_t most = 0;
	size_t i;

	for (i = 0; i < COUNT(all); i++)
		most = all[i] > most ? all[i] : most;
	return most;
}

static bool are_prefixes_good(const struct sockopt_filter *filter)
{
	uint8_t most = longest_prefix(filter);

	return (filter->family == 0 && !most) || (filter->family == 2 && most <= 32) ||
	       (filter->family == 10 && most <= 128);
}

void rules_filter(const uint8_t *bytes, size_t len, struct errors *broken)
{
	struct value value = { bytes, (int)len, len, len };
	struct sockopt_filter filter;
	size_t behind;

	if (!len || !rules_struct(&value, SOCKOPT_FILTER_SIZE_1, &filter, sizeof(filter), broken))
		return;
	behind = len - filter.size;
	if (filter.flags || filter.reserved || filter.reserved2 || !are_prefixes_good(&filter) ||
	    filter.program_len > SOCKOPT_PROGRAM_MAX ||
	    behind != filter.program_len * sizeof(struct sockopt_instruction) ||
	    (behind && !is_program(bytes + filter.size, filter.program_len)))
		errors_add(broken, EINVAL);
}

/* ---- Answers ---- */

void rules_answer(const struct value *value, size_t out, struct verdict *verdict)
{
	verdict->out = (int)out;
	if (out > value->writable)
		errors_add(&verdict->broken, EFAULT);
}
