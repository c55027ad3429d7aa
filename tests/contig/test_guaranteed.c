// SPDX-License-Identifier: MIT
/*
 * A guaranteed CMA area lends to droppable pages only: its requests copy nothing and need no frame outside.
 *
 * The model's reference knows who was lent what and who pins it: a request is granted at the first aligned run that is not
 * handed out and in which nothing is pinned, however full the rest of memory is.
 *
 * No state but one machine and what is held on it.
 */
#include "tests/model/rig.h"
#include "mm/contig/internal.h"

#define MOVABLE  (QY_GFP_HIGHUSER_MOVABLE | QY___GFP_NOWARN)
#define RAM      MIB(64)
#define AREA     2048 /* frames */
#define NR_SLOTS 16384
#define MAX_RUNS 64

static struct rig rig;

struct slot {
	struct qy_handle h;
	uint64_t value;
	unsigned int pins;
	bool used, droppable;
};

static struct slot slot[NR_SLOTS];
static uint64_t base;

static struct qy_zone_stats normal(void)
{
	return rig_zone(rig.m, 0, QY_ZONE_NORMAL);
}

static struct qy_cma_stats area(void)
{
	struct qy_cma_stats stats;

	CHECK(qy_cma_stats(rig.m, 0, &stats));
	return stats;
}

static void boot(uint32_t nr_cpus)
{
	rig_one_zone(&rig, RAM, nr_cpus);
	rig.board.cma = (struct qy_cma_request){ .given = true, .size = AREA * 4096ull };
	rig.board.cma_guaranteed = true;
	rig_boot(&rig);
	qy_poison_moved_set(rig.m, true);
	memset(slot, 0, sizeof(slot));
	base = area().base_pfn;
}

static bool in_area(const struct slot *s)
{
	uint64_t pfn = qy_handle_pfn(rig.m, &s->h);

	return pfn >= base && pfn < base + AREA;
}

static bool take(struct slot *s, bool droppable)
{
	uint64_t *bytes;

	if (qy_handle_alloc(rig.m, &s->h, MOVABLE, 0, droppable ? "cache" : "process",
		    droppable ? QY_HANDLE_DROPPABLE : 0))
		return false;
	s->used = true;
	s->droppable = droppable;
	s->value = (uint64_t)(s - slot) * 0x9e3779b97f4a7c15ull;
	bytes = qy_handle_pin(rig.m, &s->h, NULL);
	*bytes = s->value;
	qy_handle_unpin(rig.m, &s->h);
	return true;
}

static size_t take_all(bool droppable)
{
	size_t nr = 0;

	for (size_t i = 0; i < NR_SLOTS; i++)
		if (!slot[i].used) {
			if (!take(&slot[i], droppable))
				break;
			nr++;
		}
	return nr;
}

static void give(struct slot *s)
{
	uint64_t *bytes = qy_handle_pin(rig.m, &s->h, NULL);

	CHECK(bytes || s->droppable);
	if (bytes) {
		CHECK_EQ(*bytes, s->value);
		qy_handle_unpin(rig.m, &s->h);
	}
	CHECK(qy_handle_free(rig.m, &s->h));
	s->used = false;
}

static void give_all(void)
{
	for (size_t i = 0; i < NR_SLOTS; i++) {
		for (; slot[i].pins; slot[i].pins--)
			qy_handle_unpin(rig.m, &slot[i].h);
		if (slot[i].used)
			give(&slot[i]);
	}
	qy_drain_all_pages(rig.m);
}

/* As after boot: types, counts, the bitmap. */
static void check_fresh(void)
{
	struct qy_zone_stats z = normal();

	CHECK_EQ(z.nr_free[10][MIGRATE_CMA], AREA / 1024);
	CHECK_EQ(z.nr_blocks[MIGRATE_CMA], AREA / 512);
	CHECK_EQ(z.nr_blocks[MIGRATE_ISOLATE], 0);
	CHECK_EQ(z.free_pages, RAM / 4096);
	CHECK_EQ(z.free_cma_pages, AREA);
	CHECK_EQ(rig.m->zones[QY_ZONE_NORMAL].nr_free_guaranteed, AREA);
	CHECK_EQ(area().used_pages, 0);
	CHECK_EQ(area().borrowed_pages, 0);
	rig_check_valid(rig.m, "all went back");
}

