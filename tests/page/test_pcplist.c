// SPDX-License-Identifier: MIT
/*
 * Per-CPU lists: what they hide from the zone, in which order they give pages out, how much they hold.
 *
 * No state.
 */
#include "tests/model/rig.h"

/* ------------------------------------------------------------------ sizes */

TEST(pcplist, sizes_are_those_of_a_recorded_kernel)
{
	static const struct {
		uint64_t managed, low;
		uint32_t batch;
		uint64_t high_min, high_max;
	} zones[] = {
		{ 3840, 20, 1, 10, 240 },
		{ 772918, 4092, 63, 2046, 48307 },
		{ 3211264, 17006, 63, 8503, 200704 },
	};
	uint64_t high_min, high_max;

	for (size_t i = 0; i < ARRAY_SIZE(zones); i++) {
		CHECK_EQ(qy_zone_batchsize(zones[i].managed), zones[i].batch);
		qy_zone_highsize(zones[i].managed, zones[i].low, zones[i].batch, 2, 0,
			&high_min, &high_max);
		CHECK_EQ(high_min, zones[i].high_min);
		CHECK_EQ(high_max, zones[i].high_max);
	}
	/* percpu_pagelist_high_fraction fixes both at managed / fraction / cpus */
	qy_zone_highsize(3211264, 17006, 63, 2, 8, &high_min, &high_max);
	CHECK_EQ(high_min, 3211264 / 8 / 2);
	CHECK_EQ(high_max, high_min);
	/* and never below four batches */
	qy_zone_highsize(3840, 20, 63, 4, 100, &high_min, &high_max);
	CHECK_EQ(high_min, 252);
}

TEST(pcplist, batch_grows_with_the_zone_up_to_63)
{
	static const struct {
		uint64_t managed;
		uint32_t batch;
	} sizes[] = { { 1, 1 }, { 1024, 1 }, { 12288, 3 }, { 16384, 3 }, { 65536, 15 },
		{ 131072, 31 }, { 262144, 63 }, { 1ull << 30, 63 } };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		CHECK_EQ(qy_zone_batchsize(sizes[i].managed), sizes[i].batch);
}

/* ------------------------------------------------------------------ what is hidden */

static struct qy_zone_stats normal(struct rig *rig)
{
	return rig_zone(rig->m, 0, QY_ZONE_NORMAL);
}

TEST(pcplist, a_freed_page_is_invisible_until_a_drain)
{
	static struct rig rig;
	struct qy_zone_stats before, hidden, after;
	struct page *page;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	before = normal(&rig);
	qy_free_pages(rig.m, page, 0);
	hidden = normal(&rig);
	CHECK_EQ(hidden.free_pages, before.free_pages);
	CHECK(!memcmp(hidden.nr_free, before.nr_free, sizeof(before.nr_free)));
	CHECK_EQ(hidden.pcp_pages, before.pcp_pages + 1);
	qy_drain_all_pages(rig.m);
	after = normal(&rig);
	CHECK_EQ(after.pcp_pages, 0);
	CHECK_EQ(after.free_pages, after.managed_pages);
	CHECK_EQ(rig_nr_free(&after, 10), 16);
	rig_down(&rig);
}

TEST(pcplist, the_page_freed_last_is_taken_first)
{
	static struct rig rig;
	struct page *pages[20];

	rig_one_zone(&rig, GIB(1), 1);
	rig_boot(&rig);
	for (unsigned int order = 0; order <= 3; order++) {
		for (unsigned int i = 0; i < 20; i++)
			pages[i] = qy_alloc_pages(rig.m, QY_GFP_KERNEL, order);
		qy_drain_all_pages(rig.m);
		/* within what a list keeps: a long run of freed blocks goes home early */
		for (unsigned int i = 0; i < 3; i++)
			qy_free_pages(rig.m, pages[i], order);
		for (unsigned int i = 3; i-- > 0;)
			CHECK(qy_alloc_pages(rig.m, QY_GFP_KERNEL, order) == pages[i]);
		rig_free_all(rig.m, pages, 20, order);
	}
	rig_down(&rig);
}

