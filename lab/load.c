// SPDX-License-Identifier: MIT
/*
 * See load.h: a map from pageblock to the frames seen so far, and a vote on the pageblock's type. No state.
 */
#include "lab/load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_ORDER  9
#define BLOCK_FRAMES (1u << BLOCK_ORDER)
#define NR_TYPES     3
#define FIRST_SLOTS  1024u
#define EMPTY        UINT64_MAX

struct seen_block {
	uint64_t number;                    /* pfn >> BLOCK_ORDER, EMPTY */
	uint64_t frames[BLOCK_FRAMES / 64]; /* seen */
	uint64_t stays[BLOCK_FRAMES / 64];  /* held by a block that a scaled load keeps */
	uint32_t votes[NR_TYPES];
};

/* Open addressing, a power of two, at most half full. */
struct seen {
	struct seen_block *slots;
	size_t nr_slots, nr_used;
};

static size_t slot_of(const struct seen *seen, uint64_t number)
{
	size_t slot = (size_t)(number * 0x9e3779b97f4a7c15ull >> 20);

	for (;; slot++) {
		const struct seen_block *b = &seen->slots[slot & (seen->nr_slots - 1)];

		if (b->number == EMPTY || b->number == number)
			return slot & (seen->nr_slots - 1);
	}
}

static int make_slots(struct seen *seen, size_t nr)
{
	struct seen old = *seen;

	seen->slots = malloc(nr * sizeof(*seen->slots));
	if (!seen->slots) {
		*seen = old;
		return -ENOMEM;
	}
	seen->nr_slots = nr;
	for (size_t i = 0; i < nr; i++)
		seen->slots[i] = (struct seen_block){ .number = EMPTY };
	for (size_t i = 0; i < old.nr_slots; i++) {
		if (old.slots[i].number != EMPTY)
			seen->slots[slot_of(seen, old.slots[i].number)] = old.slots[i];
	}
	free(old.slots);
	return 0;
}

/* Return: the pageblock's entry, NULL when the host has no memory. Valid until the next call. */
static struct seen_block *seen_block(struct seen *seen, uint64_t number)
{
	struct seen_block *b;

	if (seen->nr_used >= seen->nr_slots / 2 &&
		make_slots(seen, seen->nr_slots ? seen->nr_slots * 2 : FIRST_SLOTS))
		return NULL;
	b = &seen->slots[slot_of(seen, number)];
	if (b->number == EMPTY) {
		b->number = number;
		seen->nr_used++;
	}
	return b;
}

/* The frames of a block of up to 64 that lie in one word of its pageblock. */
static uint64_t frames_mask(uint64_t pfn, unsigned int order)
{
	if (order >= 6)
		return UINT64_MAX;
	return ((1ull << (1u << order)) - 1) << (pfn & 63);
}

static int add(struct qy_older *older, size_t *room, const struct qy_older_block *block)
{
	if (older->nr == *room) {
		size_t grown = *room ? *room * 2 : 1024;
		void *blocks = realloc(older->blocks, grown * sizeof(*older->blocks));

		if (!blocks)
			return -ENOMEM;
		older->blocks = blocks;
		*room = grown;
	}
	older->blocks[older->nr++] = *block;
	older->pages += 1ull << block->order;
	return 0;
}

/* Marks the frames of @event as seen. Return: how many of them were not, -ENOMEM. */
static long look(struct seen *seen, const struct qy_page_event *event, uint64_t *unseen)
{
	uint64_t end = event->pfn + (1ull << event->order);
	unsigned int step = event->order < 6 ? event->order : 6;
	long nr = 0;

	for (uint64_t pfn = event->pfn; pfn < end; pfn += 1u << step) {
		struct seen_block *b = seen_block(seen, pfn >> BLOCK_ORDER);
		uint64_t mask = frames_mask(pfn, event->order);
		uint64_t *word;

		if (!b)
			return -ENOMEM;
		word = &b->frames[(pfn & (BLOCK_FRAMES - 1)) / 64];
		unseen[(pfn - event->pfn) / 64] = mask & ~*word;
		nr += __builtin_popcountll(mask & ~*word);
		*word |= mask;
		if (event->kind == QY_EV_ALLOC && event->migratetype < NR_TYPES)
			b->votes[event->migratetype]++;
	}
	return nr;
}

static int note_free(struct qy_older *older, size_t *room,
	const struct qy_page_event *event, long nr_unseen, const uint64_t *unseen)
{
	struct qy_older_block block = {
		.pfn = event->pfn, .cpu = event->cpu, .order = event->order
	};
	uint64_t frames = 1ull << event->order;

	if (nr_unseen == (long)frames)
		return add(older, room, &block);
	block.order = 0;
	for (uint64_t i = 0; i < frames && nr_unseen; i++) {
		unsigned int bit = (unsigned int)((event->pfn + i) & 63);

		block.pfn = event->pfn + i;
		if (!(unseen[i / 64] >> bit & 1))
			continue;
		nr_unseen--;
		if (add(older, room, &block))
			return -ENOMEM;
	}
	return 0;
}

