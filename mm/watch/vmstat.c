/* SPDX-License-Identifier: MIT */
/*
 * The numbers of a machine: what is free where, and how broken up it is.
 *
 *   qy_zone_stats, qy_zone_counts                   one zone; its free blocks only
 *   qy_compact_counts                               what compaction has done
 *   qy_reclaim_counts                               what reclaim, swap and writeback have done
 *   qy_pageblock_info                               one pageblock
 *   qy_fragmentation_index, qy_unusable_index       two measures of a zone's free blocks
 *   qy_machine_view                                 all of it as the source of the text views
 *
 * Locking: counts of one zone are copied under its zone->lock; zones are not one snapshot. Per-CPU counts are read
 * without a lock.
 */
#include "mm/watch/internal.h"
#include "mm/slab/slab.h"
#include "mm/pressure/pressure.h"
#include "mm/task/task.h"
#include <quarry/owner.h>

#define STAT_THRESHOLD_MAX 125
#define STAT_UNIT_SHIFT    (27 - QY_PAGE_SHIFT) /* 128 MiB, in pages */

/* ------------------------------------------------------------------ zones and pageblocks */

static u64 pcp_pages(const struct qy_machine *m, const struct zone *zone)
{
	u64 count = 0;

	for (u32 cpu = 0; cpu < m->nr_cpus; cpu++)
		count += qy_zone_pageset(zone, cpu).count;
	return count;
}

static void copy_free(
	const struct qy_machine *m, struct zone *zone, struct qy_zone_stats *out)
{
	u32 first = zone->first_frame >> QY_PAGEBLOCK_ORDER;
	u32 nr = zone->nr_frames >> QY_PAGEBLOCK_ORDER;

	qy_spin_lock_irqsave(&zone->lock);
	out->free_pages = zone->nr_free_pages;
	out->free_cma_pages = zone->nr_free_cma;
	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++) {
		const struct free_area *area = &zone->free_area[order];

		for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
			out->nr_free[order][mt] = area->nr_type[mt];
		out->nr_free[order][MIGRATE_CMA] += area->nr_type[MIGRATE_GUARANTEED];
	}
	for (u32 block = first; block < first + nr; block++)
		if (m->blocks[block].present)
			out->nr_blocks[shown_migratetype(m->blocks[block].migratetype)]++;
	qy_spin_unlock_irqrestore(&zone->lock);
}

bool qy_zone_stats(struct qy_machine *m, uint32_t index, struct qy_zone_stats *out)
{
	struct zone *zone;

	if (index >= m->nr_zones)
		return false;
	zone = &m->zones[index];
	*out = (struct qy_zone_stats){
		.name = zone->name,
		.node = zone->node,
		.type = zone->type,
		.start_pfn = zone->zone_start_pfn,
		.spanned_pages = zone->spanned_pages,
		.present_pages = zone->present_pages,
		.managed_pages = zone_managed_pages(zone),
		.cma_pages = zone->cma_pages,
		.pcp_pages = pcp_pages(m, zone),
		.watermark_boost = READ_ONCE(zone->watermark_boost),
		.nr_reserved_highatomic = READ_ONCE(zone->nr_reserved_highatomic),
	};
	for (unsigned int mark = 0; mark < NR_WMARK; mark++)
		out->watermark[mark] = READ_ONCE(zone->_watermark[mark]);
	for (unsigned int type = 0; type < QY_MAX_NR_ZONES; type++)
		out->lowmem_reserve[type] = READ_ONCE(zone->lowmem_reserve[type]);
	copy_free(m, zone, out);
	return true;
}

bool qy_zone_counts(
	const struct qy_machine *m, uint32_t index, struct qy_zone_counts *out)
{
	const struct zone *zone;

	if (index >= m->nr_zones)
		return false;
	zone = &m->zones[index];
	*out = (struct qy_zone_counts){ .free_pages = READ_ONCE(zone->nr_free_pages) };
	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++)
		out->free_blocks += READ_ONCE(zone->free_area[order].nr_free);
	return true;
}

