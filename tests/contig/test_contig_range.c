// SPDX-License-Identifier: MIT
/*
 * Contiguous ranges outside of CMA: made of whatever is there, given back in pieces, refused without a trace.
 *
 * No state.
 */
#include "tests/model/rig.h"
#include "mm/contig/internal.h"

#define MOVABLE  QY_GFP_HIGHUSER_MOVABLE
#define MAX_HELD 16384

static struct rig rig;
static struct qy_contig_failure why;
static struct qy_handle held[MAX_HELD];

static struct qy_zone_stats normal(void)
{
	return rig_zone(rig.m, 0, QY_ZONE_NORMAL);
}

/* Movable pages all over the zone: every other one of what was free is behind a handle. */
static size_t scatter(void)
{
	static struct page *pages[MAX_HELD];
	size_t nr = rig_exhaust(rig.m, MOVABLE, 0, pages, MAX_HELD), kept = 0;

	for (size_t i = 0; i < nr; i++) {
		if (i % 3)
			qy_free_pages(rig.m, pages[i], 0);
		else
			CHECK_EQ(qy_handle_adopt(
					 rig.m, &held[kept++], pages[i], "scattered", 0),
				0);
	}
	qy_drain_all_pages(rig.m);
	return kept;
}

static void free_held(size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		qy_free_pages(rig.m, qy_handle_release(rig.m, &held[i]), 0);
	qy_drain_all_pages(rig.m);
}

TEST(contig, more_than_the_largest_block_is_had_where_no_block_of_order_9_is)
{
	struct page *page;
	size_t nr;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	nr = scatter();
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_NOWAIT, 9));
	page = qy_alloc_contig_pages(rig.m, 2000, QY_GFP_KERNEL, -1, &why);
	CHECK(page);
	CHECK_EQ(why.error, 0);
	CHECK_EQ(qy_page_to_pfn(rig.m, page) % 2048, 0);
	for (unsigned int i = 0; i < 2000; i++)
		CHECK_EQ(qy_page_ref_count(rig.m, page + i), 1);
	rig_check_valid(rig.m, "a range of 2000 pages");
	qy_free_contig_range(rig.m, qy_page_to_pfn(rig.m, page), 2000);
	free_held(nr);
	CHECK_EQ(rig_free_frames(rig.m), 16384);
	CHECK_EQ(normal().nr_free[10][MIGRATE_MOVABLE], 16);
	rig_check_valid(rig.m, "its free");
	rig_down(&rig);
}

TEST(contig, exactly_the_range_that_was_named_is_taken)
{
	const uint64_t first = (GIB(1) >> 12) + 700, last = first + 1333;
	struct qy_zone_stats z;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	CHECK_EQ(
		qy_alloc_contig_range(rig.m, first, last, false, QY_GFP_KERNEL, &why), 0);
	z = normal();
	CHECK_EQ(z.free_pages, 16384 - 1333);
	for (uint64_t pfn = first - 1; pfn <= last; pfn++)
		CHECK_EQ(qy_page_ref_count(rig.m, qy_pfn_to_page(rig.m, pfn)),
			pfn >= first && pfn < last);
	rig_check_valid(rig.m, "a range at odd places");
	/* what is taken cannot be had again */
	CHECK_EQ(qy_alloc_contig_range(
			 rig.m, last - 1, last + 5, false, QY_GFP_KERNEL, &why),
		-QY_EBUSY);
	CHECK_EQ(why.cause, QY_CONTIG_UNMOVABLE);
	CHECK_EQ(why.pfn, last - 1);
	qy_free_contig_range(rig.m, first, last - first);
	qy_drain_all_pages(rig.m);
	CHECK_EQ(normal().nr_free[10][MIGRATE_MOVABLE], 16);
	rig_down(&rig);
}

TEST(contig, a_compound_range_is_one_block)
{
	const uint64_t pfn = (GIB(1) >> 12) + 512;
	struct page *page = NULL;

	rig_one_zone(&rig, MIB(16), 1);
	rig_boot(&rig);
	CHECK_EQ(qy_alloc_contig_range(rig.m, pfn, pfn + 512, false,
			 QY_GFP_KERNEL | QY___GFP_COMP | QY___GFP_ZERO, &why),
		0);
	page = qy_pfn_to_page(rig.m, pfn);
	CHECK_EQ(qy_compound_order(rig.m, page), 9);
	rig_check_valid(rig.m, "a compound range");
	qy_free_contig_range(rig.m, pfn, 512);
	CHECK_EQ(qy_alloc_contig_range(rig.m, pfn, pfn + 500, false,
			 QY_GFP_KERNEL | QY___GFP_COMP, &why),
		-QY_EINVAL);
	rig_check_valid(rig.m, "its free");
	rig_down(&rig);
}

