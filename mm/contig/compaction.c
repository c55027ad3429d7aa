// SPDX-License-Identifier: MIT
/*
 * Compaction, by the rules of Linux 6.12: two scanners work towards each other in a zone.
 *
 *   qy_contig_rescue          for the slow path of the page allocator
 *   qy_compact_memory         everything, on request
 *   qy_kcompactd_step         in the background, for those who woke it
 *   qy_kcompactd_proactive    in the background, before anybody needs it; qy_fragmentation_score
 *   qy_compact_node           one node, on request
 *
 *    zone start                                                     zone end
 *   |##..#.|.#..##|......|         ...         |.##...|#.#..#|##.#..|
 *    migrate scanner: movable blocks -->      <-- free scanner: places for them
 *
 * They have met: the zone is done (COMPLETE). A free block of the order that is wanted has appeared: SUCCESS. A zone in
 * which it failed is left alone for the next 2^n attempts of that order or above (deferral).
 *
 * Not done as Linux does it: skip hints and the fast searches of the free lists, which only save scanning; a page freed by
 * compaction goes to the zone, not to a per-CPU list. And nothing is captured: the allocation looks in the free map.
 *
 * Locking: zone->lock to take free frames; a block that moves has its own flags. Positions and deferral are hints, written
 * without a lock.
 */
#include "mm/contig/internal.h"
#include "mm/virt/virt.h"
#include <quarry/compact.h>

/* as Linux numbers them */
#define PRIO_SYNC_LIGHT   1
#define PRIO_ASYNC        2
#define MAX_DEFER_SHIFT   6
#define LARGE_TARGET_SCAN 8 /* pageblocks looked at for a target of order > 0 */

enum compact_result {
	COMPACT_NOT_SUITABLE_ZONE = QY_COMPACT_NOT_SUITABLE_ZONE,
	COMPACT_SKIPPED = QY_COMPACT_SKIPPED,
	COMPACT_DEFERRED = QY_COMPACT_DEFERRED,
	COMPACT_NO_SUITABLE_PAGE = QY_COMPACT_NO_SUITABLE_PAGE,
	COMPACT_CONTINUE = QY_COMPACT_CONTINUE,
	COMPACT_COMPLETE = QY_COMPACT_COMPLETE,
	COMPACT_PARTIAL_SKIPPED = QY_COMPACT_PARTIAL_SKIPPED,
	COMPACT_SUCCESS = QY_COMPACT_SUCCESS,
};

struct compact_control {
	struct migrate_control mc; /* first: targets find their way back */
	struct zone *zone;
	int order; /* -1: as far as it goes */
	enum migratetype migratetype;
	bool async; /* a first try: only where it looks easy */
	bool whole_zone;
	bool proactive;    /* until the zone's score is low enough */
	u32 migrate_frame; /* the next to look at; below it is done */
	u32 free_frame;    /* end of what the free scanner has not looked at */
	u32 nr_free;       /* single frames in hand */
	u32 free[CLUSTER_MAX];
	struct migrate_batch batch;
	u64 migrate_scanned, free_scanned, isolated;
};

static struct compact_control *control_of(struct migrate_control *mc)
{
	return (struct compact_control *)(void *)mc;
}

/* ------------------------------------------------------------------ the free scanner */

static bool scanners_met(const struct compact_control *cc)
{
	return cc->free_frame >> QY_PAGEBLOCK_ORDER <= cc->migrate_frame >>
	       QY_PAGEBLOCK_ORDER;
}

/* A whole free pageblock is what is wanted, not what is filled. */
static bool suitable_target(const struct zone *zone, u32 block)
{
	const struct qy_pageblock *pb = &zone->machine->blocks[block];
	u8 mt = READ_ONCE(pb->migratetype);
	u32 nr_free = READ_ONCE(pb->nr_free);

	return (mt == MIGRATE_MOVABLE || mt == MIGRATE_CMA) && nr_free &&
	       nr_free < BLOCK_FRAMES;
}

static void hold_frame(struct compact_control *cc, u32 frame, unsigned int order)
{
	WRITE_ONCE(cc->mc.m->hot[frame], hot_make(PG_ALLOCATED, order, 0, 1));
	if (cc->mc.m->block_watch)
		cc->mc.m->block_watch->alloc(cc->mc.m, frame, order, QY_GFP_KERNEL);
	cc->isolated += 1u << order;
}