void qy_compact_counts(const struct qy_machine *m, struct qy_compact_counts *out)
{
	*out = (struct qy_compact_counts){
		.scanned_pages = READ_ONCE(m->events[COMPACTMIGRATE_SCANNED]) +
				 READ_ONCE(m->events[COMPACTFREE_SCANNED]),
		.moved_pages = READ_ONCE(m->events[PGMIGRATE_SUCCESS]),
	};
}

static u64 sum_of_nodes(const struct qy_machine *m, enum node_stat_item item)
{
	u64 sum = 0;

	for (u32 node = 0; node < m->nr_nodes; node++)
		sum += READ_ONCE(m->node_stat[node][item]);
	return sum;
}

/* PGPGIN and PGPGOUT are KiB, of swap and files together. */
static u64 pages_of_files(
	const struct qy_machine *m, enum machine_event kib, enum machine_event swap)
{
	return (READ_ONCE(m->events[kib]) >> (QY_PAGE_SHIFT - 10)) -
	       READ_ONCE(m->events[swap]);
}

void qy_reclaim_counts(const struct qy_machine *m, struct qy_reclaim_counts *out)
{
	*out = (struct qy_reclaim_counts){
		.kswapd_scanned = READ_ONCE(m->events[PGSCAN_KSWAPD]),
		.kswapd_freed = READ_ONCE(m->events[PGSTEAL_KSWAPD]),
		.direct_scanned = READ_ONCE(m->events[PGSCAN_DIRECT]),
		.direct_freed = READ_ONCE(m->events[PGSTEAL_DIRECT]),
		.swapped_out = READ_ONCE(m->events[PSWPOUT]),
		.swapped_in = READ_ONCE(m->events[PSWPIN]),
		.file_written = pages_of_files(m, PGPGOUT, PSWPOUT),
		.file_read = pages_of_files(m, PGPGIN, PSWPIN),
		.throttled_written = sum_of_nodes(m, NR_THROTTLED_WRITTEN),
		.refaults_anon = sum_of_nodes(m, WORKINGSET_REFAULT_ANON),
		.refaults_file = sum_of_nodes(m, WORKINGSET_REFAULT_FILE),
	};
}

/* zone->lock must be held. */
static int largest_free_order(const struct qy_pageblock *pb)
{
	if (pb->nr_free == BLOCK_FRAMES && !pb->nr[QY_PAGEBLOCK_ORDER])
		return QY_MAX_PAGE_ORDER; /* half of a pair: counted nowhere in nr[] */
	for (int order = QY_PAGEBLOCK_ORDER; order >= 0; order--)
		if (pb->nr[order])
			return order;
	return -1;
}

bool qy_pageblock_info(
	struct qy_machine *m, uint32_t index, struct qy_pageblock_info *out)
{
	const struct qy_pageblock *pb;
	struct zone *zone;

	if (index >= m->nr_blocks)
		return false;
	pb = &m->blocks[index];
	zone = &m->zones[pb->zone];
	*out = (struct qy_pageblock_info){
		.zone_name = zone->name,
		.node = zone->node,
		.zone_type = zone->type,
		.start_pfn = frame_to_pfn(m, index << QY_PAGEBLOCK_ORDER),
		.nr_pages = pb->present,
		.nr_reserved = pb->reserved,
	};
	qy_spin_lock_irqsave(&zone->lock);
	out->nr_free = pb->nr_free;
	out->migratetype = shown_migratetype(pb->migratetype);
	out->largest_free_order = (int8_t)largest_free_order(pb);
	qy_spin_unlock_irqrestore(&zone->lock);
	return true;
}

/* ------------------------------------------------------------------ how broken up */

struct contig_page_info {
	u64 free_pages;
	u64 free_blocks;
	u64 suitable_blocks; /* counted in blocks of the order asked for */
};

