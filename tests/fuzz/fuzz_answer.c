/* SPDX-License-Identifier: MIT */
/*
 * What the kernel answers to all but RECORDS: bytes of the input, in structs and texts, with
 * lengths that may be lies. Read by the library, and by those commands that only ask.
 */
#include "doctor.h"
#include "fake_ring.h"
#include "fuzz.h"
#include "objects.h"
#include "tool.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of an answer, from its first byte. */
#define ANSWER_FAILS	0x80	/* with the error of the other bits */
#define ANSWER_IS_RIGHT	0x40	/* as of a kernel that does everything right */
#define ANSWER_LEN	0x01	/* the length is the input's */
#define ANSWER_HAS_FD	0x02	/* OPEN: there is a stream */
#define ANSWER_HAS_ABI	0x04	/* INFO: of ours */

static struct input *rest;
static struct sockopt *so;
static int is_terminal;

int __wrap_isatty(int fd);

int __wrap_isatty(int fd)
{
	(void)fd;
	return is_terminal;
}

/* ---- The kernel ------------------------------------------------------------ */

static int fail(int err)
{
	errno = err ? err : EIO;
	return -1;
}

/* The number of a descriptor is the one thing that a kernel cannot make up. */
static void mend(int operation, unsigned int how, void *buf, socklen_t len)
{
	struct sockopt_open *open = buf;
	struct sockopt_info *info = buf;

	if (operation == SOCKOPT_OPEN && len >= sizeof(*open)) {
		fake.stream_fd = how & ANSWER_HAS_FD ? fake_ring_fd() : -1;
		open->fd = fake.stream_fd;
	}
	if (operation == SOCKOPT_INFO && how & ANSWER_HAS_ABI)
		info->abi = SOCKOPT_ABI;
}

static int answer(int operation, void *buf, socklen_t *len)
{
	unsigned int how = take8(rest);
	struct input part;

	if (!rest->len)
		return fail(ENOENT);
	if (how & ANSWER_FAILS)
		return fail((int)(how & ~(unsigned int)ANSWER_FAILS));
	if (how & ANSWER_IS_RIGHT)
		return 1;
	part = take_part(rest, take16(rest) % (*len + 1));
	if (part.len)
		memcpy(buf, part.data, part.len);
	mend(operation, how, buf, *len);
	*len = how & ANSWER_LEN ? take32(rest) : (socklen_t)part.len;
	return 0;
}

/* ---- The library ----------------------------------------------------------- */

static void expect_channel(int ret, const struct sockopt_channel *channel)
{
	if (ret < 0)
		return;
	HOLDS(channel->size == sizeof(*channel));
	HOLDS((uint32_t)ret == channel->id && ret < SOCKOPT_CHANNELS_MAX);
	HOLDS(memchr(channel->name, 0, sizeof(channel->name)));
}

static void look_up(void)
{
	struct sockopt_channel channel = { .size = sizeof(channel) };

	expect_channel(sockopt_channel(so, "icmp", &channel), &channel);
}

static void list(void)
{
	struct sockopt_channel channel = { .size = sizeof(channel) };
	unsigned int id = take16(rest);
	int ret = sockopt_channel_from(so, id, &channel);

	expect_channel(ret, &channel);
	HOLDS(ret < 0 || (unsigned int)ret >= id);
}

/* A text, and a NUL where there is room for one. */
static void expect_text(ssize_t len, const char *buf, size_t size)
{
	HOLDS(len <= (ssize_t)size);
	if (len >= 0 && (size_t)len < size)
		HOLDS(!buf[len]);
}

static void get_text(void)
{
	size_t size = take16(rest) % (SOCKOPT_TEXT_MAX + 2);
	char *buf = malloc(size);

	HOLDS(buf);
	expect_text(sockopt_text_get(so, 1, buf, size), buf, size);
	free(buf);
}