TEST(guaranteed, only_pages_that_were_allocated_as_droppable_borrow)
{
	struct page *page;

	boot(1);
	CHECK(area().guaranteed);
	CHECK_EQ(area().free_pages, AREA);
	CHECK(take_all(false) > 10000);
	while ((page = qy_alloc_pages(rig.m, MOVABLE, 0)))
		CHECK(qy_page_to_pfn(rig.m, page) < base);
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_NOWARN, 0));
	CHECK_EQ(area().borrowed_pages, 0);
	CHECK_EQ(area().free_pages, AREA);
	CHECK_EQ(normal().free_cma_pages, AREA);
	/* where nobody else finds a frame, clean cache does, but for the last ones below a watermark */
	for (unsigned int i = 0; i < AREA - 64; i++) {
		struct slot *s = &slot[NR_SLOTS - 1 - i];

		CHECK(!s->used && take(s, true));
		CHECK(in_area(s));
	}
	CHECK_EQ(area().borrowed_pages, AREA - 64);
	rig_check_valid(rig.m, "a full board");
	rig_down(&rig);
}

TEST(guaranteed, droppable_pages_go_there_first_and_to_the_rest_then)
{
	boot(2);
	for (unsigned int i = 0; i < AREA + 100; i++) {
		CHECK(take(&slot[i], true));
		CHECK_EQ(in_area(&slot[i]), i < AREA);
	}
	/* what goes back there is on no per-CPU list from which others would get it */
	for (unsigned int i = 0; i < 64; i++)
		give(&slot[i]);
	for (unsigned int i = 0; i < 64; i++) {
		CHECK(take(&slot[i], false));
		CHECK(!in_area(&slot[i]));
	}
	CHECK_EQ(area().free_pages, 64);
	give_all();
	check_fresh();
	rig_down(&rig);
}

TEST(guaranteed, a_request_is_granted_without_a_copy_where_no_frame_is_free)
{
	struct qy_contig_failure why;
	struct page *page;
	uint64_t dropped = 0;

	boot(1);
	for (unsigned int i = 0; i < AREA; i++)
		CHECK(take(&slot[i], true));
	take_all(false);
	CHECK_EQ(rig.m->events[PGMIGRATE_SUCCESS], 0);
	page = qy_cma_alloc(rig.m, 0, AREA, 8, false, &why);
	CHECK(page);
	CHECK_EQ(rig.m->events[PGMIGRATE_FAIL], 0);
	for (unsigned int i = 0; i < AREA; i++)
		dropped += qy_handle_pfn(rig.m, &slot[i].h) == ~0ull;
	CHECK_EQ(dropped, AREA);
	rig_check_valid(rig.m, "the whole area");
	CHECK(qy_cma_release(rig.m, 0, page, AREA));
	CHECK_EQ(rig.log_bytes, 0);
	give_all();
	check_fresh();
	rig_down(&rig);
}

TEST(guaranteed, a_pinned_page_is_named_and_the_next_run_is_taken)
{
	struct qy_contig_failure why;
	struct page *page;

	boot(1);
	for (unsigned int i = 0; i < AREA; i++)
		CHECK(take(&slot[i], true));
	qy_handle_pin(rig.m, &slot[0].h, "dma");
	slot[0].pins = 1;
	CHECK(!qy_cma_alloc(rig.m, 0, AREA, 0, true, &why));
	CHECK_EQ(why.cause, QY_CONTIG_PINNED);
	CHECK_STR_EQ(why.holder.pinned_by, "dma");
	page = qy_cma_alloc(rig.m, 0, 256, 8, true, &why);
	CHECK(page);
	CHECK_EQ(why.error, 0);
	CHECK(qy_cma_release(rig.m, 0, page, 256));
	give_all();
	check_fresh();
	rig_down(&rig);
}

TEST(guaranteed, a_page_of_it_becomes_no_other_kind_of_movable_page)
{
	struct qy_handle other = { 0 };
	struct page *page;

	boot(1);
	/* what was had without a word about its kind lies outside and may become either */
	page = qy_alloc_pages(rig.m, MOVABLE, 0);
	CHECK(qy_page_to_pfn(rig.m, page) < base);
	CHECK_EQ(qy_handle_adopt(rig.m, &other, page, "x", QY_HANDLE_DROPPABLE), 0);
	CHECK_EQ((uintptr_t)qy_handle_release(rig.m, &other), (uintptr_t)page);
	qy_free_pages(rig.m, page, 0);
	page = qy_alloc_droppable(rig.m, MOVABLE, 0);
	CHECK_EQ(qy_handle_adopt(rig.m, &other, page, "x", 0), -QY_EINVAL);
	qy_free_pages(rig.m, page, 0);
	give_all();
	check_fresh();
	rig_down(&rig);
}