TEST(pcplist, types_and_orders_have_lists_of_their_own)
{
	static struct rig rig;
	static const qy_gfp_t gfps[] = { QY_GFP_KERNEL, QY_GFP_HIGHUSER_MOVABLE,
		QY_GFP_KERNEL | QY___GFP_RECLAIMABLE };
	struct page *freed[3][4];

	rig_one_zone(&rig, GIB(1), 1);
	rig_boot(&rig);
	for (unsigned int t = 0; t < 3; t++)
		for (unsigned int order = 0; order < 4; order++)
			freed[t][order] = qy_alloc_pages(rig.m, gfps[t], order);
	qy_drain_all_pages(rig.m);
	for (unsigned int t = 0; t < 3; t++)
		for (unsigned int order = 0; order < 4; order++)
			qy_free_pages(rig.m, freed[t][order], order);
	for (unsigned int order = 4; order-- > 0;)
		for (unsigned int t = 0; t < 3; t++)
			CHECK(qy_alloc_pages(rig.m, gfps[t], order) == freed[t][order]);
	rig_down(&rig);
}

TEST(pcplist, orders_4_to_8_and_10_go_to_the_zone)
{
	static struct rig rig;
	struct qy_zone_stats z;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	for (unsigned int order = 4; order <= 10; order++) {
		struct page *page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, order);

		z = normal(&rig);
		CHECK_EQ(z.pcp_pages, 0);
		qy_free_pages(rig.m, page, order);
		z = normal(&rig);
		CHECK_EQ(z.pcp_pages, 0);
	}
	rig_down(&rig);
}

TEST(pcplist, order_9_has_lists_on_a_board_with_huge_pages)
{
	static struct rig rig;
	struct page *page;

	rig_one_zone(&rig, GIB(1), 1);
	rig.board.thp = true;
	rig_boot(&rig);
	page = qy_alloc_pages(rig.m, QY_GFP_HIGHUSER_MOVABLE | QY___GFP_COMP, 9);
	qy_drain_all_pages(rig.m);
	CHECK_EQ(normal(&rig).pcp_pages, 0);
	qy_free_pages(rig.m, page, 9);
	CHECK_EQ(normal(&rig).pcp_pages, 512);
	/* two lists: what is not movable does not see it */
	CHECK(qy_alloc_pages(rig.m, QY_GFP_KERNEL, 9) != page);
	CHECK(qy_alloc_pages(rig.m, QY_GFP_HIGHUSER_MOVABLE, 9) == page);
	rig_check_valid(rig.m, "order 9");
	rig_down(&rig);
}

TEST(pcplist, an_isolated_page_goes_past_the_list)
{
	static struct rig rig;
	struct zone *zone;
	struct page *page;
	uint32_t block;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	zone = &rig.m->zones[QY_ZONE_NORMAL];
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	qy_drain_all_pages(rig.m);
	block = page_to_frame(rig.m, page) / BLOCK_FRAMES;
	qy_spin_lock_irqsave(&zone->lock);
	qy_set_pageblock_migratetype(zone, block, MIGRATE_ISOLATE);
	qy_spin_unlock_irqrestore(&zone->lock);
	qy_free_pages(rig.m, page, 0);
	CHECK_EQ(normal(&rig).pcp_pages, 0);
	CHECK(freemap_test(rig.m, page_to_frame(rig.m, page)));
	rig_down(&rig);
}

