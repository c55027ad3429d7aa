// SPDX-License-Identifier: MIT
/*
 * The LRU lists: which pages could be taken back, and in which order.
 *
 *   qy_lru_add, qy_lru_del, qy_lru_replace
 *   qy_mark_page_accessed, qy_activate_page
 *   qy_lru_note_cost, qy_lru_size
 *
 * A list is linked by frame numbers in the cold part: eight bytes a page. How many pages a list has is the node's
 * statistic of that name; how many of them lie in a zone, the zone's.
 *
 * Locking: task_room->lock.
 */
#include "mm/task/internal.h"

enum lru_list qy_page_lru(u32 flags)
{
	if (flags & PG_unevictable)
		return LRU_UNEVICTABLE;
	if (flags & PG_swapbacked)
		return flags & PG_active ? LRU_ACTIVE_ANON : LRU_INACTIVE_ANON;
	return flags & PG_active ? LRU_ACTIVE_FILE : LRU_INACTIVE_FILE;
}

static void count_lru(struct qy_machine *m, struct zone *zone, enum lru_list lru, s64 nr)
{
	qy_count_node(m, zone->node, (enum node_stat_item)lru, nr);
	owner_add(&zone->nr_lru[lru], (u64)nr);
}

static void link_frames(
	struct qy_machine *m, u32 node, enum lru_list lru, u32 prev, u32 next)
{
	struct lruvec *lruvec = &m->task_room->lruvec[node];

	if (prev == NO_FRAME)
		lruvec->lists[lru].head = next;
	else
		frame_to_page(m, prev)->private_[LRU_NEXT] = next;
	if (next == NO_FRAME)
		lruvec->lists[lru].tail = prev;
	else
		frame_to_page(m, next)->private_[LRU_PREV] = prev;
}

void qy_lru_add(struct qy_machine *m, u32 frame)
{
	struct zone *zone = zone_of(m, frame);
	enum lru_list lru = qy_page_lru(page_flags(m, frame));
	struct page *cold = frame_to_page(m, frame);

	VM_BUG_ON(page_has(m, frame, PG_lru));
	cold->private_[LRU_NEXT] = m->task_room->lruvec[zone->node].lists[lru].head;
	cold->private_[LRU_PREV] = NO_FRAME;
	link_frames(m, zone->node, lru, frame, cold->private_[LRU_NEXT]);
	link_frames(m, zone->node, lru, NO_FRAME, frame);
	set_page_flags(m, frame, PG_lru);
	count_lru(m, zone, lru, 1);
}

void qy_lru_del(struct qy_machine *m, u32 frame)
{
	struct zone *zone = zone_of(m, frame);
	enum lru_list lru = qy_page_lru(page_flags(m, frame));
	const struct page *cold = frame_to_page(m, frame);

	VM_BUG_ON(!page_has(m, frame, PG_lru));
	link_frames(
		m, zone->node, lru, cold->private_[LRU_PREV], cold->private_[LRU_NEXT]);
	clear_page_flags(m, frame, PG_lru);
	count_lru(m, zone, lru, -1);
}

void qy_lru_replace(struct qy_machine *m, u32 from, u32 to)
{
	struct zone *old = zone_of(m, from), *new = zone_of(m, to);
	enum lru_list lru = qy_page_lru(page_flags(m, from));
	const struct page *source = frame_to_page(m, from);
	struct page *target = frame_to_page(m, to);

	if (!page_has(m, from, PG_lru))
		return;
	if (old->node != new->node) {
		qy_lru_del(m, from);
		clear_page_flags(m, to, PG_lru);
		qy_lru_add(m, to);
		return;
	}
	target->private_[LRU_NEXT] = source->private_[LRU_NEXT];
	target->private_[LRU_PREV] = source->private_[LRU_PREV];
	link_frames(m, new->node, lru, to, target->private_[LRU_NEXT]);
	link_frames(m, new->node, lru, target->private_[LRU_PREV], to);
	clear_page_flags(m, from, PG_lru);
	count_lru(m, old, lru, -1);
	count_lru(m, new, lru, 1);
}

/* ------------------------------------------------------------------ second chance */

void qy_activate_page(struct qy_machine *m, u32 frame)
{
	bool listed = page_has(m, frame, PG_lru);

	if (page_has(m, frame, PG_active | PG_unevictable))
		return;
	if (listed)
		qy_lru_del(m, frame);
	set_page_flags(m, frame, PG_active);
	if (listed)
		qy_lru_add(m, frame);
	qy_workingset_age(m, zone_of(m, frame)->node, 1);
	qy_count_events(m, PGACTIVATE, 1);
}

void qy_mark_page_accessed(struct qy_machine *m, u32 frame)
{
	if (!page_has(m, frame, PG_referenced)) {
		set_page_flags(m, frame, PG_referenced);
	} else if (!page_has(m, frame, PG_active | PG_unevictable)) {
		qy_activate_page(m, frame);
		clear_page_flags(m, frame, PG_referenced);
	}
}

/* ------------------------------------------------------------------ how dear the lists are */

u64 qy_lru_size(const struct qy_machine *m, u32 node, enum lru_list lru,
	unsigned int highest_zone)
{
	u64 size = 0;

	for (u32 type = 0; type < m->zones_per_node && type <= highest_zone; type++)
		size += READ_ONCE(m->zones[node * m->zones_per_node + type].nr_lru[lru]);
	return size;
}

/* Old costs fade: both are halved once they are more than a quarter of the pages. task_room->lock must be held. */
void qy_lru_note_cost(
	struct qy_machine *m, u32 node, bool file, u64 nr_io, u64 nr_rotated)
{
	struct lruvec *lruvec = &m->task_room->lruvec[node];
	u64 pages = 0;

	owner_add(&lruvec->cost[file], nr_io * SWAP_CLUSTER_MAX + nr_rotated);
	for (u32 lru = 0; lru < LRU_UNEVICTABLE; lru++)
		pages += m->node_stat[node][lru];
	if (lruvec->cost[0] + lruvec->cost[1] <= pages / 4)
		return;
	WRITE_ONCE(lruvec->cost[0], lruvec->cost[0] / 2);
	WRITE_ONCE(lruvec->cost[1], lruvec->cost[1] / 2);
}