static struct contig_page_info fill_contig_page_info(
	const struct qy_zone_stats *z, unsigned int suitable_order)
{
	struct contig_page_info info = { 0 };

	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++) {
		u64 blocks = 0;

		for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
			blocks += z->nr_free[order][mt];
		info.free_blocks += blocks;
		info.free_pages += blocks << order;
		if (order >= suitable_order)
			info.suitable_blocks += blocks << (order - suitable_order);
	}
	return info;
}

int qy_fragmentation_index(const struct qy_zone_stats *z, unsigned int order)
{
	struct contig_page_info info;

	if (order > QY_MAX_PAGE_ORDER)
		return 0;
	info = fill_contig_page_info(z, order);
	if (!info.free_blocks)
		return 0;
	if (info.suitable_blocks)
		return -1000;
	/* below 0 when a single block is left: 1000 - 1500 */
	return 1000 -
	       (int)((1000 + (info.free_pages * 1000 >> order)) / info.free_blocks);
}

int qy_unusable_index(const struct qy_zone_stats *z, unsigned int order)
{
	struct contig_page_info info = fill_contig_page_info(z, min(order, 63u));

	if (!info.free_pages)
		return 1000;
	return (int)((info.free_pages - (info.suitable_blocks << min(order, 63u))) *
		     1000 / info.free_pages);
}

u32 qy_stat_threshold(u64 managed_pages, u32 nr_cpus)
{
	u64 units = managed_pages >> STAT_UNIT_SHIFT;
	u32 cpu_bits = qy_fls64(nr_cpus) + 1;
	u32 memory_bits = units ? qy_fls64(units) + 1 : 0;

	return min(2 * cpu_bits * (1 + memory_bits), (u32)STAT_THRESHOLD_MAX);
}

/* ------------------------------------------------------------------ the machine as a source of views */

/* In the order of enum node_stat_item. */
static const char *const node_stat_names[NR_VM_NODE_STAT_ITEMS] = {
	"nr_inactive_anon",
	"nr_active_anon",
	"nr_inactive_file",
	"nr_active_file",
	"nr_unevictable",
	"nr_slab_reclaimable",
	"nr_slab_unreclaimable",
	"nr_isolated_anon",
	"nr_isolated_file",
	"workingset_nodes",
	"workingset_refault_anon",
	"workingset_refault_file",
	"workingset_activate_anon",
	"workingset_activate_file",
	"workingset_restore_anon",
	"workingset_restore_file",
	"workingset_nodereclaim",
	"nr_anon_pages",
	"nr_mapped",
	"nr_file_pages",
	"nr_dirty",
	"nr_writeback",
	"nr_writeback_temp",
	"nr_shmem",
	"nr_shmem_hugepages",
	"nr_shmem_pmdmapped",
	"nr_file_hugepages",
	"nr_file_pmdmapped",
	"nr_anon_transparent_hugepages",
	"nr_vmscan_write",
	"nr_vmscan_immediate_reclaim",
	"nr_dirtied",
	"nr_written",
	"nr_throttled_written",
	"nr_kernel_misc_reclaimable",
	"nr_foll_pin_acquired",
	"nr_foll_pin_released",
	"nr_kernel_stack",
	"nr_page_table_pages",
	"nr_sec_page_table_pages",
	"nr_swapcached",
	"pgdemote_kswapd",
	"pgdemote_direct",
	"pgdemote_khugepaged",
};

static bool machine_node_stat(void *arg, u32 node, u32 n, struct stat_line *out)
{
	if (n >= ARRAY_SIZE(node_stat_names))
		return false;
	*out = (struct stat_line){ node_stat_names[n],
		READ_ONCE(((const struct qy_machine *)arg)->node_stat[node][n]) };
	if (n == NR_SLAB_RECLAIMABLE || n == NR_SLAB_UNRECLAIMABLE)
		out->value = qy_slab_pages(arg, (int)node, n == NR_SLAB_RECLAIMABLE);
	return true;
}

