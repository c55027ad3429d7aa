// SPDX-License-Identifier: MIT
/*
 * A request whose own type has no block: which block of another type it takes, and whether the pageblock changes sides.
 * And the reserve for atomic requests.
 *
 * The zone is set up by hand: all of it is taken, then some frames of some pageblocks are made free.
 *
 * No state but the zone under test.
 */
#include "tests/model/rig.h"

struct board {
	struct rig rig;
	struct zone *zone;
	struct page *whole[64]; /* every pageblock, as one allocated block of order 9 */
	uint32_t nr;
};

static struct board b;

/* Each pageblock of a 64 MiB zone in our hands, still of type Movable. */
static void take_everything(void)
{
	memset(&b, 0, sizeof(b));
	rig_one_zone(&b.rig, MIB(64), 1);
	rig_boot(&b.rig);
	b.zone = &b.rig.m->zones[QY_ZONE_NORMAL];
	b.nr = (uint32_t)rig_exhaust(b.rig.m, QY_GFP_HIGHUSER_MOVABLE | QY___GFP_MEMALLOC,
		9, b.whole, ARRAY_SIZE(b.whole));
	CHECK_EQ(b.nr, 32);
	CHECK_EQ(b.zone->nr_free_pages, 0);
}

static uint32_t frame_of(uint32_t block)
{
	return page_to_frame(b.rig.m, b.whole[block]);
}

static enum migratetype type_of(uint32_t block)
{
	return (enum migratetype)b.rig.m->blocks[frame_of(block) / BLOCK_FRAMES]
		.migratetype;
}

static void set_type(uint32_t block, enum migratetype mt)
{
	qy_spin_lock_irqsave(&b.zone->lock);
	qy_set_pageblock_migratetype(b.zone, frame_of(block) / BLOCK_FRAMES, mt);
	qy_spin_unlock_irqrestore(&b.zone->lock);
}

/* The pageblock's pages become single ones; the first 2^@order of them are free, others may be a user's. */
static void open_block(uint32_t block, unsigned int order, bool rest_is_movable)
{
	qy_split_page(b.rig.m, b.whole[block], 9);
	for (uint32_t i = 1u << order; i < BLOCK_FRAMES && rest_is_movable; i++)
		qy_set_page_movable(b.rig.m, b.whole[block] + i);
	for (uint32_t i = 0; i < 1u << order; i++)
		qy_free_pages(b.rig.m, b.whole[block] + i, 0);
	qy_drain_all_pages(b.rig.m);
}

/* One block by the rules; NO_FRAME when there is none. The caller puts it back. */
static uint32_t take(unsigned int order, enum migratetype mt, unsigned int alloc_flags)
{
	uint32_t frame;

	qy_spin_lock_irqsave(&b.zone->lock);
	frame = qy_rmqueue_buddy_locked(b.zone, order, mt, alloc_flags);
	qy_spin_unlock_irqrestore(&b.zone->lock);
	return frame;
}

static bool in_block(uint32_t frame, uint32_t block)
{
	return frame != NO_FRAME &&
	       frame / BLOCK_FRAMES == frame_of(block) / BLOCK_FRAMES;
}

/* ------------------------------------------------------------------ which block */

TEST(fallback, the_largest_block_of_any_other_type_is_taken)
{
	take_everything();
	open_block(3, 5, false);
	set_type(5, MIGRATE_RECLAIMABLE);
	open_block(5, 4, false);
	/* Reclaimable comes first in the table, but only among blocks of one order */
	CHECK(in_block(take(0, MIGRATE_UNMOVABLE, 0), 3));
	rig_down(&b.rig);
}

