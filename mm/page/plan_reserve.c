// SPDX-License-Identifier: MIT
/*
 * The plan's reservations: where each node of /reserved-memory goes, in the order in which Linux 6.12 takes them.
 *
 *   qy_plan_reserve()           takes a range, rounded outwards to pages
 *   qy_plan_reserve_static()    the ranges that the tree names
 *   qy_plan_reserve_dynamic()   finds places for the others, then gives back the pools that cannot be set up
 *   qy_plan_areas()             those of all that movable pages may borrow
 *
 * All named ranges are kept before a place is sought, also those of pools that are given back later. A place without
 * alloc-ranges may lie anywhere in RAM, above the DMA limit too: the highest that is free.
 *
 * No state.
 */
#include "mm/page/boot.h"

#define CMA_ALIGN   PFN_PHYS(BLOCK_FRAMES)
#define CACHE_BYTES 64u /* what Linux aligns to where the tree does not say */

static u64 first_of(const struct qy_range *range)
{
	return round_down(range->base, QY_PAGE_SIZE);
}

static u64 end_of(const struct qy_range *range)
{
	return round_up(range->base + range->size, QY_PAGE_SIZE);
}

int qy_plan_reserve(struct boot_plan *plan, u64 base, u64 size)
{
	const struct qy_range range = { base, size };

	return qy_memblock_add(&plan->mb.reserved, first_of(&range), end_of(&range), 0)
		       ? qy_plan_refuse_full(plan)
		       : 0;
}

/* Notes where reservation @i of the board went, and takes it. */
static int place(struct boot_plan *plan, u32 i, u64 base)
{
	const struct qy_reserved *r = &plan->board->reserved[i];
	const struct qy_range range = { base, r->size };

	plan->placed[i] = range;
	plan->placement[i] = PLACED;
	if (r->flags & QY_RESERVED_NOMAP &&
		qy_memblock_mark(&plan->mb.memory, first_of(&range), end_of(&range),
			MEMBLOCK_NOMAP))
		return qy_plan_refuse_full(plan);
	return qy_plan_reserve(plan, base, r->size);
}

/* ------------------------------------------------------------------ pools that cannot be set up */

static bool pool_fails(const struct boot_plan *plan, u32 i)
{
	const struct qy_reserved *r = &plan->board->reserved[i];
	const struct qy_range *at = &plan->placed[i];
	const u32 area = QY_RESERVED_DMA_POOL | QY_RESERVED_REUSABLE;

	if ((r->flags & area) != area)
		return false;
	return r->flags & QY_RESERVED_NOMAP || (at->base | at->size) & (CMA_ALIGN - 1) ||
	       pool_gives_way(plan->board, r);
}

/* Gives back what place() took, if the pool in it fails. As in memblock, an overlapping range goes with it. */
static int settle(struct boot_plan *plan, u32 i)
{
	const struct qy_range *at = &plan->placed[i];

	if (plan->placement[i] != PLACED || !pool_fails(plan, i))
		return 0;
	plan->placement[i] = PLACED_FREED;
	if (qy_memblock_unmark(
		    &plan->mb.memory, first_of(at), end_of(at), MEMBLOCK_NOMAP) ||
		qy_memblock_remove(&plan->mb.reserved, first_of(at), end_of(at)))
		return qy_plan_refuse_full(plan);
	return 0;
}

/* ------------------------------------------------------------------ static */

static bool touch(const struct qy_range *a, const struct qy_range *b)
{
	return a->base < b->base + b->size && b->base < a->base + a->size;
}

/* RAM that something needs mapped cannot be taken out of the mapping. */
static bool is_busy(const struct boot_plan *plan, const struct qy_range *range)
{
	const struct qy_board *board = plan->board;

	if (!qy_memblock_overlaps(
		    &plan->mb.memory, range->base, range->base + range->size))
		return false;
	if (touch(range, &plan->image))
		return true;
	for (u32 i = 0; i < board->nr_reserved; i++)
		if (plan->placement[i] == PLACED &&
			!(board->reserved[i].flags & QY_RESERVED_NOMAP) &&
			touch(range, &plan->placed[i]))
			return true;
	return false;
}

/* Those of /reserved-memory may lie outside RAM, which costs nothing. */
static int place_static(struct boot_plan *plan, u32 i)
{
	const struct qy_reserved *r = &plan->board->reserved[i];
	const struct qy_range range = { r->base, r->size };

	plan->placed[i] = range;
	if (r->flags & QY_RESERVED_DYNAMIC || r->malformed || !r->size)
		return 0;
	if (!is_of_reserved_memory(r) &&
		!qy_memblock_overlaps(&plan->mb.memory, r->base, r->base + r->size))
		return 0;
	if (r->flags & QY_RESERVED_NOMAP && is_busy(plan, &range)) {
		plan->placement[i] = PLACED_BUSY;
		return 0;
	}
	return place(plan, i, r->base);
}

