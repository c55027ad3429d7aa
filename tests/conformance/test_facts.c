// SPDX-License-Identifier: MIT
/*
 * Numbers of a larger machine than the recorded guests (two CPUs, three zones, 15 GiB managed), and single rules of the
 * page floor with the numbers that Linux's formulas give.
 *
 * No state.
 */
#include "mm/machine.h"
#include "mm/page/pcplist.h"
#include "tests/conformance/guest.h"
#include "tests/conformance/seed.h"
#include "tests/conformance/shape.h"
#include "tests/runner/test.h"

#include <quarry/stats.h>

#include <stdlib.h>
#include <string.h>

#define SZ_16M 0x1000000ull
#define SZ_4G  0x100000000ull
#define PFN_4G (SZ_4G >> QY_PAGE_SHIFT)

static const char *const zone_names[] = { "DMA", "DMA32", "Normal" };
#define NR_ZONES 3

/* Three zones, DMA with 3840 managed pages; min_free_kbytes as khugepaged raised it. */
static struct guest *boot_split(u64 dma32_pages, u64 normal_pages)
{
	struct guest *guest = guest_make("cust_1g");

	guest->run = "large";
	guest->banks[1].size =
		SZ_16M + (dma32_pages << QY_PAGE_SHIFT) - guest->banks[1].base;
	guest->banks[2] =
		(struct qy_bank){ .base = SZ_4G, .size = normal_pages << QY_PAGE_SHIFT };
	guest->board.nr_banks = 3;
	guest->board.nr_reserved = 0;
	guest->board.vm.min_free_kbytes = 67584;
	guest_boot_made(guest);
	return guest;
}

static struct guest *boot_large(void)
{
	return boot_split(772918, 3211264);
}

TEST(facts, three_zones_share_min_free_kbytes_by_their_managed_pages)
{
	static const u64 managed[] = { 3840, 772918, 3211264 };
	static const u64 marks[NR_ZONES][NR_WMARK] = { { 16, 20, 24, 28 },
		{ 3274, 4092, 4910, 5728 }, { 13605, 17006, 20407, 23808 } };
	struct guest *guest = boot_large();

	for (int i = 0; i < NR_ZONES; i++) {
		const struct zone *zone = guest_zone(guest, zone_names[i]);

		CHECK_EQ(zone_managed_pages(zone), managed[i]);
		for (int mark = 0; mark < NR_WMARK; mark++)
			CHECK_EQ(zone->_watermark[mark], marks[i][mark]);
	}
	guest_end(guest);
}

TEST(facts, a_zone_keeps_a_256th_of_what_lies_above_it)
{
	static const u64 reserve[NR_ZONES][NR_ZONES] = { { 0, 3019, 15563 },
		{ 0, 0, 12544 }, { 0, 0, 0 } };
	struct guest *guest = boot_large();

	for (int i = 0; i < NR_ZONES; i++)
		for (int j = 0; j < NR_ZONES; j++)
			CHECK_EQ(guest_zone(guest, zone_names[i])->lowmem_reserve[j],
				reserve[i][j]);
	guest_end(guest);
}

TEST(facts, per_cpu_lists_are_sized_by_the_zone_and_its_low_watermark)
{
	static const int sizes[NR_ZONES][3] = { { 1, 10, 240 }, { 63, 2046, 48307 },
		{ 63, 8503, 200704 } };
	struct guest *guest = boot_large();

	for (int i = 0; i < NR_ZONES; i++) {
		const struct per_cpu_pages *pcp =
			&guest_zone(guest, zone_names[i])->pageset[1];

		CHECK_EQ(pcp->batch, sizes[i][0]);
		CHECK_EQ(pcp->high_min, sizes[i][1]);
		CHECK_EQ(pcp->high_max, sizes[i][2]);
	}
	guest_end(guest);
}