TEST(fallback, among_equal_blocks_the_table_of_types_decides)
{
	static const struct {
		enum migratetype wanted, first, second;
	} rules[] = {
		{ MIGRATE_UNMOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE },
		{ MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE },
		{ MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE, MIGRATE_MOVABLE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		take_everything();
		set_type(2, rules[i].second);
		set_type(9, rules[i].first);
		open_block(2, 4, false);
		open_block(9, 4, false);
		CHECK(in_block(take(4, rules[i].wanted, 0), 9));
		CHECK(in_block(take(4, rules[i].wanted, 0), 2));
		CHECK_EQ(take(4, rules[i].wanted, 0), NO_FRAME);
		rig_down(&b.rig);
	}
}

TEST(fallback, a_movable_request_that_may_not_claim_takes_the_smallest_block)
{
	take_everything();
	set_type(2, MIGRATE_UNMOVABLE);
	set_type(3, MIGRATE_UNMOVABLE);
	open_block(2, 3, false);
	open_block(3, 1, false);
	CHECK(in_block(take(0, MIGRATE_MOVABLE, 0), 3));
	CHECK_EQ(type_of(3), MIGRATE_UNMOVABLE);
	rig_down(&b.rig);
	/* order 4, half the exponent of a pageblock: it may claim, so it takes the largest */
	take_everything();
	set_type(2, MIGRATE_UNMOVABLE);
	set_type(3, MIGRATE_UNMOVABLE);
	open_block(2, 4, false);
	open_block(3, 1, false);
	CHECK(in_block(take(0, MIGRATE_MOVABLE, 0), 2));
	rig_down(&b.rig);
}

/* ------------------------------------------------------------------ who owns the pageblock */

TEST(fallback, a_whole_pageblock_changes_sides)
{
	uint32_t frame;

	take_everything();
	qy_free_pages(b.rig.m, b.whole[4], 9);
	frame = take(2, MIGRATE_UNMOVABLE, 0);
	CHECK(in_block(frame, 4));
	CHECK_EQ(type_of(4), MIGRATE_UNMOVABLE);
	CHECK_EQ(b.zone->free_area[2].nr_type[MIGRATE_UNMOVABLE], 1);
	CHECK_EQ(b.zone->watermark_boost, 0); /* that mixes nothing */
	rig_down(&b.rig);
}

TEST(fallback, an_order_10_block_changes_sides_as_a_whole)
{
	uint32_t lower;

	take_everything();
	lower = frame_of(4) & 512 ? 5 : 4;
	CHECK_EQ(frame_of(lower ^ 1), frame_of(lower) ^ 512);
	qy_free_pages(b.rig.m, b.whole[lower], 9);
	qy_free_pages(b.rig.m, b.whole[lower ^ 1], 9);
	CHECK_EQ(b.zone->free_area[10].nr_free, 1);
	CHECK(take(2, MIGRATE_RECLAIMABLE, 0) != NO_FRAME);
	CHECK_EQ(type_of(lower), MIGRATE_RECLAIMABLE);
	CHECK_EQ(type_of(lower ^ 1), MIGRATE_RECLAIMABLE);
	rig_down(&b.rig);
}

TEST(fallback, a_pageblock_half_free_is_claimed)
{
	take_everything();
	open_block(6, 8, true); /* 256 free, the others a user's */
	CHECK(in_block(take(0, MIGRATE_UNMOVABLE, 0), 6));
	CHECK_EQ(type_of(6), MIGRATE_UNMOVABLE);
	/* all its free blocks came along */
	for (unsigned int order = 0; order < 8; order++)
		CHECK_EQ(b.zone->free_area[order].nr_type[MIGRATE_UNMOVABLE], 1);
	rig_down(&b.rig);
}

TEST(fallback, a_pageblock_less_than_half_free_is_only_stolen_from)
{
	take_everything();
	open_block(6, 7, true); /* 128 free, the others a user's */
	CHECK(in_block(take(0, MIGRATE_UNMOVABLE, 0), 6));
	CHECK_EQ(type_of(6), MIGRATE_MOVABLE);
	for (unsigned int order = 0; order < 7; order++)
		CHECK_EQ(b.zone->free_area[order].nr_type[MIGRATE_MOVABLE], 1);
	rig_down(&b.rig);
}

TEST(fallback, pages_that_are_alike_count_as_free_ones)
{
	/* nobody's movable pages in a Movable pageblock: as good as ours */
	take_everything();
	open_block(6, 4, false);
	CHECK(in_block(take(0, MIGRATE_UNMOVABLE, 0), 6));
	CHECK_EQ(type_of(6), MIGRATE_UNMOVABLE);
	rig_down(&b.rig);
	/* a movable request counts the movable ones */
	take_everything();
	set_type(6, MIGRATE_UNMOVABLE);
	open_block(6, 4, true);
	CHECK(in_block(take(0, MIGRATE_MOVABLE, 0), 6));
	CHECK_EQ(type_of(6), MIGRATE_MOVABLE);
	rig_down(&b.rig);
	/* and Unmovable next to Reclaimable counts neither */
	take_everything();
	set_type(6, MIGRATE_RECLAIMABLE);
	open_block(6, 7, false);
	CHECK(in_block(take(0, MIGRATE_UNMOVABLE, 0), 6));
	CHECK_EQ(type_of(6), MIGRATE_RECLAIMABLE);
	rig_down(&b.rig);
}

/* ------------------------------------------------------------------ who is no help */

TEST(fallback, the_reserve_and_isolated_blocks_are_never_taken)
{
	take_everything();
	set_type(2, MIGRATE_HIGHATOMIC);
	set_type(3, MIGRATE_ISOLATE);
	open_block(2, 8, false);
	open_block(3, 8, false);
	for (unsigned int mt = 0; mt < MIGRATE_PCPTYPES; mt++) {
		CHECK_EQ(take(0, (enum migratetype)mt, 0), NO_FRAME);
		CHECK_EQ(take(0, (enum migratetype)mt, ALLOC_CMA), NO_FRAME);
	}
	CHECK_EQ(type_of(2), MIGRATE_HIGHATOMIC);
	/* a request with the right to it looks there first; others that cannot wait, last */
	CHECK(in_block(take(3, MIGRATE_UNMOVABLE, ALLOC_HIGHATOMIC), 2));
	CHECK(in_block(take(0, MIGRATE_UNMOVABLE, ALLOC_NON_BLOCK), 2));
	CHECK(in_block(take(0, MIGRATE_UNMOVABLE, ALLOC_OOM), 2));
	CHECK_EQ(type_of(2), MIGRATE_HIGHATOMIC);
	rig_down(&b.rig);
}

TEST(fallback,
	only_movable_requests_use_cma_and_prefer_it_when_it_is_most_of_what_is_free)
{
	take_everything();
	set_type(2, MIGRATE_CMA);
	open_block(2, 6, false);
	CHECK_EQ(take(0, MIGRATE_UNMOVABLE, 0), NO_FRAME);
	CHECK_EQ(take(0, MIGRATE_RECLAIMABLE, 0), NO_FRAME);
	CHECK(in_block(take(0, MIGRATE_MOVABLE, ALLOC_CMA), 2));
	/* 63 CMA frames of 127: more than half, so even with movable blocks at hand */
	open_block(3, 6, false);
	CHECK(in_block(take(0, MIGRATE_MOVABLE, ALLOC_CMA), 3));
	CHECK(in_block(take(0, MIGRATE_MOVABLE, ALLOC_CMA), 3));
	/* 63 of 125 */
	CHECK(in_block(take(0, MIGRATE_MOVABLE, ALLOC_CMA), 2));
	CHECK_EQ(type_of(2), MIGRATE_CMA);
	rig_down(&b.rig);
}

TEST(fallback, the_first_pass_takes_whole_pageblocks_only)
{
	take_everything();
	open_block(2, 8, false);
	CHECK_EQ(take(0, MIGRATE_UNMOVABLE, ALLOC_NOFRAGMENT), NO_FRAME);
	qy_free_pages(b.rig.m, b.whole[4], 9);
	CHECK(in_block(take(0, MIGRATE_UNMOVABLE, ALLOC_NOFRAGMENT), 4));
	rig_down(&b.rig);
}

/* ------------------------------------------------------------------ what it costs */

TEST(fallback, mixing_types_boosts_the_watermarks_up_to_a_bound)
{
	uint64_t most;

	take_everything();
	most = b.zone->_watermark[WMARK_HIGH] * 15000 / 10000;
	if (most < 512)
		most = 512;
	for (uint32_t block = 0; block < 8; block++) {
		uint64_t want = (block + 1) * 512ull < most ? (block + 1) * 512ull : most;

		open_block(block, 3, true);
		for (unsigned int i = 0; i < 8; i++)
			CHECK(take(0, MIGRATE_UNMOVABLE, 0) != NO_FRAME);
		(void)want;
		CHECK(b.zone->watermark_boost >= 512 && b.zone->watermark_boost <= most);
	}
	CHECK_EQ(b.zone->watermark_boost, most);
	/* nobody reclaims here, so the next tick ends it */
	qy_vmstat_tick(b.rig.m, 0);
	CHECK_EQ(b.zone->watermark_boost, 0);
	rig_down(&b.rig);
}

static unsigned int nr_extfrag, nr_changed;

static void count_extfrag(void *arg, const struct qy_event *event)
{
	(void)arg;
	if (event->kind != QY_EVENT_MM_PAGE_ALLOC_EXTFRAG)
		return;
	CHECK_EQ(event->migratetype, MIGRATE_UNMOVABLE);
	CHECK_EQ(event->fallback_migratetype, MIGRATE_MOVABLE);
	nr_extfrag++;
	nr_changed += event->change_ownership;
}

TEST(fallback, each_one_is_an_event)
{
	take_everything();
	open_block(2, 7, true);
	open_block(3, 8, true);
	nr_extfrag = nr_changed = 0;
	qy_trace_set(b.rig.m, count_extfrag, NULL);
	CHECK(take(0, MIGRATE_UNMOVABLE, 0) != NO_FRAME); /* block 3, claimed */
	CHECK_EQ(nr_extfrag, 1);
	CHECK_EQ(nr_changed, 1);
	for (unsigned int i = 0; i < 255; i++)
		CHECK(in_block(take(0, MIGRATE_UNMOVABLE, 0), 3)); /* its own now */
	CHECK_EQ(nr_extfrag, 1);
	CHECK(in_block(take(0, MIGRATE_UNMOVABLE, 0), 2)); /* stolen */
	CHECK_EQ(nr_extfrag, 2);
	CHECK_EQ(nr_changed, 1);
	qy_trace_set(b.rig.m, NULL, NULL);
	rig_down(&b.rig);
}

/* ------------------------------------------------------------------ types apart, across zones */

/* Takes every pageblock, gives back those of @keep_out, and leaves the others with one page of each in use. */
static void mix_pageblocks(
	struct qy_machine *m, bool (*keep_out)(const struct qy_machine *, struct page *))
{
	static struct page *taken[64];
	size_t nr = rig_exhaust(m, QY_GFP_USER | QY___GFP_MOVABLE | QY___GFP_MEMALLOC, 9,
		taken, ARRAY_SIZE(taken));

	for (size_t i = 0; i < nr; i++) {
		if (keep_out(m, taken[i])) {
			qy_free_pages(m, taken[i], 9);
			continue;
		}
		qy_split_page(m, taken[i], 9);
		for (uint32_t page = 1; page < 512; page++)
			qy_free_pages(m, taken[i] + page, 0);
	}
	qy_drain_all_pages(m);
}

static bool below_4_gib(const struct qy_machine *m, struct page *page)
{
	return qy_page_to_phys(m, page) < GIB(4);
}

static bool not_in_normal_of_node_0(const struct qy_machine *m, struct page *page)
{
	return below_4_gib(m, page) || qy_page_to_phys(m, page) >= GIB(4) + MIB(24);
}

/*
 *  Normal: every pageblock Movable with something in it; DMA32: untouched.
 *  An unmovable request prefers a lower zone to a mixed pageblock; with DMA32 used up it mixes.
 */
TEST(fallback, a_lower_zone_is_preferred_to_a_mixed_pageblock)
{
	static struct rig rig;
	static struct page *pages[20000];
	size_t nr, nr_mixed = 0;

	rig_x86(&rig, MIB(48), MIB(24), 1);
	rig.board.vm.min_free_kbytes = 128;
	rig_boot(&rig);
	mix_pageblocks(rig.m, below_4_gib);
	CHECK(rig_zone(rig.m, 0, QY_ZONE_NORMAL).free_pages > 5000);
	CHECK_STR_EQ(qy_page_zone_name(rig.m, qy_alloc_pages(rig.m, QY_GFP_KERNEL, 4)),
		"DMA32");
	CHECK_STR_EQ(qy_page_zone_name(rig.m,
			     qy_alloc_pages(rig.m, QY_GFP_USER | QY___GFP_MOVABLE, 4)),
		"Normal");
	nr = rig_exhaust(rig.m, QY_GFP_KERNEL, 4, pages, ARRAY_SIZE(pages));
	for (size_t i = 0; i < nr; i++)
		nr_mixed += strcmp(qy_page_zone_name(rig.m, pages[i]), "Normal") == 0;
	CHECK(nr_mixed > 100);
	rig_check_valid(rig.m, "two passes");
	rig_down(&rig);
}

/* Keeping types apart is not worth a remote node: with the local low zones used up, the local pageblocks are mixed. */
TEST(fallback, a_mixed_pageblock_is_preferred_to_another_node)
{
	static struct rig rig;
	static struct page *pages[20000];
	struct page *page;

	rig_x86(&rig, MIB(24), MIB(24), 1);
	rig_bank(&rig, GIB(4) + MIB(24), MIB(32), 1);
	rig.board.vm.min_free_kbytes = 128;
	rig.board.vm.watermark_boost_factor = 0;
	rig_boot(&rig);
	mix_pageblocks(rig.m, not_in_normal_of_node_0);
	rig_exhaust(rig.m, QY_GFP_KERNEL | QY_GFP_DMA32, 4, pages, ARRAY_SIZE(pages));
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 4);
	CHECK_STR_EQ(qy_page_zone_name(rig.m, page), "Normal");
	CHECK(!not_in_normal_of_node_0(rig.m, page));
	rig_check_valid(rig.m, "a mixed pageblock");
	rig_down(&rig);
}

