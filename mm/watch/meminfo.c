/* SPDX-License-Identifier: MIT */
/*
 * /proc/meminfo: every line of a 6.12 kernel with CMA, in order.
 *
 * A line whose room does not exist yet is 0, and says the truth: nothing is there.
 * Locking: none; counts of several zones are not one snapshot.
 */
#include "mm/watch/internal.h"
#include "mm/slab/slab.h"
#include "mm/pressure/overcommit.h"
#include "mm/task/task.h"
#include "mm/virt/virt.h"

#define VALUE_COLUMN  24 /* where a value ends */
#define NAME_COLUMNS  16
#define KIB(nr_pages) ((nr_pages) << (QY_PAGE_SHIFT - 10))
#define HUGE_PAGE_KIB KIB((u64)BLOCK_FRAMES)

enum meminfo_value {
	MI_NONE, /* no room counts it yet */
	MI_TOTAL,
	MI_FREE,
	MI_AVAILABLE,
	MI_COMMIT_LIMIT,
	MI_COMMITTED_AS,
	MI_CMA_TOTAL,
	MI_CMA_FREE,
	MI_HUGE_PAGE_SIZE,
	MI_SLAB,
	MI_SLAB_RECLAIMABLE,
	MI_SLAB_UNRECLAIMABLE,
	MI_VMALLOC_TOTAL,
	MI_VMALLOC_USED,
	MI_CACHED,
	MI_SWAP_CACHED,
	MI_ACTIVE,
	MI_INACTIVE,
	MI_ACTIVE_ANON,
	MI_INACTIVE_ANON,
	MI_ACTIVE_FILE,
	MI_INACTIVE_FILE,
	MI_UNEVICTABLE,
	MI_SWAP_TOTAL,
	MI_SWAP_FREE,
	MI_DIRTY,
	MI_WRITEBACK,
	MI_ANON_PAGES,
	MI_MAPPED,
	MI_SHMEM,
	MI_PAGE_TABLES,
	NR_MEMINFO_VALUES,
};

static const struct {
	const char *name;
	enum meminfo_value value;
	bool plain;
} lines[] = {
	{ "MemTotal", MI_TOTAL, false },
	{ "MemFree", MI_FREE, false },
	{ "MemAvailable", MI_AVAILABLE, false },
	{ "Buffers", MI_NONE, false },
	{ "Cached", MI_CACHED, false },
	{ "SwapCached", MI_SWAP_CACHED, false },
	{ "Active", MI_ACTIVE, false },
	{ "Inactive", MI_INACTIVE, false },
	{ "Active(anon)", MI_ACTIVE_ANON, false },
	{ "Inactive(anon)", MI_INACTIVE_ANON, false },
	{ "Active(file)", MI_ACTIVE_FILE, false },
	{ "Inactive(file)", MI_INACTIVE_FILE, false },
	{ "Unevictable", MI_UNEVICTABLE, false },
	{ "Mlocked", MI_UNEVICTABLE, false },
	{ "SwapTotal", MI_SWAP_TOTAL, false },
	{ "SwapFree", MI_SWAP_FREE, false },
	{ "Dirty", MI_DIRTY, false },
	{ "Writeback", MI_WRITEBACK, false },
	{ "AnonPages", MI_ANON_PAGES, false },
	{ "Mapped", MI_MAPPED, false },
	{ "Shmem", MI_SHMEM, false },
	{ "KReclaimable", MI_SLAB_RECLAIMABLE, false },
	{ "Slab", MI_SLAB, false },
	{ "SReclaimable", MI_SLAB_RECLAIMABLE, false },
	{ "SUnreclaim", MI_SLAB_UNRECLAIMABLE, false },
	{ "KernelStack", MI_NONE, false },
	{ "PageTables", MI_PAGE_TABLES, false },
	{ "SecPageTables", MI_NONE, false },
	{ "NFS_Unstable", MI_NONE, false },
	{ "Bounce", MI_NONE, false },
	{ "WritebackTmp", MI_NONE, false },
	{ "CommitLimit", MI_COMMIT_LIMIT, false },
	{ "Committed_AS", MI_COMMITTED_AS, false },
	{ "VmallocTotal", MI_VMALLOC_TOTAL, false },
	{ "VmallocUsed", MI_VMALLOC_USED, false },
	{ "VmallocChunk", MI_NONE, false },
	{ "Percpu", MI_NONE, false },
	{ "AnonHugePages", MI_NONE, false },
	{ "ShmemHugePages", MI_NONE, false },
	{ "ShmemPmdMapped", MI_NONE, false },
	{ "FileHugePages", MI_NONE, false },
	{ "FilePmdMapped", MI_NONE, false },
	{ "CmaTotal", MI_CMA_TOTAL, false },
	{ "CmaFree", MI_CMA_FREE, false },
	{ "HugePages_Total", MI_NONE, true },
	{ "HugePages_Free", MI_NONE, true },
	{ "HugePages_Rsvd", MI_NONE, true },
	{ "HugePages_Surp", MI_NONE, true },
	{ "Hugepagesize", MI_HUGE_PAGE_SIZE, false },
	{ "Hugetlb", MI_NONE, false },
	{ "DirectMap4k", MI_NONE, false },
	{ "DirectMap2M", MI_NONE, false },
	{ "DirectMap1G", MI_NONE, false },
};

