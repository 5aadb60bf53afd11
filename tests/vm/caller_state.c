/* SPDX-License-Identifier: MIT */
/* What the files of the stage show, and what is changed there on purpose; see caller.h. */
#include "caller.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FILE_MAX (2 * SOCKOPT_TEXT_MAX)
#define TRIES 5000		/* of a millisecond */

static struct {
	char text[FILE_MAX];
	size_t len;
} known[STAGE_FILES], now[STAGE_FILES];

char text_of_kernel[SOCKOPT_TEXT_MAX] = "a message from kernel\n";
size_t text_of_kernel_len = 22;
uint32_t state_tail;

/* ---- What the files show ---- */

static void look(enum stage_file file)
{
	ssize_t len;

	if (stage.files[file] < 0)
		return;
	len = pread(stage.files[file], now[file].text, FILE_MAX - 1, 0);
	if (len < 0) {
		failure("file %d of the stage cannot be read", file);
		len = 0;
	}
	now[file].len = (size_t)len;
	now[file].text[len] = 0;
}

bool state_is_unchanged(const char **which)
{
	static const char *const names[STAGE_FILES] = {
		"the last text", "the streams", "the sums", "the stream",
	};
	enum stage_file file;

	for (file = 0; file < STAGE_FILES; file++) {
		look(file);
		*which = names[file];
		if (now[file].len != known[file].len ||
		    memcmp(now[file].text, known[file].text, now[file].len))
			return false;
	}
	return true;
}

void state_learn(unsigned int files)
{
	enum stage_file file;

	for (file = 0; file < STAGE_FILES; file++) {
		if (!(files >> file & 1))
			continue;
		look(file);
		memcpy(&known[file], &now[file], sizeof(now[file]));
	}
}

const char *state_read(enum stage_file file)
{
	look(file);
	return now[file].text;
}

bool state_was_sent(const void *text, size_t len)
{
	const char *file = state_read(STAGE_MESSAGE);
	const char *body = memchr(file, '\n', now[STAGE_MESSAGE].len);

	return body && now[STAGE_MESSAGE].len - (size_t)(++body - file) == len &&
	       !memcmp(body, text, len);
}

bool state_has_nul(void)
{
	const char *file = state_read(STAGE_MESSAGE);

	return memchr(file, 0, now[STAGE_MESSAGE].len);
}

/* The lowest one, which the next open would get. */
int state_next_fd(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

/* ---- What is changed ---- */

void state_kernel_text(size_t len)
{
	size_t i;

	if (len == text_of_kernel_len || !stage.has_right)
		return;
	for (i = 0; i < len; i++)
		text_of_kernel[i] = (char)('!' + i % 90);
	text_of_kernel_len = len;
	if (write(stage.files[STAGE_MESSAGE], text_of_kernel, len) != (ssize_t)len)
		failure("the kernel's text cannot be written");
}

static void ping(void)
{
	static const uint8_t echo[8] = { 8, 0, 0xf7, 0xff };	/* with its checksum */
	struct sockaddr_in to = { .sin_family = AF_INET };

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (sendto(stage.sender, echo, sizeof(echo), 0, (const struct sockaddr *)&to,
		   sizeof(to)) != sizeof(echo))
		failure("no packet can be sent");
}

static bool has_records(uint32_t count)
{
	char line[64];

	snprintf(line, sizeof(line), "sockopt-pending:\t%u\n", count);
	return strstr(state_read(STAGE_FDINFO), line);
}

void state_refill(uint32_t records)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	uint32_t i;

	for (i = 0; i < records; i++)
		ping();
	for (i = 0; i < TRIES && !has_records(STAGE_PENDING); i++)
		nanosleep(&pause, NULL);
	if (i == TRIES)
		failure("in vain: records in the stream");
	state_tail += records;
	state_learn(STATE_ALL);
}
