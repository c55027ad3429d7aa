// SPDX-License-Identifier: MIT
/*
 * Zones, their limits and reserves: against what real kernels had with the same managed pages, and rule by rule.
 */
#include "tests/page/board_rig.h"

static struct rig rig;

/* ------------------------------------------------------------------ recorded kernels */

struct recorded_zone {
	uint64_t managed, min, low, high, reserve;
};

/*
 * What a guest's kernel said of itself (one per zones.txt, 256M to 1G) and of REF, the 24 GiB machine of the facts.
 * late: pages that its log shows as freed after the watermarks were made.
 */
static const struct recorded_kernel {
	const char *name;
	uint64_t ram_end;
	uint32_t late;
	bool zone_device;
	struct recorded_zone dma, dma32;
} recorded[] = {
	{ "cust_1g", 0x3ffe0000, 708, false, { 3840, 171, 213, 255, 968 },
		{ 248643, 11092, 13865, 16638, 0 } },
	{ "cust_frag and cust_oom", 0x0ffe0000, 708, false, { 3840, 31, 38, 45, 213 },
		{ 55395, 451, 563, 675, 0 } },
	{ "deb612_1g", 0x3ffe0000, 2071, true, { 3840, 176, 220, 264, 942 },
		{ 243282, 11087, 13858, 16629, 0 } },
	{ "deb612_frag and deb612_oom", 0x1ffe0000, 2071, true, { 3840, 22, 27, 32, 438 },
		{ 114450, 658, 822, 986, 0 } },
	{ "deb61_1g", 0x3ffe0000, 2359, true, { 3840, 177, 221, 265, 934 },
		{ 241529, 11086, 13857, 16628, 0 } },
};

static void check_zone(
	const char *name, const struct zone *zone, const struct recorded_zone *want)
{
	if (zone->managed_pages != want->managed ||
		zone->_watermark[WMARK_MIN] != want->min ||
		zone->_watermark[WMARK_LOW] != want->low ||
		zone->_watermark[WMARK_HIGH] != want->high)
		FAIL("%s, zone %s: managed %llu min %llu low %llu high %llu, not %llu %llu %llu %llu",
			name, zone->name, (unsigned long long)zone->managed_pages,
			(unsigned long long)zone->_watermark[WMARK_MIN],
			(unsigned long long)zone->_watermark[WMARK_LOW],
			(unsigned long long)zone->_watermark[WMARK_HIGH],
			(unsigned long long)want->managed, (unsigned long long)want->min,
			(unsigned long long)want->low, (unsigned long long)want->high);
	for (u32 j = zone->type + 1u; j < zone->machine->zones_per_node; j++)
		CHECK_EQ(zone->lowmem_reserve[j], want->reserve);
}

TEST(zone, watermarks_and_reserves_are_those_of_the_recorded_kernels)
{
	for (u32 i = 0; i < ARRAY_SIZE(recorded); i++) {
		const struct recorded_kernel *k = &recorded[i];
		uint64_t present = PFN_DOWN(k->ram_end - MIB(16));
		uint64_t kept = PFN_PHYS(present - k->dma32.managed);

		rig_e820(&rig, k->ram_end);
		rig.board.zone_device = k->zone_device;
		rig.board.nr_cpus = 2;
		rig_keep(&rig, "kernel", MIB(32), kept, 0);
		rig_keep(&rig, "initrd", MIB(32) + kept, PFN_PHYS(k->late),
			QY_RESERVED_FREE_LATE);
		rig_boot(&rig);
		check_zone(k->name, rig_zone(&rig, 0, QY_ZONE_DMA), &k->dma);
		check_zone(k->name, rig_zone(&rig, 0, QY_ZONE_DMA32), &k->dma32);
		CHECK_EQ(rig_zone(&rig, 0, QY_ZONE_DMA)->present_pages, 3998);
		CHECK_EQ(rig_zone(&rig, 0, QY_ZONE_DMA)->spanned_pages, 4095);
		CHECK_EQ(rig_zone(&rig, 0, QY_ZONE_DMA)->zone_start_pfn, 1);
		CHECK_EQ(rig_zone(&rig, 0, QY_ZONE_MOVABLE)->_watermark[WMARK_HIGH], 32);
		rig_down(&rig);
	}
}