TEST(facts, zoneinfo_says_how_far_statistics_may_drift)
{
	static const long thresholds[] = { 4, 24, 32 };
	struct guest *guest = boot_large();
	long size = qy_proc_read(guest->m, "/proc/zoneinfo", NULL, 0);
	char *text = malloc((size_t)size + 1), *at = text;

	qy_proc_read(guest->m, "/proc/zoneinfo", text, (size_t)size + 1);
	for (int i = 0; i < NR_ZONES; i++)
		for (u32 cpu = 0; cpu < guest->m->nr_cpus; cpu++) {
			at = strstr(at, "vm stats threshold: ");
			CHECK(at != NULL);
			at += strlen("vm stats threshold: ");
			CHECK_EQ(strtol(at, NULL, 10), thresholds[i]);
		}
	free(text);
	guest_end(guest);
}

/* ------------------------------------------------------------------ blocks */

/* A board without order-9 per-CPU lists, all pages of it taken, one wanted seed in DMA32. */
static struct guest *boot_seeded(const struct seed *want)
{
	struct guest *guest = guest_make("cust_frag");

	guest->board.thp = false;
	guest_boot_made(guest);
	seed_begin(guest);
	seed_zone(guest, "DMA32", want);
	seed_end(guest);
	return guest;
}

/* Past every watermark. Not GFP_ATOMIC: its order > 0 sets pageblocks aside. */
static const qy_gfp_t from_reserve =
	QY_GFP_KERNEL | QY_GFP_DMA32 | QY___GFP_MEMALLOC | QY___GFP_NORETRY;

static u64 blocks_of(struct guest *guest, unsigned int order)
{
	return guest_zone(guest, "DMA32")->free_area[order].nr_free;
}

/*
 *   order 10            order 9 taken            freed
 *   [..............] -> [#######][.......]   -> [..............]
 */
TEST(facts, an_order_9_request_gets_the_low_half_of_an_order_10_block)
{
	const struct seed want = { .nr[10][MIGRATE_UNMOVABLE] = 1 };
	struct guest *guest = boot_seeded(&want);
	struct page *page;

	CHECK_EQ(blocks_of(guest, 10), 1);
	page = qy_alloc_pages(guest->m, from_reserve, 9);
	CHECK_EQ(qy_page_to_pfn(guest->m, page) % 1024, 0);
	CHECK_EQ(blocks_of(guest, 10), 0);
	CHECK_EQ(blocks_of(guest, 9), 1);
	qy_free_pages(guest->m, page, 9);
	CHECK_EQ(blocks_of(guest, 10), 1);
	CHECK_EQ(blocks_of(guest, 9), 0);
	guest_end(guest);
}

TEST(facts, a_freed_page_is_not_in_buddyinfo_before_a_drain)
{
	const struct seed want = { .nr[0][MIGRATE_UNMOVABLE] = 1 };
	struct guest *guest = boot_seeded(&want);
	struct page *page = qy_alloc_pages(guest->m, from_reserve, 0);

	CHECK(page != NULL);
	CHECK_EQ(blocks_of(guest, 0), 0);
	qy_free_pages(guest->m, page, 0);
	CHECK_EQ(blocks_of(guest, 0), 0);
	qy_drain_all_pages(guest->m);
	CHECK_EQ(blocks_of(guest, 0), 1);
	guest_end(guest);
}

/*
 *   one more reference on page 0:  [0][1][2 2][4 4 4 4] -> page 0 stays, 1 + 2 + 4 go
 */
TEST(facts, a_shared_plain_block_is_freed_but_for_its_first_page)
{
	const struct seed want = { .nr[3][MIGRATE_UNMOVABLE] = 1 };
	struct guest *guest = boot_seeded(&want);
	struct page *page = qy_alloc_pages(guest->m, from_reserve, 3);

	CHECK(page != NULL);
	qy_get_page(guest->m, page);
	qy_free_pages(guest->m, page, 3);
	qy_drain_all_pages(guest->m);
	CHECK_EQ(qy_page_ref_count(guest->m, page), 1);
	for (unsigned int order = 0; order < 3; order++)
		CHECK_EQ(blocks_of(guest, order), 1);
	qy_put_page(guest->m, page);
	qy_drain_all_pages(guest->m);
	CHECK_EQ(blocks_of(guest, 3), 1);
	guest_end(guest);
}

