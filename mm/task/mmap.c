// SPDX-License-Identifier: MIT
/*
 * The ranges of an address space.
 *
 *   qy_task_map, qy_task_map_file, qy_task_unmap, qy_find_vma, qy_exit_mmap
 *
 * A new range is put at the lowest gap that holds it, so neighbours share page tables, as they do on a board.
 *
 * Locking: task_room->lock for the list of ranges and the counts; one thread at a time acts for a task.
 */
#include "mm/task/internal.h"
#include <quarry/slab.h>

#define FIRST_VPN 0x400u /* 4 MiB: nothing is mapped at addresses that look like NULL */
#define END_VPN   ((u32)(MM_ADDRESSES >> QY_PAGE_SHIFT) - 1)

struct vm_area_struct *qy_find_vma(const struct mm_struct *mm, u32 vpn)
{
	struct vm_area_struct *vma = mm->mmap;

	while (vma && vma->end <= vpn)
		vma = vma->next;
	return vma;
}

/* The lowest gap of that many pages. Return: the range before it (NULL: none) in *prev; false: no gap. */
static bool find_gap(const struct mm_struct *mm, u32 nr_pages,
	struct vm_area_struct **prev, u32 *start)
{
	*prev = NULL;
	*start = FIRST_VPN;
	for (struct vm_area_struct *vma = mm->mmap; vma; vma = vma->next) {
		if (vma->start - *start >= nr_pages)
			return true;
		*prev = vma;
		*start = vma->end;
	}
	return END_VPN - *start >= nr_pages;
}

static void link_vma(
	struct mm_struct *mm, struct vm_area_struct *prev, struct vm_area_struct *vma)
{
	vma->mm = mm;
	vma->next = prev ? prev->next : mm->mmap;
	*(prev ? &prev->next : &mm->mmap) = vma;
}

static void count_vm(struct qy_machine *m, struct mm_struct *mm, u32 flags, s64 nr_pages)
{
	owner_add(&mm->total_vm, (u64)nr_pages);
	if (flags & VM_LOCKED)
		owner_add(&mm->locked_vm, (u64)nr_pages);
	if (!(flags & VM_ACCOUNT))
		return;
	owner_add(&mm->committed_vm, (u64)nr_pages);
	owner_add(&m->task_room->vm_committed, nr_pages);
}

static void show_mapping(struct vm_area_struct *vma)
{
	vma->next_mapped = vma->mapping->mapped;
	vma->mapping->mapped = vma;
	qy_mapping_get(vma->mapping);
}

static void hide_mapping(struct vm_area_struct *vma)
{
	struct vm_area_struct **link = &vma->mapping->mapped;

	while (*link != vma)
		link = &(*link)->next_mapped;
	*link = vma->next_mapped;
	qy_mapping_put(vma->mapping);
}

/* @like says what of: flags, mapping and pgoff. */
static int map_pages(struct qy_machine *m, struct mm_struct *mm, u32 nr_pages,
	const struct vm_area_struct *like, uint64_t *address)
{
	struct vm_area_struct *prev, *vma;
	u32 start;
	bool fits;

	vma = qy_kmem_cache_zalloc(m->task_room->vma_cache, QY_GFP_KERNEL);
	if (!vma)
		return -QY_ENOMEM;
	*vma = *like;
	qy_task_lock(m);
	fits = find_gap(mm, nr_pages, &prev, &start);
	if (fits) {
		vma->start = start;
		vma->end = start + nr_pages;
		link_vma(mm, prev, vma);
		if (vma->mapping)
			show_mapping(vma);
		if (vma->space) {
			vma->space->first = start;
			vma->space->nr_parts = 1;
		}
		count_vm(m, mm, vma->flags, nr_pages);
	}
	qy_task_unlock(m);
	if (!fits) {
		qy_kmem_cache_free(m->task_room->vma_cache, vma);
		return -QY_ENOMEM;
	}
	*address = (u64)start << QY_PAGE_SHIFT;
	return 0;
}

/* The same, with plain addresses. */
static int map_plain(struct qy_machine *m, struct task_struct *task, u32 nr_pages,
	struct vm_area_struct *like, uint64_t *address)
{
	int err = qy_plain_make(task, nr_pages, &like->space);

