/* SPDX-License-Identifier: MIT */
/*
 * What the targets share. Each is a file fuzz_NAME.c with LLVMFuzzerTestOneInput(), which
 * libFuzzer calls with inputs that it makes up, and replay.c with those of the corpus.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <sockopt/sockopt.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What has to hold, whatever the input. */
#define HOLDS(what) ((what) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #what))

#if defined(__GNUC__)
__attribute__((noreturn))
#endif
void fuzz_fail(const char *file, int line, const char *what);

/* ---- The input, taken from its front --------------------------------------- */

struct input {
	const uint8_t *data;
	size_t len;
};

/* What is not there any more reads as 0. */
void take_bytes(struct input *in, void *to, size_t len);
unsigned int take8(struct input *in);
unsigned int take16(struct input *in);
uint32_t take32(struct input *in);

/* The next len bytes, or as many as there are. */
struct input take_part(struct input *in, size_t len);

/* What stands before the byte, which is passed over; all, where there is none. */
struct input take_until(struct input *in, uint8_t byte);

/* ---- Memory and text --------------------------------------------------------- */

/* Memory of exactly that size, so that nobody reads on unseen. To be freed. */
void *exact(const void *bytes, size_t len);

/* A string of what is there up to the first NUL. To be freed. */
char *string_of(struct input part);

/*
 * The input as struct sockopt_record and its payload, of which there is what is there. To
 * be freed. NULL: there is not even the struct.
 */
struct sockopt_record *record_of(struct input in);

/* Printable ASCII, and those bytes of others. */
int is_plain(const char *text, size_t len, const char *others);

/* Characters of UTF-8; no controls but newlines and tabs. */
int is_text(const char *text, size_t len);

/*
 * Takes the sequences of colours out of a text that ends with a NUL; there may be no others.
 * Returns its new length.
 */
size_t without_colors(char *text, size_t len);

/* ---- What is written ----------------------------------------------------------- */

/*
 * Standard output and standard error lead to memory from begin to end. The texts live until
 * the next begin.
 */
struct written {
	char *text;
	size_t len;
};

extern struct written out, err_out;

void capture_begin(void);
void capture_end(void);

#endif /* FUZZ_H */
