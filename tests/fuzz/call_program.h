/* SPDX-License-Identifier: MIT */
/*
 * A program: calls in order, and behind them, maybe, calls of some threads at once. As text,
 * to be kept and run again:
 *
 *	program INDEX ROUNDS
 *	OPERATION THREAD FAIL NUMBER NUMBER NUMBER NUMBER NUMBER DATA
 *	...
 *	end
 *
 * Numbers are hexadecimal, DATA too ('-': none), with '(N)' for N zero bytes.
 */
#ifndef CALL_PROGRAM_H
#define CALL_PROGRAM_H

#include <stdint.h>
#include <stdio.h>

#define CALLS_MAX 24
#define DATA_MAX 1024
#define NUMBERS 5
#define THREADS 3

struct op;

struct call {
	const struct op *op;
	uint8_t thread;		/* 0: in order; 1 to THREADS: by that one, behind the others */
	uint8_t fail;		/* allocation or copy within it that fails; 0: none */
	uint16_t len;		/* bytes of data */
	uint32_t numbers[NUMBERS];
	uint8_t data[DATA_MAX];
};

struct program {
	unsigned long index;
	unsigned int count;
	unsigned int rounds;	/* of what the threads do */
	struct call calls[CALLS_MAX];
};

void program_print(FILE *to, const struct program *program);

/* 1: there was one; 0: the end; -1: not a program. */
int program_parse(FILE *from, struct program *program);

#endif /* CALL_PROGRAM_H */