/* Single frames of one pageblock, from its start. zone->lock must be held. */
static void take_singles(struct compact_control *cc, u32 start)
{
	u32 end = start + BLOCK_FRAMES, frame = start, had = cc->nr_free;

	for (; frame < end && cc->nr_free < CLUSTER_MAX; frame++) {
		if (!freemap_test(cc->mc.m, frame))
			continue;
		qy_freemap_take_range(cc->zone, frame, frame + 1);
		hold_frame(cc, frame, 0);
		cc->free[cc->nr_free++] = frame;
	}
	cc->free_scanned += frame - start;
	if (contig_traced(cc->mc.m))
		qy_trace_isolate(cc->mc.m, QY_EVENT_MM_COMPACTION_ISOLATE_FREEPAGES,
			frame_to_pfn(cc->mc.m, start),
			frame_to_pfn(cc->mc.m, start) + (frame - start), frame - start,
			cc->nr_free - had);
}

/* Fills the stock from the next pageblock downwards that has something. Return: false when the scanners have met. */
static bool refill(struct compact_control *cc)
{
	while (!cc->nr_free && !scanners_met(cc)) {
		u32 start = round_down(cc->free_frame - 1, BLOCK_FRAMES);
		u32 block = start >> QY_PAGEBLOCK_ORDER;

		if (start >> QY_PAGEBLOCK_ORDER <= cc->migrate_frame >>
			QY_PAGEBLOCK_ORDER) {
			cc->free_frame = start;
			break;
		}
		if (suitable_target(cc->zone, block)) {
			qy_spin_lock_irqsave(&cc->zone->lock);
			/* asked again: the type may have changed, or the last frame gone */
			if (suitable_target(cc->zone, block) &&
				qy_freemap_commit(cc->zone, start, QY_PAGEBLOCK_ORDER))
				take_singles(cc, start);
			qy_spin_unlock_irqrestore(&cc->zone->lock);
		}
		/* a pageblock that filled the stock may have more */
		if (cc->nr_free < CLUSTER_MAX)
			cc->free_frame = start;
	}
	return cc->nr_free != 0;
}

/* An aligned free run in one pageblock. zone->lock must be held. */
static u32 take_large(struct compact_control *cc, u32 start, unsigned int order)
{
	for (u32 frame = start; frame < start + BLOCK_FRAMES; frame += 1u << order) {
		u32 end = frame + (1u << order);

		if (qy_freemap_first_busy(cc->mc.m, frame, end) < end)
			continue;
		qy_freemap_take_range(cc->zone, frame, end);
		hold_frame(cc, frame, order);
		return frame;
	}
	return NO_FRAME;
}

/* A target of more than one frame, from what the free scanner has still before it. */
static u32 find_large(struct compact_control *cc, unsigned int order)
{
	u32 end = cc->free_frame, frame = NO_FRAME;

	for (unsigned int i = 0; i < LARGE_TARGET_SCAN && frame == NO_FRAME; i++) {
		u32 start = round_down(end - 1, BLOCK_FRAMES);
		u32 block = start >> QY_PAGEBLOCK_ORDER;

		if (block <= cc->migrate_frame >> QY_PAGEBLOCK_ORDER)
			break;
		qy_spin_lock_irqsave(&cc->zone->lock);
		if (suitable_target(cc->zone, block) &&
			qy_freemap_commit(cc->zone, start, QY_PAGEBLOCK_ORDER))
			frame = take_large(cc, start, order);
		qy_spin_unlock_irqrestore(&cc->zone->lock);
		end = start;
	}
	return frame;
}

static u32 compaction_target(
	struct migrate_control *mc, unsigned int order, bool compound)
{
	struct compact_control *cc = control_of(mc);
	struct qy_machine *m = mc->m;
	u32 frame;

	if (!order)
		return cc->nr_free || refill(cc) ? cc->free[--cc->nr_free] : NO_FRAME;
	if (order >= QY_PAGEBLOCK_ORDER)
		return NO_FRAME;
	frame = find_large(cc, order);
	if (frame == NO_FRAME || !compound)
		return frame;
	for (u32 tail = frame + 1; tail < frame + (1u << order); tail++)
		WRITE_ONCE(m->hot[tail], hot_make(PG_TAIL, order, 0, 0));
	store_release(&m->hot[frame], hot_make(PG_ALLOCATED, order, PGF_COMP, 1));
	return frame;
}

