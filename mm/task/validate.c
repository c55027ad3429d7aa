// SPDX-License-Identifier: MIT
/*
 * The task room, walked and recounted.
 *
 *   qy_task_validate
 *
 * Checks: every list is linked both ways and as long as its statistic, of the node and of the zones together; every
 * address space and every file has as many pages of each kind as it says; statistics, slots of swap and what tasks may come
 * to need are the sum of these.
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

/* What an address space holds, recounted. */
struct held {
	u64 rss[NR_MM_COUNTERS];
	u64 total, committed, locked, cached_slots;
};

static void count_pte(const struct qy_machine *m, u64 pte, struct held *held)
{
	u32 frame = pte_frame(pte);

	if (!pte)
		return;
	if (pte & PTE_SWAP)
		held->rss[MM_SWAPENTS]++;
	else if (page_has(m, frame, PG_anon))
		held->rss[MM_ANONPAGES]++;
	else
		held->rss[page_has(m, frame, PG_swapbacked) ? MM_SHMEMPAGES
							    : MM_FILEPAGES]++;
	held->cached_slots += !(pte & PTE_SWAP) && pte_slot(pte) != NO_SLOT;
}

static bool count_mm(struct qy_machine *m, const struct mm_struct *mm, struct held *held)
{
	u32 end = 0;

	for (const struct vm_area_struct *vma = mm->mmap; vma; vma = vma->next) {
		u32 nr = vma->end - vma->start;

		if (vma->start < end || vma->end <= vma->start || vma->mm != mm)
			return false;
		end = vma->end;
		held->total += nr;
		held->committed += vma->flags & VM_ACCOUNT ? nr : 0;
		held->locked += vma->flags & VM_LOCKED ? nr : 0;
		for (u32 vpn = vma->start; vpn < vma->end; vpn++) {
			const u64 *pte = qy_pte(m, mm, vpn);

			if (pte)
				count_pte(m, *pte, held);
			else
				vpn |= 511;
		}
	}
	return true;
}

static bool validate_mm(struct qy_machine *m, const struct mm_struct *mm,
	u64 *cached_slots, char *why, size_t why_size)
{
	struct held held = { .total = 0 };

	if (!count_mm(m, mm, &held))
		INVALID("%s: ranges overlap", mm->task->id.comm);
	for (u32 i = 0; i < NR_MM_COUNTERS; i++)
		if (held.rss[i] != mm->rss[i])
			INVALID("%s: counter %u is %llu, there are %llu",
				mm->task->id.comm, i, ULL(mm->rss[i]), ULL(held.rss[i]));
	if (held.total != mm->total_vm || held.committed != mm->committed_vm ||
		held.locked != mm->locked_vm)
		INVALID("%s: %llu pages of ranges, counted %llu", mm->task->id.comm,
			ULL(held.total), ULL(mm->total_vm));
	*cached_slots += held.cached_slots;
	return true;
}

struct sums {
	u64 tables, committed, anon, swapped, cached_slots, mapped, files, shmem, dirty;
};

static bool sum_tasks(struct qy_machine *m, struct sums *sums, char *why, size_t why_size)
{
	for_each_task(m, task)
	{
		if (!validate_mm(m, task->mm, &sums->cached_slots, why, why_size))
			return false;
		sums->tables += task->mm->nr_tables;
		sums->committed += task->mm->committed_vm;
		sums->anon += task->mm->rss[MM_ANONPAGES];
		sums->swapped += task->mm->rss[MM_SWAPENTS];
	}
	return true;
}

static bool sum_file(const struct qy_machine *m, const struct address_space *mapping,
	struct sums *sums, char *why, size_t why_size)
{
	u64 pages = 0, dirty = 0, tagged = 0, place;

	for (place = 0; qy_index_next(mapping, &place); place++) {
		u64 word = qy_index_get(mapping, (u32)place);

		sums->swapped += index_is_slot(word);
		if (!index_is_page(word))
			continue;
		pages++;
		sums->mapped += page_mapcount(m, index_number(word)) != 0;
		dirty += page_has(m, index_number(word), PG_dirty);
		if (page_place(m, index_number(word)) != place)
			INVALID("%s: page %llu is elsewhere", mapping->name, ULL(place));
	}
	for (place = 0; qy_index_next_dirty(mapping, &place); place++)
		tagged++;
	if (is_tmpfs(mapping))
		dirty = 0;
	if (pages != mapping->nr_pages || dirty != mapping->nr_dirty || dirty != tagged)
		INVALID("%s: %llu pages, counted %llu; %llu dirty, counted %llu, tagged %llu",
			mapping->name, ULL(pages), ULL(mapping->nr_pages), ULL(dirty),
			ULL(mapping->nr_dirty), ULL(tagged));
	sums->files += pages;
	sums->shmem += is_tmpfs(mapping) ? pages : 0;
	sums->dirty += dirty;
	sums->committed += mapping->committed;
	return true;
}

static bool validate_sums(
	const struct qy_machine *m, const struct sums *sums, char *why, size_t why_size)
{
	const struct {
		const char *name;
		u64 found, counted;
	} all[] = {
		{ "page tables", sums->tables, qy_node_total(m, NR_PAGETABLE) },
		{ "anonymous pages", sums->anon, qy_node_total(m, NR_ANON_MAPPED) },
		{ "mapped pages of files", sums->mapped,
			qy_node_total(m, NR_FILE_MAPPED) },
		{ "pages of files", sums->files, qy_node_total(m, NR_FILE_PAGES) },
		{ "pages of tmpfs", sums->shmem, qy_node_total(m, NR_SHMEM) },
		{ "dirty pages", sums->dirty, qy_node_total(m, NR_FILE_DIRTY) },
		{ "copies in swap", sums->cached_slots, qy_node_total(m, NR_SWAPCACHE) },
		{ "slots", sums->swapped + sums->cached_slots, m->used_swap_pages },
		{ "committed pages", sums->committed, (u64)m->task_room->vm_committed },
		{ "pages under writeback", 0, qy_node_total(m, NR_WRITEBACK) },
		{ "isolated pages", 0,
			qy_node_total(m, NR_ISOLATED_ANON) +
				qy_node_total(m, NR_ISOLATED_FILE) },
	};

	for (u32 i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i].found != all[i].counted)
			INVALID("%s: there are %llu, counted %llu", all[i].name,
				ULL(all[i].found), ULL(all[i].counted));
	return true;
}

static bool validate_pages(struct qy_machine *m, char *why, size_t why_size)
{
	struct sums sums = { .tables = 0 };

	if (!sum_tasks(m, &sums, why, why_size))
		return false;
	for (const struct address_space *f = m->task_room->files; f; f = f->next)
		if (!sum_file(m, f, &sums, why, why_size))
			return false;
	return validate_sums(m, &sums, why, why_size);
}

bool qy_task_validate(struct qy_machine *m, char *why, size_t why_size)
{
	bool good = true;

	qy_task_lock(m);
	for (u32 node = 0; node < m->nr_nodes && good; node++)
		for (u32 lru = 0; lru < NR_LRU_LISTS && good; lru++)
			good = validate_list(m, node, lru, why, why_size);
	good = good && validate_pages(m, why, why_size);
	qy_task_unlock(m);
	return good;
}
