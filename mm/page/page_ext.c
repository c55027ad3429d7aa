// SPDX-License-Identifier: MIT
/*
 * What a kernel keeps beside struct page for page_owner=on and allocation profiling, taken from the board's RAM at boot
 * as Linux takes it: one piece of 2^(section) entries for each section of 128 MiB that has RAM, from its node; where no
 * block is large enough, page by page.
 *
 *   qy_page_ext_init()
 *
 * The records themselves are not in it: Quarry's own tables never lie in the board's RAM. No state.
 */
#include "mm/page/boot.h"
#include <quarry/owner.h>

#define PAGES_PER_SECTION 32768u /* 128 MiB, on arm64 and x86-64 */

/* Bytes an entry has on Linux 6.12. */
#define ENTRY_FLAGS      8u
#define ENTRY_PAGE_OWNER 64u
#define ENTRY_CODETAG    8u

static u32 entry_bytes(const struct qy_board *board)
{
	u32 bytes = 0;

	if (board->page_owner == QY_PAGE_OWNER_ON)
		bytes += ENTRY_PAGE_OWNER;
	if (board->mem_profiling != QY_MEM_PROFILING_NONE)
		bytes += ENTRY_CODETAG;
	return bytes ? bytes + ENTRY_FLAGS : 0;
}

/* Pages one by one. Return: false when there are not enough. */
static bool take_single(struct qy_machine *m, int node, u32 nr)
{
	for (; nr; nr--)
		if (!qy_alloc_pages_node(m, node, QY_GFP_KERNEL | QY___GFP_NOWARN, 0))
			return false;
	return true;
}

static bool take_pages(struct qy_machine *m, int node, u32 nr)
{
	unsigned int order = qy_fls64(nr - 1) + 1;
	struct page *page =
		qy_alloc_pages_node(m, node, QY_GFP_KERNEL | QY___GFP_NOWARN, order);

	if (!page)
		return take_single(m, node, nr);
	qy_split_page(m, page, order);
	for (u32 i = nr; i < 1u << order; i++)
		qy_free_past_lists(m, page + i, 0);
	return true;
}

/* Sections of one extent from @section on. Return: the one behind the last, or 0: no memory. */
static u64 take_sections(
	struct qy_machine *m, const struct qy_extent *e, u64 section, u32 nr_pages)
{
	u64 last = e->last_ram_pfn / PAGES_PER_SECTION;

	for (section = max(section, e->first_ram_pfn / PAGES_PER_SECTION);
		section <= last; section++)
		if (!take_pages(m, m->zones[e->zone].node, nr_pages))
			return 0;
	return section;
}

static bool take_all(struct qy_machine *m, u32 nr_pages, u64 *nr_sections)
{
	u64 next[QY_MAX_NODES] = { 0 }; /* section of a node that is not served yet */

	for (u32 i = 0; i < m->nr_extents; i++) {
		u64 *from = &next[m->zones[m->extents[i].zone].node];
		u64 to = take_sections(m, &m->extents[i], *from, nr_pages);
		u64 first = m->extents[i].first_ram_pfn / PAGES_PER_SECTION;

		if (!to)
			return false;
		*nr_sections += to - max(*from, first);
		*from = to;
	}
	return true;
}

bool qy_page_ext_init(struct qy_machine *m)
{
	static const struct qy_site site = { "mm/page/page_ext.c", __LINE__,
		"qy_page_ext_init", NULL };
	u64 section_bytes = (u64)PAGES_PER_SECTION * entry_bytes(m->board);
	struct qy_context before = *qy_current();
	u64 nr_sections = 0;
	bool good;

	if (!section_bytes)
		return true;
	/* the boot CPU's first task asks; no thread has entered yet */
	*qy_current() = (struct qy_context){ .machine = m, .site = &site };
	qy_set_task(0, "swapper");
	good = take_all(m, (u32)(section_bytes / QY_PAGE_SIZE), &nr_sections);
	*qy_current() = before;
	if (good)
		qy_printk(m, QY_LOG_INFO, "allocated %llu bytes of page_ext",
			(unsigned long long)(nr_sections * section_bytes));
	else
		qy_printk(m, QY_LOG_EMERG, "Kernel panic - not syncing: Out of memory");
	return good;
}