	if (err)
		return err;
	err = map_pages(m, task->mm, nr_pages, like, address);
	if (err)
		qy_plain_free(like->space);
	return err;
}

static u64 pages_of(u64 bytes)
{
	return (bytes >> QY_PAGE_SHIFT) + !!(bytes & (QY_PAGE_SIZE - 1));
}

int qy_task_map(struct qy_machine *m, struct task_struct *task, uint64_t bytes,
	unsigned int flags, uint64_t *address)
{
	const unsigned int known = QY_MAP_NORESERVE | QY_MAP_LOCKED | QY_MAP_PLAIN;
	struct task_room *room = m->task_room;
	struct vm_area_struct like = {
		.flags = (flags & QY_MAP_NORESERVE ? 0u : VM_ACCOUNT) |
			 (flags & QY_MAP_LOCKED ? VM_LOCKED : 0u),
	};
	struct acting saved;
	int err = 0;

	if (!bytes || flags & ~known)
		return -QY_EINVAL;
	if (pages_of(bytes) > END_VPN)
		return -QY_ENOMEM;
	qy_act_as(task, &saved);
	/* whose limit is strict does not take the program's word */
	if (READ_ONCE(m->overcommit_memory) == OVERCOMMIT_NEVER)
		like.flags |= VM_ACCOUNT;
	if (like.flags & VM_ACCOUNT && room->enough_memory)
		err = room->enough_memory(m, task->mm, pages_of(bytes));
	if (!err)
		err = flags & QY_MAP_PLAIN
			      ? map_plain(m, task, (u32)pages_of(bytes), &like, address)
			      : map_pages(m, task->mm, (u32)pages_of(bytes), &like,
					address);
	qy_act_end(&saved);
	return err;
}

int qy_task_map_file(struct qy_machine *m, struct task_struct *task, struct file *file,
	uint64_t offset, uint64_t bytes, uint64_t *address)
{
	const struct vm_area_struct like = {
		.mapping = file->mapping,
		.pgoff = (u32)(offset >> QY_PAGE_SHIFT),
	};
	struct acting saved;
	int err;

	if (!bytes || offset & (QY_PAGE_SIZE - 1) || offset + bytes < offset ||
		offset + bytes > MM_ADDRESSES)
		return -QY_EINVAL;
	qy_act_as(task, &saved);
	err = map_pages(m, task->mm, (u32)pages_of(bytes), &like, address);
	qy_act_end(&saved);
	return err;
}

/* ------------------------------------------------------------------ unmapping */

/* Cuts [start, end) out of a range that overlaps it; @spare becomes the upper part of a range that is cut in two. */
static struct vm_area_struct *cut_vma(struct qy_machine *m, struct vm_area_struct **link,
	u32 start, u32 end, struct vm_area_struct **spare)
{
	struct vm_area_struct *vma = *link, *upper = *spare;
	u32 from = max(vma->start, start), to = min(vma->end, end);

	count_vm(m, vma->mm, vma->flags, -(s64)(to - from));
	if (from == vma->start && to == vma->end) {
		*link = vma->next;
		if (vma->mapping)
			hide_mapping(vma);
		return vma;
	}
	if (from > vma->start && to < vma->end) {
		*upper = *vma;
		upper->start = to;
		upper->pgoff += to - vma->start;
		vma->next = upper;
		if (upper->mapping)
			show_mapping(upper);
		if (upper->space)
			upper->space->nr_parts++;
		*spare = NULL;
	}
	if (from > vma->start) {
		vma->end = from;
	} else {
		vma->pgoff += to - vma->start;
		vma->start = to;
	}
	return NULL;
}

/* Takes [start, end) out of the list. Return: the ranges that are gone as a whole, linked. */
static struct vm_area_struct *cut_range(struct qy_machine *m, struct mm_struct *mm,
	u32 start, u32 end, struct vm_area_struct **spare)
{
	struct vm_area_struct **link = &mm->mmap, *gone = NULL;

	while (*link && (*link)->start < end) {
		struct vm_area_struct *vma = *link, *whole;

		if (vma->end <= start) {
			link = &vma->next;
			continue;
		}
		whole = cut_vma(m, link, start, end, spare);
		if (whole) {
			whole->next = gone;
			gone = whole;
		} else {
			link = &vma->next;
		}
	}
	return gone;
}