void qy_show_meminfo_line(struct qy_seq *seq, const struct qy_stat *line)
{
	int name_length = 0;
	int value_width;

	while (line->name[name_length])
		name_length++;
	name_length++; /* the colon */
	value_width = VALUE_COLUMN - max(name_length, NAME_COLUMNS);
	qy_seq_printf(seq, "%s:%*s%*lu%s\n", line->name,
		max(NAME_COLUMNS - name_length, 0), "", value_width, line->value,
		line->kib ? " kB" : "");
}

/* What of the page cache could be had without harm: half of it, or the low watermarks, are better kept. */
static u64 available_cache(const struct qy_machine *m, u64 low_pages)
{
	u64 cache = qy_node_total(m, NR_ACTIVE_FILE) + qy_node_total(m, NR_INACTIVE_FILE);

	return cache - min(cache / 2, low_pages);
}

static void count_user_pages(const struct qy_machine *m, u64 *values)
{
	static const struct {
		enum meminfo_value value;
		enum node_stat_item item;
	} single[] = {
		{ MI_SWAP_CACHED, NR_SWAPCACHE },
		{ MI_ACTIVE_ANON, NR_ACTIVE_ANON },
		{ MI_INACTIVE_ANON, NR_INACTIVE_ANON },
		{ MI_ACTIVE_FILE, NR_ACTIVE_FILE },
		{ MI_INACTIVE_FILE, NR_INACTIVE_FILE },
		{ MI_UNEVICTABLE, NR_UNEVICTABLE },
		{ MI_CACHED, NR_FILE_PAGES },
		{ MI_DIRTY, NR_FILE_DIRTY },
		{ MI_WRITEBACK, NR_WRITEBACK },
		{ MI_ANON_PAGES, NR_ANON_MAPPED },
		{ MI_MAPPED, NR_FILE_MAPPED },
		{ MI_SHMEM, NR_SHMEM },
		{ MI_PAGE_TABLES, NR_PAGETABLE },
	};

	for (u32 i = 0; i < ARRAY_SIZE(single); i++)
		values[single[i].value] = KIB(qy_node_total(m, single[i].item));
	values[MI_ACTIVE] = values[MI_ACTIVE_ANON] + values[MI_ACTIVE_FILE];
	values[MI_INACTIVE] = values[MI_INACTIVE_ANON] + values[MI_INACTIVE_FILE];
	values[MI_SWAP_TOTAL] = KIB(qy_swap_total(m));
	values[MI_SWAP_FREE] = KIB(qy_swap_free(m));
}

static void count_values(const struct qy_machine *m, u64 *values)
{
	u64 reserve_kib = KIB(qy_totalreserve_pages(m)), low_pages = 0;
	u64 reclaimable = qy_slab_pages(m, -1, true);
	struct qy_vmalloc_stats vmalloc;

	memset(values, 0, NR_MEMINFO_VALUES * sizeof(*values));
	values[MI_HUGE_PAGE_SIZE] = HUGE_PAGE_KIB;
	for (u32 i = 0; i < m->nr_zones; i++) {
		const struct zone *zone = &m->zones[i];

		values[MI_TOTAL] += KIB(zone_managed_pages(zone));
		low_pages += READ_ONCE(zone->_watermark[WMARK_LOW]) +
			     READ_ONCE(zone->watermark_boost);
		values[MI_FREE] += KIB(READ_ONCE(zone->nr_free_pages));
		values[MI_CMA_TOTAL] += KIB(zone->cma_pages);
		values[MI_CMA_FREE] += KIB(READ_ONCE(zone->nr_free_cma));
	}
	values[MI_SLAB_RECLAIMABLE] = KIB(reclaimable);
	values[MI_SLAB_UNRECLAIMABLE] = KIB(qy_slab_pages(m, -1, false));
	qy_vmalloc_stats(m, &vmalloc);
	/* x86 counts from its first to its last byte */
	values[MI_VMALLOC_TOTAL] =
		(vmalloc.total_bytes - (m->board->arch == QY_ARCH_X86_64)) >> 10;
	values[MI_VMALLOC_USED] = KIB(vmalloc.used_pages);
	values[MI_SLAB] = values[MI_SLAB_RECLAIMABLE] + values[MI_SLAB_UNRECLAIMABLE];
	/* of what could be reclaimed, half or the low watermarks are better kept */
	values[MI_AVAILABLE] = values[MI_FREE] - min(values[MI_FREE], reserve_kib) +
			       KIB(reclaimable - min(reclaimable / 2, low_pages)) +
			       KIB(available_cache(m, low_pages));
	count_user_pages(m, values);
	values[MI_COMMIT_LIMIT] = KIB(qy_vm_commit_limit(m));
	values[MI_COMMITTED_AS] = KIB((u64)max(READ_ONCE(m->task_room->vm_committed), 0));
}

bool qy_meminfo_line(struct qy_machine *m, uint32_t n, struct qy_stat *out)
{
	u64 values[NR_MEMINFO_VALUES];

	if (n >= ARRAY_SIZE(lines))
		return false;
	count_values(m, values);
	*out = (struct qy_stat){ lines[n].name, values[lines[n].value], !lines[n].plain };
	return true;
}

void qy_show_meminfo(struct qy_seq *seq, struct qy_machine *m)
{
	struct qy_stat line;

	for (u32 n = 0; qy_meminfo_line(m, n, &line); n++)
		qy_show_meminfo_line(seq, &line);
}
