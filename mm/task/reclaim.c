// SPDX-License-Identifier: MIT
/*
 * One page and reclaim: taken from its list, asked whether it was used, and freed or put back.
 *
 *   qy_lru_isolate, qy_page_reclaim, qy_pages_deactivate
 *
 *   inactive tail --isolate: PG_locked, off the list--> used? ---------yes---------> active, or inactive once more
 *        no, anonymous --> a slot, written there --> the entry says where
 *        no, of a file --> dirty? active, the flusher will see to it (kswapd may write it the second time)
 *                          clean: the index remembers when it left
 *
 * Locking: task_room->lock, dropped for a write and for the free.
 */
#include "mm/task/internal.h"

/* ------------------------------------------------------------------ off a list */

static enum node_stat_item isolated_item(enum lru_list lru)
{
	return lru >= LRU_INACTIVE_FILE ? NR_ISOLATED_FILE : NR_ISOLATED_ANON;
}

/* Back to the begin of the list, out of the way. task_room->lock must be held. */
static void rotate(struct qy_machine *m, u32 frame)
{
	qy_lru_del(m, frame);
	qy_lru_add(m, frame);
}

u32 qy_lru_isolate(struct qy_machine *m, u32 node, enum lru_list lru, u32 nr,
	unsigned int highest_zone, u32 *frames, u32 *nr_scanned)
{
	u64 left = READ_ONCE(m->node_stat[node][lru]);
	u32 taken = 0;

	*nr_scanned = 0;
	qy_task_lock(m);
	for (; left && *nr_scanned < nr; left--) {
		u32 frame = m->task_room->lruvec[node].lists[lru].tail;
		struct zone *zone;

		if (frame == NO_FRAME)
			break;
		zone = zone_of(m, frame);
		if (zone->type > highest_zone) {
			owner_add(&zone->nr_skipped, 1);
			rotate(m, frame);
			continue;
		}
		++*nr_scanned;
		if (page_has(m, frame, PG_locked) ||
			hot_refs(READ_ONCE(m->hot[frame])) != 1) {
			rotate(m, frame);
			continue;
		}
		qy_lru_del(m, frame);
		set_page_flags(m, frame, PG_locked);
		frames[taken++] = frame;
	}
	qy_count_node(m, node, isolated_item(lru), taken);
	qy_task_unlock(m);
	return taken;
}

/* task_room->lock must be held. */
static void end_isolation(struct qy_machine *m, u32 frame)
{
	count_page(m, frame, isolated_item(qy_page_lru(page_flags(m, frame))), -1);
}

static void put_back(struct qy_machine *m, u32 frame)
{
	end_isolation(m, frame);
	clear_page_flags(m, frame, PG_locked);
	qy_lru_add(m, frame);
}

/* ------------------------------------------------------------------ was it used? */

enum page_fate {
	PAGE_RECLAIM,
	PAGE_RECLAIM_CLEAN, /* only if it need not be written */
	PAGE_KEEP,
	PAGE_ACTIVATE,
};

/* Mapped pages by their entries, the others by their flag; a file's page that was used once only has another round. */
static enum page_fate check_references(struct qy_machine *m, u32 frame)
{
	u32 entries = qy_page_referenced(m, frame);
	bool referenced = page_has(m, frame, PG_referenced);

	clear_page_flags(m, frame, PG_referenced);
	if (entries) {
		set_page_flags(m, frame, PG_referenced);
		return referenced || entries > 1 ? PAGE_ACTIVATE : PAGE_KEEP;
	}
	return referenced && !page_has(m, frame, PG_swapbacked) ? PAGE_RECLAIM_CLEAN
								: PAGE_RECLAIM;
}

/* ------------------------------------------------------------------ anonymous pages and tmpfs */

/* The copy in swap that is as new as the page; NO_SLOT: none. task_room->lock must be held. */
static u32 clean_slot(struct qy_machine *m, u32 frame)
{
	return page_has(m, frame, PG_anon)
		       ? pte_slot(*qy_pte(m, page_mm(m, frame), page_place(m, frame)))
		       : NO_SLOT;
}

/* From here on it is in swap alone. task_room->lock must be held. */
static void leave_to_swap(struct qy_machine *m, u32 frame, u32 slot)
{
	struct shadow shadow = qy_workingset_eviction(m, frame);
	struct mm_struct *mm = page_mm(m, frame);
	u64 *pte;

	end_isolation(m, frame);
	if (!page_has(m, frame, PG_anon)) {
		qy_try_to_unmap(m, frame);
		qy_filemap_remove(m, frame, index_slot(slot));
		return;
	}
	pte = qy_pte(m, mm, page_place(m, frame));
	if (pte_slot(*pte) != NO_SLOT)
		count_page(m, frame, NR_SWAPCACHE, -1);
	*pte = PTE_SWAP | qy_shadow_bits(m, &shadow) << 32 | slot;
	owner_add(&mm->rss[MM_ANONPAGES], -1ull);
	owner_add(&mm->rss[MM_SWAPENTS], 1);
	count_page(m, frame, NR_ANON_MAPPED, -1);
}

