// SPDX-License-Identifier: MIT
/*
 * Which zone and node a request may use, in which order, and how deep into the reserve it may go.
 *
 * Requests here are of order 4, which per-CPU lists do not keep, so that a zone stops exactly where its watermark says.
 *
 * No state.
 */
#include "tests/model/rig.h"

#define ORDER      4
#define FRAMES     (1u << ORDER)
#define MAX_BLOCKS 40000

static struct page *blocks[MAX_BLOCKS];

/* A PC without boost, so that watermarks stay where they are. */
static void boot_pc(struct rig *rig, uint64_t low, uint64_t high)
{
	rig_x86(rig, low, high, 1);
	rig->board.vm.watermark_boost_factor = 0;
	rig_boot(rig);
}

static struct qy_zone_stats zone(struct rig *rig, enum qy_zone_type type)
{
	return rig_zone(rig->m, 0, type);
}

/* Where a zone stops serving blocks of @FRAMES: free - (FRAMES - 1) <= limit, and one block more would pass. */
static void check_stopped_at(struct rig *rig, enum qy_zone_type type, uint64_t limit)
{
	struct qy_zone_stats z = zone(rig, type);

	if (z.free_pages > limit + FRAMES - 1 || z.free_pages + 1 <= limit)
		FAIL("zone %s stopped at %llu free pages, limit %llu", z.name,
			(unsigned long long)z.free_pages, (unsigned long long)limit);
}

/* ------------------------------------------------------------------ zone modifiers */

TEST(rmqueue, gfp_flags_choose_the_highest_zone)
{
	static struct rig rig;
	static const struct {
		qy_gfp_t gfp;
		const char *zone;
	} rules[] = {
		{ QY_GFP_KERNEL, "Normal" },
		{ QY_GFP_ATOMIC, "Normal" },
		{ QY_GFP_KERNEL | QY_GFP_DMA, "DMA" },
		{ QY_GFP_DMA, "DMA" },
		{ QY_GFP_KERNEL | QY_GFP_DMA32, "DMA32" },
		{ QY_GFP_KERNEL | QY___GFP_HIGHMEM, "Normal" },
		{ QY_GFP_KERNEL | QY___GFP_MOVABLE, "Normal" }, /* a type, not the zone */
		{ QY_GFP_KERNEL | QY___GFP_MOVABLE | QY_GFP_DMA, "DMA" },
		{ QY_GFP_KERNEL | QY___GFP_MOVABLE | QY_GFP_DMA32, "DMA32" },
		{ QY_GFP_HIGHUSER, "Normal" },
		{ QY_GFP_HIGHUSER_MOVABLE,
			"Movable" }, /* the only pair that reaches it */
		{ QY_GFP_KERNEL | QY___GFP_RECLAIMABLE, "Normal" },
	};

	rig_x86(&rig, MIB(64), MIB(64), 1);
	rig.board.movablecore.bytes = MIB(16);
	rig_boot(&rig);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		for (unsigned int order = 0; order < 6; order++) {
			struct page *page = qy_alloc_pages(rig.m, rules[i].gfp, order);

			CHECK(page);
			CHECK_STR_EQ(qy_page_zone_name(rig.m, page), rules[i].zone);
			qy_free_pages(rig.m, page, order);
		}
	rig_down(&rig);
}

TEST(rmqueue, a_pin_scope_keeps_requests_out_of_the_movable_zone)
{
	static struct rig rig;
	struct page *page;
	unsigned int scope;

	rig_x86(&rig, MIB(64), MIB(64), 1);
	rig.board.movablecore.bytes = MIB(16);
	rig_boot(&rig);
	scope = qy_memalloc_pin_save();
	page = qy_alloc_pages(rig.m, QY_GFP_HIGHUSER_MOVABLE, 0);
	CHECK_STR_EQ(qy_page_zone_name(rig.m, page), "Normal");
	qy_memalloc_restore(scope);
	page = qy_alloc_pages(rig.m, QY_GFP_HIGHUSER_MOVABLE, 0);
	CHECK_STR_EQ(qy_page_zone_name(rig.m, page), "Movable");
	rig_down(&rig);
}