static void compaction_target_back(
	struct migrate_control *mc, u32 frame, unsigned int order)
{
	struct compact_control *cc = control_of(mc);

	if (!order && cc->nr_free < CLUSTER_MAX)
		cc->free[cc->nr_free++] = frame;
	else
		qy_free_past_lists(mc->m, frame_to_page(mc->m, frame), order);
}

static void release_free(struct compact_control *cc)
{
	while (cc->nr_free)
		qy_free_past_lists(
			cc->mc.m, frame_to_page(cc->mc.m, cc->free[--cc->nr_free]), 0);
}

/* ------------------------------------------------------------------ the migrate scanner */

static bool suitable_source(const struct compact_control *cc, u32 block)
{
	const struct qy_pageblock *pb = &cc->mc.m->blocks[block];
	u8 mt = READ_ONCE(pb->migratetype);

	/* what a guaranteed area lends would be forgotten for a block that few may have */
	if (READ_ONCE(pb->nr_free) == BLOCK_FRAMES || mt == MIGRATE_ISOLATE ||
		mt == MIGRATE_GUARANTEED)
		return false;
	if (!cc->async)
		return true;
	if (cc->migratetype == MIGRATE_MOVABLE)
		return mt == MIGRATE_MOVABLE || mt == MIGRATE_CMA;
	return mt == cc->migratetype;
}

/* Could [first, last) become one free block? A first try does not move what would not help. */
static bool worth_moving(const struct qy_machine *m, u32 first, u32 last)
{
	while (first < last) {
		u32 hot = READ_ONCE(m->hot[first]);

		if (hot_state(hot) == PG_ALLOCATED) {
			if (!may_move(hot) || hot_refs(hot) != 1)
				return false;
			first += 1u << hot_order(hot);
		} else if (hot_state(hot) == PG_FREE || hot_state(hot) == PG_TAIL ||
			   hot_state(hot) == PG_PCP) {
			first++;
		} else {
			return false;
		}
	}
	return true;
}

/* Collects the block at @frame if it would go. Return: the frame behind it. */
static u32 collect_block(struct compact_control *cc, u32 frame, u32 end)
{
	u32 hot = READ_ONCE(cc->mc.m->hot[frame]);
	u32 nr = hot_state(hot) == PG_ALLOCATED ? 1u << hot_order(hot) : 1;

	/* a block as large as what is wanted would only change places with it */
	if (!may_move(hot) || (cc->order >= 0 && (int)hot_order(hot) >= cc->order) ||
		qy_migrate_look(&cc->mc, frame))
		return min(frame + nr, end);
	if (qy_migrate_in_company(cc->mc.m, frame, hot))
		qy_migrate_queue(&cc->mc, frame);
	else
		batch_add(&cc->batch, frame, hot);
	return min(frame + nr, end);
}

static void move_collected(struct compact_control *cc)
{
	struct migrate_batch *b = &cc->batch;
	u64 before;

	cc->isolated += cc->mc.nr_queued;
	qy_migrate_flush(&cc->mc);
	before = cc->mc.moved + cc->mc.dropped;
	if (!b->nr)
		return;
	cc->isolated += b->nr_frames;
	qy_migrate_batch(&cc->mc, b);
	if (contig_traced(cc->mc.m)) {
		u64 moved = cc->mc.moved + cc->mc.dropped - before;

		qy_trace_moved(cc->mc.m, moved, b->nr_frames - moved);
	}
	b->nr = b->nr_frames = 0;
}

