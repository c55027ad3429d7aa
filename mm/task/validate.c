// SPDX-License-Identifier: MIT
/*
 * The task room, walked and recounted.
 *
 *   qy_task_validate
 *
 * Checks: every list is linked both ways and as long as its statistic, of the node and of the zones together; every
 * address space has as many pages, tables and pages of ranges as it says; the sum of what tasks may come to need.
 *
 * Locking: task_room->lock; nobody else is in the machine.
 */
#include "mm/task/internal.h"

#define INVALID(...)                                     \
	do {                                             \
		qy_snprintf(why, why_size, __VA_ARGS__); \
		return false;                            \
	} while (0)
#define ULL(v) ((unsigned long long)(v))

static bool validate_list(
	const struct qy_machine *m, u32 node, u32 lru, char *why, size_t why_size)
{
	u32 prev = NO_FRAME, frame = m->task_room->lruvec[node].lists[lru].head;
	u64 nr = 0, in_zones = 0;

	for (; frame != NO_FRAME; frame = frame_to_page(m, frame)->private_[LRU_NEXT]) {
		if (frame_to_page(m, frame)->private_[LRU_PREV] != prev ||
			!page_has(m, frame, PG_lru) ||
			qy_page_lru(page_flags(m, frame)) != lru ||
			zone_of(m, frame)->node != node)
			INVALID("node %u, list %u, frame %u: not linked, or of another list",
				node, lru, frame);
		prev = frame;
		nr++;
	}
	for (u32 i = 0; i < m->zones_per_node; i++)
		in_zones += m->zones[node * m->zones_per_node + i].nr_lru[lru];
	if (nr != m->node_stat[node][lru] || nr != in_zones)
		INVALID("node %u, list %u: %llu pages, counted %llu, in zones %llu", node,
			lru, ULL(nr), ULL(m->node_stat[node][lru]), ULL(in_zones));
	return true;
}

static bool validate_mm(
	struct qy_machine *m, const struct mm_struct *mm, char *why, size_t why_size)
{
	u64 anon = 0, total = 0, committed = 0;
	u32 end = 0;

	for (const struct vm_area_struct *vma = mm->mmap; vma; vma = vma->next) {
		if (vma->start < end || vma->end <= vma->start || vma->mm != mm)
			INVALID("%s: ranges overlap", mm->task->id.comm);
		end = vma->end;
		total += vma->end - vma->start;
		committed += vma->flags & VM_ACCOUNT ? vma->end - vma->start : 0;
		for (u32 vpn = vma->start; vpn < vma->end; vpn++) {
			const u64 *pte = qy_pte(m, mm, vpn);

			if (!pte)
				vpn |= 511;
			else
				anon += *pte & PTE_PRESENT ? 1 : 0;
		}
	}
	if (anon != mm->rss[MM_ANONPAGES] || total != mm->total_vm ||
		committed != mm->committed_vm)
		INVALID("%s: %llu pages of %llu, counted %llu of %llu", mm->task->id.comm,
			ULL(anon), ULL(total), ULL(mm->rss[MM_ANONPAGES]),
			ULL(mm->total_vm));
	return true;
}

static bool validate_tasks(struct qy_machine *m, char *why, size_t why_size)
{
	u64 tables = 0, committed = 0, anon = 0;

	for_each_task(m, task)
	{
		if (!validate_mm(m, task->mm, why, why_size))
			return false;
		tables += task->mm->nr_tables;
		committed += task->mm->committed_vm;
		anon += task->mm->rss[MM_ANONPAGES];
	}
	if (tables != qy_node_total(m, NR_PAGETABLE) ||
		committed != (u64)m->task_room->vm_committed ||
		anon != qy_node_total(m, NR_ANON_MAPPED))
		INVALID("tasks have %llu tables, %llu pages and may need %llu; counted %llu, %llu, %llu",
			ULL(tables), ULL(anon), ULL(committed),
			ULL(qy_node_total(m, NR_PAGETABLE)),
			ULL(qy_node_total(m, NR_ANON_MAPPED)),
			ULL(m->task_room->vm_committed));
	return true;
}

bool qy_task_validate(struct qy_machine *m, char *why, size_t why_size)
{
	bool good = true;

	qy_task_lock(m);
	for (u32 node = 0; node < m->nr_nodes && good; node++)
		for (u32 lru = 0; lru < NR_LRU_LISTS && good; lru++)
			good = validate_list(m, node, lru, why, why_size);
	good = good && validate_tasks(m, why, why_size);
	qy_task_unlock(m);
	return good;
}
