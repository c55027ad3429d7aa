/* SPDX-License-Identifier: MIT */
/*
 * What a lab sets to begin where a recorded machine stood: the type of a pageblock, how far a CPU's lists may grow.
 *
 *   qy_set_pageblock_type, qy_set_pcp_high
 *
 * Locking: zone->lock for the type; the high is one word that its owner reads once per operation.
 */
#include "mm/page/internal.h"

/* Frames that a type keeps from ordinary requests. */
static void count_highatomic(struct zone *zone, u8 from, u8 to)
{
	u64 nr = zone->nr_reserved_highatomic;

	if (to == MIGRATE_HIGHATOMIC)
		nr += BLOCK_FRAMES;
	if (from == MIGRATE_HIGHATOMIC)
		nr -= min(nr, (u64)BLOCK_FRAMES);
	WRITE_ONCE(zone->nr_reserved_highatomic, nr);
}

int qy_set_pageblock_type(
	struct qy_machine *m, const struct page *page, unsigned int type)
{
	u32 frame = page_to_frame_checked(m, page);

	if (frame == NO_FRAME || type > MIGRATE_HIGHATOMIC)
		return -QY_EINVAL;
	struct zone *zone = zone_of(m, frame);
	struct qy_pageblock *pb = block_of(m, frame);
	int error = 0;

	qy_spin_lock_irqsave(&zone->lock);
	u8 old = pb->migratetype;

	if (old > MIGRATE_HIGHATOMIC) {
		error = -QY_EINVAL;
	} else if (pb->nr_free) {
		error = -QY_EBUSY;
	} else if (old != type) {
		qy_set_pageblock_migratetype(
			zone, frame >> QY_PAGEBLOCK_ORDER, (enum migratetype)type);
		count_highatomic(zone, old, (u8)type);
	}
	qy_spin_unlock_irqrestore(&zone->lock);
	return error;
}

int qy_set_pcp_high(struct qy_machine *m, unsigned int zone_index, unsigned int cpu,
	unsigned int high)
{
	if (zone_index >= m->nr_zones || cpu >= m->nr_cpus ||
		!populated_zone(&m->zones[zone_index]))
		return -QY_EINVAL;
	struct per_cpu_pages *pcp = &m->zones[zone_index].pageset[cpu];

	/* between its bounds any value is right at any time: no lock */
	WRITE_ONCE(pcp->high, (s32)clamp(high, (unsigned int)READ_ONCE(pcp->high_min),
				      (unsigned int)READ_ONCE(pcp->high_max)));
	return 0;
}
