/* SPDX-License-Identifier: MIT */
/*
 * The text of the page floor's files, byte for byte as a 6.12 kernel prints it: buddyinfo, pagetypeinfo, zoneinfo,
 * vmstat, extfrag/extfrag_index, extfrag/unusable_index.
 *
 * Zones come in (node, zone) order. A zone without RAM is in zoneinfo only, and there without its statistics.
 * No state.
 */
#include "mm/watch/internal.h"

#define PAGETYPE_COUNT_MAX 100000 /* the kernel stops counting a list there */
#define ALL_NODES          UINT32_MAX

static const char *const migratetype_names[] = {
	[MIGRATE_UNMOVABLE] = "Unmovable",
	[MIGRATE_MOVABLE] = "Movable",
	[MIGRATE_RECLAIMABLE] = "Reclaimable",
	[MIGRATE_HIGHATOMIC] = "HighAtomic",
	[MIGRATE_CMA] = "CMA",
	[MIGRATE_ISOLATE] = "Isolate",
};

const char *qy_migratetype_name(unsigned int mt)
{
	return migratetype_names[mt];
}

static bool has_type(const struct view_source *view, unsigned int mt)
{
	return mt != MIGRATE_CMA || view->cma;
}

typedef void (*zone_row)(struct qy_seq *seq, const struct view_source *view,
	const struct qy_zone_stats *z);

/* Calls @row for every zone of @node that has RAM. */
static void for_each_populated_of(
	struct qy_seq *seq, const struct view_source *view, u32 node, zone_row row)
{
	struct qy_zone_stats z;

	for (u32 i = 0; view->zone(view->arg, i, &z); i++)
		if (z.present_pages && (node == ALL_NODES || z.node == node))
			row(seq, view, &z);
}

static void for_each_populated(
	struct qy_seq *seq, const struct view_source *view, zone_row row)
{
	for_each_populated_of(seq, view, ALL_NODES, row);
}

static void zone_prefix(struct qy_seq *seq, const struct qy_zone_stats *z)
{
	qy_seq_printf(seq, "Node %u, zone %8s ", z->node, z->name);
}

/* ------------------------------------------------------------------ buddyinfo */

static void buddyinfo_row(
	struct qy_seq *seq, const struct view_source *view, const struct qy_zone_stats *z)
{
	(void)view;
	zone_prefix(seq, z);
	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++) {
		u64 blocks = 0;

		for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
			blocks += z->nr_free[order][mt];
		qy_seq_printf(seq, "%6lu ", blocks);
	}
	qy_seq_puts(seq, "\n");
}

void qy_show_buddyinfo(struct qy_seq *seq, const struct view_source *view)
{
	for_each_populated(seq, view, buddyinfo_row);
}

/* ------------------------------------------------------------------ pagetypeinfo */

static void free_rows(
	struct qy_seq *seq, const struct view_source *view, const struct qy_zone_stats *z)
{
	for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++) {
		if (!has_type(view, mt))
			continue;
		qy_seq_printf(seq, "Node %4u, zone %8s, type %12s ", z->node, z->name,
			migratetype_names[mt]);
		for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++) {
			u64 blocks = z->nr_free[order][mt];

			qy_seq_printf(seq, "%s%6lu ",
				blocks >= PAGETYPE_COUNT_MAX ? ">" : "",
				min(blocks, (u64)PAGETYPE_COUNT_MAX));
		}
		qy_seq_puts(seq, "\n");
	}
}

/* A row of counts by type, below the same headings. */
static void type_row(struct qy_seq *seq, const struct view_source *view,
	const struct qy_zone_stats *z, const u64 *nr)
{
	zone_prefix(seq, z);
	for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
		if (has_type(view, mt))
			qy_seq_printf(seq, "%12lu ", nr[mt]);
	qy_seq_puts(seq, "\n");
}

static void type_headings(
	struct qy_seq *seq, const struct view_source *view, const char *what)
{
	qy_seq_printf(seq, "\n%-23s", what);
	for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
		if (has_type(view, mt))
			qy_seq_printf(seq, "%12s ", migratetype_names[mt]);
	qy_seq_puts(seq, "\n");
}

static void block_row(
	struct qy_seq *seq, const struct view_source *view, const struct qy_zone_stats *z)
{
	type_row(seq, view, z, z->nr_blocks);
}

