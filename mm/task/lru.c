// SPDX-License-Identifier: MIT
/*
 * The LRU lists: which pages could be taken back, and in which order.
 *
 *   qy_lru_add, qy_lru_del, qy_lru_replace
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
