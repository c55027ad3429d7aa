// SPDX-License-Identifier: MIT
/*
 * Type selection inside one zone: own blocks, CMA, then another type's, by Linux 6.12's rules.
 *
 *   qy_rmqueue_buddy_locked   one block
 *   qy_rmqueue_bulk           the refill of a per-CPU list
 *   qy_reserve_highatomic     a pageblock is set aside for requests that cannot sleep
 *   qy_unreserve_highatomic   and given back when memory runs out
 *
 * Taking from another type either claims (the pageblock changes type, with all its free blocks) or steals (one block,
 * the pageblock keeps its type).
 *
 * Policy "quarry" comes here with ALLOC_OWN_TYPE first, then has room made by moving pages (rescue_ops), and falls back
 * by the same rules only where that gained nothing. A movable request then takes as little as it can, never a pageblock
 * in use: its pages are to leave again.
 *
 * Locking: zone->lock.
 */
#include "mm/page/internal.h"

#define HALF_BLOCK (BLOCK_FRAMES / 2)

static const u8 fallbacks[MIGRATE_PCPTYPES][2] = {
	[MIGRATE_UNMOVABLE] = { MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE },
	[MIGRATE_MOVABLE] = { MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE },
	[MIGRATE_RECLAIMABLE] = { MIGRATE_UNMOVABLE, MIGRATE_MOVABLE },
};

/* Fragmentation is met by reclaiming more next time: the watermarks rise by a pageblock, up to a bound. */
static bool boost_watermark(struct zone *zone)
{
	u64 high = READ_ONCE(zone->_watermark[WMARK_HIGH]);
	u32 factor = READ_ONCE(zone->machine->watermark_boost_factor);

	/* a small zone would be boosted beyond what reclaim can keep */
	if (!factor || !high || BLOCK_FRAMES * 4 > zone_managed_pages(zone))
		return false;
	u64 most = max(high * factor / 10000, (u64)BLOCK_FRAMES);

	WRITE_ONCE(
		zone->watermark_boost, min(zone->watermark_boost + BLOCK_FRAMES, most));
	return true;
}

static bool block_inside_zone(const struct zone *zone, u32 block)
{
	u64 first = frame_to_pfn(zone->machine, block << QY_PAGEBLOCK_ORDER);

	return first >= zone->zone_start_pfn &&
	       first + BLOCK_FRAMES <= zone->zone_start_pfn + zone->spanned_pages;
}

/* Frames in use in a pageblock that are marked as a user's. */
static u32 movable_in_block(const struct qy_machine *m, u32 block)
{
	u32 frame = block << QY_PAGEBLOCK_ORDER, end = frame + BLOCK_FRAMES, nr = 0;

	while (frame < end) {
		u32 hot = READ_ONCE(m->hot[frame]);
		u32 frames = hot_state(hot) == PG_ALLOCATED ? 1u << hot_order(hot) : 1;

		frames = min(frames, end - frame);
		if (hot_state(hot) == PG_ALLOCATED && hot_flags(hot) & PGF_MOVABLE)
			nr += frames;
		frame += frames;
	}
	return nr;
}

/* Is at least half of the pageblock free, or in use by requests of @mt's kind? */
static bool mostly_ours(
	const struct zone *zone, u32 block, enum migratetype mt, enum migratetype theirs)
{
	const struct qy_machine *m = zone->machine;
	u32 free = m->blocks[block].nr_free;
	u32 movable = movable_in_block(m, block);
	u32 alike = 0;

	if (mt == MIGRATE_MOVABLE)
		alike = movable;
	else if (theirs == MIGRATE_MOVABLE)
		alike = BLOCK_FRAMES - free - movable;
	return free + alike >= HALF_BLOCK || !m->mobility_grouping;
}

/* May a block of @order change its pageblock's type for a request of @mt? */
static bool may_claim(const struct qy_machine *m, unsigned int order, enum migratetype mt)
{
	if (m->own_first && mt == MIGRATE_MOVABLE && order < QY_PAGEBLOCK_ORDER)
		return false;
	if (order >= QY_PAGEBLOCK_ORDER / 2)
		return true;
	return mt == MIGRATE_UNMOVABLE || mt == MIGRATE_RECLAIMABLE ||
	       !m->mobility_grouping;
}

static void trace_extfrag(const struct zone *zone, u32 frame, unsigned int order,
	enum migratetype mt, unsigned int found, enum migratetype theirs, bool claimed)
{
	trace_event(zone->machine, &(struct qy_event){
					   .kind = QY_EVENT_MM_PAGE_ALLOC_EXTFRAG,
					   .pfn = frame_to_pfn(zone->machine, frame),
					   .cpu = qy_this_cpu(),
					   .order = (u8)order,
					   .migratetype = (u8)mt,
					   .fallback_order = (u8)found,
					   .fallback_migratetype = (u8)theirs,
					   .change_ownership = claimed,
				   });
}