TEST(rmqueue, a_board_without_a_zone_serves_it_from_normal)
{
	static struct rig rig;

	rig_one_zone(&rig, MIB(16), 1);
	rig_boot(&rig);
	CHECK_STR_EQ(
		qy_page_zone_name(rig.m, qy_alloc_pages(rig.m, QY_GFP_DMA, 0)), "Normal");
	CHECK_STR_EQ(qy_page_zone_name(rig.m, qy_alloc_pages(rig.m, QY_GFP_DMA32, 0)),
		"Normal");
	rig_down(&rig);
}

/* ------------------------------------------------------------------ from zone to zone */

/*
 *  GFP_KERNEL: Normal down to min, then DMA32 down to min + what it keeps from Normal's users, then DMA likewise;
 *  GFP_DMA32 may then have what DMA32 kept.
 */
TEST(rmqueue, a_lower_zone_keeps_its_reserve_from_users_of_a_higher_one)
{
	static struct rig rig;
	struct qy_zone_stats dma, dma32, normal;
	size_t nr;

	boot_pc(&rig, MIB(128), MIB(256));
	dma = zone(&rig, QY_ZONE_DMA);
	dma32 = zone(&rig, QY_ZONE_DMA32);
	normal = zone(&rig, QY_ZONE_NORMAL);
	CHECK_EQ(dma32.lowmem_reserve[QY_ZONE_NORMAL], normal.managed_pages / 256);
	CHECK_EQ(dma.lowmem_reserve[QY_ZONE_NORMAL],
		(normal.managed_pages + dma32.managed_pages) / 256);
	CHECK_EQ(dma.lowmem_reserve[QY_ZONE_DMA32], dma32.managed_pages / 256);

	nr = rig_exhaust(rig.m, QY_GFP_KERNEL, ORDER, blocks, MAX_BLOCKS);
	CHECK(nr < MAX_BLOCKS);
	check_stopped_at(&rig, QY_ZONE_NORMAL, normal.watermark[0]);
	check_stopped_at(&rig, QY_ZONE_DMA32,
		dma32.watermark[0] + dma32.lowmem_reserve[QY_ZONE_NORMAL]);
	check_stopped_at(
		&rig, QY_ZONE_DMA, dma.watermark[0] + dma.lowmem_reserve[QY_ZONE_NORMAL]);

	rig_exhaust(
		rig.m, QY_GFP_KERNEL | QY_GFP_DMA32, ORDER, blocks + nr, MAX_BLOCKS - nr);
	check_stopped_at(&rig, QY_ZONE_DMA32, dma32.watermark[0]);
	check_stopped_at(
		&rig, QY_ZONE_DMA, dma.watermark[0] + dma.lowmem_reserve[QY_ZONE_DMA32]);

	rig_exhaust(
		rig.m, QY_GFP_KERNEL | QY_GFP_DMA, ORDER, blocks + nr, MAX_BLOCKS - nr);
	check_stopped_at(&rig, QY_ZONE_DMA, dma.watermark[0]);
	rig_check_valid(rig.m, "exhaustion");
	rig_down(&rig);
}

TEST(rmqueue, a_lower_zone_is_used_when_the_higher_one_is_at_its_low_watermark)
{
	static struct rig rig;
	static const char *const names[] = { "Normal", "DMA32", "DMA" };
	static const enum qy_zone_type types[] = { QY_ZONE_NORMAL, QY_ZONE_DMA32,
		QY_ZONE_DMA };

	boot_pc(&rig, MIB(64), MIB(64));
	for (size_t at = 0; at < ARRAY_SIZE(types);) {
		struct page *page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, ORDER);
		const char *name = qy_page_zone_name(rig.m, page);
		struct qy_zone_stats z = zone(&rig, types[at]);
		uint64_t limit = z.watermark[1] + z.lowmem_reserve[QY_ZONE_NORMAL];

		if (strcmp(name, names[at]) == 0)
			continue;
		check_stopped_at(&rig, types[at], limit);
		/* after the last one the search begins again, with the min watermark */
		CHECK_STR_EQ(name, names[++at % ARRAY_SIZE(names)]);
	}
	rig_down(&rig);
}