/* pre: task_room->lock is held; it is dropped for the write. Return: what to do with the page, PAGE_RECLAIM: it has left. */
static enum page_fate swap_out(struct qy_machine *m, u32 frame, struct page_reclaim *how)
{
	u32 slot = clean_slot(m, frame);
	int err;

	if (slot == NO_SLOT) {
		if (!how->may_io || !how->may_writepage)
			return PAGE_KEEP;
		slot = how->may_swap ? qy_slot_alloc(m) : NO_SLOT;
		if (slot == NO_SLOT)
			return PAGE_ACTIVATE;
		count_page(m, frame, NR_VMSCAN_WRITE, 1);
		how->nr_pageout++;
		qy_task_unlock(m);
		err = qy_slot_write(m, slot, frame);
		qy_task_lock(m);
		if (err) {
			qy_slot_free(m, slot);
			return PAGE_ACTIVATE;
		}
	}
	leave_to_swap(m, frame, slot);
	return PAGE_RECLAIM;
}

/* ------------------------------------------------------------------ pages of files */

/* Dirty pages are the flusher's; kswapd writes one that it meets again while everything it meets is dirty. */
static enum page_fate page_out(
	struct qy_machine *m, u32 frame, enum page_fate fate, struct page_reclaim *how)
{
	int err;

	how->nr_dirty++;
	how->nr_unqueued_dirty++;
	if (!how->kswapd || !page_has(m, frame, PG_reclaim) || !how->node_dirty) {
		count_page(m, frame, NR_VMSCAN_IMMEDIATE, 1);
		set_page_flags(m, frame, PG_reclaim);
		return PAGE_ACTIVATE;
	}
	if (fate == PAGE_RECLAIM_CLEAN || !how->may_fs || !how->may_writepage)
		return PAGE_KEEP;
	count_page(m, frame, NR_VMSCAN_WRITE, 1);
	how->nr_pageout++;
	qy_task_unlock(m);
	err = qy_write_page(m, frame);
	qy_task_lock(m);
	return err ? PAGE_ACTIVATE : PAGE_RECLAIM;
}

static enum page_fate evict_cached(
	struct qy_machine *m, u32 frame, enum page_fate fate, struct page_reclaim *how)
{
	struct shadow shadow;

	if (page_mapcount(m, frame)) {
		if (!how->may_unmap)
			return PAGE_KEEP;
		qy_try_to_unmap(m, frame);
	}
	if (page_has(m, frame, PG_dirty)) {
		fate = page_out(m, frame, fate, how);
		if (fate != PAGE_RECLAIM)
			return fate;
	}
	shadow = qy_workingset_eviction(m, frame);
	end_isolation(m, frame);
	qy_filemap_remove(m, frame, qy_shadow_word(&shadow));
	return PAGE_RECLAIM;
}

/* ------------------------------------------------------------------ one page */

/* It becomes active; while swap is short its copy there goes. task_room->lock must be held. */
static void activate(struct qy_machine *m, u32 frame)
{
	u32 slot = clean_slot(m, frame);

	if (slot != NO_SLOT && qy_swap_full(m, slot))
		qy_pte_drop_slot(m, qy_pte(m, page_mm(m, frame), page_place(m, frame)));
	set_page_flags(m, frame, PG_active);
	qy_count_events(m, PGACTIVATE, 1);
}

bool qy_page_reclaim(struct qy_machine *m, u32 frame, struct page_reclaim *how)
{
	const struct free_batch batch = { 1, { frame } };
	/* who uses its plain address from here on waits for it, and has used it */
	enum page_fate fate = qy_plain_hide(m, frame) ? PAGE_KEEP : PAGE_RECLAIM;

	qy_task_lock(m);
	if (fate == PAGE_RECLAIM && !how->ignore_references)
		fate = check_references(m, frame);
	how->nr_ref_keep += fate == PAGE_KEEP;
	if (fate <= PAGE_RECLAIM_CLEAN)
		fate = page_has(m, frame, PG_swapbacked)
			       ? swap_out(m, frame, how)
			       : evict_cached(m, frame, fate, how);
	if (fate != PAGE_RECLAIM) {
		if (fate == PAGE_ACTIVATE) {
			how->nr_activate++;
			activate(m, frame);
		}
		put_back(m, frame);
	}
	qy_task_unlock(m);
	if (fate != PAGE_RECLAIM)
		return false;
	qy_free_batch(m, &batch);
	return true;
}

u32 qy_pages_deactivate(struct qy_machine *m, const u32 *frames, u32 nr)
{
	/* where that fails it seems less used than it is */
	for (u32 i = 0; i < nr; i++)
		(void)qy_plain_hide(m, frames[i]);
	qy_task_lock(m);
	for (u32 i = 0; i < nr; i++) {
		qy_page_referenced(m, frames[i]);
		clear_page_flags(m, frames[i], PG_active);
		set_page_flags(m, frames[i], PG_workingset);
		put_back(m, frames[i]);
	}
	qy_task_unlock(m);
	return nr;
}