/* ------------------------------------------------------------------ how deep */

static u64 take_all(struct guest *guest, qy_gfp_t gfp, u64 below_pfn)
{
	struct page *page;
	u64 nr = 0;

	while ((page = qy_alloc_pages(
			guest->m, gfp | QY___GFP_NOWARN | QY___GFP_NORETRY, 0))) {
		CHECK(qy_page_to_pfn(guest->m, page) < below_pfn);
		nr++;
	}
	return nr;
}

/* A refill may pass a mark by so many pages, since it is checked once. */
static u64 refill(const struct zone *zone)
{
	return (u64)zone->pageset[0].batch << PCP_BATCH_SCALE_MAX;
}

TEST(facts, kernel_requests_leave_dma32_its_reserve_and_dma32_requests_do_not)
{
	/* small: what is handed out, the host must have */
	struct guest *guest = boot_split(65536, 65536);
	const struct zone *dma32 = guest_zone(guest, "DMA32"),
			  *normal = guest_zone(guest, "Normal");
	const u64 mark = dma32->_watermark[WMARK_MIN], reserve = 65536 / 32;

	CHECK_EQ(qy_proc_write(guest->m, "/proc/sys/vm/lowmem_reserve_ratio", "256 32"),
		0);
	CHECK_EQ(dma32->lowmem_reserve[QY_ZONE_NORMAL], reserve);
	CHECK(reserve > refill(dma32));
	take_all(guest, QY_GFP_KERNEL, UINT64_MAX);
	CHECK(normal->nr_free_pages <= normal->_watermark[WMARK_MIN]);
	CHECK(dma32->nr_free_pages <= mark + reserve);
	CHECK(dma32->nr_free_pages + refill(dma32) > mark + reserve);
	CHECK(take_all(guest, QY_GFP_KERNEL | QY_GFP_DMA32, PFN_4G) > 0);
	CHECK(dma32->nr_free_pages <= mark);
	CHECK(dma32->nr_free_pages + refill(dma32) > mark);
	guest_end(guest);
}

/* Takes single pages past every watermark until exactly @left are free in DMA32. */
static void leave_free(struct guest *guest, u64 left)
{
	const struct zone *zone = guest_zone(guest, "DMA32");

	qy_drain_all_pages(guest->m);
	while (zone->nr_free_pages > left) {
		u64 nr = zone->nr_free_pages - left;

		while (nr--)
			CHECK(qy_alloc_pages(guest->m, from_reserve, 0) != NULL);
		qy_drain_all_pages(guest->m);
	}
	CHECK_EQ(zone->nr_free_pages, left);
}

/* min 451; without the half for __GFP_HIGH 226; without the quarter of that for a request that cannot wait 170. */
TEST(facts, atomic_requests_reach_three_eighths_of_min_and_nowait_stops_at_min)
{
	struct guest *guest = guest_boot("cust_frag");
	const qy_gfp_t atomic = QY_GFP_ATOMIC | QY___GFP_NOWARN;
	struct page *page;

	take_all(guest, QY_GFP_ATOMIC | QY_GFP_DMA | QY___GFP_MEMALLOC, PFN_4G);
	CHECK_EQ(guest_zone(guest, "DMA32")->_watermark[WMARK_MIN], 451);
	leave_free(guest, 452);
	page = qy_alloc_pages(guest->m, QY_GFP_NOWAIT, 0);
	CHECK(page != NULL);
	leave_free(guest, 451);
	CHECK(!qy_alloc_pages(guest->m, QY_GFP_NOWAIT, 0));
	leave_free(guest, 227);
	CHECK(!qy_alloc_pages(guest->m, QY_GFP_NOWAIT, 0));
	CHECK(qy_alloc_pages(guest->m, QY___GFP_HIGH | QY___GFP_NOWARN, 0) != NULL);
	leave_free(guest, 171);
	page = qy_alloc_pages(guest->m, atomic, 0);
	CHECK(page != NULL);
	leave_free(guest, 170);
	CHECK(!qy_alloc_pages(guest->m, atomic, 0));
	guest_end(guest);
}