/* 67584 kB, huge pages on, 2 CPUs: three zones with pages. */
TEST(zone, limits_of_a_machine_with_normal_memory)
{
	static const struct recorded_zone dma = { 3840, 16, 20, 24, 0 },
					  dma32 = { 772918, 3274, 4092, 4910, 12544 },
					  normal = { 3211264, 13605, 17006, 20407, 0 };
	const struct zone *zone;

	rig_e820(&rig, GIB(3));
	rig_bank(&rig, GIB(4), GIB(4) + PFN_PHYS(normal.managed), 0);
	rig.board.nr_cpus = 2;
	rig_keep(&rig, "kernel", MIB(16), PFN_PHYS(782336 - dma32.managed), 0);
	rig_boot(&rig);
	CHECK_EQ(rig.m->min_free_kbytes, 67584);
	zone = rig_zone(&rig, 0, QY_ZONE_DMA);
	CHECK_EQ(zone->lowmem_reserve[QY_ZONE_DMA32], 3019);
	CHECK_EQ(zone->lowmem_reserve[QY_ZONE_NORMAL], 15563);
	CHECK_EQ(zone->lowmem_reserve[QY_ZONE_MOVABLE], 15563);
	CHECK_EQ(zone->_watermark[WMARK_MIN], dma.min);
	CHECK_EQ(zone->_watermark[WMARK_PROMO], 28);
	zone = rig_zone(&rig, 0, QY_ZONE_DMA32);
	check_zone("REF", zone, &dma32);
	CHECK_EQ(zone->_watermark[WMARK_PROMO], 5728);
	zone = rig_zone(&rig, 0, QY_ZONE_NORMAL);
	check_zone("REF", zone, &normal);
	CHECK_EQ(zone->_watermark[WMARK_PROMO], 23808);
	CHECK_EQ(zone->zone_start_pfn, 1048576);
	CHECK_EQ(zone->pageset[0].high_min, 8503);
	CHECK_EQ(zone->pageset[0].high_max, 200704);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ min_free_kbytes */

static uint64_t min_free_of(uint64_t ram_bytes)
{
	uint64_t kbytes;

	rig_board(&rig, QY_ARCH_ARM64);
	rig.board.thp = false;
	rig_bank(&rig, GIB(1), GIB(1) + ram_bytes, 0);
	rig_boot(&rig);
	kbytes = rig.m->min_free_kbytes;
	rig_down(&rig);
	return kbytes;
}

TEST(zone, min_free_kbytes_grows_with_the_square_root)
{
	CHECK_EQ(min_free_of(MIB(16)), 512);
	CHECK_EQ(min_free_of(MIB(64)), 1024);
	CHECK_EQ(min_free_of(MIB(256)), 2048);
	CHECK_EQ(min_free_of(GIB(1)), 4096);
	CHECK_EQ(min_free_of(GIB(4)), 8192);
	CHECK_EQ(min_free_of(GIB(16)), 16384);
}

TEST(zone, the_users_min_free_kbytes_is_in_force_after_boot)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig_bank(&rig, GIB(1), GIB(2), 0);
	rig.board.vm.min_free_kbytes = 8192;
	rig.board.vm.watermark_scale_factor = 100;
	rig_boot(&rig);
	CHECK_EQ(rig.m->min_free_kbytes, 8192);
	CHECK_EQ(rig_zone(&rig, 0, QY_ZONE_DMA)->_watermark[WMARK_MIN], 2048);
	CHECK_EQ(rig_zone(&rig, 0, QY_ZONE_DMA)->_watermark[WMARK_LOW], 2048 + 2621);
	rig_down(&rig);
}

TEST(zone, a_reserve_ratio_below_one_reserves_nothing)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig.board.dma_limit = GIB(2);
	rig_bank(&rig, GIB(1), GIB(8), 0);
	rig.board.vm.lowmem_reserve_ratio[QY_ZONE_DMA] = 0;
	rig_boot(&rig);
	CHECK_EQ(rig_zone(&rig, 0, QY_ZONE_DMA)->lowmem_reserve[QY_ZONE_NORMAL], 0);
	CHECK_EQ(rig_zone(&rig, 0, QY_ZONE_DMA32)->lowmem_reserve[QY_ZONE_NORMAL], 4096);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ where zones begin and end */

static uint64_t present(uint32_t node, enum qy_zone_type type)
{
	return rig_zone(&rig, node, type)->present_pages;
}

TEST(zone, arm64_dma_ends_at_the_trees_smallest_limit)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig.board.dma_limit = GIB(1);
	rig_bank(&rig, 0, GIB(8), 0);
	rig_boot(&rig);
	CHECK_EQ(present(0, QY_ZONE_DMA), GIB(1) >> 12);
	CHECK_EQ(present(0, QY_ZONE_DMA32), GIB(3) >> 12);
	CHECK_EQ(present(0, QY_ZONE_NORMAL), GIB(4) >> 12);
	CHECK(rig_said(&rig, "Policy zone: Normal"));
	rig_down(&rig);
}