static void call(void)
{
	size_t size = take16(rest) % (SOCKOPT_TEXT_MAX + 2);
	struct input request = take_part(rest, take8(rest));
	char *buf = malloc(size), *text = exact(request.data, request.len);

	HOLDS(buf);
	expect_text(sockopt_call(so, 1, 0, text, request.len, buf, size), buf, size);
	free(text);
	free(buf);
}

static void count(struct sockopt_stream *st)
{
	struct sockopt_stats stats = { .size = sizeof(stats) };

	sockopt_stream_stats(st, &stats);
	HOLDS(stats.size == sizeof(stats));
}

/* What it took is closed again, whatever it thinks of it. */
static void stream(void)
{
	struct sockopt_config config = { .size = sizeof(config) };
	struct sockopt_stream *st = (struct sockopt_stream *)&config;
	int ret;

	config.batch = take16(rest);
	fake.stream_fd = -1;
	ret = sockopt_stream_open(&st, so, 2, &config);
	HOLDS(!ret == (st != NULL));
	if (!ret) {
		HOLDS(sockopt_stream_fd(st) == fake.stream_fd);
		count(st);
		if (!sockopt_stream_map(st))
			sockopt_stream_next(st);
		sockopt_stream_close(st);
	}
	HOLDS(fake.stream_fd < 0 || !fake_is_open(fake.stream_fd));
	HOLDS(!fake.maps);
}

static void use_library(void)
{
	static void (*const steps[])(void) = { look_up, list, get_text, call, stream };
	int ret = sockopt_open(&so);

	HOLDS(!ret == (so != NULL));
	if (ret)
		return;
	HOLDS(sockopt_info(so)->abi == SOCKOPT_ABI);
	HOLDS(memchr(sockopt_info(so)->version, 0, sizeof(sockopt_info(so)->version)));
	while (rest->len)
		steps[take8(rest) % (sizeof(steps) / sizeof(steps[0]))]();
	sockopt_close(so);
}

/* ---- The command ----------------------------------------------------------- */

static int run(command_fn *command, const char *title, const char *option)
{
	char *argv[] = { (char *)title, (char *)option, NULL };
	int ret;

	optind = 0;
	capture_begin();
	ret = command(*option ? 2 : 1, argv);
	capture_end();
	return ret;
}

/* Nothing of others moves the cursor; a text that goes to no terminal is as it is. */
static void use_command(unsigned int which)
{
	static const struct {
		command_fn *run;
		const char *title;
		const char *option;
	} commands[] = {
		{ cmd_channels, "sockopt channels", "" },
		{ cmd_channels, "sockopt channels", "--json" },
		{ cmd_send, "sockopt send", "-mx" },
		{ cmd_recv, "sockopt recv", "" },
		{ cmd_call, "sockopt call", "-mx" },
	};
	int ret;

	which %= sizeof(commands) / sizeof(commands[0]);
	ret = run(commands[which].run, commands[which].title, commands[which].option);
	HOLDS(ret == EXIT_SUCCESS || ret == EXIT_FAILURE);
	HOLDS(ret == (err_out.len ? EXIT_FAILURE : EXIT_SUCCESS));
	HOLDS(is_text(err_out.text, err_out.len));
	if (!strcmp(commands[which].option, "--json"))
		HOLDS(are_objects(out.text, out.len));
	else
		HOLDS(!is_terminal || is_text(out.text, out.len));
}

static void use_doctor(void)
{
	struct doctor d;

	memset(&d, 0, sizeof(d));
	d.survey.is_loaded = 1;		/* or else it asks for each number */
	probe(&d);
	HOLDS(d.probe.open_error || memchr(d.probe.version, 0, sizeof(d.probe.version)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	unsigned int which = take8(&in);

	rest = &in;
	fake_reset();
	fake.answer = answer;
	is_terminal = which & 1;
	if (which < 128)
		use_library();
	else if (which < 240)
		use_command(which >> 1);
	else
		use_doctor();
	return 0;
}
