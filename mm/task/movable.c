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

/* Whoever led to @from leads to @to. task_room->lock must be held. */
static void lead_to(struct qy_machine *m, u32 from, u32 to)
{
	u64 *pte = qy_pte(m, page_owner_of(m, from), page_place(m, from));

	*pte = (*pte & ~(u64)UINT32_MAX) | to;
}

static void count_moved(struct qy_machine *m, u32 from, u32 to)
{
	u32 old = zone_of(m, from)->node, new = zone_of(m, to)->node;

	if (old == new)
		return;
	qy_count_node(m, old, NR_ANON_MAPPED, -1);
	qy_count_node(m, new, NR_ANON_MAPPED, 1);
}

static int lru_migrate(struct qy_machine *m, u32 from, u32 to)
{
	memcpy(frame_address(m, to), frame_address(m, from), QY_PAGE_SIZE);
	if (m->block_watch)
		m->block_watch->swap(m, from, to);
	qy_task_lock(m);
	set_page_owner(m, to, page_flags(m, from) & ~(u32)PG_locked, page_place(m, from),
		page_owner_of(m, from));
	lead_to(m, from, to);
	count_moved(m, from, to);
	qy_lru_replace(m, from, to);
	qy_mark_owned(m, to);
	qy_task_unlock(m);
	return 0;
}

static void lru_holder(const struct qy_machine *m, u32 frame, struct qy_holder *out)
{
	const struct mm_struct *mm;

	*out = (struct qy_holder){ .pins = 0 };
	qy_task_lock(m);
	mm = page_owner_of(m, frame);
	qy_snprintf(out->owner, sizeof(out->owner), "%s", mm->task->id.comm);
	out->pins = page_has(m, frame, PG_locked);
	qy_task_unlock(m);
	if (out->pins)
		qy_snprintf(out->pinned_by, sizeof(out->pinned_by), "an access");
}

static bool lru_validate(
	const struct qy_machine *m, u32 frame, char *why, size_t why_size)
{
	struct mm_struct *mm = page_owner_of(m, frame);
	const u64 *pte =
		qy_pte((struct qy_machine *)(uintptr_t)m, mm, page_place(m, frame));

	if (!pte || !(*pte & PTE_PRESENT) || pte_frame(*pte) != frame) {
		qy_snprintf(why, why_size,
			"frame %u: page 0x%x of %s, whose page table leads elsewhere",
			frame, page_place(m, frame), mm->task->id.comm);
		return false;
	}
	if (page_has(m, frame, PG_locked) || !page_has(m, frame, PG_lru)) {
		qy_snprintf(why, why_size,
			"frame %u: flags 0x%x: left locked, or on no list", frame,
			page_flags(m, frame));
		return false;
	}
	return true;
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
