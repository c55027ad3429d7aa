// SPDX-License-Identifier: MIT
/*
 * Counts what a load consists of, by following each block from its allocation to its free.
 *
 * Live blocks are kept by first frame in a hash map with linear probing. A block that is freed in part is
 * replaced by the buddies that remain:
 *
 *   alloc order 2   [ . . . . ]        free order 0 here
 *                        ^
 *   stays live      [ . . ][ ]_        an order-1 block and an order-0 block
 *
 * Invariants: no two live blocks overlap; live_pages is the sum of their pages; a slot is free iff its order
 * is EMPTY.
 *
 * No state outside the call.
 */
#include "lab/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define EMPTY      0xff
#define FIRST_BITS 12

struct slot {
	uint64_t pfn;
	uint8_t order;
};

struct live {
	struct slot *slots;
	unsigned int bits;
	size_t nr_used;
	uint64_t pages;
	size_t of_order
		[QY_NR_PAGE_ORDERS]; /* live blocks: bounds every search by order */
};

static size_t home_of(const struct live *live, uint64_t pfn)
{
	return (size_t)(pfn * 0x9e3779b97f4a7c15ull >> (64 - live->bits));
}

static size_t mask_of(const struct live *live)
{
	return ((size_t)1 << live->bits) - 1;
}

/* The slot of @pfn, or the free slot where it belongs. */
static struct slot *find(const struct live *live, uint64_t pfn)
{
	size_t i = home_of(live, pfn);

	while (live->slots[i].order != EMPTY && live->slots[i].pfn != pfn)
		i = (i + 1) & mask_of(live);
	return &live->slots[i];
}

static int live_init(struct live *live, unsigned int bits)
{
	live->bits = bits;
	live->slots = malloc(sizeof(struct slot) << bits);
	if (!live->slots)
		return -ENOMEM;
	for (size_t i = 0; i <= mask_of(live); i++)
		live->slots[i].order = EMPTY;
	return 0;
}

static int grow(struct live *live)
{
	struct live bigger = *live;

	if (live_init(&bigger, live->bits + 1))
		return -ENOMEM;
	for (size_t i = 0; i <= mask_of(live); i++)
		if (live->slots[i].order != EMPTY)
			*find(&bigger, live->slots[i].pfn) = live->slots[i];
	free(live->slots);
	*live = bigger;
	return 0;
}

static int insert(struct live *live, uint64_t pfn, unsigned int order)
{
	if (live->nr_used * 2 > mask_of(live) && grow(live))
		return -ENOMEM;
	*find(live, pfn) = (struct slot){ pfn, (uint8_t)order };
	live->nr_used++;
	live->of_order[order]++;
	live->pages += 1ull << order;
	return 0;
}

/* Removes and closes the gap, so that no probe stops early. */
static void erase(struct live *live, struct slot *slot)
{
	size_t mask = mask_of(live), hole = (size_t)(slot - live->slots);

	live->nr_used--;
	live->of_order[slot->order]--;
	live->pages -= 1ull << slot->order;
	for (size_t i = (hole + 1) & mask; live->slots[i].order != EMPTY;
		i = (i + 1) & mask) {
		size_t home = home_of(live, live->slots[i].pfn);

		/* may this one move back to the hole without passing its home? */
		if (((i - home) & mask) >= ((i - hole) & mask)) {
			live->slots[hole] = live->slots[i];
			hole = i;
		}
	}
	live->slots[hole].order = EMPTY;
}

/* The live block that has @pfn in it, or NULL. */
static struct slot *block_around(const struct live *live, uint64_t pfn)
{
	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++) {
		struct slot *slot;

		if (!live->of_order[order])
			continue;
		slot = find(live, pfn & ~((1ull << order) - 1));
		if (slot->order == order)
			return slot;
	}
	return NULL;
}

/* Takes away every live block that begins in [pfn, pfn + 2^order). Returns the pages they had. */
static uint64_t erase_inside(struct live *live, uint64_t pfn, unsigned int order)
{
	uint64_t before = live->pages;

	for (uint64_t end = pfn + (1ull << order); pfn < end; pfn++) {
		struct slot *slot = find(live, pfn);

		if (slot->order != EMPTY)
			erase(live, slot);
	}
	return before - live->pages;
}