TEST(pcplist, a_page_of_the_atomic_reserve_travels_as_movable_and_goes_home)
{
	static struct rig rig;
	struct zone *zone;
	struct page *page;
	uint32_t block;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	zone = &rig.m->zones[QY_ZONE_NORMAL];
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	qy_drain_all_pages(rig.m);
	block = page_to_frame(rig.m, page) / BLOCK_FRAMES;
	qy_spin_lock_irqsave(&zone->lock);
	qy_set_pageblock_migratetype(zone, block, MIGRATE_HIGHATOMIC);
	qy_spin_unlock_irqrestore(&zone->lock);
	qy_free_pages(rig.m, page, 0);
	CHECK(qy_alloc_pages(rig.m, QY_GFP_HIGHUSER_MOVABLE, 0) == page);
	qy_free_pages(rig.m, page, 0);
	qy_drain_all_pages(rig.m);
	CHECK_EQ(zone->free_area[9].nr_type[MIGRATE_HIGHATOMIC], 1);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ how much */

/* A refill of order 0 takes a batch, and twice as much each time no free came between: 63, 126, ... 63 << 5. */
TEST(pcplist, refills_double_while_nothing_is_freed)
{
	static struct rig rig;
	uint64_t free_before, refill[7];
	unsigned int nr = 0;

	rig_one_zone(&rig, GIB(1), 1);
	rig_boot(&rig);
	free_before = normal(&rig).free_pages;
	while (nr < 7) {
		uint64_t now;

		CHECK(qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0));
		now = normal(&rig).free_pages;
		if (now != free_before)
			refill[nr++] = free_before - now;
		free_before = now;
	}
	for (unsigned int i = 0; i < 7; i++)
		CHECK_EQ(refill[i], 63ull << (i < 5 ? i : 5));
	rig_down(&rig);
}

TEST(pcplist, a_refill_of_a_higher_order_takes_a_batch_of_frames)
{
	static struct rig rig;
	static const unsigned int blocks[] = { 63, 31, 15, 7 };

	for (unsigned int order = 1; order <= 3; order++) {
		uint64_t before;

		rig_one_zone(&rig, GIB(1), 1);
		rig_boot(&rig);
		before = normal(&rig).free_pages;
		CHECK(qy_alloc_pages(rig.m, QY_GFP_KERNEL, order));
		CHECK_EQ(before - normal(&rig).free_pages,
			(uint64_t)blocks[order] << order);
		rig_down(&rig);
	}
}

TEST(pcplist, a_refill_takes_two_blocks_however_small_the_batch)
{
	static struct rig rig;

	for (unsigned int order = 1; order <= 3; order++) {
		uint64_t before;

		rig_one_zone(&rig, MIB(64), 1); /* batch 3 */
		rig_boot(&rig);
		before = normal(&rig).free_pages;
		CHECK(qy_alloc_pages(rig.m, QY_GFP_KERNEL, order));
		CHECK_EQ(before - normal(&rig).free_pages, 2ull << order);
		rig_down(&rig);
	}
}

TEST(pcplist, high_moves_between_its_bounds_and_decays)
{
	static struct rig rig;
	static struct page *pages[30000];
	const struct per_cpu_pages *pcp;
	int32_t high_min, high_max, raised;

	rig_one_zone(&rig, GIB(1), 1);
	rig_boot(&rig);
	pcp = &rig.m->zones[QY_ZONE_NORMAL].pageset[0];
	high_min = pcp->high_min;
	high_max = pcp->high_max;
	CHECK(high_min < high_max && high_max == 32768);
	for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
		pages[i] = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
		CHECK(pcp->high >= high_min && pcp->high <= high_max);
	}
	raised = pcp->high;
	CHECK(raised > high_min); /* refills raised it */
	for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
		qy_free_pages(rig.m, pages[i], 0);
		CHECK((int32_t)pcp->count <= high_max);
	}
	/* an idle second takes an eighth, or more when much lies there, and the excess goes home */
	for (int32_t before = pcp->high; before > high_min; before = pcp->high) {
		qy_vmstat_tick(rig.m, 0);
		CHECK(pcp->high < before);
		CHECK((int32_t)pcp->count <= pcp->high);
	}
	CHECK_EQ(pcp->high, high_min);
	rig_check_valid(rig.m, "decay");
	rig_down(&rig);
}