/* ------------------------------------------------------------------ how deep */

/* One zone of 64 MiB with min at 1024 pages. */
static uint64_t exhaust_with(struct rig *rig, qy_gfp_t gfp, bool memalloc_scope)
{
	unsigned int scope = 0;

	rig_one_zone(rig, MIB(64), 1);
	rig->board.vm.min_free_kbytes = 4096;
	rig->board.vm.watermark_boost_factor = 0;
	rig_boot(rig);
	CHECK_EQ(zone(rig, QY_ZONE_NORMAL).watermark[0], 1024);
	if (memalloc_scope)
		scope = qy_memalloc_noreclaim_save();
	rig_exhaust(rig->m, gfp, ORDER, blocks, MAX_BLOCKS);
	if (memalloc_scope)
		qy_memalloc_restore(scope);
	rig_check_valid(rig->m, "exhaustion");
	return zone(rig, QY_ZONE_NORMAL).free_pages;
}

TEST(rmqueue, each_kind_of_request_stops_at_its_share_of_the_reserve)
{
	static struct rig rig;
	static const struct {
		qy_gfp_t gfp;
		bool memalloc_scope;
		uint64_t limit; /* of 1024 */
	} kinds[] = {
		{ QY_GFP_KERNEL, false, 1024 },
		{ QY_GFP_NOWAIT, false, 1024 },
		{ QY_GFP_NOFS, false, 1024 },
		{ QY_GFP_KERNEL | QY___GFP_NORETRY, false, 1024 },
		{ QY_GFP_KERNEL | QY___GFP_HIGH, false, 512 },
		{ QY_GFP_ATOMIC, false, 384 }, /* min - min/2, less a quarter of that */
		{ QY_GFP_ATOMIC | QY___GFP_NOMEMALLOC, false, 512 },
		{ QY_GFP_KERNEL | QY___GFP_MEMALLOC | QY___GFP_NOMEMALLOC, false, 1024 },
		{ QY_GFP_KERNEL | QY___GFP_NOMEMALLOC, true, 1024 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		uint64_t left = exhaust_with(&rig, kinds[i].gfp, kinds[i].memalloc_scope);

		if (left > kinds[i].limit + FRAMES - 1 || left + 1 <= kinds[i].limit)
			FAIL("kind %zu (%#x): %llu pages left, limit %llu", i,
				kinds[i].gfp, (unsigned long long)left,
				(unsigned long long)kinds[i].limit);
		rig_down(&rig);
	}
}

TEST(rmqueue, those_who_free_memory_may_use_all_of_it)
{
	static struct rig rig;

	CHECK_EQ(exhaust_with(&rig, QY_GFP_KERNEL | QY___GFP_MEMALLOC, false), 0);
	rig_down(&rig);
	CHECK_EQ(exhaust_with(&rig, QY_GFP_KERNEL, true), 0);
	rig_down(&rig);
	CHECK_EQ(exhaust_with(&rig, QY_GFP_ATOMIC | QY___GFP_MEMALLOC, false), 0);
	rig_down(&rig);
}

TEST(rmqueue, an_atomic_request_succeeds_where_one_that_cannot_wait_fails)
{
	static struct rig rig;
	struct page *page;

	exhaust_with(&rig, QY_GFP_KERNEL, false);
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_NOWAIT, ORDER));
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_NOWAIT, 0));
	page = qy_alloc_pages(rig.m, QY_GFP_ATOMIC, ORDER);
	CHECK(page);
	qy_free_pages(rig.m, page, ORDER);
	page = qy_alloc_pages(rig.m, QY_GFP_ATOMIC, 0);
	CHECK(page);
	qy_free_pages(rig.m, page, 0);
	rig_down(&rig);
}

