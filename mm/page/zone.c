// SPDX-License-Identifier: MIT
/*
 * Zones: how much each keeps back, and in which order a request tries them.
 *
 *   qy_calculate_min_free_kbytes          min_free_kbytes by formula
 *   qy_setup_per_zone_wmarks              min, low, high, promo; per-CPU highs
 *   qy_setup_per_zone_lowmem_reserve      what a zone keeps from requests that prefer a higher one
 *   qy_init_per_zone_wmark_min            all three, for boot
 *   qy_build_zonelists                    this node first, then by distance
 *
 *   high - low == low - min == promo - high, except that the min of Movable is clamped
 *   lowmem_reserve[j] == sum(managed of the zones between, up to j) / ratio
 *
 * Locking: sysctl_lock, or boot. Readers take no lock: a watermark is one word.
 */
#include "mm/page/boot.h"

#define MIN_FREE_KBYTES_MIN 128u
#define MIN_FREE_KBYTES_MAX 262144u
/* below this much RAM Linux leaves huge pages, and their demand on min_free_kbytes, off */
#define THP_MIN_PAGES       (512u << (20 - QY_PAGE_SHIFT))
#define PAGES_TO_KB(pages)  ((pages) << (QY_PAGE_SHIFT - 10))
#define KB_TO_PAGES(kb)     ((kb) >> (QY_PAGE_SHIFT - 10))

unsigned int qy_zone_cpus(const struct qy_machine *m, const struct zone *zone)
{
	u32 local = board_cpus_of_node(m->board, zone->node);

	return local ? local : m->nr_cpus;
}

/* ------------------------------------------------------------------ totals */

u64 qy_nr_free_buffer_pages(const struct qy_machine *m)
{
	u64 sum = 0;

	for (u32 i = 0; i < m->nr_zones; i++) {
		const struct zone *zone = &m->zones[i];
		u64 managed = zone_managed_pages(zone),
		    high = wmark_pages(zone, WMARK_HIGH);

		if (zone->type <= QY_ZONE_NORMAL && managed > high)
			sum += managed - high;
	}
	return sum;
}

u64 qy_totalreserve_pages(const struct qy_machine *m)
{
	u64 sum = 0;

	for (u32 i = 0; i < m->nr_zones; i++) {
		const struct zone *zone = &m->zones[i];
		u64 reserve = 0;

		for (u32 j = zone->type; j < m->zones_per_node; j++)
			reserve = max(reserve, zone->lowmem_reserve[j]);
		sum += min(zone_managed_pages(zone),
			reserve + wmark_pages(zone, WMARK_HIGH));
	}
	return sum;
}

/* ------------------------------------------------------------------ min_free_kbytes */

static void min_free_kbytes_by_formula(struct qy_machine *m)
{
	u64 lowmem_kbytes = PAGES_TO_KB(qy_nr_free_buffer_pages(m));
	u64 kbytes = qy_isqrt(lowmem_kbytes * 16);

	if ((s64)kbytes > m->user_min_free_kbytes)
		m->min_free_kbytes =
			clamp(kbytes, (u64)MIN_FREE_KBYTES_MIN, (u64)MIN_FREE_KBYTES_MAX);
	else
		qy_printk(m, QY_LOG_WARNING,
			"min_free_kbytes is not updated to %llu because user defined value %lld is preferred",
			(unsigned long long)kbytes, (long long)m->user_min_free_kbytes);
}

/*
 * What khugepaged wants free: room for every migratetype in every zone, at most 5 % of low memory. Switched off, it
 * computes the formula again, which now leaves out what lies below the high watermarks.
 */
static void raise_for_huge_pages(struct qy_machine *m)
{
	u64 zones = 0, managed = 0, wanted;

	for (u32 i = 0; i < m->nr_zones; i++) {
		zones += m->zones[i].type <= QY_ZONE_NORMAL &&
			 populated_zone(&m->zones[i]);
		managed += zone_managed_pages(&m->zones[i]);
	}
	if (!m->board->thp || managed < THP_MIN_PAGES)
		return;
	if (m->board->thp_never) {
		min_free_kbytes_by_formula(m);
		return;
	}
	wanted = BLOCK_FRAMES * zones * (2 + MIGRATE_PCPTYPES * MIGRATE_PCPTYPES);
	wanted = PAGES_TO_KB(min(wanted, qy_nr_free_buffer_pages(m) / 20));
	if (wanted <= m->min_free_kbytes)
		return;
	if (m->user_min_free_kbytes >= 0)
		qy_printk(m, QY_LOG_INFO,
			"raising min_free_kbytes from %llu to %llu to help transparent hugepage allocations",
			(unsigned long long)m->min_free_kbytes,
			(unsigned long long)wanted);
	m->min_free_kbytes = wanted;
}

void qy_calculate_min_free_kbytes(struct qy_machine *m)
{
	min_free_kbytes_by_formula(m);
	/* khugepaged comes later in a boot, and sees the highs of a first pass */
	qy_setup_per_zone_wmarks(m);
	raise_for_huge_pages(m);
}

/* ------------------------------------------------------------------ watermarks */

static void set_wmarks(struct zone *zone, u64 share)
{
	u64 managed = zone_managed_pages(zone);
	u64 delta =
		max(share / 4, managed * zone->machine->watermark_scale_factor / 10000);
	u64 lowest = share;

	if (zone->type == QY_ZONE_MOVABLE)
		lowest = clamp(managed / 1024, (u64)32, (u64)128);
	WRITE_ONCE(zone->watermark_boost, 0);
	for (u32 mark = WMARK_MIN; mark < NR_WMARK; mark++)
		WRITE_ONCE(zone->_watermark[mark], lowest + mark * delta);
}