/* Takes @order out of a free block of another type, claiming the pageblock where the rules allow it. */
static u32 steal(struct zone *zone, unsigned int found, enum migratetype theirs,
	unsigned int order, enum migratetype mt, unsigned int alloc_flags, bool claim)
{
	u32 frame = qy_freemap_first(zone, found, theirs);
	u32 block = frame >> QY_PAGEBLOCK_ORDER;
	bool claimed = false;

	/* a failed allocation changes no type and raises no watermark */
	if (!qy_freemap_commit(zone, frame, order))
		return NO_FRAME;
	if (found >= QY_PAGEBLOCK_ORDER) {
		qy_set_pageblock_migratetype(zone, block, mt);
		claimed = true;
	} else {
		if (boost_watermark(zone) && alloc_flags & ALLOC_KSWAPD)
			atomic_fetch_or(&zone->flags, ZONE_BOOSTED_WATERMARK);
		if (claim && block_inside_zone(zone, block) &&
			mostly_ours(zone, block, mt, theirs)) {
			qy_set_pageblock_migratetype(zone, block, mt);
			claimed = true;
		}
	}
	if (claimed && found < QY_PAGEBLOCK_ORDER)
		frame = qy_freemap_take(zone, order, mt);
	else if (!qy_freemap_take_from(zone, frame, found, order))
		frame = NO_FRAME;
	if (frame != NO_FRAME)
		trace_extfrag(zone, frame, order, mt, found, theirs, claimed);
	return frame;
}

/* The first of the two fallback types that has a block of exactly @order; -1 = none. */
static int fallback_at(const struct zone *zone, enum migratetype mt, unsigned int order)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(fallbacks[mt]); i++)
		if (zone->free_orders[fallbacks[mt][i]] >> order & 1)
			return fallbacks[mt][i];
	return -1;
}

/*
 * Largest block first: it leaves the fewest pageblocks mixed. A movable request that may not claim takes the smallest
 * instead, since its own page can be moved away later.
 */
static u32 rmqueue_fallback(struct zone *zone, unsigned int order, enum migratetype mt,
	unsigned int alloc_flags)
{
	int least = (int)order;

	if (order < QY_PAGEBLOCK_ORDER && alloc_flags & ALLOC_NOFRAGMENT)
		least = QY_PAGEBLOCK_ORDER;
	for (int found = QY_MAX_PAGE_ORDER; found >= least; found--) {
		int theirs = fallback_at(zone, mt, (unsigned int)found);
		bool claim = may_claim(zone->machine, (unsigned int)found, mt);

		if (theirs < 0)
			continue;
		if (claim || mt != MIGRATE_MOVABLE || found == (int)order)
			return steal(zone, (unsigned int)found, (enum migratetype)theirs,
				order, mt, alloc_flags, claim);
		for (found = (int)order;
			(theirs = fallback_at(zone, mt, (unsigned int)found)) < 0;)
			found++;
		return steal(zone, (unsigned int)found, (enum migratetype)theirs, order,
			mt, alloc_flags, false);
	}
	return NO_FRAME;
}

/* A block of its own list, or of CMA: those of other types have their own event. */
static noinline void trace_taken(
	const struct zone *zone, u32 frame, unsigned int order, enum migratetype mt)
{
	if (frame != NO_FRAME)
		trace_event(zone->machine,
			&(struct qy_event){
				.kind = QY_EVENT_MM_PAGE_ALLOC_ZONE_LOCKED,
				.pfn = frame_to_pfn(zone->machine, frame),
				.cpu = qy_this_cpu(),
				.order = (u8)order,
				.migratetype = shown_migratetype((u8)mt),
				.percpu_refill =
					mt < MIGRATE_PCPTYPES &&
					qy_pcp_allowed_order(zone->machine->board, order),
			});
}

static u32 take(struct zone *zone, unsigned int order, enum migratetype mt)
{
	u32 frame = qy_freemap_take(zone, order, mt);

	if (unlikely(zone->machine->trace))
		trace_taken(zone, frame, order, mt);
	return frame;
}

/* A stock of blocks of the own type, for requests that cannot wait for room to be made. */
static void watch_stock(struct zone *zone, enum migratetype mt)
{
	u64 frames = 0;

	if (mt == MIGRATE_MOVABLE || READ_ONCE(zone->room_wanted) >> mt & 1)
		return;
	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++)
		frames += zone->free_area[order].nr_type[mt] << order;
	if (frames < ROOM_LOW)
		atomic_fetch_or(&zone->room_wanted, 1u << mt);
}

static bool prefer_cma(const struct zone *zone, unsigned int alloc_flags)
{
	u64 guaranteed = zone->nr_free_guaranteed;

	return alloc_flags & ALLOC_CMA &&
	       zone->nr_free_cma - guaranteed > (zone->nr_free_pages - guaranteed) / 2;
}