/* Up to a cluster of frames out of the pageblock at migrate_frame; then on to the next one. */
static void scan_block(struct compact_control *cc)
{
	u32 end = round_down(cc->migrate_frame, BLOCK_FRAMES) + BLOCK_FRAMES;
	u32 frame = cc->migrate_frame, scanned;
	u32 step =
		cc->async && cc->order > 0 ? 1u << min(cc->order, QY_PAGEBLOCK_ORDER) : 0;

	if (!suitable_source(cc, frame >> QY_PAGEBLOCK_ORDER)) {
		cc->migrate_frame = end;
		return;
	}
	while (frame < end && cc->batch.nr_frames + cc->mc.nr_queued < CLUSTER_MAX) {
		if (step && !(frame & (step - 1)) &&
			!worth_moving(cc->mc.m, frame, frame + step))
			frame += step;
		else
			frame = collect_block(cc, frame, end);
	}
	scanned = frame - cc->migrate_frame;
	cc->migrate_scanned += scanned;
	if (contig_traced(cc->mc.m))
		qy_trace_isolate(cc->mc.m, QY_EVENT_MM_COMPACTION_ISOLATE_MIGRATEPAGES,
			frame_to_pfn(cc->mc.m, cc->migrate_frame),
			frame_to_pfn(cc->mc.m, cc->migrate_frame) + scanned, scanned,
			cc->batch.nr_frames);
	move_collected(cc);
	cc->migrate_frame = frame;
}

/* ------------------------------------------------------------------ is it enough? */

/* Free blocks of each order, as they are at one moment; right after it they are a hint. */
static void count_free(struct zone *zone, u64 nr[QY_NR_PAGE_ORDERS])
{
	qy_spin_lock_irqsave(&zone->lock);
	for (unsigned int o = 0; o < QY_NR_PAGE_ORDERS; o++)
		nr[o] = zone->free_area[o].nr_free;
	qy_spin_unlock_irqrestore(&zone->lock);
}

/* Free frames and blocks of a zone, and how many of the blocks would serve @order. */
static int fragmentation_index(struct zone *zone, unsigned int order)
{
	u64 pages = 0, blocks = 0, suitable = 0, nr[QY_NR_PAGE_ORDERS];

	count_free(zone, nr);
	for (unsigned int o = 0; o < QY_NR_PAGE_ORDERS; o++) {
		blocks += nr[o];
		pages += nr[o] << o;
		suitable += o >= order ? nr[o] : 0;
	}
	if (!blocks)
		return 0;
	if (suitable)
		return -1000;
	return 1000 - (int)((1000 + (pages * 1000 >> order)) / blocks);
}

/* ------------------------------------------------------------------ scores: what proactive compaction goes by */

/* Per cent of a zone's free memory that is in no block of a huge page's size. */
static u32 zone_score(struct zone *zone)
{
	u64 pages = 0, suitable = 0, nr[QY_NR_PAGE_ORDERS];

	count_free(zone, nr);
	for (unsigned int o = 0; o < QY_NR_PAGE_ORDERS; o++) {
		pages += nr[o] << o;
		suitable += o >= QY_PAGEBLOCK_ORDER ? nr[o] << o : 0;
	}
	return pages ? (u32)((pages - suitable) * 100 / pages) : 0;
}

unsigned int qy_fragmentation_score(const struct qy_machine *m, unsigned int node)
{
	u64 present = 0;
	u32 score = 0;

	if (node >= m->nr_nodes)
		return 0;
	struct zone *zones = &m->zones[node * m->zones_per_node];

	for (u32 i = 0; i < m->zones_per_node; i++)
		present += zones[i].present_pages;
	/* each zone has its share of the node; rounded down one by one, as Linux does it */
	for (u32 i = 0; i < m->zones_per_node; i++)
		if (populated_zone(&zones[i]))
			score += (u32)(zones[i].present_pages * zone_score(&zones[i]) /
				       (present + 1));
	return score;
}

/* A node above the high mark is worked on, each of its zones down to the low one. */
static u32 score_mark(const struct qy_machine *m, bool low)
{
	u32 mark = max(100 - READ_ONCE(m->compaction_proactiveness), 5u);

	return low ? mark : min(mark + 10, 100u);
}

/* ------------------------------------------------------------------ may it begin? */

/* Would this zone have room to move things, and is fragmentation what is wrong with it? */
static enum compact_result suitability(
	struct zone *zone, unsigned int order, unsigned int highest_zone)
{
	u64 mark = wmark_pages(
		zone, order > PAGE_ALLOC_COSTLY_ORDER ? WMARK_LOW : WMARK_MIN);
	int index;