static void mixed_rows(struct qy_seq *seq, const struct view_source *view, u32 node)
{
	struct qy_zone_stats z;
	u64 nr[MIGRATE_TYPES];

	type_headings(seq, view, "Number of mixed blocks ");
	for (u32 i = 0; view->zone(view->arg, i, &z); i++)
		if (z.present_pages && z.node == node && view->mixed(view->arg, i, nr))
			type_row(seq, view, &z, nr);
}

static void node_pagetypes(struct qy_seq *seq, const struct view_source *view, u32 node)
{
	qy_seq_printf(seq, "Page block order: %d\n", QY_PAGEBLOCK_ORDER);
	qy_seq_printf(seq, "Pages per block:  %u\n\n", BLOCK_FRAMES);
	qy_seq_printf(seq, "%-43s ", "Free pages count per migrate type at order");
	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++)
		qy_seq_printf(seq, "%6u ", order);
	qy_seq_puts(seq, "\n");
	for_each_populated_of(seq, view, node, free_rows);

	type_headings(seq, view, "Number of blocks type ");
	for_each_populated_of(seq, view, node, block_row);
	if (view->mixed)
		mixed_rows(seq, view, node);
}

/* The whole text, headings and all, once for each node with RAM. */
void qy_show_pagetypeinfo(struct qy_seq *seq, const struct view_source *view)
{
	struct qy_zone_stats z;
	u32 shown = ALL_NODES;

	for (u32 i = 0; view->zone(view->arg, i, &z); i++) {
		if (!z.present_pages || z.node == shown)
			continue;
		shown = z.node;
		node_pagetypes(seq, view, shown);
	}
}

/* ------------------------------------------------------------------ extfrag */

static void extfrag_row(
	struct qy_seq *seq, const struct view_source *view, const struct qy_zone_stats *z)
{
	(void)view;
	zone_prefix(seq, z);
	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++) {
		int index = qy_fragmentation_index(z, order);

		qy_seq_printf(seq, "%2d.%03d ", index / 1000, index % 1000);
	}
	qy_seq_puts(seq, "\n");
}

void qy_show_extfrag_index(struct qy_seq *seq, const struct view_source *view)
{
	for_each_populated(seq, view, extfrag_row);
}

static void unusable_row(
	struct qy_seq *seq, const struct view_source *view, const struct qy_zone_stats *z)
{
	(void)view;
	zone_prefix(seq, z);
	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++) {
		int index = qy_unusable_index(z, order);

		qy_seq_printf(seq, "%d.%03d ", index / 1000, index % 1000);
	}
	qy_seq_puts(seq, "\n");
}

void qy_show_unusable_index(struct qy_seq *seq, const struct view_source *view)
{
	for_each_populated(seq, view, unusable_row);
}

/* ------------------------------------------------------------------ zoneinfo */

static void show_stat(struct qy_seq *seq, const struct stat_line *stat)
{
	qy_seq_printf(seq, "\n      %-12s %lu", stat->name, stat->value);
}

static void show_node_stats(struct qy_seq *seq, const struct view_source *view, u32 node)
{
	struct stat_line stat;

	qy_seq_puts(seq, "\n  per-node stats");
	for (u32 n = 0; view->node_stat(view->arg, node, n, &stat); n++)
		show_stat(seq, &stat);
}

/* Watermarks as every check reads them: boost included. */
static void show_limits(struct qy_seq *seq, const struct qy_zone_stats *z)
{
	qy_seq_printf(seq,
		"\n  pages free     %lu"
		"\n        boost    %lu"
		"\n        min      %lu"
		"\n        low      %lu"
		"\n        high     %lu"
		"\n        promo    %lu"
		"\n        spanned  %lu"
		"\n        present  %lu"
		"\n        managed  %lu"
		"\n        cma      %lu",
		z->free_pages, z->watermark_boost,
		z->watermark[WMARK_MIN] + z->watermark_boost,
		z->watermark[WMARK_LOW] + z->watermark_boost,
		z->watermark[WMARK_HIGH] + z->watermark_boost,
		z->watermark[WMARK_PROMO] + z->watermark_boost, z->spanned_pages,
		z->present_pages, z->managed_pages, z->cma_pages);
}

