// SPDX-License-Identifier: MIT
/*
 * From a page to whoever leads to it: the entry of its task, or its file's index and the entries of tasks that map it.
 *
 *   qy_page_referenced, qy_try_to_unmap, qy_page_lead_to, qy_page_add_map, qy_page_remove_map
 *
 * Locking: task_room->lock.
 */
#include "mm/task/internal.h"

/* What is done to an entry that leads to @frame. */
typedef void (*entry_fn)(
	struct qy_machine *m, struct mm_struct *mm, u64 *pte, u32 frame, void *arg);

static void walk_file_entries(struct qy_machine *m, u32 frame, entry_fn fn, void *arg)
{
	u32 place = page_place(m, frame), left = page_mapcount(m, frame);
	struct vm_area_struct *vma = page_mapping(m, frame)->mapped;

	for (; vma && left; vma = vma->next_mapped) {
		u64 *pte;

		if (place < vma->pgoff || place - vma->pgoff >= vma->end - vma->start)
			continue;
		pte = qy_pte(m, vma->mm, vma->start + place - vma->pgoff);
		if (!pte || !(*pte & PTE_PRESENT) || pte_frame(*pte) != frame)
			continue;
		left--;
		fn(m, vma->mm, pte, frame, arg);
	}
}

static void walk_entries(struct qy_machine *m, u32 frame, entry_fn fn, void *arg)
{
	struct mm_struct *mm;

	if (!page_has(m, frame, PG_anon)) {
		walk_file_entries(m, frame, fn, arg);
		return;
	}
	mm = page_mm(m, frame);
	fn(m, mm, qy_pte(m, mm, page_place(m, frame)), frame, arg);
}

static void test_accessed(
	struct qy_machine *m, struct mm_struct *mm, u64 *pte, u32 frame, void *arg)
{
	(void)m;
	(void)mm;
	(void)frame;
	*(u32 *)arg += *pte & PTE_ACCESSED ? 1 : 0;
	*pte &= ~PTE_ACCESSED;
}

u32 qy_page_referenced(struct qy_machine *m, u32 frame)
{
	u32 nr = 0;

	walk_entries(m, frame, test_accessed, &nr);
	return nr;
}

static enum rss_kind rss_of(const struct qy_machine *m, u32 frame)
{
	return page_has(m, frame, PG_swapbacked) ? MM_SHMEMPAGES : MM_FILEPAGES;
}

void qy_page_add_map(struct qy_machine *m, struct mm_struct *mm, u32 frame)
{
	struct page *cold = frame_to_page(m, frame);

	owner_add(&mm->rss[rss_of(m, frame)], 1);
	if (!page_mapcount(m, frame))
		count_page(m, frame, NR_FILE_MAPPED, 1);
	WRITE_ONCE(cold->link[LINK_KIND], page_flags(m, frame) + MAPCOUNT_ONE);
}

void qy_page_remove_map(struct qy_machine *m, struct mm_struct *mm, u32 frame)
{
	struct page *cold = frame_to_page(m, frame);

	owner_add(&mm->rss[rss_of(m, frame)], -1ull);
	WRITE_ONCE(cold->link[LINK_KIND], page_flags(m, frame) - MAPCOUNT_ONE);
	if (!page_mapcount(m, frame))
		count_page(m, frame, NR_FILE_MAPPED, -1);
}

static void unmap_entry(
	struct qy_machine *m, struct mm_struct *mm, u64 *pte, u32 frame, void *arg)
{
	(void)arg;
	*pte = 0;
	qy_page_remove_map(m, mm, frame);
}

void qy_try_to_unmap(struct qy_machine *m, u32 frame)
{
	walk_file_entries(m, frame, unmap_entry, NULL);
}

static void redirect_entry(
	struct qy_machine *m, struct mm_struct *mm, u64 *pte, u32 frame, void *arg)
{
	(void)m;
	(void)mm;
	(void)frame;
	*pte = (*pte & ~(u64)UINT32_MAX) | *(const u32 *)arg;
}

void qy_page_lead_to(struct qy_machine *m, u32 from, u32 to)
{
	walk_entries(m, from, redirect_entry, &to);
	if (!page_has(m, from, PG_anon))
		qy_index_set(page_mapping(m, from), page_place(m, from), index_page(to));
}