enum zone_stat_kind {
	STAT_NONE, /* no room counts it yet */
	STAT_FREE,
	STAT_FREE_CMA,
	STAT_EVENT,
	STAT_LRU, /* its list is the number in place of an event */
	STAT_WRITE_PENDING,
};

/* The last six are those of a NUMA build. */
static const struct {
	const char *name;
	enum zone_stat_kind kind;
	u32 event; /* enum zone_event */
} zone_stats[] = {
	{ "nr_free_pages", STAT_FREE, 0 },
	{ "nr_zone_inactive_anon", STAT_LRU, 0 },
	{ "nr_zone_active_anon", STAT_LRU, 1 },
	{ "nr_zone_inactive_file", STAT_LRU, 2 },
	{ "nr_zone_active_file", STAT_LRU, 3 },
	{ "nr_zone_unevictable", STAT_LRU, 4 },
	{ "nr_zone_write_pending", STAT_WRITE_PENDING, 0 },
	{ "nr_mlock", STAT_LRU, 4 },
	{ "nr_bounce", STAT_NONE, 0 },
	{ "nr_free_cma", STAT_FREE_CMA, 0 },
	{ "numa_hit", STAT_EVENT, NUMA_HIT },
	{ "numa_miss", STAT_EVENT, NUMA_MISS },
	{ "numa_foreign", STAT_EVENT, NUMA_FOREIGN },
	{ "numa_interleave", STAT_NONE, 0 },
	{ "numa_local", STAT_EVENT, NUMA_LOCAL },
	{ "numa_other", STAT_EVENT, NUMA_OTHER },
};
#define NR_NUMA_STATS 6

static bool machine_zone_stat(void *arg, u32 index, u32 n, struct stat_line *out)
{
	const struct qy_machine *m = arg;
	const struct zone *zone = &m->zones[index];

	if (n >= ARRAY_SIZE(zone_stats) - (m->board->numa ? 0 : NR_NUMA_STATS))
		return false;
	*out = (struct stat_line){ zone_stats[n].name, 0 };
	switch (zone_stats[n].kind) {
	case STAT_FREE:
		out->value = READ_ONCE(zone->nr_free_pages);
		break;
	case STAT_FREE_CMA:
		out->value = READ_ONCE(zone->nr_free_cma);
		break;
	case STAT_EVENT:
		out->value = qy_zone_event(zone, (enum zone_event)zone_stats[n].event);
		break;
	case STAT_LRU:
		out->value = READ_ONCE(zone->nr_lru[zone_stats[n].event]);
		break;
	case STAT_WRITE_PENDING:
		out->value = READ_ONCE(zone->nr_write_pending);
		break;
	case STAT_NONE:
		break;
	}
	return true;
}

#define BY_ZONE(prefix)                                                           \
	{                                                                         \
		[QY_ZONE_DMA] = prefix "_dma", [QY_ZONE_DMA32] = prefix "_dma32", \
		[QY_ZONE_NORMAL] = prefix "_normal",                              \
		[QY_ZONE_MOVABLE] = prefix "_movable",                            \
		[QY_ZONE_DEVICE] = prefix "_device",                              \
	}

static const char *const pgalloc_names[QY_MAX_NR_ZONES] = BY_ZONE("pgalloc");
static const char *const allocstall_names[QY_MAX_NR_ZONES] = BY_ZONE("allocstall");
static const char *const pgskip_names[QY_MAX_NR_ZONES] = BY_ZONE("pgskip");

enum event_kind {
	EVENT_COUNT,   /* machine->events */
	EVENT_PGALLOC, /* these three: a line for each kind of zone */
	EVENT_ALLOCSTALL,
	EVENT_PGSKIP,
	EVENT_PGFREE,
	EVENT_DIRTY_THRESHOLD,
	EVENT_BACKGROUND_THRESHOLD,
};