	if (!qy_zone_watermark_ok(zone, 0, mark + (2ull << order), highest_zone,
		    ALLOC_CMA, READ_ONCE(zone->nr_free_pages)))
		return COMPACT_SKIPPED;
	if (order <= PAGE_ALLOC_COSTLY_ORDER)
		return COMPACT_CONTINUE;
	index = fragmentation_index(zone, order);
	return index < 0 || index > (int)READ_ONCE(zone->machine->extfrag_threshold)
		       ? COMPACT_CONTINUE
		       : COMPACT_NOT_SUITABLE_ZONE;
}

static bool compaction_suitable(
	struct zone *zone, unsigned int order, unsigned int highest_zone)
{
	enum compact_result result = suitability(zone, order, highest_zone);

	if (contig_traced(zone->machine))
		qy_trace_compact_answer(
			zone, QY_EVENT_MM_COMPACTION_SUITABLE, (int)order, (int)result);
	return result == COMPACT_CONTINUE;
}

static enum compact_result suit_order(struct zone *zone, unsigned int order,
	unsigned int highest_zone, unsigned int alloc_flags)
{
	u64 mark =
		wmark_pages(zone, (enum zone_watermarks)(alloc_flags & ALLOC_WMARK_MASK));

	if (qy_zone_watermark_ok(zone, order, mark, highest_zone, alloc_flags,
		    READ_ONCE(zone->nr_free_pages)))
		return COMPACT_SUCCESS;
	return compaction_suitable(zone, order, highest_zone) ? COMPACT_CONTINUE
							      : COMPACT_SKIPPED;
}

/* Is there a block now that a request of this type would get, its own or one that it may claim? */
static bool block_appeared(const struct compact_control *cc)
{
	const struct zone *zone = cc->zone;
	u32 own = READ_ONCE(zone->free_orders[cc->migratetype]), others = 0;

	if (cc->migratetype == MIGRATE_MOVABLE)
		own |= READ_ONCE(zone->free_orders[MIGRATE_CMA]);
	for (u32 mt = 0; mt < MIGRATE_PCPTYPES; mt++)
		others |= READ_ONCE(zone->free_orders[mt]);
	/* a movable request claims large blocks only */
	if (cc->migratetype == MIGRATE_MOVABLE)
		others = others >> (QY_PAGEBLOCK_ORDER / 2) << (QY_PAGEBLOCK_ORDER / 2);
	return (own | others) >> cc->order;
}

static enum compact_result check_finished(const struct compact_control *cc)
{
	if (scanners_met(cc))
		return cc->whole_zone ? COMPACT_COMPLETE : COMPACT_PARTIAL_SKIPPED;
	if (cc->proactive)
		return zone_score(cc->zone) > score_mark(cc->mc.m, true)
			       ? COMPACT_CONTINUE
			       : COMPACT_SUCCESS;
	/* a pageblock that was begun is finished: half of it would help nobody */
	if (cc->order < 0 || cc->migrate_frame & (BLOCK_FRAMES - 1))
		return COMPACT_CONTINUE;
	return block_appeared(cc) ? COMPACT_SUCCESS : COMPACT_NO_SUITABLE_PAGE;
}

static enum compact_result compact_finished(const struct compact_control *cc)
{
	enum compact_result result = check_finished(cc);

	if (contig_traced(cc->mc.m))
		qy_trace_compact_answer(cc->zone, QY_EVENT_MM_COMPACTION_FINISHED,
			cc->order, (int)result);
	return result == COMPACT_NO_SUITABLE_PAGE ? COMPACT_CONTINUE : result;
}

/* ------------------------------------------------------------------ deferral */

static void trace_deferral(const struct zone *zone, enum qy_event_kind kind, int order)
{
	if (contig_traced(zone->machine))
		qy_trace_compact_answer(zone, kind, order, 0);
}

static void defer_compaction(struct zone *zone, int order)
{
	WRITE_ONCE(zone->compact_considered, 0);
	WRITE_ONCE(zone->compact_defer_shift,
		min(READ_ONCE(zone->compact_defer_shift) + 1, (u32)MAX_DEFER_SHIFT));
	if (order < READ_ONCE(zone->compact_order_failed))
		WRITE_ONCE(zone->compact_order_failed, order);
	trace_deferral(zone, QY_EVENT_MM_COMPACTION_DEFER_COMPACTION, order);
}

