// SPDX-License-Identifier: MIT
/*
 * Fallback by migration (policy "quarry"): where an unmovable request finds no block of its type, movable pages leave for
 * it, so that unmovable memory stays together in few pageblocks.
 *
 *   qy_make_room              on demand, for a request that may sleep (rescue_ops)
 *   qy_make_room_step         in the background: a stock for those that may not
 *   qy_room_counts
 *
 *   1. evict      unmovable pageblock  |uuMuuM.MuMu|  -->  |uu.uu...u.u|     movable squatters go
 *   2. evacuate   no such one: the freest movable pageblock becomes unmovable, and its pages go:
 *                                      |M..M.M..M..|  -->  |...........|
 *
 * They go to free movable frames of the same zone, else to CMA, so NR_FREE and the watermarks stay as they are. Pages are
 * moved as they are needed, a batch at a time; what stays is found again by the next request. When nothing could be
 * moved the request falls back by Linux's rules, and the zone is left alone for the next 2^n requests.
 *
 * Locking: zone->lock for a target and for a pageblock's type; none is held over a move. All that is read without it is
 * read again under it, or a hint.
 */
#include "mm/contig/internal.h"
#include <quarry/compact.h>

#define BATCH           64u  /* frames moved before it is asked whether that suffices */
#define WORTH_EVICTING  8u   /* movable frames in a pageblock */
#define PLENTY          128u /* a pageblock with so many is not compared with others */
#define MOST_LOOKED     64u  /* pageblocks looked into for one request */
#define NR_CANDIDATES   8u
#define MAX_DEFER_SHIFT 6
#define MOST_ROUNDS     16u
#define NO_BLOCK        UINT32_MAX

struct room {
	struct migrate_control mc; /* first: targets find their way back */
	struct zone *zone;
	unsigned int order; /* a block of this one is wanted */
	u32 stock;          /* and so many free frames */
	enum migratetype migratetype;
};

static u64 gained(const struct room *r)
{
	return r->mc.moved + r->mc.dropped;
}

static u64 free_of_type(const struct zone *zone, enum migratetype mt)
{
	u64 frames = 0;

	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++)
		frames += READ_ONCE(zone->free_area[order].nr_type[mt]) << order;
	return frames;
}

static bool has_room(const struct room *r)
{
	return READ_ONCE(r->zone->free_orders[r->migratetype]) >> r->order &&
	       (!r->stock || free_of_type(r->zone, r->migratetype) >= r->stock);
}

/* A whole free pageblock is claimed without moving anything, also by who cannot wait. */
static bool has_whole_block(const struct zone *zone)
{
	u32 orders = 0;

	for (unsigned int mt = 0; mt < MIGRATE_PCPTYPES; mt++)
		orders |= READ_ONCE(zone->free_orders[mt]);
	return orders >> QY_PAGEBLOCK_ORDER;
}

/* ------------------------------------------------------------------ where pages go */

static u32 room_target(struct migrate_control *mc, unsigned int order, bool compound)
{
	struct zone *zone = ((struct room *)(void *)mc)->zone;
	struct qy_machine *m = mc->m;
	u32 frame;

	qy_spin_lock_irqsave(&zone->lock);
	frame = qy_freemap_take(zone, order, MIGRATE_MOVABLE);
	if (frame == NO_FRAME)
		frame = qy_freemap_take(zone, order, MIGRATE_CMA);
	if (frame != NO_FRAME) {
		WRITE_ONCE(m->hot[frame], hot_make(PG_ALLOCATED, order, 0, 1));
		if (m->block_watch)
			m->block_watch->alloc(m, frame, order, QY_GFP_KERNEL);
	}
	qy_spin_unlock_irqrestore(&zone->lock);
	if (frame == NO_FRAME || !compound)
		return frame;
	for (u32 tail = frame + 1; tail < frame + (1u << order); tail++)
		WRITE_ONCE(m->hot[tail], hot_make(PG_TAIL, order, 0, 0));
	store_release(&m->hot[frame], hot_make(PG_ALLOCATED, order, PGF_COMP, 1));
	return frame;
}

static void room_target_back(struct migrate_control *mc, u32 frame, unsigned int order)
{
	qy_free_past_lists(mc->m, frame_to_page(mc->m, frame), order);
}

/* ------------------------------------------------------------------ what a pageblock holds */

struct block_use {
	u32 movable; /* frames of blocks that look as if they could go */
	u32 stuck;   /* frames that stay whatever is done */
};

static struct block_use look_into(const struct qy_machine *m, u32 block)
{
	u32 frame = block << QY_PAGEBLOCK_ORDER, end = frame + BLOCK_FRAMES;
	struct block_use use = { 0, 0 };