/* task_room->lock must be held. */
static void free_tables(struct qy_machine *m, struct mm_struct *mm, u32 start, u32 end)
{
	u64 floor = 0, ceiling = MM_ADDRESSES >> QY_PAGE_SHIFT;

	for (const struct vm_area_struct *vma = mm->mmap; vma; vma = vma->next) {
		if (vma->end <= start)
			floor = vma->end;
		if (vma->start >= end) {
			ceiling = vma->start;
			break;
		}
	}
	qy_free_pgtables(m, mm, start, end, floor, ceiling);
}

/* It is on no list any more. Return: the addresses that it was the last part of; NULL. */
static struct plain_space *last_part(struct qy_machine *m, struct vm_area_struct *vma)
{
	struct plain_space *space = vma->space;

	if (!space)
		return NULL;
	qy_task_lock(m);
	if (--space->nr_parts)
		space = NULL;
	qy_task_unlock(m);
	return space;
}

static void free_vmas(struct qy_machine *m, struct vm_area_struct *vma)
{
	while (vma) {
		struct vm_area_struct *next = vma->next;
		struct plain_space *space = last_part(m, vma);

		if (space)
			qy_plain_free(space);
		qy_kmem_cache_free(m->task_room->vma_cache, vma);
		vma = next;
	}
}

/* Is one range cut in two by that? task_room->lock must be held. */
static bool splits(const struct mm_struct *mm, u32 start, u32 end)
{
	const struct vm_area_struct *vma = qy_find_vma(mm, start);

	return vma && vma->start < start && vma->end > end;
}

u64 qy_zap_mapped(
	struct qy_machine *m, struct mm_struct *mm, u32 start, u32 end, bool anon_only)
{
	u64 freed = 0;

	while (start < end) {
		const struct vm_area_struct *vma;
		u32 from = end, to = end;
		bool skip = false;

		qy_task_lock(m);
		vma = qy_find_vma(mm, start);
		if (vma && vma->start < end) {
			from = max(vma->start, start);
			to = min(vma->end, end);
			skip = anon_only && vma->mapping;
		}
		qy_task_unlock(m);
		if (!skip)
			freed += qy_zap_range(m, mm, from, to);
		start = to;
	}
	return freed;
}

static int unmap_pages(struct qy_machine *m, struct mm_struct *mm, u32 start, u32 end)
{
	struct vm_area_struct *gone, *spare = NULL;
	bool two;

	qy_task_lock(m);
	two = splits(mm, start, end);
	qy_task_unlock(m);
	if (two) {
		spare = qy_kmem_cache_zalloc(m->task_room->vma_cache, QY_GFP_KERNEL);
		if (!spare)
			return -QY_ENOMEM;
	}
	qy_zap_mapped(m, mm, start, end, false);
	qy_task_lock(m);
	gone = cut_range(m, mm, start, end, &spare);
	free_tables(m, mm, start, end);
	qy_task_unlock(m);
	free_vmas(m, gone);
	return 0;
}

int qy_task_unmap(
	struct qy_machine *m, struct task_struct *task, uint64_t address, uint64_t bytes)
{
	u64 end = address + round_up(bytes, QY_PAGE_SIZE);
	struct acting saved;
	int err;

	if (!bytes || address & (QY_PAGE_SIZE - 1) || end < address)
		return -QY_EINVAL;
	end = min(end, (u64)END_VPN << QY_PAGE_SHIFT);
	if (address >= end)
		return 0;
	qy_act_as(task, &saved);
	err = unmap_pages(m, task->mm, (u32)(address >> QY_PAGE_SHIFT),
		(u32)(end >> QY_PAGE_SHIFT));
	qy_act_end(&saved);
	return err;
}

void qy_exit_mmap(struct qy_machine *m, struct mm_struct *mm)
{
	while (mm->mmap)
		unmap_pages(m, mm, mm->mmap->start, mm->mmap->end);
}
