// SPDX-License-Identifier: MIT
/*
 * Page tables: frames of the board, one for each 2 MiB of used addresses and what stands above, so that a task costs
 * what it would cost there.
 *
 *   qy_pte, qy_pte_alloc, qy_pgd_alloc, qy_pgd_free, qy_free_pgtables
 *
 *   pgd --> pud --> pmd --> pte --> frame       512 entries each; level 3, 2, 1, 0
 *
 * Locking: task_room->lock for every entry. Tables are made by the thread that acts for the task, and go with it.
 */
#include "mm/task/internal.h"

#define TABLE_BITS  9u
#define TABLE_MASK  511u
#define TOP_LEVEL   3u
#define GFP_PGTABLE (QY_GFP_KERNEL_ACCOUNT | QY___GFP_ZERO)

static u64 *table_entries(const struct qy_machine *m, u32 table)
{
	return frame_address(m, table);
}

/* Where the table of @level has the entry for @vpn. */
static u32 entry_index(u64 vpn, unsigned int level)
{
	return (u32)(vpn >> (TABLE_BITS * level)) & TABLE_MASK;
}

u64 *qy_pte(const struct qy_machine *m, const struct mm_struct *mm, u32 vpn)
{
	u32 table = mm->pgd;

	for (unsigned int level = TOP_LEVEL; level; level--) {
		u64 entry = table_entries(m, table)[entry_index(vpn, level)];

		if (!entry)
			return NULL;
		table = (u32)(entry - 1);
	}
	return &table_entries(m, table)[entry_index(vpn, 0)];
}

static void count_table(struct qy_machine *m, struct mm_struct *mm, u32 table, s64 nr)
{
	owner_add(&mm->nr_tables, (u64)nr);
	qy_count_node(m, zone_of(m, table)->node, NR_PAGETABLE, nr);
}

/* Makes the table below @table for @vpn, if nobody else does meanwhile. Return: it, NO_FRAME. */
static u32 make_table(struct qy_machine *m, struct mm_struct *mm, u32 table, u32 vpn,
	unsigned int level)
{
	struct page *page = qy_alloc_pages(m, GFP_PGTABLE, 0);
	u64 *entry = &table_entries(m, table)[entry_index(vpn, level)];
	u64 other;

	if (!page)
		return NO_FRAME;
	qy_task_lock(m);
	other = *entry;
	if (!other) {
		*entry = (u64)page_to_frame(m, page) + 1;
		count_table(m, mm, page_to_frame(m, page), 1);
	}
	qy_task_unlock(m);
	if (other)
		qy_free_pages(m, page, 0);
	return other ? (u32)(other - 1) : page_to_frame(m, page);
}

int qy_pte_alloc(struct qy_machine *m, struct mm_struct *mm, u32 vpn)
{
	u32 table = mm->pgd;

	for (unsigned int level = TOP_LEVEL; level; level--) {
		u64 entry;

		qy_task_lock(m);
		entry = table_entries(m, table)[entry_index(vpn, level)];
		qy_task_unlock(m);
		table = entry ? (u32)(entry - 1) : make_table(m, mm, table, vpn, level);
		if (table == NO_FRAME)
			return -QY_ENOMEM;
	}
	return 0;
}

u32 qy_pgd_alloc(struct qy_machine *m)
{
	struct page *page = qy_alloc_pages(m, GFP_PGTABLE, 0);

	return page ? page_to_frame(m, page) : NO_FRAME;
}

void qy_pgd_free(struct qy_machine *m, u32 pgd)
{
	qy_free_pages(m, frame_to_page(m, pgd), 0);
}

/* What is freed, in virtual pages. */
struct free_range {
	u64 start, end, floor, ceiling;
};

static void free_below(struct qy_machine *m, struct mm_struct *mm, u32 table, u64 base,
	unsigned int level, const struct free_range *range)
{
	u64 span = 1ull << (TABLE_BITS * level);
	u64 *entries = table_entries(m, table);
	u32 first = entry_index(max(range->start, base), level);
	u32 last = entry_index(min(range->end, base + (span << TABLE_BITS)) - 1, level);

	for (u32 i = first; i <= last; i++) {
		u64 at = base + i * span;
		u32 below = (u32)(entries[i] - 1);

		if (!entries[i])
			continue;
		if (level > 1)
			free_below(m, mm, below, at, level - 1, range);
		if (at < range->floor || at + span > range->ceiling)
			continue;
		entries[i] = 0;
		count_table(m, mm, below, -1);
		qy_free_pages(m, frame_to_page(m, below), 0);
	}
}

void qy_free_pgtables(struct qy_machine *m, struct mm_struct *mm, u64 start, u64 end,
	u64 floor, u64 ceiling)
{
	const struct free_range range = { start, end, floor, ceiling };

	free_below(m, mm, mm->pgd, 0, TOP_LEVEL, &range);
}