	while ((frame = qy_freemap_first_busy(m, frame, end)) < end) {
		u32 hot = READ_ONCE(m->hot[frame]), nr = 1;

		if (hot_state(hot) == PG_ALLOCATED) {
			nr = min(1u << hot_order(hot), end - frame);
			if (may_move(hot) && hot_refs(hot) == 1 &&
				hot_order(hot) <= QY_PAGEBLOCK_ORDER)
				use.movable += nr;
			else
				use.stuck += nr;
		} else if (hot_state(hot) > PG_TAIL) {
			use.stuck++;
		}
		frame += nr;
	}
	return use;
}

static u32 first_block(const struct zone *zone)
{
	return zone->first_frame >> QY_PAGEBLOCK_ORDER;
}

static u32 nr_blocks(const struct zone *zone)
{
	return zone->nr_frames >> QY_PAGEBLOCK_ORDER;
}

/* ------------------------------------------------------------------ emptying one */

/* Moves pages out of the pageblock until the request has room, and a batch for the next ones. */
static void empty_block(struct room *r, u32 block)
{
	struct qy_machine *m = r->mc.m;
	u32 frame = block << QY_PAGEBLOCK_ORDER, end = frame + BLOCK_FRAMES;
	u64 before = gained(r);

	while ((frame = qy_freemap_first_busy(m, frame, end)) < end) {
		u32 hot = READ_ONCE(m->hot[frame]);

		if (may_move(hot) && hot_order(hot) <= QY_PAGEBLOCK_ORDER &&
			qy_migrate_block(&r->mc, frame) == -QY_ENOMEM)
			break;
		frame += hot_state(hot) == PG_ALLOCATED ? 1u << hot_order(hot) : 1;
		if (gained(r) - before >= BATCH && has_room(r))
			break;
	}
}

/* ------------------------------------------------------------------ 1. evict */

/* A pageblock of the request's type with many movable frames in it; NO_BLOCK: none worth the work. */
static u32 find_squatted(const struct room *r)
{
	const struct zone *zone = r->zone;
	const struct qy_pageblock *blocks = &r->mc.m->blocks[first_block(zone)];
	u32 nr = nr_blocks(zone), at = READ_ONCE(zone->room_block), looked = 0;
	u32 best = NO_BLOCK, most = WORTH_EVICTING - 1;

	for (u32 i = 0; i < nr && most < PLENTY && looked < MOST_LOOKED; i++, at++) {
		struct block_use use;

		at = at < nr ? at : 0;
		if (READ_ONCE(blocks[at].migratetype) != r->migratetype ||
			READ_ONCE(blocks[at].nr_free) == BLOCK_FRAMES)
			continue;
		looked++;
		use = look_into(r->mc.m, first_block(zone) + at);
		if (use.movable > most) {
			best = at;
			most = use.movable;
		}
	}
	return best;
}

static void evict(struct room *r)
{
	u32 at = find_squatted(r);
	u64 before = gained(r);

	if (at == NO_BLOCK)
		return;
	empty_block(r, first_block(r->zone) + at);
	/* the rest of it next time; but not what does not move */
	WRITE_ONCE(r->zone->room_block, gained(r) > before ? at : at + 1);
}

/* ------------------------------------------------------------------ 2. evacuate */

/* The freest movable pageblocks, freest first. Return: how many. */
static u32 find_freest(const struct zone *zone, u32 candidate[NR_CANDIDATES])
{
	const struct qy_pageblock *blocks = zone->machine->blocks;
	u32 nr = 0;

	for (u32 b = first_block(zone); b < first_block(zone) + nr_blocks(zone); b++) {
		u32 at, nr_free = READ_ONCE(blocks[b].nr_free);

		if (READ_ONCE(blocks[b].migratetype) != MIGRATE_MOVABLE || !nr_free ||
			nr_free == BLOCK_FRAMES || blocks[b].present != BLOCK_FRAMES)
			continue;
		if (nr == NR_CANDIDATES &&
			nr_free <= READ_ONCE(blocks[candidate[nr - 1]].nr_free))
			continue;
		at = nr < NR_CANDIDATES ? nr++ : nr - 1;
		for (; at && READ_ONCE(blocks[candidate[at - 1]].nr_free) < nr_free; at--)
			candidate[at] = candidate[at - 1];
		candidate[at] = b;
	}
	return nr;
}

/* The freest one that can be emptied as a whole; else the one of them in which least stays, if that is not half of it. */
static u32 choose_movable(const struct room *r, struct block_use *use)
{
	u32 candidate[NR_CANDIDATES], nr = find_freest(r->zone, candidate);
	u32 best = NO_BLOCK, least = BLOCK_FRAMES / 2;

	for (u32 i = 0; i < nr && least; i++) {
		struct block_use found = look_into(r->mc.m, candidate[i]);

		if (found.stuck >= least || !found.movable)
			continue;
		best = candidate[i];
		least = found.stuck;
		*use = found;
	}
	return best;
}

/* Return: it was of type @from and is of type @to now. */
static bool change_type(
	struct zone *zone, u32 block, enum migratetype from, enum migratetype to)
{
	bool changed;