/* In the kernel's order; between them are events that nothing counts. */
static const struct {
	const char *name;
	enum event_kind kind;
	enum machine_event event;
} events[] = {
	{ "nr_dirty_threshold", EVENT_DIRTY_THRESHOLD, 0 },
	{ "nr_dirty_background_threshold", EVENT_BACKGROUND_THRESHOLD, 0 },
	{ "pgpgin", EVENT_COUNT, PGPGIN },
	{ "pgpgout", EVENT_COUNT, PGPGOUT },
	{ "pswpin", EVENT_COUNT, PSWPIN },
	{ "pswpout", EVENT_COUNT, PSWPOUT },
	{ NULL, EVENT_PGALLOC, 0 },
	{ NULL, EVENT_ALLOCSTALL, 0 },
	{ NULL, EVENT_PGSKIP, 0 },
	{ "pgfree", EVENT_PGFREE, 0 },
	{ "pgactivate", EVENT_COUNT, PGACTIVATE },
	{ "pgdeactivate", EVENT_COUNT, PGDEACTIVATE },
	{ "pgfault", EVENT_COUNT, PGFAULT },
	{ "pgmajfault", EVENT_COUNT, PGMAJFAULT },
	{ "pgrefill", EVENT_COUNT, PGREFILL },
	{ "pgsteal_kswapd", EVENT_COUNT, PGSTEAL_KSWAPD },
	{ "pgsteal_direct", EVENT_COUNT, PGSTEAL_DIRECT },
	{ "pgscan_kswapd", EVENT_COUNT, PGSCAN_KSWAPD },
	{ "pgscan_direct", EVENT_COUNT, PGSCAN_DIRECT },
	{ "pgscan_direct_throttle", EVENT_COUNT, PGSCAN_DIRECT_THROTTLE },
	{ "pgscan_anon", EVENT_COUNT, PGSCAN_ANON },
	{ "pgscan_file", EVENT_COUNT, PGSCAN_FILE },
	{ "pgsteal_anon", EVENT_COUNT, PGSTEAL_ANON },
	{ "pgsteal_file", EVENT_COUNT, PGSTEAL_FILE },
	{ "slabs_scanned", EVENT_COUNT, SLABS_SCANNED },
	{ "kswapd_low_wmark_hit_quickly", EVENT_COUNT, KSWAPD_LOW_WMARK_HIT_QUICKLY },
	{ "kswapd_high_wmark_hit_quickly", EVENT_COUNT, KSWAPD_HIGH_WMARK_HIT_QUICKLY },
	{ "pageoutrun", EVENT_COUNT, PAGEOUTRUN },
	{ "drop_pagecache", EVENT_COUNT, DROP_PAGECACHE },
	{ "drop_slab", EVENT_COUNT, DROP_SLAB },
	{ "oom_kill", EVENT_COUNT, OOM_KILL },
	{ "pgmigrate_success", EVENT_COUNT, PGMIGRATE_SUCCESS },
	{ "pgmigrate_fail", EVENT_COUNT, PGMIGRATE_FAIL },
	{ "compact_migrate_scanned", EVENT_COUNT, COMPACTMIGRATE_SCANNED },
	{ "compact_free_scanned", EVENT_COUNT, COMPACTFREE_SCANNED },
	{ "compact_isolated", EVENT_COUNT, COMPACTISOLATED },
	{ "compact_stall", EVENT_COUNT, COMPACTSTALL },
	{ "compact_fail", EVENT_COUNT, COMPACTFAIL },
	{ "compact_success", EVENT_COUNT, COMPACTSUCCESS },
	{ "compact_daemon_wake", EVENT_COUNT, KCOMPACTD_WAKE },
	{ "compact_daemon_migrate_scanned", EVENT_COUNT, KCOMPACTD_MIGRATE_SCANNED },
	{ "compact_daemon_free_scanned", EVENT_COUNT, KCOMPACTD_FREE_SCANNED },
	{ "cma_alloc_success", EVENT_COUNT, CMA_ALLOC_SUCCESS },
	{ "cma_alloc_fail", EVENT_COUNT, CMA_ALLOC_FAIL },
};