static bool compaction_deferred(struct zone *zone, int order)
{
	u32 limit = 1u << READ_ONCE(zone->compact_defer_shift);
	u32 considered;

	if (order < READ_ONCE(zone->compact_order_failed))
		return false;
	considered = min(READ_ONCE(zone->compact_considered) + 1, limit);
	WRITE_ONCE(zone->compact_considered, considered);
	if (considered >= limit)
		return false;
	trace_deferral(zone, QY_EVENT_MM_COMPACTION_DEFERRED, order);
	return true;
}

/* @allocated: the block was had, so that the zone has not failed at this order any more. */
static void defer_reset(struct zone *zone, int order, bool allocated)
{
	if (allocated) {
		WRITE_ONCE(zone->compact_considered, 0);
		WRITE_ONCE(zone->compact_defer_shift, 0);
	}
	if (order >= READ_ONCE(zone->compact_order_failed))
		WRITE_ONCE(zone->compact_order_failed, order + 1);
	trace_deferral(zone, QY_EVENT_MM_COMPACTION_DEFER_RESET, order);
}

/* ------------------------------------------------------------------ one zone */

static void set_positions(struct compact_control *cc)
{
	struct zone *zone = cc->zone;
	u32 first = zone->first_frame, last = first + zone->nr_frames;
	u32 migrate = READ_ONCE(zone->compact_migrate_frame);
	u32 free = READ_ONCE(zone->compact_free_frame);

	cc->migrate_frame = first;
	cc->free_frame = last;
	if (cc->whole_zone)
		return;
	/* where the last one stopped; from the edges if that was nowhere */
	if (migrate >= first && migrate < last)
		cc->migrate_frame = migrate;
	if (free > first && free <= last)
		cc->free_frame = free;
	if (scanners_met(cc)) {
		cc->migrate_frame = first;
		cc->free_frame = last;
	}
	cc->whole_zone = cc->migrate_frame == first && cc->free_frame == last;
}

static void keep_positions(const struct compact_control *cc)
{
	bool met = scanners_met(cc);

	WRITE_ONCE(cc->zone->compact_migrate_frame, met ? 0 : cc->migrate_frame);
	WRITE_ONCE(cc->zone->compact_free_frame, met ? 0 : cc->free_frame);
}

static void trace_zone(const struct compact_control *cc, enum qy_event_kind kind,
	enum compact_result result)
{
	if (contig_traced(cc->mc.m))
		qy_trace_compact_zone(cc->zone, kind,
			&(struct compact_trace){
				.migrate_frame = cc->migrate_frame,
				.free_frame = cc->free_frame,
				.sync = !cc->async,
				.result = (enum qy_compact_result)result,
			});
}

static enum compact_result compact_zone(struct compact_control *cc)
{
	struct qy_machine *m = cc->mc.m;
	enum compact_result result;

	set_positions(cc);
	trace_zone(cc, QY_EVENT_MM_COMPACTION_BEGIN, COMPACT_CONTINUE);
	while ((result = compact_finished(cc)) == COMPACT_CONTINUE)
		scan_block(cc);
	release_free(cc);
	keep_positions(cc);
	trace_zone(cc, QY_EVENT_MM_COMPACTION_END, result);
	qy_count_events(m, COMPACTMIGRATE_SCANNED, cc->migrate_scanned);
	qy_count_events(m, COMPACTFREE_SCANNED, cc->free_scanned);
	qy_count_events(m, COMPACTISOLATED, cc->isolated);
	return result;
}

static struct compact_control control(struct zone *zone, int order, enum migratetype mt)
{
	return (struct compact_control){
		.mc = { .m = zone->machine,
			.get_target = compaction_target,
			.put_target = compaction_target_back,
			.mode = QY_MIGRATE_SYNC,
			.reason = QY_MR_COMPACTION },
		.zone = zone,
		.order = order,
		.migratetype = mt,
	};
}

/* ------------------------------------------------------------------ for an allocation */

static enum migratetype migratetype_of(const struct qy_machine *m, qy_gfp_t gfp)
{
	if (!m->mobility_grouping || (gfp >> 3 & 3) == 3)
		return MIGRATE_UNMOVABLE;
	return (enum migratetype)(gfp >> 3 & 3);
}