/* Shrinks the bigger block at @slot by the part that goes: what remains stays live as buddies. */
static int split(struct live *live, struct slot *slot, uint64_t pfn, unsigned int order)
{
	uint64_t head = slot->pfn;
	unsigned int at = slot->order;

	erase(live, slot);
	while (at-- > order) {
		uint64_t upper = head + (1ull << at);
		uint64_t stays = pfn < upper ? upper : head;

		if (insert(live, stays, at))
			return -ENOMEM;
		head = pfn < upper ? head : upper;
	}
	return 0;
}

static int on_free(
	struct live *live, const struct qy_page_event *ev, struct qy_trace_stats *stats)
{
	uint64_t pages = 1ull << ev->order, known;
	struct slot *slot = block_around(live, ev->pfn);

	stats->nr_frees[ev->order]++;
	stats->pages_freed += pages;
	if (slot && slot->order == ev->order) {
		erase(live, slot);
		return 0;
	}
	if (slot && slot->order > ev->order) {
		stats->nr_splits++;
		return split(live, slot, ev->pfn, ev->order);
	}
	known = live->nr_used ? erase_inside(live, ev->pfn, ev->order) : 0;
	if (known)
		stats->nr_joins++;
	else
		stats->nr_unknown_frees++;
	stats->pages_unknown_freed += pages - known;
	return 0;
}

static int on_alloc(
	struct live *live, const struct qy_page_event *ev, struct qy_trace_stats *stats)
{
	enum qy_gfp_class class = qy_gfp_class(ev->gfp);
	uint64_t pages = 1ull << ev->order, before = live->pages;
	struct slot *slot = block_around(live, ev->pfn);

	stats->nr_allocs[ev->order]++;
	stats->nr_class[class]++;
	stats->class_pages[class] += pages;
	stats->pages_allocated += pages;
	if (slot)
		erase(live, slot);
	if (live->nr_used && ev->order)
		erase_inside(live, ev->pfn, ev->order);
	if (before != live->pages) {
		stats->nr_implied_frees++;
		stats->pages_implied_freed += before - live->pages;
	}
	if (insert(live, ev->pfn, ev->order))
		return -ENOMEM;
	if (live->pages > stats->peak_pages) {
		stats->peak_pages = live->pages;
		stats->peak_ts_ns = ev->ts_ns;
	}
	return 0;
}

int qy_trace_stats(const struct qy_trace *trace, struct qy_trace_stats *stats)
{
	struct live live = { 0 };
	int ret = live_init(&live, FIRST_BITS);

	*stats = (struct qy_trace_stats){ 0 };
	for (size_t i = 0; i < trace->nr_events && !ret; i++) {
		const struct qy_page_event *ev = &trace->events[i];

		ret = ev->kind == QY_EV_ALLOC ? on_alloc(&live, ev, stats)
					      : on_free(&live, ev, stats);
	}
	stats->end_pages = live.pages;
	free(live.slots);
	return ret;
}

enum qy_gfp_class qy_gfp_class(qy_gfp_t gfp)
{
	if (!(gfp & QY___GFP_DIRECT_RECLAIM))
		return gfp & QY___GFP_HIGH ? QY_CLASS_ATOMIC : QY_CLASS_NOWAIT;
	if (gfp & QY___GFP_MOVABLE)
		return QY_CLASS_MOVABLE;
	if (gfp & QY___GFP_RECLAIMABLE)
		return QY_CLASS_RECLAIMABLE;
	return QY_CLASS_UNMOVABLE;
}

const char *qy_gfp_class_name(enum qy_gfp_class class)
{
	static const char *const names[QY_NR_GFP_CLASSES] = {
		[QY_CLASS_ATOMIC] = "atomic",
		[QY_CLASS_NOWAIT] = "nowait",
		[QY_CLASS_MOVABLE] = "movable",
		[QY_CLASS_RECLAIMABLE] = "reclaimable",
		[QY_CLASS_UNMOVABLE] = "unmovable",
	};

	return names[class];
}