static bool is_per_zone(enum event_kind kind)
{
	return kind >= EVENT_PGALLOC && kind <= EVENT_PGSKIP;
}

static u64 zone_event_count(const struct zone *zone, enum event_kind kind)
{
	return kind == EVENT_PGSKIP ? READ_ONCE(zone->nr_skipped)
				    : qy_zone_event(zone, PGALLOC);
}

static void per_zone_line(
	const struct qy_machine *m, enum event_kind kind, u32 type, struct stat_line *out)
{
	const char *const *names = kind == EVENT_PGALLOC      ? pgalloc_names
				   : kind == EVENT_ALLOCSTALL ? allocstall_names
							      : pgskip_names;

	*out = (struct stat_line){ names[type], 0 };
	if (kind == EVENT_ALLOCSTALL)
		out->value = READ_ONCE(m->allocstall[type]);
	for (u32 i = 0; i < m->nr_zones; i++)
		if (kind != EVENT_ALLOCSTALL && m->zones[i].type == type)
			out->value += zone_event_count(&m->zones[i], kind);
}

/*
 * pgfree counts the frames that boot gave to the zones as well, so that on a quiet machine
 * pgfree - pgalloc_* = free + on per-CPU lists. As on Linux, what a contiguous range takes is not counted in pgalloc_*,
 * but its free is.
 */
static u64 event_value(const struct qy_machine *m, u32 at)
{
	u64 sum = 0;

	switch (events[at].kind) {
	case EVENT_COUNT:
		return READ_ONCE(m->events[events[at].event]);
	case EVENT_DIRTY_THRESHOLD:
		return qy_dirty_limits(m).dirty;
	case EVENT_BACKGROUND_THRESHOLD:
		return qy_dirty_limits(m).background;
	default:
		for (u32 i = 0; i < m->nr_zones; i++)
			sum += zone_managed_pages(&m->zones[i]) +
			       qy_zone_event(&m->zones[i], PGFREE);
		return sum;
	}
}

static bool machine_event(void *arg, u32 n, struct stat_line *out)
{
	const struct qy_machine *m = arg;

	for (u32 at = 0; at < ARRAY_SIZE(events); at++) {
		u32 nr = is_per_zone(events[at].kind) ? m->zones_per_node : 1;

		if (n >= nr) {
			n -= nr;
			continue;
		}
		if (nr > 1)
			per_zone_line(m, events[at].kind, n, out);
		else
			*out = (struct stat_line){ events[at].name, event_value(m, at) };
		return true;
	}
	return false;
}

static void machine_pageset(void *arg, u32 index, u32 cpu, struct qy_pageset *out)
{
	const struct qy_machine *m = arg;

	*out = qy_zone_pageset(&m->zones[index], cpu);
}

static bool machine_zone(void *arg, u32 index, struct qy_zone_stats *out)
{
	return qy_zone_stats(arg, index, out);
}

static bool machine_mixed(void *arg, u32 zone, u64 *nr)
{
	return qy_mixed_pageblocks(arg, zone, nr);
}

struct view_source qy_machine_view(struct qy_machine *m)
{
	struct view_source view = {
		.arg = m,
		.nr_cpus = m->nr_cpus,
		.zones_per_node = m->zones_per_node,
		.cma = true,
		.zone = machine_zone,
		.node_stat = machine_node_stat,
		.zone_stat = machine_zone_stat,
		.pageset = machine_pageset,
		.event = machine_event,
		.mixed = m->board->page_owner == QY_PAGE_OWNER_ON ? machine_mixed : NULL,
	};

	for (u32 node = 0; node < m->nr_nodes; node++)
		view.unreclaimable[node] = qy_kswapd_failed(m, node);
	return view;
}
