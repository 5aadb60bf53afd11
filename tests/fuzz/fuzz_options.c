/* SPDX-License-Identifier: MIT */
/*
 * The command line of sockopt icmp, one word up to each NUL, and numbers as all commands
 * take them; or, behind a first byte of 255, keys at the prompt of sockopt top.
 */
#include "fuzz.h"
#include "options.h"
#include "prompt.h"
#include "tool.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define WORDS 32

/* ---- Numbers --------------------------------------------------------------- */

static void parse(const char *text)
{
	uint64_t n = 0, untouched = 0;

	HOLDS(parse_number(text, 5, 100, &n) || (n >= 5 && n <= 100));
	HOLDS(parse_size(text, 128, INT64_MAX, &n) || (n >= 128 && n <= INT64_MAX));
	HOLDS(parse_slots(text, &n) || (n >= 2 && n <= 65536 && !(n & (n - 1))));
	HOLDS(parse_seconds(text, UINT32_MAX, &n) || (n >= 1 && n <= UINT32_MAX));
	HOLDS(!parse_number(text, 1, 0, &untouched) || !untouched);
}

/* ---- Words ----------------------------------------------------------------- */

/* What passed makes sense, whatever was asked for. */
static void expect_sane(const struct options *options)
{
	const struct rotation *rotation = &options->rotation;

	HOLDS(!options->snaplen || (options->snaplen >= 40 &&
				    options->snaplen <= SOCKOPT_SNAPLEN_MAX));
	HOLDS(!(options->slots & (options->slots - 1)) &&
	      options->slots <= SOCKOPT_SLOTS_MAX);
	HOLDS(!rotation->size || rotation->size >= 128);
	HOLDS(rotation->files <= 1000000 && rotation->seconds <= UINT32_MAX);
	HOLDS(options->write_path || !(rotation->size || rotation->seconds ||
				       rotation->files));
	HOLDS(!options->read_path || !(options->wish.interface || options->slots ||
				       options->snaplen));
	HOLDS(options->duration_ms <= UINT32_MAX);
	HOLDS(options->wish.words);
}

static void parse_words(struct input *in)
{
	char *words[WORDS] = { "sockopt icmp" }, *argv[WORDS];
	struct options options;
	int argc = 1, i, ret;

	while (in->len && argc < WORDS - 1)
		words[argc++] = string_of(take_until(in, 0));
	for (i = 1; i < argc; i++)
		parse(words[i]);
	memcpy(argv, words, sizeof(argv));	/* getopt moves them */
	optind = 0;
	capture_begin();
	ret = options_parse(&options, argc, argv);
	capture_end();
	HOLDS(ret == (err_out.len ? EXIT_USAGE : EXIT_SUCCESS));
	HOLDS(!out.len);
	if (!ret)
		expect_sane(&options);
	while (--argc)
		free(words[argc]);
}

/* ---- Keys ------------------------------------------------------------------ */

static void type(struct input *in)
{
	static const char before[] = "icmp and host 10.0.0.1";
	struct prompt prompt;

	prompt_open(&prompt, before);
	HOLDS(!strcmp(prompt.text, before));
	while (in->len && prompt_key(&prompt, (int)take16(in)) == PROMPT_GOES_ON) {
		HOLDS(prompt.len < sizeof(prompt.text));
		HOLDS(strlen(prompt.text) == prompt.len);
		HOLDS(is_plain(prompt.text, prompt.len, ""));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	if (size && data[0] == 255) {
		take8(&in);
		type(&in);
	} else {
		parse_words(&in);
	}
	return 0;
}