static void show_protection(
	struct qy_seq *seq, const struct view_source *view, const struct qy_zone_stats *z)
{
	qy_seq_puts(seq, "\n        protection: (");
	for (u32 i = 0; i < view->zones_per_node; i++)
		qy_seq_printf(seq, "%s%lu", i ? ", " : "", z->lowmem_reserve[i]);
	qy_seq_puts(seq, ")");
}

static void show_pagesets(struct qy_seq *seq, const struct view_source *view, u32 zone,
	const struct qy_zone_stats *z)
{
	struct qy_pageset pageset;

	qy_seq_puts(seq, "\n  pagesets");
	for (u32 cpu = 0; cpu < view->nr_cpus; cpu++) {
		view->pageset(view->arg, zone, cpu, &pageset);
		qy_seq_printf(seq,
			"\n    cpu: %u"
			"\n              count: %u"
			"\n              high:  %d"
			"\n              batch: %d"
			"\n  vm stats threshold: %u",
			cpu, pageset.count, pageset.high, pageset.batch,
			qy_stat_threshold(z->managed_pages, view->nr_cpus));
	}
}

void qy_show_zoneinfo(struct qy_seq *seq, const struct view_source *view)
{
	u32 described = UINT32_MAX; /* the last node whose statistics were shown */
	struct qy_zone_stats z;
	struct stat_line stat;

	for (u32 i = 0; view->zone(view->arg, i, &z); i++) {
		qy_seq_printf(seq, "Node %u, zone %8s", z.node, z.name);
		if (z.present_pages && described != z.node) {
			show_node_stats(seq, view, z.node);
			described = z.node;
		}
		show_limits(seq, &z);
		show_protection(seq, view, &z);
		if (z.present_pages) {
			for (u32 n = 0; view->zone_stat(view->arg, i, n, &stat); n++)
				show_stat(seq, &stat);
			show_pagesets(seq, view, i, &z);
			qy_seq_printf(seq,
				"\n  node_unreclaimable:  %d\n  start_pfn:           %lu",
				view->unreclaimable[z.node], z.start_pfn);
		}
		qy_seq_puts(seq, "\n");
	}
}

/* ------------------------------------------------------------------ vmstat */

static void show_sum(struct qy_seq *seq, const struct stat_line *stat)
{
	qy_seq_printf(seq, "%s %lu\n", stat->name, stat->value);
}

/* The n-th statistic of all zones together; false past the last. */
static bool sum_zone_stat(const struct view_source *view, u32 n, struct stat_line *sum)
{
	struct qy_zone_stats z;
	struct stat_line stat;

	*sum = (struct stat_line){ 0 };
	for (u32 i = 0; view->zone(view->arg, i, &z); i++) {
		if (!view->zone_stat(view->arg, i, n, &stat))
			return false;
		sum->name = stat.name;
		sum->value += stat.value;
	}
	return sum->name;
}

/* Likewise of all nodes: each has one zone of the first kind. */
static bool sum_node_stat(const struct view_source *view, u32 n, struct stat_line *sum)
{
	struct qy_zone_stats z;
	struct stat_line stat;

	*sum = (struct stat_line){ 0 };
	for (u32 i = 0; view->zone(view->arg, i, &z); i += view->zones_per_node) {
		if (!view->node_stat(view->arg, z.node, n, &stat))
			return false;
		sum->name = stat.name;
		sum->value += stat.value;
	}
	return sum->name;
}

/*
 * In the kernel's order. Events of reclaim, compaction, huge pages and swap are left out until there is a room that
 * counts them; the last line is a constant of the kernel.
 */
bool qy_view_vmstat(const struct view_source *view, u32 n, struct stat_line *out)
{
	u32 i;

	for (i = 0; sum_zone_stat(view, i, out); i++, n--)
		if (!n)
			return true;
	for (i = 0; sum_node_stat(view, i, out); i++, n--)
		if (!n)
			return true;
	for (i = 0; view->event(view->arg, i, out); i++, n--)
		if (!n)
			return true;
	*out = (struct stat_line){ "nr_unstable", 0 };
	return !n;
}

void qy_show_vmstat(struct qy_seq *seq, const struct view_source *view)
{
	struct stat_line stat;

	for (u32 n = 0; qy_view_vmstat(view, n, &stat); n++)
		show_sum(seq, &stat);
}
