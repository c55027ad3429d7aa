// SPDX-License-Identifier: MIT
/*
 * Setting pageblocks aside, so that nobody is given a frame of them while they are emptied.
 *
 *   qy_isolate_range, qy_unisolate_range
 *
 * An isolated pageblock's free frames are on lists that no request looks at, and out of NR_FREE. What is freed there
 * goes to those lists at once, not to a per-CPU list.
 *
 * Locking: zone->lock for the type of a pageblock; contig_mutex is held by the caller, so nobody else isolates.
 */
#include "mm/contig/internal.h"

static bool fail_at(const struct qy_machine *m, u32 frame, enum qy_contig_cause cause,
	const char *owner, struct qy_contig_failure *why)
{
	why->error = -QY_EBUSY;
	why->cause = cause;
	why->pfn = frame_to_pfn(m, frame);
	why->holder = (struct qy_holder){ .pins = 0 };
	qy_snprintf(why->holder.owner, sizeof(why->holder.owner), "%s", owner);
	return false;
}

/* Is there a frame in [first, last) that no mover could empty? */
static bool all_may_move(
	const struct qy_machine *m, u32 first, u32 last, struct qy_contig_failure *why)
{
	while (first < last) {
		u32 hot = READ_ONCE(m->hot[first]);

		switch (hot_state(hot)) {
		case PG_RESERVED:
		case PG_NOMAP:
		case PG_HOLE:
			return fail_at(m, first, QY_CONTIG_KEPT, "", why);
		case PG_ALLOCATED:
			if (!may_move(hot))
				return fail_at(m, first, QY_CONTIG_UNMOVABLE, "", why);
			first += 1u << hot_order(hot);
			break;
		default:
			first++;
		}
	}
	return true;
}

/* May this pageblock be set aside? @cma: for the area that it is of. */
static bool may_isolate(const struct zone *zone, u32 block, u32 first, u32 last, bool cma,
	struct qy_contig_failure *why)
{
	const struct qy_machine *m = zone->machine;
	u32 start = block << QY_PAGEBLOCK_ORDER;
	u8 now = m->blocks[block].migratetype;

	if (now == MIGRATE_ISOLATE)
		return fail_at(
			m, start, QY_CONTIG_OTHER, "another contiguous allocation", why);
	/* an area's own pageblocks hold nothing but borrowers, so there the attempt decides */
	if (cma)
		return shown_migratetype(now) == MIGRATE_CMA ||
		       fail_at(m, start, QY_CONTIG_OTHER, "no CMA area", why);
	if (shown_migratetype(now) == MIGRATE_CMA)
		return fail_at(m, start, QY_CONTIG_OTHER, "a CMA area", why);
	if (now == MIGRATE_HIGHATOMIC)
		return fail_at(m, start, QY_CONTIG_OTHER, "the atomic reserve", why);
	return all_may_move(m, max(first, start), min(last, start + BLOCK_FRAMES), why);
}

int qy_isolate_range(
	struct zone *zone, u32 first, u32 last, bool cma, struct qy_contig_failure *why)
{
	u32 first_block = first >> QY_PAGEBLOCK_ORDER;
	u32 last_block = (last + BLOCK_FRAMES - 1) >> QY_PAGEBLOCK_ORDER;
	struct qy_pageblock *blocks = zone->machine->blocks;
	int err = 0;

	/* asked of all before one changes: a refusal leaves every type as it was */
	qy_spin_lock_irqsave(&zone->lock);
	for (u32 block = first_block; block < last_block && !err; block++)
		if (!may_isolate(zone, block, first, last, cma, why))
			err = why->error;
	for (u32 block = first_block; block < last_block && !err; block++) {
		blocks[block].before_isolation = blocks[block].migratetype;
		qy_move_pageblock(zone, block, MIGRATE_ISOLATE);
	}
	qy_spin_unlock_irqrestore(&zone->lock);
	return err;
}

void qy_unisolate_range(struct zone *zone, u32 first, u32 last)
{
	qy_spin_lock_irqsave(&zone->lock);
	for (u32 block = first >> QY_PAGEBLOCK_ORDER; block << QY_PAGEBLOCK_ORDER < last;
		block++)
		qy_move_pageblock(zone, block,
			(enum migratetype)zone->machine->blocks[block].before_isolation);
	qy_spin_unlock_irqrestore(&zone->lock);
}