static enum compact_result compact_for(struct zone *zone, qy_gfp_t gfp,
	unsigned int order, unsigned int highest_zone, bool sync)
{
	struct compact_control cc =
		control(zone, (int)order, migratetype_of(zone->machine, gfp));
	unsigned int alloc_flags =
		WMARK_MIN | (cc.migratetype == MIGRATE_MOVABLE ? ALLOC_CMA : 0);
	enum compact_result result;

	if (compaction_deferred(zone, (int)order))
		return COMPACT_DEFERRED;
	result = suit_order(zone, order, highest_zone, alloc_flags);
	if (result != COMPACT_CONTINUE)
		return result;
	cc.async = !sync;
	cc.mc.mode = sync ? QY_MIGRATE_SYNC_LIGHT : QY_MIGRATE_ASYNC;
	return compact_zone(&cc);
}

/* The zones that the request may use, until one has a block for it. */
static enum compact_result compact_zones(
	struct qy_machine *m, qy_gfp_t gfp, unsigned int order, bool sync)
{
	u32 node = qy_cpu_node(m, qy_this_cpu());
	const struct zonelist *list = gfp & QY___GFP_THISNODE
					      ? &m->zonelists_thisnode[node]
					      : &m->zonelists[node];
	unsigned int highest = qy_gfp_zone(m, gfp);
	enum compact_result best = COMPACT_SKIPPED;

	for (u32 i = 0; i < list->nr; i++) {
		struct zone *zone = &m->zones[list->zone[i]];
		enum compact_result result;

		if (zone->type > highest)
			continue;
		result = compact_for(zone, gfp, order, highest, sync);
		best = max(best, result);
		if (result == COMPACT_SUCCESS) {
			defer_reset(zone, (int)order, true);
			break;
		}
		if (sync &&
			(result == COMPACT_COMPLETE || result == COMPACT_PARTIAL_SKIPPED))
			defer_compaction(zone, (int)order);
	}
	return best;
}

static bool rescue_compact(
	struct qy_machine *m, qy_gfp_t gfp, unsigned int order, bool sync)
{
	struct qy_context *self = qy_current();
	u32 flags = self->task_flags;
	enum compact_result result;

	if (contig_traced(m))
		qy_trace_compact_request(
			m, gfp, order, sync ? PRIO_SYNC_LIGHT : PRIO_ASYNC);
	/* whoever compacts does not compact for itself */
	self->task_flags |= PF_MEMALLOC;
	result = compact_zones(m, gfp, order, sync);
	self->task_flags = flags;
	if (result != COMPACT_SKIPPED) {
		qy_count_events(m, COMPACTSTALL, 1);
		qy_count_events(
			m, result == COMPACT_SUCCESS ? COMPACTSUCCESS : COMPACTFAIL, 1);
	}
	return result == COMPACT_SUCCESS;
}

/* ------------------------------------------------------------------ in the background, and on request */

static void rescue_wake_kcompactd(struct zone *zone, unsigned int order)
{
	u32 *wanted = &zone->machine->kcompactd_order[zone->node];
	u32 before = READ_ONCE(*wanted);

	/* order + 1, so that 0 says that nobody did */
	while (before < order + 1 && !qy_cmpxchg32(wanted, &before, order + 1))
		;
	if (!before)
		qy_wake_daemon(zone->machine, QY_KCOMPACTD, zone->node);
	if (contig_traced(zone->machine))
		qy_trace_kcompactd(zone->machine, QY_EVENT_MM_COMPACTION_WAKEUP_KCOMPACTD,
			zone->node, (int)order, zone->type);
}

static void kcompactd_zone(struct zone *zone, unsigned int order)
{
	struct compact_control cc = control(zone, (int)order, MIGRATE_MOVABLE);
	enum compact_result result;

	if (compaction_deferred(zone, (int)order) ||
		suit_order(zone, order, zone->type, WMARK_MIN) != COMPACT_CONTINUE)
		return;
	result = compact_zone(&cc);
	if (result == COMPACT_SUCCESS)
		defer_reset(zone, (int)order, false);
	else
		defer_compaction(zone, (int)order);
	qy_count_events(zone->machine, KCOMPACTD_MIGRATE_SCANNED, cc.migrate_scanned);
	qy_count_events(zone->machine, KCOMPACTD_FREE_SCANNED, cc.free_scanned);
}