int qy_plan_reserve_static(struct boot_plan *plan)
{
	const struct qy_board *board = plan->board;

	/* the initrd and /memreserve/ are there before /reserved-memory is read */
	for (u32 i = 0; i < 2 * board->nr_reserved; i++) {
		u32 at = i % board->nr_reserved;
		bool late = i >= board->nr_reserved;

		if (is_of_reserved_memory(&board->reserved[at]) != late)
			continue;

		int err = place_static(plan, at);

		if (err)
			return err;
	}
	return 0;
}

/* ------------------------------------------------------------------ dynamic */

/*
 * Linux seeks upwards where the allowed range begins at or in a dynamic reservation made before and does not end at
 * one, so that neighbours stay together.
 */
static bool seeks_upwards(const struct boot_plan *plan, const struct memblock_want *want)
{
	bool begins = false, ends = false;

	for (u32 i = 0; i < plan->board->nr_reserved; i++) {
		const struct qy_range *r = &plan->placed[i];

		if (!(plan->board->reserved[i].flags & QY_RESERVED_DYNAMIC) ||
			plan->placement[i] == PLACED_NOT || !r->size)
			continue;
		begins |= want->lo >= r->base && want->lo <= r->base + r->size;
		ends |= want->hi >= r->base && want->hi <= r->base + r->size;
	}
	return begins && !ends;
}

static u64 find_dynamic(const struct boot_plan *plan, const struct qy_reserved *r)
{
	const u32 pool = QY_RESERVED_REUSABLE | QY_RESERVED_DMA_POOL | QY_RESERVED_NOMAP;
	const struct qy_range anywhere = { 0, UINT64_MAX };
	const struct qy_range *allowed = r->nr_alloc_ranges ? r->alloc_ranges : &anywhere;
	struct memblock_want want = {
		.size = r->size,
		.align = r->alignment ? r->alignment : CACHE_BYTES,
	};

	if ((r->flags & pool) == (QY_RESERVED_REUSABLE | QY_RESERVED_DMA_POOL))
		want.align = max(want.align, CMA_ALIGN);
	for (u32 i = 0; i < max(r->nr_alloc_ranges, 1u); i++) {
		want.lo = allowed[i].base;
		if (__builtin_add_overflow(allowed[i].base, allowed[i].size, &want.hi))
			want.hi = UINT64_MAX;
		want.bottom_up = r->nr_alloc_ranges && seeks_upwards(plan, &want);

		u64 base = qy_memblock_find(&plan->mb, &want);

		if (base != MEMBLOCK_NOWHERE)
			return base;
	}
	return MEMBLOCK_NOWHERE;
}

static int place_dynamic(struct boot_plan *plan, u32 i)
{
	const struct qy_reserved *r = &plan->board->reserved[i];
	u64 base;
	int err;

	if (!(r->flags & QY_RESERVED_DYNAMIC) || r->malformed)
		return 0;
	base = find_dynamic(plan, r);
	if (base == MEMBLOCK_NOWHERE)
		return 0;
	err = place(plan, i, base);
	return err ? err : settle(plan, i);
}

int qy_plan_reserve_dynamic(struct boot_plan *plan)
{
	u32 nr = plan->board->nr_reserved;
	int err = 0;

	for (u32 i = 0; i < nr && !err; i++)
		err = place_dynamic(plan, i);
	for (u32 i = 0; i < nr && !err; i++)
		err = settle(plan, i);
	return err;
}

/* ------------------------------------------------------------------ areas */

static void add_area(struct boot_plan *plan, const char *name,
	const struct qy_range *range, bool is_default, bool guaranteed)
{
	if (plan->nr_areas == (plan->board->numa ? QY_MAX_CMA_AREAS : 8u)) {
		plan->nr_areas_refused++;
		return;
	}
	plan->area[plan->nr_areas++] = (struct area_plan){
		.name = name,
		.base = range->base,
		.size = range->size,
		.is_default = is_default,
		.guaranteed = guaranteed,
	};
}

static void add_areas_of_tree(struct boot_plan *plan, bool dynamic)
{
	const u32 area = QY_RESERVED_DMA_POOL | QY_RESERVED_REUSABLE;

	for (u32 i = 0; i < plan->board->nr_reserved; i++) {
		const struct qy_reserved *r = &plan->board->reserved[i];

		if (plan->placement[i] == PLACED && (r->flags & area) == area &&
			!(r->flags & QY_RESERVED_MORE) && r->size &&
			!(r->flags & QY_RESERVED_DYNAMIC) == !dynamic)
			add_area(plan, r->name, &plan->placed[i],
				r->flags & QY_RESERVED_CMA_DEFAULT,
				r->flags & QY_RESERVED_GUARANTEED);
	}
}

void qy_plan_areas(struct boot_plan *plan)
{
	add_areas_of_tree(plan, true);
	add_areas_of_tree(plan, false);
	if (plan->cma.size && plan->cma_error == CMA_FITS)
		add_area(plan, "reserved", &plan->cma, true, plan->board->cma_guaranteed);
}