/* Order 4 goes past the per-CPU lists, so each request meets the watermark: free pages less those of CMA, less 15. */
TEST(facts, free_pages_of_cma_do_not_count_for_requests_that_cannot_borrow)
{
	struct shape *shape = shape_boot("arm_1g");
	struct qy_machine *m = shape->guest->m;
	const struct zone *zone = guest_zone(shape->guest, "DMA");
	u64 others;

	qy_drain_all_pages(m);
	CHECK_EQ(zone->nr_free_cma, 16384);
	while (qy_alloc_pages(m, QY_GFP_NOWAIT | QY___GFP_NOWARN, 4))
		;
	others = zone->nr_free_pages - zone->nr_free_cma;
	CHECK_EQ(zone->nr_free_cma, 16384);
	CHECK(others - 15 <= zone->_watermark[WMARK_MIN]);
	CHECK(others > zone->_watermark[WMARK_MIN]);
	CHECK(qy_alloc_pages(m,
		      QY_GFP_NOWAIT | QY___GFP_NOWARN | QY___GFP_HIGHMEM |
			      QY___GFP_MOVABLE,
		      4) != NULL);
	shape_end(shape);
}

/* ------------------------------------------------------------------ types */

static u8 type_of(struct guest *guest, const struct page *page)
{
	return block_of(guest->m, page_to_frame(guest->m, page))->migratetype;
}

TEST(facts, an_unmovable_request_claims_the_pageblock_of_the_largest_movable_block)
{
	const struct seed want = { .nr[8][MIGRATE_MOVABLE] = 1,
		.nr[3][MIGRATE_MOVABLE] = 2 };
	struct guest *guest = boot_seeded(&want);
	struct page *page = qy_alloc_pages(guest->m, from_reserve, 0);

	CHECK(page != NULL);
	CHECK_EQ(type_of(guest, page), MIGRATE_UNMOVABLE);
	qy_drain_all_pages(guest->m);
	CHECK_EQ(guest_zone(guest, "DMA32")->free_area[3].nr_type[MIGRATE_UNMOVABLE], 1);
	guest_end(guest);
}

/* 128 free pages and 384 of users: less than half of the pageblock would be ours. */
TEST(facts, a_pageblock_that_is_mostly_movable_keeps_its_type)
{
	const struct seed want = { .nr[7][MIGRATE_MOVABLE] = 1 };
	struct guest *guest = boot_seeded(&want);
	const struct zone *zone = guest_zone(guest, "DMA32");
	struct page *page;

	for (u32 i = zone->first_frame; i < zone->first_frame + zone->nr_frames; i++)
		if (hot_state(guest->m->hot[i]) == PG_ALLOCATED)
			qy_set_page_movable(guest->m, frame_to_page(guest->m, i));
	page = qy_alloc_pages(guest->m, from_reserve, 0);
	CHECK(page != NULL);
	CHECK_EQ(type_of(guest, page), MIGRATE_MOVABLE);
	guest_end(guest);
}

/* ------------------------------------------------------------------ indexes */

TEST(facts, a_hundred_single_pages_are_useless_for_order_1_half_by_fragmentation)
{
	struct qy_zone_stats stats = { .free_pages = 100,
		.nr_free[0][MIGRATE_MOVABLE] = 100 };

	CHECK_EQ(qy_unusable_index(&stats, 1), 1000);
	CHECK_EQ(qy_unusable_index(&stats, 0), 0);
	CHECK_EQ(qy_fragmentation_index(&stats, 1), 490);
	CHECK_EQ(qy_fragmentation_index(&stats, 0), -1000);
}
