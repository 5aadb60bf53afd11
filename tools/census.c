/* SPDX-License-Identifier: MIT */
/*
 * See census.h for how it stays small and quick.
 */
#include "census.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>

#define CREDIT_MAX	255	/* bounds the longest way of the hand */

/* ---- Tallies ------------------------------------------------------------- */

void tally_add(struct tally *tally)
{
	tally->total++;
	tally->now++;
}

void tally_tick(struct tally *tally)
{
	tally->last = tally->now;
	tally->now = 0;
}

static void tally_merge(struct tally *to, const struct tally *from)
{
	to->total += from->total;
	to->now += from->now;
	to->last += from->last;
}

/* ---- Hash ---------------------------------------------------------------- */

static uint64_t rotate(uint64_t word, unsigned int bits)
{
	return word << bits | word >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static void sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

static size_t chain_of(const struct census *census, const struct key *key)
{
	uint64_t words[sizeof(*key) / 8];
	uint64_t v[4] = {
		census->secret[0] ^ 0x736f6d6570736575, census->secret[1] ^ 0x646f72616e646f6d,
		census->secret[0] ^ 0x6c7967656e657261, census->secret[1] ^ 0x7465646279746573,
	};
	size_t i;

	memcpy(words, key, sizeof(words));
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		sip_word(v, words[i]);
	sip_word(v, (uint64_t)sizeof(words) << 56);
	v[2] ^= 0xff;
	for (i = 0; i < 3; i++)
		sip_round(v);
	return (size_t)(v[0] ^ v[1] ^ v[2] ^ v[3]) & (CENSUS_CHAINS - 1);
}

/* ---- Entries --------------------------------------------------------------- */

static struct entry *find(struct census *census, size_t chain, const struct key *key)
{
	unsigned int at;

	for (at = census->chains[chain]; at; at = census->entries[at - 1].next)
		if (!memcmp(&census->entries[at - 1].key, key, sizeof(*key)))
			return &census->entries[at - 1];
	return NULL;
}

static void unlink_entry(struct census *census, size_t index)
{
	struct entry *entry = &census->entries[index];
	uint16_t *link = &census->chains[chain_of(census, &entry->key)];

	while (*link != index + 1)
		link = &census->entries[*link - 1].next;
	*link = entry->next;
}

static size_t move_hand(struct census *census)
{
	size_t index = census->hand;

	census->hand = (index + 1) % CENSUS_ENTRIES;
	return index;
}

/* Frees the least active entry that the hand meets, and returns its index. */
static size_t make_room(struct census *census)
{
	size_t index = move_hand(census);

	while (census->entries[index].credit) {
		census->entries[index].credit--;
		index = move_hand(census);
	}
	unlink_entry(census, index);
	tally_merge(&census->others, &census->entries[index].tally);
	return index;
}

static struct entry *add_entry(struct census *census, size_t chain, const struct key *key)
{
	size_t index = census->count < CENSUS_ENTRIES ? census->count++ : make_room(census);
	struct entry *entry = &census->entries[index];

	memset(entry, 0, sizeof(*entry));
	entry->key = *key;
	entry->next = census->chains[chain];
	census->chains[chain] = (uint16_t)(index + 1);
	return entry;
}

/* ---- Table ----------------------------------------------------------------- */

void census_init(struct census *census)
{
	/* a kernel without random numbers yet: better than nothing */
	if (getrandom(census->secret, sizeof(census->secret), GRND_NONBLOCK) !=
	    (ssize_t)sizeof(census->secret))
		census->secret[0] = (uint64_t)time(NULL);
	census_clear(census);
}

void census_clear(struct census *census)
{
	census->count = 0;
	census->hand = 0;
	memset(&census->others, 0, sizeof(census->others));
	memset(census->chains, 0, sizeof(census->chains));
}

void census_add(struct census *census, const struct key *key)
{
	size_t chain = chain_of(census, key);
	struct entry *entry = find(census, chain, key);

	if (!entry)
		entry = add_entry(census, chain, key);
	tally_add(&entry->tally);
	if (entry->credit < CREDIT_MAX)
		entry->credit++;
}

void census_tick(struct census *census)
{
	size_t i;

	for (i = 0; i < census->count; i++)
		tally_tick(&census->entries[i].tally);
	tally_tick(&census->others);
}