TEST(guaranteed, watermarks_of_others_do_not_count_its_free_frames)
{
	boot(1);
	/* all that is left free is the area and what lies below min: only who may have it passes */
	take_all(false);
	CHECK(normal().free_pages > AREA);
	CHECK(!qy_zone_watermark_ok(&rig.m->zones[QY_ZONE_NORMAL], 0,
		normal().watermark[1], QY_ZONE_NORMAL, ALLOC_CMA, normal().free_pages));
	CHECK(qy_zone_watermark_ok(&rig.m->zones[QY_ZONE_NORMAL], 0,
		normal().watermark[1], QY_ZONE_NORMAL, ALLOC_CMA | ALLOC_DROPPABLE,
		normal().free_pages));
	give_all();
	check_fresh();
	rig_down(&rig);
}

/* ------------------------------------------------------------------ the model */

struct run {
	struct page *page;
	uint64_t nr;
};

static struct rig_random rnd;
static struct run run[MAX_RUNS];
static unsigned int nr_runs;
static uint8_t handed_out[AREA];
static uint64_t granted, refused;

static uint64_t expected_at(uint64_t nr, unsigned int align)
{
	uint64_t step = 1ull << align, at = 0;
	uint8_t pinned[AREA] = { 0 };

	for (unsigned int i = 0; i < NR_SLOTS; i++)
		if (slot[i].used && slot[i].pins && in_area(&slot[i]))
			pinned[qy_handle_pfn(rig.m, &slot[i].h) - base] = 1;
	for (; at + nr <= AREA; at += step) {
		bool can = true;

		for (uint64_t i = at; i < at + nr && can; i++)
			can = !handed_out[i] && !pinned[i];
		if (can)
			return at;
	}
	return AREA;
}

static void op_slot(void)
{
	struct slot *s = &slot[rig_below(&rnd, NR_SLOTS)];
	bool droppable = rig_below(&rnd, 3) == 0;

	if (!s->used) {
		if (take(s, droppable) && !droppable)
			CHECK(!in_area(s));
	} else if (!s->pins && rig_below(&rnd, 4) == 0) {
		give(s);
	}
}

static void op_pin(void)
{
	struct slot *s = &slot[rig_below(&rnd, NR_SLOTS)];

	if (s->used && s->pins) {
		qy_handle_unpin(rig.m, &s->h);
		s->pins--;
	} else if (s->used && rig_below(&rnd, 8) == 0) {
		s->pins += qy_handle_pin(rig.m, &s->h, "pinner") != NULL;
	}
}

static void op_alloc(void)
{
	uint64_t nr = 1 + rig_below(&rnd, rig_below(&rnd, 4) ? 64 : 700);
	unsigned int align = rig_below(&rnd, 9);
	uint64_t at = expected_at(nr, align);
	struct qy_contig_failure why;
	struct page *page;

	if (nr_runs == MAX_RUNS)
		return;
	page = qy_cma_alloc(rig.m, 0, nr, align, true, &why);
	if (!page) {
		CHECK_EQ(at, AREA);
		CHECK(why.cause == QY_CONTIG_PINNED || why.cause == QY_CONTIG_NO_RUN);
		refused++;
		return;
	}
	CHECK_EQ(qy_page_to_pfn(rig.m, page) - base, at);
	granted++;
	run[nr_runs++] = (struct run){ page, nr };
	memset(&handed_out[at], 1, nr);
}

static void op_release(void)
{
	unsigned int which;

	if (!nr_runs)
		return;
	which = rig_below(&rnd, nr_runs);
	memset(&handed_out[qy_page_to_pfn(rig.m, run[which].page) - base], 0,
		run[which].nr);
	CHECK(qy_cma_release(rig.m, 0, run[which].page, run[which].nr));
	run[which] = run[--nr_runs];
}

static void note_move(void *arg, struct qy_handle *h, uint64_t from_pfn, uint64_t to_pfn,
	unsigned int order)
{
	(void)h;
	(void)from_pfn;
	(void)order;
	*(uint64_t *)arg += to_pfn != ~0ull;
}

