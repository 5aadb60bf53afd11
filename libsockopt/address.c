/* SPDX-License-Identifier: MIT */
/*
 * Addresses as text. inet_ntop() is not the same everywhere: some write ::1:0
 * as ::0.1.0.0.
 */
#include "decode.h"

#include <stdio.h>
#include <string.h>

#define WORDS 8			/* of an IPv6 address */

struct run {
	int at;			/* of words that are zero */
	int len;
};

/* The longest run, the first of those; one word alone is none. */
static struct run longest_run(const uint8_t *address)
{
	struct run best = { WORDS, 1 }, run = { 0, 0 };
	int i;

	for (i = 0; i < WORDS; i++) {
		run.len = get16(address + 2 * (size_t)i) ? 0 : run.len + 1;
		run.at = i + 1 - run.len;
		if (run.len > best.len)
			best = run;
	}
	return best;
}

static int is_mapped(const uint8_t *address)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	return !memcmp(address, prefix, sizeof(prefix));
}

static int format4(char *text, size_t room, const uint8_t *address)
{
	return snprintf(text, room, "%u.%u.%u.%u", address[0], address[1],
			address[2], address[3]);
}

/* Both colons of the run stand where it begins, none where it ends. */
static void format6(char *text, const uint8_t *address)
{
	struct run run = longest_run(address);
	int i, len = 0;

	for (i = 0; i < WORDS; i++) {
		if (i == run.at) {
			memcpy(text + len, "::", 3);
			len += 2;
			i += run.len - 1;
			continue;
		}
		len += snprintf(text + len, ADDRESS_TEXT - (size_t)len, "%s%x",
				i && i != run.at + run.len ? ":" : "",
				get16(address + 2 * (size_t)i));
	}
}

void sockopt_internal_address(char text[ADDRESS_TEXT], unsigned int family,
			      const uint8_t *address)
{
	if (family != AF_INET6) {
		format4(text, ADDRESS_TEXT, address);
	} else if (is_mapped(address)) {
		memcpy(text, "::ffff:", 8);
		format4(text + 7, ADDRESS_TEXT - 7, address + 12);
	} else {
		format6(text, address);
	}
}
