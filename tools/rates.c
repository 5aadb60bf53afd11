/* SPDX-License-Identifier: MIT */
/*
 * Counting: a table for each subject, and the history of the whole.
 */
#include "rates.h"

#include <stdlib.h>
#include <string.h>

/* No pointers: a copy of the bytes is one of its own. */
struct rates {
	struct tally all;
	uint64_t began;
	uint64_t ticked;		/* when the last interval ended */
	uint64_t length;		/* of it, ms; 0: there was none yet */
	double peak;
	size_t intervals;		/* so far */
	double history[RATES_HISTORY];	/* the newest at intervals - 1, modulo */
	struct census censuses[SUBJECTS];
};

/* ---- One of them --------------------------------------------------------- */

struct rates *rates_open(uint64_t now)
{
	struct rates *rates = calloc(1, sizeof(*rates));
	size_t i;

	if (!rates)
		return NULL;
	for (i = 0; i < SUBJECTS; i++)
		census_init(&rates->censuses[i]);
	rates_clear(rates, now);
	return rates;
}

struct rates *rates_copy(const struct rates *rates)
{
	struct rates *copy = malloc(sizeof(*copy));

	if (copy)
		memcpy(copy, rates, sizeof(*copy));
	return copy;
}

void rates_close(struct rates *rates)
{
	free(rates);
}

void rates_clear(struct rates *rates, uint64_t now)
{
	size_t i;

	memset(&rates->all, 0, sizeof(rates->all));
	rates->began = now;
	rates->ticked = now;
	rates->length = 0;
	rates->peak = 0;
	rates->intervals = 0;
	for (i = 0; i < SUBJECTS; i++)
		census_clear(&rates->censuses[i]);
}

/* ---- Counting -------------------------------------------------------------- */

void rates_add(struct rates *rates, const struct sockopt_icmp *icmp)
{
	unsigned int subject;
	struct key key;

	tally_add(&rates->all);
	for (subject = 0; subject < SUBJECTS; subject++)
		if (subject_key(&key, (enum subject)subject, icmp))
			census_add(&rates->censuses[subject], &key);
}

static double per_second(uint64_t packets, uint64_t ms)
{
	return ms ? (double)packets * 1000 / (double)ms : 0;
}

static double rate_of(const struct rates *rates, const struct tally *tally)
{
	return per_second(tally->last, rates->length);
}

void rates_tick(struct rates *rates, uint64_t now)
{
	double rate;
	size_t i;

	tally_tick(&rates->all);
	for (i = 0; i < SUBJECTS; i++)
		census_tick(&rates->censuses[i]);
	rates->length = now > rates->ticked ? now - rates->ticked : 1;
	rates->ticked = now;
	rate = rate_of(rates, &rates->all);
	if (rate > rates->peak)
		rates->peak = rate;
	rates->history[rates->intervals++ % RATES_HISTORY] = rate;
}

/* ---- What came out ----------------------------------------------------------- */

void rates_sum(const struct rates *rates, struct sum *sum)
{
	sum->total = rates->all.total;
	sum->rate = rate_of(rates, &rates->all);
	sum->average = per_second(rates->all.total - rates->all.now,
				  rates->ticked - rates->began);
	sum->peak = rates->peak;
}

double rates_ago(const struct rates *rates, size_t ago)
{
	if (ago >= rates->intervals || ago >= RATES_HISTORY)
		return 0;
	return rates->history[(rates->intervals - 1 - ago) % RATES_HISTORY];
}

static int more(uint64_t one, uint64_t other)
{
	return one > other ? -1 : one < other;
}

static int by_key(const void *a, const void *b)
{
	const struct entry *const *one = a, *const *other = b;

	return memcmp(&(*one)->key, &(*other)->key, sizeof(struct key));
}

static int by_type_name(const void *a, const void *b)
{
	const struct entry *const *one = a, *const *other = b;

	return subject_compare_types(&(*one)->key, &(*other)->key);
}

static int by_total(const void *a, const void *b)
{
	const struct entry *const *one = a, *const *other = b;
	int order = more((*one)->tally.total, (*other)->tally.total);

	return order ? order : by_key(a, b);
}

static int by_rate(const void *a, const void *b)
{
	const struct entry *const *one = a, *const *other = b;
	int order = more((*one)->tally.last, (*other)->tally.last);

	return order ? order : by_total(a, b);
}

typedef int compare_fn(const void *a, const void *b);

static compare_fn *compare_for(enum subject subject, enum order order)
{
	if (order == ORDER_RATE)
		return by_rate;
	if (order == ORDER_TOTAL)
		return by_total;
	return subject == BY_TYPE ? by_type_name : by_key;
}

static void fill(const struct rates *rates, struct row *row, const struct tally *tally)
{
	row->total = tally->total;
	row->rate = rate_of(rates, tally);
}

size_t rates_rows(const struct rates *rates, enum subject subject, enum order order,
		  struct row *rows, size_t max)
{
	const struct census *census = &rates->censuses[subject];
	const struct entry *entries[CENSUS_ENTRIES];
	size_t i;

	for (i = 0; i < census->count; i++)
		entries[i] = &census->entries[i];
	qsort(entries, census->count, sizeof(const struct entry *), compare_for(subject, order));
	for (i = 0; i < census->count && i < max; i++) {
		rows[i].key = entries[i]->key;
		fill(rates, &rows[i], &entries[i]->tally);
	}
	return census->count;
}

int rates_others(const struct rates *rates, enum subject subject, struct row *row)
{
	const struct tally *others = &rates->censuses[subject].others;

	memset(row, 0, sizeof(*row));
	fill(rates, row, others);
	return others->total != 0;
}