/* What stays of the frames of @event, all seen before; @to is what holds from now on. Return: did any stay? */
static bool exchange_stays(struct seen *seen, const struct qy_page_event *event, bool to)
{
	uint64_t end = event->pfn + (1ull << event->order);
	unsigned int step = event->order < 6 ? event->order : 6;
	bool any = false;

	for (uint64_t pfn = event->pfn; pfn < end; pfn += 1u << step) {
		struct seen_block *b = &seen->slots[slot_of(seen, pfn >> BLOCK_ORDER)];
		uint64_t *word = &b->stays[(pfn & (BLOCK_FRAMES - 1)) / 64];
		uint64_t mask = frames_mask(pfn, event->order);

		any |= (*word & mask) != 0;
		*word = to ? *word | mask : *word & ~mask;
	}
	return any;
}

/* What has been kept too little so far, in thousandths of a block, for each order and type; and of older blocks. */
struct share {
	uint32_t thousandths;
	int32_t missing[QY_MAX_PAGE_ORDER + 1][NR_TYPES + 1];
	int32_t older_missing[QY_MAX_PAGE_ORDER + 1];
	uint64_t turn;
};

/* The threshold is drawn anew each time, or a load with a period would lose its one half. */
static bool choose(struct share *share, int32_t *missing)
{
	uint64_t drawn = (++share->turn * 0x9e3779b97f4a7c15ull >> 32) % 1000;

	*missing += (int32_t)share->thousandths;
	if (*missing <= (int32_t)drawn)
		return false;
	*missing -= 1000;
	return true;
}

/* Return: 1 when the event stays, 0, -ENOMEM. */
static int scale_event(
	struct seen *seen, struct share *share, const struct qy_page_event *event)
{
	uint64_t unseen[(1u << QY_MAX_PAGE_ORDER) / 64];
	unsigned int type = event->migratetype < NR_TYPES ? event->migratetype : NR_TYPES;
	long nr = look(seen, event, unseen);
	bool stays;

	if (nr < 0)
		return -ENOMEM;
	if (event->kind == QY_EV_ALLOC) {
		stays = choose(share, &share->missing[event->order][type]);
		exchange_stays(seen, event, stays);
		return stays;
	}
	stays = exchange_stays(seen, event, false);
	if (nr == 1l << event->order)
		stays = choose(share, &share->older_missing[event->order]);
	return stays;
}

int qy_load_scale(struct qy_trace *trace, uint32_t thousandths)
{
	struct share share = { .thousandths = thousandths };
	struct seen seen = { 0 };
	size_t nr = 0;
	int stays = 0;

	for (size_t i = 0; i < trace->nr_events && stays >= 0; i++) {
		stays = scale_event(&seen, &share, &trace->events[i]);
		if (stays > 0)
			trace->events[nr++] = trace->events[i];
	}
	free(seen.slots);
	if (stays < 0)
		return -ENOMEM;
	trace->nr_events = nr;
	return 0;
}

static int compare_blocks(const void *a, const void *b)
{
	const struct qy_older_block *x = a, *y = b;

	return x->pfn < y->pfn ? -1 : x->pfn > y->pfn;
}

static uint8_t vote_of(const struct seen_block *b, bool *known)
{
	uint8_t best = 1;

	for (uint8_t type = 0; type < NR_TYPES; type++) {
		if (b->votes[type] > b->votes[best])
			best = type;
	}
	*known = b->votes[best] > 0;
	return best;
}

static int collect(
	const struct qy_trace *trace, struct seen *seen, struct qy_older *older)
{
	uint64_t unseen[(1u << QY_MAX_PAGE_ORDER) / 64];
	size_t room = 0;

	for (size_t i = 0; i < trace->nr_events; i++) {
		const struct qy_page_event *event = &trace->events[i];
		long nr = look(seen, event, unseen);

		if (nr < 0)
			return -ENOMEM;
		if (nr && event->kind == QY_EV_FREE &&
			note_free(older, &room, event, nr, unseen))
			return -ENOMEM;
	}
	return 0;
}

int qy_load_older(const struct qy_trace *trace, struct qy_older *older)
{
	struct seen seen = { 0 };
	int error;

	*older = (struct qy_older){ 0 };
	error = collect(trace, &seen, older);
	for (size_t i = 0; i < older->nr && !error; i++) {
		struct qy_older_block *block = &older->blocks[i];
		bool known;

		block->migratetype = vote_of(
			&seen.slots[slot_of(&seen, block->pfn >> BLOCK_ORDER)], &known);
		older->nr_typed += known;
	}
	free(seen.slots);
	if (error)
		qy_load_older_free(older);
	else if (older->nr)
		qsort(older->blocks, older->nr, sizeof(*older->blocks), compare_blocks);
	return error;
}

void qy_load_older_free(struct qy_older *older)
{
	free(older->blocks);
	*older = (struct qy_older){ 0 };
}

qy_gfp_t qy_older_gfp(uint8_t migratetype)
{
	static const qy_gfp_t flags[NR_TYPES] = { QY_GFP_KERNEL, QY_GFP_HIGHUSER_MOVABLE,
		QY_GFP_KERNEL | QY___GFP_RECLAIMABLE };

	return flags[migratetype];
}