void qy_setup_per_zone_wmarks(struct qy_machine *m)
{
	u64 pages_min = KB_TO_PAGES(m->min_free_kbytes), lowmem = 0;

	for (u32 i = 0; i < m->nr_zones; i++)
		if (m->zones[i].type <= QY_ZONE_NORMAL)
			lowmem += zone_managed_pages(&m->zones[i]);
	for (u32 i = 0; i < m->nr_zones; i++) {
		struct zone *zone = &m->zones[i];

		set_wmarks(
			zone, lowmem ? pages_min * zone_managed_pages(zone) / lowmem : 0);
		if (populated_zone(zone))
			qy_zone_set_pageset_high_and_batch(zone);
	}
}

/* As recorded from 6.12.111 and 6.12.117: an empty zone j has an entry like any other. */
void qy_setup_per_zone_lowmem_reserve(struct qy_machine *m)
{
	for (u32 i = 0; i < m->nr_zones; i++) {
		struct zone *zone = &m->zones[i];
		u32 ratio = m->lowmem_reserve_ratio[zone->type];
		bool none = !ratio || !zone_managed_pages(zone);
		u64 above = 0;

		for (u32 j = zone->type + 1u; j < m->zones_per_node; j++) {
			above += zone_managed_pages(zone - zone->type + j);
			WRITE_ONCE(zone->lowmem_reserve[j], none ? 0 : above / ratio);
		}
	}
}

void qy_init_per_zone_wmark_min(struct qy_machine *m)
{
	qy_calculate_min_free_kbytes(m);
	qy_setup_per_zone_wmarks(m);
	qy_setup_per_zone_lowmem_reserve(m);
}

/* ------------------------------------------------------------------ zonelists */

static u32 node_distance(const struct qy_board *board, u32 a, u32 b)
{
	if (board->node_distance)
		return board->node_distance[a * board->nr_nodes + b];
	return a == b ? 10 : 20;
}

static bool node_has_memory(const struct qy_machine *m, u32 node)
{
	for (u32 type = 0; type < m->zones_per_node; type++)
		if (populated_zone(&m->zones[node * m->zones_per_node + type]))
			return true;
	return false;
}

/*
 * The nearest node with memory that is not in @used; -1 = none. Ties: higher numbers, less loaded. Linux also prefers
 * nodes without CPUs, but when it builds the lists no CPU has joined its node yet.
 */
static int find_next_best_node(
	const struct qy_machine *m, u32 node, u32 used, const u32 load[QY_MAX_NODES])
{
	u32 best_cost = UINT32_MAX;
	int best = -1;

	if (!(used >> node & 1) && node_has_memory(m, node))
		return (int)node;
	for (u32 n = 0; n < m->nr_nodes; n++) {
		u32 cost = node_distance(m->board, node, n) + (n < node);

		cost = cost * 1024 + load[n];
		if (used >> n & 1 || !node_has_memory(m, n) || cost >= best_cost)
			continue;
		best_cost = cost;
		best = (int)n;
	}
	return best;
}

static void add_zones_of(const struct qy_machine *m, struct zonelist *list, u32 node)
{
	for (u32 type = m->zones_per_node; type-- > 0;) {
		const struct zone *zone = &m->zones[node * m->zones_per_node + type];

		if (populated_zone(zone))
			list->zone[list->nr++] = zone->id;
	}
}

/* @load counts how often a node came first at its distance, so that equal neighbours share what overflows. */
static void build_zonelist(struct qy_machine *m, u32 node, u32 load[QY_MAX_NODES])
{
	char text[QY_MAX_NODES * 4];
	struct qy_seq order;
	u32 used = 0, before = node;
	int next;

	qy_seq_init(&order, text, sizeof(text));
	while ((next = find_next_best_node(m, node, used, load)) >= 0) {
		u32 n = (u32)next;

		if (node_distance(m->board, node, n) !=
			node_distance(m->board, node, before))
			load[n]++;
		used |= 1u << n;
		before = n;
		add_zones_of(m, &m->zonelists[node], n);
		qy_seq_printf(&order, "%u ", n);
	}
	add_zones_of(m, &m->zonelists_thisnode[node], node);
	if (m->board->numa)
		qy_printk(m, QY_LOG_INFO, "Fallback order for Node %u: %s", node, text);
}

void qy_build_zonelists(struct qy_machine *m)
{
	u32 load[QY_MAX_NODES] = { 0 };
	u64 present = 0;
	u32 policy = 0;

	for (u32 node = 0; node < m->nr_nodes; node++)
		build_zonelist(m, node, load);
	for (u32 i = 0; i < m->nr_zones; i++) {
		present += m->zones[i].present_pages;
		if (populated_zone(&m->zones[i]) && m->zones[i].type <= QY_ZONE_NORMAL)
			policy = max(policy, (u32)m->zones[i].type);
	}
	/* with fewer blocks than types, grouping would only fragment */
	m->mobility_grouping = present >= (u64)BLOCK_FRAMES * MIGRATE_TYPES;
	qy_long_way(m, LONG_WAY_ONE_TYPE, !m->mobility_grouping);
	if (m->board->policy == QY_POLICY_QUARRY && m->mobility_grouping)
		m->own_first = ALLOC_OWN_TYPE;
	qy_printk(m, QY_LOG_INFO,
		"Built %u zonelists, mobility grouping %s.  Total pages: %llu",
		m->nr_nodes, m->mobility_grouping ? "on" : "off",
		(unsigned long long)present);
	if (m->board->numa)
		qy_printk(m, QY_LOG_INFO, "Policy zone: %s", m->zones[policy].name);
}