TEST(contig, what_boot_kept_what_is_no_ram_and_what_cannot_move_is_named)
{
	const uint64_t base = GIB(1) >> 12;
	struct page *page;
	char text[128];

	rig_one_zone(&rig, MIB(16), 1);
	rig.reserved[0] = (struct qy_reserved){
		.name = "firmware", .base = GIB(1) + MIB(4), .size = KIB(64)
	};
	rig.board.reserved = rig.reserved;
	rig.board.nr_reserved = 1;
	rig_boot(&rig);
	CHECK_EQ(qy_alloc_contig_range(
			 rig.m, base + 1000, base + 1100, false, QY_GFP_KERNEL, &why),
		-QY_EBUSY);
	CHECK_EQ(why.cause, QY_CONTIG_KEPT);
	CHECK_EQ(why.pfn, base + 1024);
	CHECK_EQ(qy_alloc_contig_range(
			 rig.m, base - 5, base + 5, false, QY_GFP_KERNEL, &why),
		-QY_EINVAL);
	CHECK_EQ(qy_alloc_contig_range(
			 rig.m, base + 5, base + 5, false, QY_GFP_KERNEL, &why),
		-QY_EINVAL);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 3);
	CHECK_EQ(qy_alloc_contig_range(rig.m, qy_page_to_pfn(rig.m, page) + 2,
			 qy_page_to_pfn(rig.m, page) + 3, false, QY_GFP_KERNEL, &why),
		-QY_EBUSY);
	CHECK_EQ(why.cause, QY_CONTIG_UNMOVABLE);
	CHECK_EQ(why.pfn, qy_page_to_pfn(rig.m, page));
	qy_contig_failure_text(&why, text, sizeof(text));
	CHECK(strstr(text, " is in use by an allocation that cannot be moved"));
	rig_check_valid(rig.m, "refusals");
	CHECK_EQ(normal().nr_blocks[MIGRATE_ISOLATE], 0);
	rig_down(&rig);
}

TEST(contig, pages_that_somebody_else_references_are_said_to_be_in_use)
{
	struct page *page;

	rig_one_zone(&rig, MIB(16), 1);
	rig_boot(&rig);
	page = qy_alloc_contig_pages(rig.m, 600, QY_GFP_KERNEL, -1, NULL);
	qy_get_page(rig.m, page + 5);
	qy_free_contig_range(rig.m, qy_page_to_pfn(rig.m, page), 600);
	CHECK_EQ(rig_log_count(&rig, "WARNING: 1 pages are still in use!"), 1);
	CHECK_EQ(qy_page_ref_count(rig.m, page + 5), 1);
	qy_put_page(rig.m, page + 5);
	CHECK_EQ(rig_free_frames(rig.m), 4096);
	rig_down(&rig);
}

/* Linux 6.12 leaves such pageblocks movable. */
TEST(contig, pageblocks_keep_the_type_that_they_had)
{
	const uint64_t base = GIB(1) >> 12;
	struct page *page;
	uint64_t movable;

	rig_one_zone(&rig, MIB(16), 1);
	rig_boot(&rig);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	movable = normal().nr_blocks[MIGRATE_MOVABLE];
	CHECK(movable < 8);
	CHECK_EQ(qy_alloc_contig_range(
			 rig.m, base, base + 4096, false, QY_GFP_KERNEL, &why),
		-QY_EBUSY);
	CHECK_EQ(normal().nr_blocks[MIGRATE_MOVABLE], movable);
	CHECK_EQ(normal().nr_blocks[MIGRATE_ISOLATE], 0);
	qy_free_pages(rig.m, page, 0);
	CHECK_EQ(qy_alloc_contig_range(
			 rig.m, base, base + 4096, false, QY_GFP_KERNEL, &why),
		0);
	qy_free_contig_range(rig.m, base, 4096);
	rig_check_valid(rig.m, "a whole zone");
	rig_down(&rig);
}