/* ------------------------------------------------------------------ the atomic reserve */

#define RESERVE_BLOCKS 13312 /* order-4 blocks of 208 MiB */

static struct page *filler[RESERVE_BLOCKS];

/* 208 MiB: a hundredth is just over a pageblock, so at most two are set aside. */
static struct zone *boot_for_reserve(struct rig *rig)
{
	rig_one_zone(rig, MIB(208), 1);
	rig->board.vm.min_free_kbytes = 16384;
	rig->board.vm.watermark_boost_factor = 0;
	rig_boot(rig);
	CHECK(rig_exhaust(rig->m, QY_GFP_KERNEL, 4, filler, RESERVE_BLOCKS) <
		RESERVE_BLOCKS);
	return &rig->m->zones[QY_ZONE_NORMAL];
}

TEST(fallback, an_atomic_block_taken_below_the_watermark_sets_its_pageblock_aside)
{
	static struct rig rig;
	struct zone *zone = boot_for_reserve(&rig);
	struct page *page = qy_alloc_pages(rig.m, QY_GFP_ATOMIC, 4), *next;
	const struct qy_pageblock *pb = block_of(rig.m, page_to_frame(rig.m, page));

	CHECK_EQ(pb->migratetype, MIGRATE_HIGHATOMIC);
	CHECK_EQ(zone->nr_reserved_highatomic, 512);
	/* the next one comes from there; an order-0 request does not */
	next = qy_alloc_pages(rig.m, QY_GFP_ATOMIC, 4);
	CHECK(block_of(rig.m, page_to_frame(rig.m, next)) == pb);
	next = qy_alloc_pages(rig.m, QY_GFP_ATOMIC, 0);
	CHECK(block_of(rig.m, page_to_frame(rig.m, next)) != pb);
	/* never more than the bound */
	for (unsigned int i = 0; i < 90; i++)
		CHECK(qy_alloc_pages(rig.m, QY_GFP_ATOMIC, 4));
	CHECK_EQ(zone->nr_reserved_highatomic, 1024);
	rig_check_valid(rig.m, "the reserve");
	rig_down(&rig);
}