TEST(zone, arm64_without_a_limit_has_dma_up_to_four_gib)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig_bank(&rig, GIB(1), GIB(9), 0);
	rig_boot(&rig);
	CHECK_EQ(present(0, QY_ZONE_DMA), GIB(3) >> 12);
	CHECK_EQ(present(0, QY_ZONE_DMA32), 0);
	CHECK_EQ(present(0, QY_ZONE_NORMAL), GIB(5) >> 12);
	rig_down(&rig);
}

/* A 6.12.95 guest with RAM from 1 GiB and a bus that reaches 768 MiB. */
TEST(zone, an_arm64_limit_below_all_ram_leaves_dma_empty)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig.board.dma_limit = MIB(768);
	rig.board.cma = (struct qy_cma_request){ .given = true, .size = MIB(64) };
	rig_bank(&rig, GIB(1), GIB(3), 0);
	rig_boot(&rig);
	CHECK_EQ(present(0, QY_ZONE_DMA), 0);
	CHECK_EQ(present(0, QY_ZONE_DMA32), GIB(2) >> 12);
	CHECK(rig_said(&rig, "cma: Failed to reserve 64 MiB on node -1"));
	rig_down(&rig);
}

TEST(zone, arm64_ram_above_four_gib_is_dma_up_to_the_limit)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig_bank(&rig, GIB(32), GIB(33), 0);
	rig_boot(&rig);
	CHECK_EQ(present(0, QY_ZONE_DMA), GIB(1) >> 12);
	rig_down(&rig);

	rig_board(&rig, QY_ARCH_ARM64);
	rig.board.dma_limit = GIB(33);
	rig_bank(&rig, GIB(32), GIB(40), 0);
	rig_boot(&rig);
	CHECK_EQ(present(0, QY_ZONE_DMA), GIB(1) >> 12);
	CHECK_EQ(present(0, QY_ZONE_NORMAL), GIB(7) >> 12);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ Movable */

TEST(zone, kernelcore_leaves_the_rest_to_movable)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig.board.kernelcore.bytes = MIB(512) + MIB(1);
	rig_bank(&rig, GIB(1), GIB(2), 0);
	rig_boot(&rig);
	/* rounded up to 4 MiB */
	CHECK_EQ(rig_zone(&rig, 0, QY_ZONE_MOVABLE)->zone_start_pfn,
		(GIB(1) + MIB(516)) >> 12);
	CHECK_EQ(present(0, QY_ZONE_MOVABLE), MIB(508) >> 12);
	CHECK_EQ(present(0, QY_ZONE_DMA), MIB(516) >> 12);
	CHECK(rig_said(&rig, "  Node 0: 0x0000000060400000"));
	CHECK_EQ(rig_zone(&rig, 0, QY_ZONE_MOVABLE)->_watermark[WMARK_MIN], 127);
	rig_down(&rig);
}

/* Movable comes out of the highest zone only: what lies below 4 GiB is the kernel's in any case. */
TEST(zone, movablecore_is_taken_from_the_highest_zone)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig.board.movablecore.percent = 50;
	rig_bank(&rig, GIB(1), GIB(5), 0);
	rig_boot(&rig);
	CHECK_EQ(rig_zone(&rig, 0, QY_ZONE_MOVABLE)->zone_start_pfn, GIB(4) >> 12);
	CHECK_EQ(present(0, QY_ZONE_MOVABLE), GIB(1) >> 12);
	CHECK_EQ(present(0, QY_ZONE_NORMAL), 0);
	CHECK_EQ(rig_zone(&rig, 0, QY_ZONE_MOVABLE)->managed_pages, GIB(1) >> 12);
	rig_down(&rig);
}

TEST(zone, kernelcore_is_spread_evenly_and_a_small_node_passes_its_share_on)
{
	rig_board(&rig, QY_ARCH_X86_64);
	rig.board.kernelcore.bytes = GIB(2);
	rig_bank(&rig, GIB(4), GIB(4) + MIB(512), 0);
	rig_bank(&rig, GIB(8), GIB(12), 1);
	rig_boot(&rig);
	CHECK_EQ(present(0, QY_ZONE_MOVABLE), 0);
	CHECK_EQ(present(0, QY_ZONE_NORMAL), MIB(512) >> 12);
	CHECK_EQ(present(1, QY_ZONE_NORMAL), MIB(1536) >> 12);
	CHECK_EQ(present(1, QY_ZONE_MOVABLE), MIB(2560) >> 12);
	rig_down(&rig);
}

TEST(zone, settings_of_movable_that_cannot_work_are_said)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig.board.kernelcore_mirror = true;
	rig.board.movable_node = true;
	rig_bank(&rig, GIB(1), GIB(2), 0);
	rig_boot(&rig);
	CHECK(rig_said(
		&rig, "The system has no mirror memory, ignore kernelcore=mirror."));
	CHECK(strstr(rig.log, "movable_node has no effect") != NULL);
	CHECK_EQ(present(0, QY_ZONE_MOVABLE), 0);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ zonelists */