TEST(guaranteed, on_a_full_board_it_grants_exactly_what_a_naive_walk_grants)
{
	static void (*const ops[])(
		void) = { op_slot, op_slot, op_slot, op_pin, op_alloc, op_release };
	unsigned long steps = qy_test_scale(2500);
	uint64_t copied = 0;

	rnd.state = qy_test_seed();
	boot(1);
	nr_runs = 0;
	granted = refused = 0;
	qy_moved_set(rig.m, note_move, &copied);
	memset(handed_out, 0, sizeof(handed_out));
	/* process memory takes all it can: no target is left anywhere */
	take_all(false);
	for (unsigned int i = 0; i < NR_SLOTS; i += 3)
		if (slot[i].used && rig_below(&rnd, 2))
			give(&slot[i]);
	for (unsigned int i = 0; i < NR_SLOTS; i++)
		if (!slot[i].used)
			take(&slot[i], true);
	for (unsigned long i = 0; i < steps; i++) {
		ops[rig_below(&rnd, ARRAY_SIZE(ops))]();
		if (i % 8 == 0)
			rig_check_valid(rig.m, "a step");
	}
	CHECK(granted > 0 && (refused > 0 || steps < 2500));
	CHECK_EQ(copied, 0);
	while (nr_runs)
		op_release();
	give_all();
	check_fresh();
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ the lecture's layout */

TEST(placement, the_zone_named_movable_is_the_area)
{
	struct qy_zone_stats z;
	struct page *page;

	rig_one_zone(&rig, RAM, 1);
	rig.board.cma = (struct qy_cma_request){ .given = true, .size = MIB(16) };
	rig.board.cma_in_movable = true;
	rig_boot(&rig);
	z = rig_zone(rig.m, 0, QY_ZONE_MOVABLE);
	CHECK_STR_EQ(area().zone_name, "Movable");
	CHECK_EQ(z.start_pfn, area().base_pfn);
	CHECK_EQ(z.managed_pages, MIB(16) / 4096);
	CHECK_EQ(z.free_cma_pages, MIB(16) / 4096);
	CHECK_EQ(z.nr_blocks[MIGRATE_CMA], 8);
	CHECK_EQ(normal().managed_pages, (RAM - MIB(16)) / 4096);
	CHECK_EQ(normal().nr_blocks[MIGRATE_CMA], 0);
	/* user pages borrow it, the kernel's never see it */
	page = qy_alloc_pages(rig.m, QY_GFP_HIGHUSER_MOVABLE, 0);
	CHECK(qy_page_to_pfn(rig.m, page) >= z.start_pfn);
	qy_free_pages(rig.m, page, 0);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	CHECK(qy_page_to_pfn(rig.m, page) < z.start_pfn);
	qy_free_pages(rig.m, page, 0);
	page = qy_cma_alloc(rig.m, 0, 1024, 8, false, NULL);
	CHECK(page);
	CHECK_STR_EQ(area().zone_name, "Movable");
	CHECK(qy_cma_release(rig.m, 0, page, 1024));
	rig_check_valid(rig.m, "a buffer in zone Movable");
	rig_down(&rig);
}

/* An area whose place is given, and one that the tree leaves to the kernel: the zone begins with the lower one. */
TEST(placement, zone_movable_begins_with_the_lowest_area_of_the_highest_zone)
{
	rig_two_zones(&rig, MIB(256), GIB(1) + MIB(64), 1);
	rig.reserved[0] = (struct qy_reserved){ .name = "low",
		.base = GIB(1) + MIB(16),
		.size = MIB(8),
		.flags = QY_RESERVED_REUSABLE | QY_RESERVED_DMA_POOL };
	rig.reserved[1] = (struct qy_reserved){ .name = "camera",
		.size = MIB(32),
		.flags = QY_RESERVED_REUSABLE | QY_RESERVED_DMA_POOL |
			 QY_RESERVED_DYNAMIC | QY_RESERVED_CMA_DEFAULT };
	rig.board.reserved = rig.reserved;
	rig.board.nr_reserved = 2;
	rig.board.cma_in_movable = true;
	rig_boot(&rig);
	CHECK_EQ(rig_zone(rig.m, 0, QY_ZONE_MOVABLE).start_pfn,
		(GIB(1) + MIB(256) - MIB(32)) >> 12);
	for (uint32_t i = 0; i < 2; i++) {
		struct qy_cma_stats stats;

		CHECK(qy_cma_stats(rig.m, i, &stats));
		CHECK_STR_EQ(stats.zone_name,
			strcmp(stats.name, "camera") ? "DMA" : "Movable");
	}
	rig_check_valid(rig.m, "boot");
	rig_down(&rig);
}

TEST(placement, without_the_option_there_is_no_such_zone)
{
	boot(1);
	CHECK_EQ(rig_zone(rig.m, 0, QY_ZONE_MOVABLE).managed_pages, 0);
	CHECK_STR_EQ(area().zone_name, "Normal");
	rig_down(&rig);
}