TEST(fallback, what_is_set_aside_is_not_free_to_others)
{
	static struct rig rig;
	const qy_gfp_t modest = QY_GFP_KERNEL | QY___GFP_NORETRY | QY___GFP_NOWARN;
	struct zone *zone = boot_for_reserve(&rig);

	CHECK(qy_alloc_pages(rig.m, QY_GFP_ATOMIC, 4));
	CHECK_EQ(zone->nr_reserved_highatomic, 512);
	/* 320 pages come back: enough for the watermark, not for watermark and reserve */
	rig_free_all(rig.m, filler, 20, 4);
	CHECK(zone->nr_free_pages > zone->_watermark[WMARK_MIN] + 200);
	CHECK(!qy_alloc_pages(rig.m, modest, 4));
	CHECK(qy_unreserve_highatomic(zone, MIGRATE_MOVABLE, true));
	CHECK(qy_alloc_pages(rig.m, modest, 4));
	rig_down(&rig);
}

TEST(fallback, a_small_zone_sets_nothing_aside)
{
	static struct rig rig;
	static struct page *pages[4096];

	rig_one_zone(&rig, MIB(64), 1);
	rig.board.vm.min_free_kbytes = 8192;
	rig_boot(&rig);
	rig_exhaust(rig.m, QY_GFP_KERNEL, 4, pages, ARRAY_SIZE(pages));
	CHECK(qy_alloc_pages(rig.m, QY_GFP_ATOMIC, 4));
	CHECK_EQ(rig.m->zones[QY_ZONE_NORMAL].nr_reserved_highatomic, 0);
	rig_down(&rig);
}