TEST(zone, a_request_tries_the_own_node_from_high_to_low_and_then_the_others)
{
	const struct zonelist *list;

	rig_board(&rig, QY_ARCH_X86_64);
	rig_bank(&rig, MIB(1), GIB(3), 0);
	rig_bank(&rig, GIB(4), GIB(5), 0);
	rig_bank(&rig, GIB(5), GIB(6), 1);
	rig_boot(&rig);
	list = &rig.m->zonelists[1];
	CHECK_EQ(list->nr, 4);
	CHECK_EQ(list->zone[0], 4 + QY_ZONE_NORMAL);
	CHECK_EQ(list->zone[1], QY_ZONE_NORMAL);
	CHECK_EQ(list->zone[2], QY_ZONE_DMA32);
	CHECK_EQ(list->zone[3], QY_ZONE_DMA);
	CHECK_EQ(rig.m->zonelists_thisnode[1].nr, 1);
	CHECK(rig_said(&rig, "Fallback order for Node 1: 1 0 "));
	rig_down(&rig);
}

/* Four nodes at one distance: each starts with its successor, so that no node is everybody's second choice. */
TEST(zone, equal_neighbours_share_what_overflows)
{
	static const uint8_t cpu_node[] = { 0, 1, 2, 3 };

	rig_board(&rig, QY_ARCH_ARM64);
	rig.board.nr_cpus = 4;
	rig.board.cpu_node = cpu_node;
	for (uint32_t node = 0; node < 4; node++)
		rig_bank(&rig, GIB(1 + node), GIB(2 + node), node);
	rig_boot(&rig);
	CHECK(rig_said(&rig, "Fallback order for Node 0: 0 1 2 3 "));
	CHECK(rig_said(&rig, "Fallback order for Node 1: 1 2 3 0 "));
	CHECK(rig_said(&rig, "Fallback order for Node 2: 2 3 0 1 "));
	CHECK(rig_said(&rig, "Fallback order for Node 3: 3 0 1 2 "));
	rig_down(&rig);
}

/* Nobody runs on nodes 1 and 2. A real kernel with such nodes: tests/conformance/data/shapes/numa8.txt. */
TEST(zone, a_node_without_cpus_does_not_come_before_one_with)
{
	rig_board(&rig, QY_ARCH_ARM64);
	for (uint32_t node = 0; node < 3; node++)
		rig_bank(&rig, GIB(1 + node), GIB(2 + node), node);
	rig_boot(&rig);
	CHECK(rig_said(&rig, "Fallback order for Node 2: 2 0 1 "));
	rig_down(&rig);
}

TEST(zone, a_nearer_node_comes_first)
{
	static const uint8_t distance[] = { 10, 40, 20, 40, 10, 30, 20, 30, 10 };

	rig_board(&rig, QY_ARCH_ARM64);
	rig.board.node_distance = distance;
	for (uint32_t node = 0; node < 3; node++)
		rig_bank(&rig, GIB(1 + node), GIB(2 + node), node);
	rig_boot(&rig);
	CHECK(rig_said(&rig, "Fallback order for Node 0: 0 2 1 "));
	CHECK(rig_said(&rig, "Fallback order for Node 1: 1 2 0 "));
	CHECK(rig_said(&rig, "Fallback order for Node 2: 2 0 1 "));
	rig_down(&rig);
}

TEST(zone, a_node_without_memory_falls_back_to_the_others)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig_bank(&rig, GIB(1), GIB(2), 0);
	rig.board.nr_nodes = 2;
	rig_boot(&rig);
	CHECK(rig_said(&rig, "Initmem setup node 1 as memoryless"));
	CHECK(rig_said(&rig, "Fallback order for Node 1: 0 "));
	CHECK_EQ(rig.m->zonelists[1].nr, 1);
	CHECK_EQ(rig.m->zonelists_thisnode[1].nr, 0);
	rig_down(&rig);
}

/* Fewer blocks than 6 pageblocks: grouping would only fragment. */
TEST(zone, a_tiny_board_does_not_group_by_mobility)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig_bank(&rig, GIB(1), GIB(1) + MIB(12) - 4096, 0);
	rig_boot(&rig);
	CHECK(rig_said(
		&rig, "Built 1 zonelists, mobility grouping off.  Total pages: 3071"));
	CHECK_EQ(rig.m->blocks[0].migratetype, MIGRATE_UNMOVABLE);
	rig_down(&rig);
}