static u32 rmqueue_by_type(struct zone *zone, unsigned int order, enum migratetype mt,
	unsigned int alloc_flags)
{
	u32 frame = NO_FRAME;

	/* nobody else may have those, and they go back without a copy */
	if (alloc_flags & ALLOC_DROPPABLE)
		frame = take(zone, order, MIGRATE_GUARANTEED);
	if (frame == NO_FRAME && prefer_cma(zone, alloc_flags))
		frame = take(zone, order, MIGRATE_CMA);
	if (frame == NO_FRAME)
		frame = take(zone, order, mt);
	if (frame == NO_FRAME && alloc_flags & ALLOC_CMA)
		frame = take(zone, order, MIGRATE_CMA);
	if (frame == NO_FRAME && !(alloc_flags & ALLOC_OWN_TYPE))
		frame = rmqueue_fallback(zone, order, mt, alloc_flags);
	if (unlikely(zone->machine->own_first))
		watch_stock(zone, mt);
	return frame;
}

u32 qy_rmqueue_buddy_locked(struct zone *zone, unsigned int order, enum migratetype mt,
	unsigned int alloc_flags)
{
	u32 frame = NO_FRAME;

	lockdep_assert_held(&zone->lock);
	if (alloc_flags & ALLOC_HIGHATOMIC)
		frame = take(zone, order, MIGRATE_HIGHATOMIC);
	if (frame == NO_FRAME)
		frame = rmqueue_by_type(zone, order, mt, alloc_flags);
	if (frame == NO_FRAME && alloc_flags & (ALLOC_OOM | ALLOC_NON_BLOCK) &&
		!(alloc_flags & ALLOC_OWN_TYPE))
		frame = take(zone, order, MIGRATE_HIGHATOMIC);
	return frame;
}

/* As rmqueue_by_type() @nr times; the common case, blocks of the own type, goes to the free map in one call. */
u32 qy_rmqueue_bulk(struct zone *zone, unsigned int order, u32 nr, enum migratetype mt,
	unsigned int alloc_flags, void (*fn)(void *arg, u32 frame), void *arg)
{
	u32 done = 0;

	qy_spin_lock_irqsave(&zone->lock);
	while (done < nr) {
		/* a watcher is told of each block: one by one then */
		if (!prefer_cma(zone, alloc_flags) && likely(!zone->machine->trace))
			done += qy_freemap_take_bulk(zone, order, mt, nr - done, fn, arg);
		if (done == nr)
			break;
		u32 frame = rmqueue_by_type(zone, order, mt, alloc_flags);

		if (frame == NO_FRAME)
			break;
		fn(arg, frame);
		done++;
	}
	if (unlikely(zone->machine->own_first))
		watch_stock(zone, mt);
	qy_spin_unlock_irqrestore(&zone->lock);
	return done;
}

/* ------------------------------------------------------------------ the highatomic reserve */

void qy_reserve_highatomic(struct zone *zone, u32 frame, unsigned int order)
{
	u64 hundredth = zone_managed_pages(zone) / 100;
	u32 block = frame >> QY_PAGEBLOCK_ORDER;
	u64 frames = max(BLOCK_FRAMES, 1u << order);

	if (hundredth < BLOCK_FRAMES)
		return;
	u64 most = round_up(hundredth, (u64)BLOCK_FRAMES);

	if (READ_ONCE(zone->nr_reserved_highatomic) >= most)
		return;
	qy_spin_lock_irqsave(&zone->lock);
	if (zone->nr_reserved_highatomic < most &&
		migratetype_is_mergeable(zone->machine->blocks[block].migratetype) &&
		block_inside_zone(zone, block)) {
		for (u32 b = block; b < block + frames / BLOCK_FRAMES; b++)
			qy_set_pageblock_migratetype(zone, b, MIGRATE_HIGHATOMIC);
		WRITE_ONCE(zone->nr_reserved_highatomic,
			zone->nr_reserved_highatomic + frames);
	}
	qy_spin_unlock_irqrestore(&zone->lock);
}

bool qy_unreserve_highatomic(struct zone *zone, enum migratetype mt, bool force)
{
	bool gave = false;

	if (!READ_ONCE(zone->nr_reserved_highatomic) ||
		(!force && READ_ONCE(zone->nr_reserved_highatomic) <= BLOCK_FRAMES))
		return false;
	qy_spin_lock_irqsave(&zone->lock);
	int order = qy_freemap_smallest(zone, MIGRATE_HIGHATOMIC, 0, QY_MAX_PAGE_ORDER);

	if (order >= 0) {
		u32 frame =
			qy_freemap_first(zone, (unsigned int)order, MIGRATE_HIGHATOMIC);
		u64 frames = max(BLOCK_FRAMES, 1u << order);

		frames = min(frames, zone->nr_reserved_highatomic);
		qy_set_pageblock_migratetype(zone, frame >> QY_PAGEBLOCK_ORDER, mt);
		WRITE_ONCE(zone->nr_reserved_highatomic,
			zone->nr_reserved_highatomic - frames);
		gave = true;
	}
	qy_spin_unlock_irqrestore(&zone->lock);
	return gave;
}
