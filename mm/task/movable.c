// SPDX-License-Identifier: MIT
/*
 * Pages of tasks, as movers see them (MOVABLE_LRU), and their validation.
 *
 *   qy_lru_ops
 *
 * From isolate to the end of the move the page has PG_locked: nobody touches its bytes, and who wants them waits. The
 * entry that leads to it, its place on its list and its flags go over to the new frame under the lock.
 *
 * Locking: task_room->lock, but for the copy.
 */
#include "mm/task/internal.h"

static int lru_isolate(struct qy_machine *m, u32 frame)
{
	bool taken;

	qy_task_lock(m);
	taken = page_has(m, frame, PG_locked);
	if (!taken)
		set_page_flags(m, frame, PG_locked);
	qy_task_unlock(m);
	return taken ? -QY_EBUSY : 0;
}

static void lru_putback(struct qy_machine *m, u32 frame)
{
	qy_task_lock(m);
	clear_page_flags(m, frame, PG_locked);
	qy_task_unlock(m);
}

/* Statistics of its node follow a page to another one. */
static void count_moved(struct qy_machine *m, u32 from, u32 to)
{
	u32 flags = page_flags(m, from), dirty = PG_dirty | PG_swapbacked;
	bool anon = flags & PG_anon;
	const struct {
		enum node_stat_item item;
		bool counts;
	} items[] = {
		{ NR_ANON_MAPPED, anon },
		{ NR_FILE_PAGES, !anon },
		{ NR_SHMEM, !anon && flags & PG_swapbacked },
		{ NR_FILE_MAPPED, page_mapcount(m, from) },
		{ NR_FILE_DIRTY, (flags & dirty) == PG_dirty },
		{ NR_SWAPCACHE, anon && pte_slot(*qy_pte(m, page_mm(m, from),
						page_place(m, from))) != NO_SLOT },
	};
	struct zone *old = zone_of(m, from), *new = zone_of(m, to);

	if ((flags & dirty) == PG_dirty) {
		owner_add(&old->nr_write_pending, -1ull);
		owner_add(&new->nr_write_pending, 1);
	}
	for (u32 i = 0; old->node != new->node &&i < ARRAY_SIZE(items); i++) {
		if (!items[i].counts)
			continue;
		qy_count_node(m, old->node, items[i].item, -1);
		qy_count_node(m, new->node, items[i].item, 1);
	}
}

static int lru_migrate(struct qy_machine *m, u32 from, u32 to)
{
	/* whoever writes by a plain pointer from here on waits for the page */
	if (qy_plain_hide(m, from))
		return -QY_ENOSPC;
	memcpy(frame_address(m, to), frame_address(m, from), QY_PAGE_SIZE);
	if (m->block_watch)
		m->block_watch->swap(m, from, to);
	qy_task_lock(m);
	set_page_owner(m, to, page_flags(m, from) & ~(u32)PG_locked, page_place(m, from),
		page_owner_of(m, from));
	count_moved(m, from, to);
	qy_page_lead_to(m, from, to);
	qy_lru_replace(m, from, to);
	qy_mark_owned(m, to);
	qy_task_unlock(m);
	return 0;
}

static void lru_holder(const struct qy_machine *m, u32 frame, struct qy_holder *out)
{
	*out = (struct qy_holder){ .pins = 0 };
	qy_task_lock(m);
	qy_snprintf(out->owner, sizeof(out->owner), "%s",
		page_has(m, frame, PG_anon) ? page_mm(m, frame)->task->id.comm
					    : page_mapping(m, frame)->name);
	out->pins = page_has(m, frame, PG_locked);
	qy_task_unlock(m);
	if (out->pins)
		qy_snprintf(out->pinned_by, sizeof(out->pinned_by), "an access");
}

static bool leads_here(const struct qy_machine *m, u32 frame)
{
	u32 place = page_place(m, frame);
	const u64 *pte;

	if (!page_has(m, frame, PG_anon))
		return qy_index_get(page_mapping(m, frame), place) == index_page(frame);
	pte = qy_pte(m, page_mm(m, frame), place);
	return pte && *pte & PTE_PRESENT && pte_frame(*pte) == frame;
}

static bool lru_validate(
	const struct qy_machine *m, u32 frame, char *why, size_t why_size)
{
	const char *wrong = NULL;

	if (!leads_here(m, frame))
		wrong = "its page table or index leads elsewhere";
	else if (page_has(m, frame, PG_locked | PG_writeback))
		wrong = "left locked";
	else if (!page_has(m, frame, PG_lru))
		wrong = "on no list";
	if (wrong)
		qy_snprintf(why, why_size, "frame %u, page 0x%x, flags 0x%x: %s", frame,
			page_place(m, frame), page_flags(m, frame), wrong);
	return !wrong;
}

const struct movable_ops qy_lru_ops = {
	.name = "lru",
	.needs_target = true,
	.isolate = lru_isolate,
	.migrate = lru_migrate,
	.putback = lru_putback,
	.holder = lru_holder,
	.validate = lru_validate,
};