int qy_kcompactd_step(struct qy_machine *m, unsigned int node)
{
	u32 wanted;

	if (node >= m->nr_nodes)
		return -1;
	wanted = __atomic_exchange_n(&m->kcompactd_order[node], 0, __ATOMIC_RELAXED);
	if (!wanted)
		return -1;
	qy_count_events(m, KCOMPACTD_WAKE, 1);
	if (contig_traced(m))
		qy_trace_kcompactd(m, QY_EVENT_MM_COMPACTION_KCOMPACTD_WAKE, node,
			(int)wanted - 1, m->zones_per_node - 1);
	for (u32 i = 0; i < m->zones_per_node; i++) {
		struct zone *zone = &m->zones[node * m->zones_per_node + i];

		if (populated_zone(zone))
			kcompactd_zone(zone, wanted - 1);
	}
	if (contig_traced(m))
		qy_trace_kcompactd(m, QY_EVENT_MM_COMPACTION_KCOMPACTD_SLEEP, node, 0, 0);
	return (int)wanted - 1;
}

static void compact_node(struct qy_machine *m, unsigned int node, bool proactive)
{
	for (u32 i = 0; i < m->zones_per_node; i++) {
		struct zone *zone = &m->zones[node * m->zones_per_node + i];
		struct compact_control cc = control(zone, -1, MIGRATE_MOVABLE);

		if (!populated_zone(zone))
			continue;
		cc.whole_zone = true;
		cc.proactive = proactive;
		if (proactive)
			cc.mc.mode = QY_MIGRATE_SYNC_LIGHT;
		compact_zone(&cc);
		if (!proactive)
			continue;
		qy_count_events(m, KCOMPACTD_MIGRATE_SCANNED, cc.migrate_scanned);
		qy_count_events(m, KCOMPACTD_FREE_SCANNED, cc.free_scanned);
	}
}

int qy_compact_node(struct qy_machine *m, unsigned int node)
{
	if (node >= m->nr_nodes)
		return -QY_EINVAL;
	qy_drain_all_pages(m);
	compact_node(m, node, false);
	return 0;
}

void qy_compact_memory(struct qy_machine *m)
{
	qy_drain_all_pages(m);
	for (u32 node = 0; node < m->nr_nodes; node++)
		compact_node(m, node, false);
}

void qy_set_compaction_proactiveness(struct qy_machine *m, u32 percent)
{
	WRITE_ONCE(m->compaction_proactiveness, percent);
	for (u32 node = 0; percent && node < m->nr_nodes; node++) {
		WRITE_ONCE(m->proactive_at_ns[node], 0);
		qy_wake_daemon(m, QY_KCOMPACTD, node);
		if (contig_traced(m))
			qy_trace_kcompactd(m, QY_EVENT_MM_COMPACTION_WAKEUP_KCOMPACTD,
				node, -1, m->zones_per_node - 1);
	}
}

#define PROACTIVE_INTERVAL_NS 500000000ull

uint64_t qy_kcompactd_proactive(struct qy_machine *m, unsigned int node)
{
	u64 now_ns, at_ns, wait_ns = PROACTIVE_INTERVAL_NS;
	u32 before;

	if (node >= m->nr_nodes || !READ_ONCE(m->compaction_proactiveness))
		return 0;
	now_ns = m->port->clock_ns(m->port->ctx);
	at_ns = READ_ONCE(m->proactive_at_ns[node]);
	if (now_ns < at_ns)
		return at_ns - now_ns;
	before = qy_fragmentation_score(m, node);
	if (before > score_mark(m, false)) {
		compact_node(m, node, true);
		/* it did not help: leave the node alone for longer */
		if (qy_fragmentation_score(m, node) >= before)
			wait_ns <<= MAX_DEFER_SHIFT;
	}
	WRITE_ONCE(m->proactive_at_ns[node], now_ns + wait_ns);
	return wait_ns;
}

const struct rescue_ops qy_contig_rescue = {
	.drain = qy_vmalloc_drain,
	.compact = rescue_compact,
	.wake_kcompactd = rescue_wake_kcompactd,
	.make_room = qy_make_room,
};
