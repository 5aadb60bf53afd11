/* SPDX-License-Identifier: MIT */
/*
 * A hostile program: calls that break the rules of uapi.h one by one, and what must come
 * of each. An honest call is made by its operation and changed by a sweep; the operation
 * says which rules the changed one breaks. A call that breaks none succeeds; another one
 * fails with the error of one of these rules, for uapi.h gives them no order. Either way
 * not a byte changes in memory, in the texts, in a stream or in a file of /proc but those
 * that the call is for.
 *
 * It runs on a stage (stage.h), as a program of 64 or of 32 bits.
 */
#ifndef CALLER_H
#define CALLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sockopt/uapi.h>

#include "stage.h"

#define PAGE 4096
#define ROOM (16 * PAGE)	/* bytes of memory for a value */
#define POISON 0x5a		/* what stands where nobody may write */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

extern struct stage stage;

/* ---- caller.c ---- */

/* Hostile system calls so far, of all processes and threads. */
extern uint32_t *calls;

/* Something that must not be. The first ones are printed; any makes the program fail. */
void failure(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool has_failed(void);

/* Dense sweeps take every n-th step only: this role's, times SKO_SPARSE for slow machines. */
extern unsigned int sparse;
/* This n-th step is to be taken. */
bool is_taken(unsigned int step);

/* ---- caller_errors.c: sets of errnos ---- */

struct errors {
	uint32_t bits[6];
};

void errors_add(struct errors *errors, int error);
void errors_merge(struct errors *errors, const struct errors *more);
bool errors_has(const struct errors *errors, int error);
bool errors_none(const struct errors *errors);
/* "EINVAL or EFAULT", in a buffer of its own. */
const char *errors_text(const struct errors *errors);

/* ---- caller_memory.c: memory that ends where a page begins that nobody may touch ---- */

/* The same pages twice; in front of them, too, is such a page. */
struct memory {
	uint8_t *writable, *readable;	/* where they begin */
	size_t size;
};

extern struct memory value_memory, length_memory;

void memory_make(void);
/* Are these bytes, up to but not including 'end', poison? */
bool memory_is_poison(const uint8_t *start, const uint8_t *end);
/* Addresses where no program has memory, kernel's and others; NULL: that was the last one. */
extern void *const memory_nowhere[];
extern const size_t memory_nowhere_count;

/* ---- caller_state.c ---- */

/* What the files of the stage show is as it was; of some of them it is learned anew. */
bool state_is_unchanged(const char **which);
void state_learn(unsigned int files);
#define STATE_OF(file) (1U << (file))
#define STATE_ALL (STATE_OF(STAGE_FILES) - 1)
/* A file as it is now. */
const char *state_read(enum stage_file file);
/* The last text that a program sent is this; it has a NUL within, as none may. */
bool state_was_sent(const void *text, size_t len);
bool state_has_nul(void);
/* Who reads channel 'message' gets so many bytes: text_of_kernel. */
void state_kernel_text(size_t len);
extern char text_of_kernel[SOCKOPT_TEXT_MAX];
extern size_t text_of_kernel_len;
/* So many records more in the stream, whose first one has this position. */
void state_refill(uint32_t records);
extern uint32_t state_tail;
int state_next_fd(void);

/* ---- op.c: the operations; see op.h ---- */

enum where { IN_MEMORY, READ_ONLY, NOWHERE };

/* A call, and the memory that it finds. */
struct call {
	const struct op *op;
	int fd, level, option;
	uint8_t bytes[ROOM];		/* of the value; poison behind them */
	size_t size;			/* bytes of it that mean something */
	int len;			/* as the kernel is told */
	size_t room;			/* bytes that are there, up to the guard page */
	enum where where;
	void *nowhere;
	enum where length_where;	/* of the length, if it is a get */
	void *length_nowhere;
	size_t length_room;		/* bytes up to the guard page: 4, or else it is odd */
	struct errors foreign;		/* no socket of ours: what comes instead */
};

/* The value as the module is handed it. */
struct value {
	const uint8_t *bytes;
	int len;
	size_t readable, writable;
};

struct verdict {
	struct value value;	/* that is judged */
	struct errors broken;	/* by the rules of the module */
	bool is_handled;	/* it did what was asked */
	int out;		/* bytes that it answered */
	struct errors errors;	/* what the caller may see; none: success, */
	int told;		/* and the length that it sees then */
	bool is_replaced;	/* a BPF program has written to the answer */
};

struct op {
	const char *name;
	bool is_set;
	uint32_t channel, operation;
	const int32_t *socket;
	size_t head;		/* bytes of the struct; 0: a text */
	/* Fill bytes and size; len, if it is not size. */
	void (*make)(struct call *call);
	/* Which rules does it break? If none, or if it is handled all the same: out. */
	void (*judge)(const struct value *value, struct verdict *verdict);
	/* Is this the answer to a get? The words of what is wrong, or NULL. */
	const char *(*answer)(const struct call *call, const uint8_t *bytes);
	/* It was handled, whatever the caller saw: check what it did, and undo that. */
	const char *(*settle)(const struct value *value, const uint8_t *after);
	unsigned int changes;	/* files that show it */
};

extern const struct op *const ops[];
extern const size_t op_count;

/* The one call that there is, made anew. It succeeds, if there is the right to it. */
struct call *call_new(const struct op *op);
/* A word of its value. */
void call_set_word(struct call *call, size_t at, uint32_t word);
/* The value is as long as it says, with memory for just that. */
void call_set_len(struct call *call, int len);

/* ---- caller_rules.c: rules that operations share ---- */

/*
 * The struct of 'known' bytes that begins a value; 'first' bytes in its first version.
 * False: there is none that could be judged further.
 */
bool rules_struct(const struct value *value, size_t first, void *dst, size_t known,
		  struct errors *broken);
void rules_right(struct errors *broken);
void rules_filter(const uint8_t *bytes, size_t len, struct errors *broken);
void rules_text(const struct value *value, size_t at, size_t len, struct errors *broken);
/* A handled get of 'out' bytes. */
void rules_answer(const struct value *value, size_t out, struct verdict *verdict);

/* ---- caller_bpf.c ---- */

bool bpf_is_there(void);
/* Before setsockopt. False: the module is not asked, and the verdict stands. */
bool bpf_before(struct verdict *verdict);
/* After getsockopt. */
void bpf_after(const struct call *call, struct verdict *verdict);

/* ---- caller_call.c ---- */

void call_judge(struct call *call, struct verdict *verdict);
/* Put its value into memory, or where it is to be; the address. */
uint8_t *call_put(const struct call *call);
void *call_put_length(const struct call *call);
/* The system call: 0 or -errno. */
int call_enter(const struct call *call, void *value, void *length);
/* Make it, and see that all is as it must be. */
void call_make(struct call *call);

/* ---- caller_stream.c: calls that are no socket options ---- */

/* One was made, and changed nothing. */
void unharmed(const char *what, unsigned long arg);
/* And it was refused: -1, with one of these errnos, the last one followed by 0. */
void refused(const char *what, unsigned long arg, long ret, ...);

/* ---- The sweeps, one a file ---- */

void lengths_sweep(void);
void members_sweep(void);
void buffers_sweep(void);
void texts_sweep(void);
void numbers_sweep(void);
void sockets_sweep(void);
void flips_sweep(void);
void faults_sweep(void);
void stream_sweep(void);
void map_sweep(void);

#endif /* CALLER_H */