TEST(pcplist, another_cpu_can_empty_the_lists)
{
	static struct rig rig;
	struct page *page;

	rig_one_zone(&rig, MIB(64), 3);
	rig_boot(&rig);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	qy_free_pages(rig.m, page, 0);
	rig_on_cpu(&rig, 2);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 3);
	qy_free_pages(rig.m, page, 3);
	rig_on_cpu(&rig, 1);
	CHECK(rig.m->zones[QY_ZONE_NORMAL].pageset[0].count > 0);
	CHECK(rig.m->zones[QY_ZONE_NORMAL].pageset[2].count > 0);
	qy_drain_all_pages(rig.m);
	CHECK_EQ(normal(&rig).pcp_pages, 0);
	CHECK_EQ(normal(&rig).free_pages, normal(&rig).managed_pages);
	rig_check_valid(rig.m, "a remote drain");
	rig_down(&rig);
}

TEST(pcplist, the_pages_of_a_cpu_wait_for_the_next_thread_on_it)
{
	static struct rig rig;
	struct page *page;

	rig_one_zone(&rig, MIB(64), 2);
	rig_boot(&rig);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	qy_free_pages(rig.m, page, 0);
	rig_on_cpu(&rig, 1);
	CHECK(qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0) != page);
	rig_on_cpu(&rig, 0);
	CHECK(qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0) == page);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ the chains */

TEST(pcplist, lists_of_any_length_keep_every_frame)
{
	static struct rig rig;
	static struct page *pages[20000];
	struct rig_random random = { qy_test_seed() };
	size_t nr = 0;
	uint64_t all;

	rig_one_zone(&rig, MIB(256), 1);
	rig_boot(&rig);
	all = rig_free_frames(rig.m);
	/* waves of takes and frees, so that lists grow at the hot end and shrink at both */
	for (unsigned int wave = 0; wave < qy_test_scale(60); wave++) {
		size_t want = rig_below(&random, ARRAY_SIZE(pages));

		while (nr < want)
			pages[nr++] = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
		while (nr > want)
			qy_free_pages(rig.m, pages[--nr], 0);
		if (rig_below(&random, 3) == 0)
			qy_vmstat_tick(rig.m, 0);
		rig_check_valid(rig.m, "a wave");
		CHECK_EQ(rig_free_frames(rig.m) + nr, all);
	}
	rig_free_all(rig.m, pages, nr, 0);
	qy_drain_all_pages(rig.m);
	CHECK_EQ(normal(&rig).free_pages, all);
	rig_down(&rig);
}

/*
 * free  0 .. low | .. high | ..          a request below low would wake kswapd: until the node is above high again,
 * lists  4 batches         | more        a CPU's lists hold four batches at most
 */
TEST(pcplist, lists_stay_small_from_where_kswapd_would_wake_to_where_it_would_sleep)
{
	static struct rig rig;
	static struct page *pages[1 << 18];
	struct qy_zone_stats z;
	unsigned int nr = 0;

	rig_one_zone(&rig, GIB(1), 1);
	rig_boot(&rig);
	do
		pages[nr++] = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	while (z = normal(&rig), z.free_pages > z.watermark[WMARK_LOW]);
	while (z = normal(&rig), z.pcp_pages) /* the first of these would wake it */
		pages[nr++] = qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_MEMALLOC, 0);
	for (unsigned int i = 0; i < 5 * 63; i++)
		qy_free_pages(rig.m, pages[--nr], 0);
	z = normal(&rig);
	CHECK(z.free_pages < z.watermark[WMARK_HIGH]);
	CHECK(z.pcp_pages <= 4 * 63);
	while (z = normal(&rig), z.free_pages <= z.watermark[WMARK_HIGH] + 63)
		qy_free_pages(rig.m, pages[--nr], 0);
	CHECK(z.pcp_pages <= 4 * 63);
	for (unsigned int i = 0; i < 10 * 63; i++)
		qy_free_pages(rig.m, pages[--nr], 0);
	z = normal(&rig);
	CHECK(z.pcp_pages > 4 * 63);
	rig_free_all(rig.m, pages, nr, 0);
	rig_down(&rig);
}
