// SPDX-License-Identifier: MIT
/*
 * What a kernel knows of its zones and no public API tells: the state after boot, and the free blocks by migratetype.
 *
 *   all_zones    every zone of every node, its per-CPU sets, the zonelists: the Z, W, P and L lines of tests/conformance/shape.h
 *   buddy_from   "D" lines, the free blocks that scenario buddy then begins with
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/cpumask.h>
#include <linux/percpu.h>
#include "oracle.h"
#include "linux_only.h"

static void print_sets(int nid, struct zone *z)
{
	struct per_cpu_pages *last = NULL;
	int cpu;

	for_each_online_cpu(cpu)
	{
		struct per_cpu_pages *p = per_cpu_ptr(z->per_cpu_pageset, cpu);

		/* one line, unless a CPU has other numbers than the one before */
		if (!last || last->batch != p->batch || last->high_min != p->high_min ||
			last->high_max != p->high_max)
			orc_out("P %d %s batch %d high_min %d high_max %d\n", nid,
				z->name, p->batch, p->high_min, p->high_max);
		last = p;
	}
}

static void print_zone(int nid, struct zone *z)
{
	int i;

	orc_out("Z %d %s start %lu spanned %lu present %lu managed %lu\n", nid, z->name,
		z->spanned_pages ? z->zone_start_pfn : 0, z->spanned_pages,
		z->present_pages, zone_managed_pages(z));
	orc_out("W %d %s marks", nid, z->name);
	for (i = 0; i < NR_WMARK; i++)
		orc_out(" %lu", z->_watermark[i]);
	orc_out(" reserve");
	for (i = 0; i < MAX_NR_ZONES; i++)
		orc_out(" %ld", z->lowmem_reserve[i]);
	orc_out("\n");
	if (populated_zone(z))
		print_sets(nid, z);
}

static void print_zonelist(int nid, const char *what, struct zonelist *list)
{
	struct zoneref *r = list->_zonerefs;

	orc_out("L %d %s", nid, what);
	for (; r->zone; r++)
		orc_out(" %d:%s", zone_to_nid(r->zone), r->zone->name);
	orc_out("\n");
}

static void all_zones(void)
{
	int nid, i;

	for_each_online_node(nid) {
		pg_data_t *node = NODE_DATA(nid);

		for (i = 0; i < MAX_NR_ZONES; i++)
			print_zone(nid, &node->node_zones[i]);
		print_zonelist(nid, "fallback", &node->node_zonelists[ZONELIST_FALLBACK]);
#ifdef CONFIG_NUMA
		print_zonelist(
			nid, "thisnode", &node->node_zonelists[ZONELIST_NOFALLBACK]);
#endif
	}
}

static unsigned long count_blocks(struct zone *z, int order, int type)
{
	struct list_head *l;
	unsigned long nr = 0, flags;

	spin_lock_irqsave(&z->lock, flags);
	list_for_each(l, &z->free_area[order].free_list[type]) nr++;
	spin_unlock_irqrestore(&z->lock, flags);
	return nr;
}

static void free_types(int nid, struct zone *z)
{
	static const char *const name[] = {
		"Unmovable", "Movable", "Reclaimable", "HighAtomic",
#ifdef CONFIG_CMA
		"CMA"
#endif
	};
	int type, order;

	for (type = 0; type < (int)ARRAY_SIZE(name); type++) {
		orc_out("D Node %d, zone %s, type %s", nid, z->name, name[type]);
		for (order = 0; order <= MAX_PAGE_ORDER; order++)
			orc_out(" %lu", count_blocks(z, order, type));
		orc_out("\n");
	}
}

static void buddy_from(void)
{
	const struct orc_scenario *s = orc_page_scenarios;
	int nid, i;

	orc_drain();
	for_each_online_node(nid)
		for (i = 0; i < MAX_NR_ZONES; i++)
			if (populated_zone(&NODE_DATA(nid)->node_zones[i]))
				free_types(nid, &NODE_DATA(nid)->node_zones[i]);
	while (strcmp(s->name, "buddy"))
		s++;
	s->fn();
}

const struct orc_scenario orc_linux_scenarios[] = {
	{ "all_zones", all_zones, "zones, per-CPU sets, zonelists" },
	{ "buddy_from", buddy_from, "free blocks, then buddy" }, { NULL, NULL, NULL }
};