TEST(fallback, a_sleeping_request_ends_the_reserve_before_it_gives_up)
{
	static struct rig rig;
	struct zone *zone = boot_for_reserve(&rig);
	struct page *page = qy_alloc_pages(rig.m, QY_GFP_ATOMIC, 4);
	const struct qy_pageblock *pb = block_of(rig.m, page_to_frame(rig.m, page));

	CHECK_EQ(zone->nr_reserved_highatomic, 512);
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_NOWAIT, 2)); /* cannot sleep: cannot end it */
	CHECK_EQ(zone->nr_reserved_highatomic, 512);
	qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_RECLAIMABLE | QY___GFP_NOWARN, 2);
	CHECK_EQ(zone->nr_reserved_highatomic, 0);
	CHECK_EQ(pb->migratetype, MIGRATE_RECLAIMABLE); /* it is the requester's now */
	rig_check_valid(rig.m, "the end of the reserve");
	rig_down(&rig);
}

TEST(fallback, the_last_reserved_pageblock_goes_only_when_forced)
{
	static struct rig rig;
	struct zone *zone = boot_for_reserve(&rig);

	CHECK(qy_alloc_pages(rig.m, QY_GFP_ATOMIC, 4));
	CHECK(!qy_unreserve_highatomic(zone, MIGRATE_MOVABLE, false));
	CHECK_EQ(zone->nr_reserved_highatomic, 512);
	CHECK(qy_unreserve_highatomic(zone, MIGRATE_MOVABLE, true));
	CHECK_EQ(zone->nr_reserved_highatomic, 0);
	CHECK(!qy_unreserve_highatomic(zone, MIGRATE_MOVABLE, true));
	rig_down(&rig);
}