	qy_spin_lock_irqsave(&zone->lock);
	changed = zone->machine->blocks[block].migratetype == from;
	if (changed)
		qy_move_pageblock(zone, block, to);
	qy_spin_unlock_irqrestore(&zone->lock);
	return changed;
}

static bool has_targets(const struct zone *zone, u32 block, u32 wanted)
{
	u64 elsewhere =
		free_of_type(zone, MIGRATE_MOVABLE) + free_of_type(zone, MIGRATE_CMA);

	return elsewhere >= READ_ONCE(zone->machine->blocks[block].nr_free) + wanted;
}

/* Claimed first, so that nobody's movable page takes the places that become free. */
static void evacuate(struct room *r)
{
	struct zone *zone = r->zone;
	struct block_use use;
	u64 before = gained(r);
	u32 block;

	/* what sits on per-CPU lists is in the way, and missing as targets */
	for (u32 cpu = 0; cpu < r->mc.m->nr_cpus; cpu++)
		qy_pcp_drain(zone, cpu);
	block = choose_movable(r, &use);
	if (block == NO_BLOCK || !has_targets(zone, block, min(use.movable, BATCH)) ||
		!change_type(zone, block, MIGRATE_MOVABLE, r->migratetype))
		return;
	empty_block(r, block);
	if (gained(r) > before)
		qy_count_events(r->mc.m, ROOM_CLAIMED, 1);
	else
		change_type(zone, block, r->migratetype, MIGRATE_MOVABLE);
}

/* ------------------------------------------------------------------ one request */

/* A zone in which nothing moved is left alone for a while. */
static bool deferred(struct zone *zone)
{
	u32 limit = 1u << READ_ONCE(zone->room_defer_shift);
	u32 considered = min(READ_ONCE(zone->room_considered) + 1, limit);

	WRITE_ONCE(zone->room_considered, considered);
	return considered < limit;
}

static void note_result(struct zone *zone, bool helped)
{
	u32 shift = READ_ONCE(zone->room_defer_shift);

	WRITE_ONCE(zone->room_considered, 0);
	WRITE_ONCE(zone->room_defer_shift,
		helped ? 0 : min(shift + 1, (u32)MAX_DEFER_SHIFT));
}

static bool make_room(
	struct zone *zone, unsigned int order, u32 stock, enum migratetype mt)
{
	struct room r = {
		.mc = { .m = zone->machine,
			.get_target = room_target,
			.put_target = room_target_back },
		.zone = zone,
		.order = order,
		.stock = stock,
		.migratetype = mt,
	};

	if (order > QY_PAGEBLOCK_ORDER || deferred(zone))
		return false;
	for (u32 round = 0; round < MOST_ROUNDS && !has_room(&r); round++) {
		u64 before = gained(&r);

		evict(&r);
		if (gained(&r) == before && !has_whole_block(zone))
			evacuate(&r);
		if (gained(&r) == before)
			break;
	}
	note_result(zone, gained(&r) || has_whole_block(zone));
	qy_count_events(zone->machine, ROOM_MOVED, gained(&r));
	return has_room(&r);
}

static bool make_room_for(
	struct zone *zone, unsigned int order, u32 stock, enum migratetype mt)
{
	struct qy_context *self = qy_current();
	u32 flags = self->task_flags;
	bool made;

	/* whoever makes room does not ask for it */
	self->task_flags |= PF_MEMALLOC;
	made = make_room(zone, order, stock, mt);
	self->task_flags = flags;
	return made;
}

bool qy_make_room(struct zone *zone, unsigned int order, enum migratetype mt)
{
	return make_room_for(zone, order, 0, mt);
}

/* ------------------------------------------------------------------ in the background */

static void fill_stock(struct zone *zone, u32 types)
{
	for (u32 mt = 0; mt < MIGRATE_PCPTYPES; mt++)
		if (types >> mt & 1 && !has_whole_block(zone))
			make_room_for(zone, 0, ROOM_GOAL, (enum migratetype)mt);
}

uint64_t qy_make_room_step(struct qy_machine *m, unsigned int node)
{
	u64 before = READ_ONCE(m->events[ROOM_MOVED]);

	if (node >= m->nr_nodes)
		return 0;
	for (u32 i = 0; i < m->zones_per_node; i++) {
		struct zone *zone = &m->zones[node * m->zones_per_node + i];
		u32 wanted = READ_ONCE(zone->room_wanted);

		if (wanted) {
			atomic_fetch_and(&zone->room_wanted, ~wanted);
			fill_stock(zone, wanted);
		}
	}
	return READ_ONCE(m->events[ROOM_MOVED]) - before;
}

void qy_room_counts(const struct qy_machine *m, struct qy_room_counts *out)
{
	*out = (struct qy_room_counts){
		.pages_moved = READ_ONCE(m->events[ROOM_MOVED]),
		.blocks_claimed = READ_ONCE(m->events[ROOM_CLAIMED]),
	};
}