/* Order 0 comes off per-CPU lists: the zone may end a refill or two below its mark, never above it. */
TEST(rmqueue, single_pages_stop_within_a_refill_of_the_watermark)
{
	static struct rig rig;
	struct qy_zone_stats z;

	rig_one_zone(&rig, MIB(64), 1);
	rig.board.vm.min_free_kbytes = 4096;
	rig.board.vm.watermark_boost_factor = 0;
	rig_boot(&rig);
	CHECK(rig_exhaust(rig.m, QY_GFP_KERNEL, 0, blocks, MAX_BLOCKS) < MAX_BLOCKS);
	z = zone(&rig, QY_ZONE_NORMAL);
	CHECK(z.free_pages <= 1024);
	CHECK(z.free_pages + (3u << PCP_BATCH_SCALE_MAX) >= 1024);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ nodes */

static void two_nodes(struct rig *rig)
{
	rig_one_zone(rig, MIB(32), 2);
	rig_bank(rig, GIB(1) + MIB(32), MIB(32), 1);
	rig->cpu_node[1] = 1;
	rig->board.numa = true;
	rig->board.vm.watermark_boost_factor = 0;
	rig_boot(rig);
}

static bool on_node(struct rig *rig, const struct page *page, unsigned int node)
{
	return (qy_page_to_phys(rig->m, page) >= GIB(1) + MIB(32)) == (node == 1);
}

TEST(rmqueue, a_cpu_is_served_from_its_own_node)
{
	static struct rig rig;

	two_nodes(&rig);
	for (unsigned int order = 0; order <= 10; order++)
		CHECK(on_node(&rig, qy_alloc_pages(rig.m, QY_GFP_KERNEL, order), 0));
	rig_on_cpu(&rig, 1);
	for (unsigned int order = 0; order <= 10; order++) {
		CHECK(on_node(&rig, qy_alloc_pages(rig.m, QY_GFP_KERNEL, order), 1));
		CHECK(on_node(
			&rig, qy_alloc_pages_node(rig.m, -1, QY_GFP_KERNEL, order), 1));
		CHECK(on_node(
			&rig, qy_alloc_pages_node(rig.m, 0, QY_GFP_KERNEL, order), 0));
	}
	rig_down(&rig);
}

TEST(rmqueue, a_full_node_is_helped_by_the_other_unless_forbidden)
{
	static struct rig rig;
	size_t nr;

	two_nodes(&rig);
	nr = rig_exhaust(
		rig.m, QY_GFP_KERNEL | QY___GFP_THISNODE, ORDER, blocks, MAX_BLOCKS);
	CHECK(nr > 400);
	for (size_t i = 0; i < nr; i++)
		CHECK(on_node(&rig, blocks[i], 0));
	CHECK_EQ(rig_zone(rig.m, 1, QY_ZONE_NORMAL).free_pages, 8192);
	CHECK(on_node(&rig, qy_alloc_pages(rig.m, QY_GFP_KERNEL, ORDER), 1));
	CHECK(!qy_alloc_pages_node(
		rig.m, 0, QY_GFP_KERNEL | QY___GFP_THISNODE | QY___GFP_NOWARN, ORDER));
	CHECK(qy_alloc_pages_node(
		rig.m, 1, QY_GFP_KERNEL | QY___GFP_THISNODE | QY___GFP_NOWARN, ORDER));
	rig_check_valid(rig.m, "two nodes");
	rig_down(&rig);
}

TEST(rmqueue, the_nearest_node_helps_first)
{
	static struct rig rig;
	static const uint8_t distance[] = { 10, 40, 20, 40, 10, 40, 20, 40, 10 };
	struct page *page;

	rig_one_zone(&rig, MIB(16), 1);
	rig_bank(&rig, GIB(1) + MIB(16), MIB(16), 1);
	rig_bank(&rig, GIB(1) + MIB(32), MIB(16), 2);
	memcpy(rig.distance, distance, sizeof(distance));
	rig.board.node_distance = rig.distance;
	rig_boot(&rig);
	rig_exhaust(rig.m, QY_GFP_KERNEL | QY___GFP_THISNODE, ORDER, blocks, MAX_BLOCKS);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, ORDER);
	CHECK(qy_page_to_phys(rig.m, page) >= GIB(1) + MIB(32));
	rig_down(&rig);
}
