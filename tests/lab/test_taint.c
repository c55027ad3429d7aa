// SPDX-License-Identifier: MIT
/*
 * Who stands in the way of a large block: pages laid out by hand, and every place counted. State: the machine of the
 * running test.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <quarry/sim.h>

#include "lab/board.h"
#include "lab/taint.h"
#include "lab/why.h"
#include "tests/runner/test.h"

#define FRAMES 512u /* of a pageblock */

static struct qy_loaded_board *board;
static struct qy_machine *m;
static struct page **page; /* of every frame, single; NULL: free, or not ours */
static uint64_t first_pfn, nr_frames;

static const struct qy_task camera = { 41, 41, "camera" }, radio = { 7, 7, "radio" };

static void boot(const char *tree, enum qy_page_owner_mode owner)
{
	const struct qy_board_opts opts = {
		.dtb = tree, .memory = "64M", .append = "transparent_hugepage=never"
	};
	const struct qy_sim_opts sim = { .no_contents = true };
	struct qy_err err = { "" };
	char why[256] = "";

	board = qy_board_load(&opts, &err);
	if (!board)
		FAIL("%s", err.text);
	board->board.page_owner = owner;
	m = qy_sim_boot(&board->board, &sim, why, sizeof(why));
	if (!m)
		FAIL("%s", why);
}

static void end(void)
{
	free(page);
	page = NULL;
	qy_sim_shutdown(m);
	qy_board_free(board);
}

/* Every frame that can be had becomes a movable page of the camera's. */
static void fill(void)
{
	struct qy_zone_stats z;
	struct page *p;

	CHECK(qy_zone_stats(m, 0, &z));
	first_pfn = z.start_pfn;
	nr_frames = z.spanned_pages;
	page = calloc(nr_frames, sizeof(struct page *));
	CHECK(page != NULL);
	qy_set_current(&camera);
	while ((p = qy_alloc_pages(m,
			QY_GFP_HIGHUSER_MOVABLE | QY___GFP_MEMALLOC | QY___GFP_NOWARN,
			0)))
		page[qy_page_to_pfn(m, p) - first_pfn] = p;
}

/* A wholly ours pageblock, the @n-th from the zone's begin. Return: index of its first frame. */
static uint64_t own_pageblock(unsigned int n)
{
	for (uint64_t at = 0; at + FRAMES <= nr_frames; at += FRAMES) {
		uint64_t i = 0;

		while (i < FRAMES && page[at + i])
			i++;
		if (i == FRAMES && n-- == 0)
			return at;
	}
	FAIL("no such pageblock");
}

static void drop(uint64_t at, uint64_t nr)
{
	for (uint64_t i = at; i < at + nr; i++) {
		qy_free_pages(m, page[i], 0);
		page[i] = NULL;
	}
	qy_drain_all_pages(m);
}

/* The frame at @at, which is the only free one, goes to the kernel. */
static void give(uint64_t at, const struct qy_task *task)
{
	struct page *p;

	drop(at, 1);
	qy_set_current(task);
	p = qy_alloc_pages(m, QY_GFP_KERNEL | QY___GFP_MEMALLOC | QY___GFP_NOWARN, 0);
	CHECK(p != NULL);
	CHECK_EQ(qy_page_to_pfn(m, p) - first_pfn, at);
	page[at] = p;
}

static void look(unsigned int order, struct qy_taint *t)
{
	struct qy_zone_stats z;

	CHECK(qy_zone_stats(m, 0, &z));
	CHECK_EQ(qy_taint_capture(m, &z, QY_GFP_KERNEL, order, t), 0);
}

/*
 * Three pageblocks of many, all others movable:
 *
 *   | c . . . | c r r . | r r r r |        c camera's, r radio's page that does not move
 */
TEST(taint, every_place_is_counted_once_and_its_owners_named)
{
	struct qy_taint t;
	uint64_t a, b, c, places;
	char text[64];

	boot(QY_SOURCE_DIR "/boards/qemu-virt-8g.dts", QY_PAGE_OWNER_BESIDE);
	fill();
	look(9, &t);
	CHECK(t.known);
	places = t.places;
	CHECK(places > 8);
	CHECK_EQ(t.movable, places);
	CHECK_EQ(t.all_owners, 0);
	a = own_pageblock(0), b = own_pageblock(1), c = own_pageblock(2);
	give(a, &camera);
	give(b, &camera);
	give(b + 1, &radio);
	give(b + 2, &radio);
	for (unsigned int i = 0; i < FRAMES; i++)
		give(c + i, &radio);
	look(9, &t);
	CHECK_EQ(t.places, places);
	CHECK_EQ(t.tainted, 2);
	CHECK_EQ(t.pages, 4);
	CHECK_EQ(t.unmovable, 1);
	CHECK_EQ(t.movable, places - 3);
	CHECK_EQ(t.listed, 0);
	CHECK_EQ(t.all_owners, 2);
	CHECK_EQ(t.nr_owners, 2);
	CHECK_STR_EQ(t.owner[0].task.comm, "camera");
	CHECK_EQ(t.owner[0].places, 2);
	CHECK_EQ(t.owner[0].pages, 2);
	CHECK_STR_EQ(t.owner[1].task.comm, "radio");
	CHECK_EQ(t.owner[1].places, 1);
	CHECK_EQ(t.owner[1].pages, 2);
	CHECK_STR_EQ(
		qy_taint_owner_text(&t.owner[1], text, sizeof(text)), "radio (pid 7)");
	end();
}

TEST(taint, a_smaller_block_has_more_places_and_fewer_in_its_way)
{
	struct qy_taint nine, three, ten;
	uint64_t a;

	boot(QY_SOURCE_DIR "/boards/qemu-virt-8g.dts", QY_PAGE_OWNER_BESIDE);
	fill();
	a = own_pageblock(0);
	give(a + 8, &radio);
	give(a + 9, &radio);
	give(a + 16, &radio);
	look(9, &nine);
	look(3, &three);
	look(10, &ten);
	CHECK_EQ(three.places, nine.places * 64);
	CHECK(ten.places > 0 && ten.places <= nine.places / 2);
	CHECK_EQ(nine.tainted, 1);
	CHECK_EQ(three.tainted, 2);
	CHECK_EQ(three.owner[0].places, 2);
	CHECK_EQ(three.owner[0].pages, 3);
	CHECK(ten.tainted <= 1);
	end();
}

TEST(taint, without_records_nothing_is_claimed)
{
	struct qy_why *why;
	struct qy_taint t;
	char text[256];

	boot(QY_SOURCE_DIR "/boards/qemu-virt-8g.dts", QY_PAGE_OWNER_OFF);
	fill();
	look(9, &t);
	CHECK(!t.known);
	CHECK_EQ(t.places, 0);
	why = qy_why_capture(m, &board->board, QY_GFP_KERNEL, 9, 0, 0);
	CHECK(why != NULL);
	CHECK_STR_EQ(qy_why_taint_text(why, &why->zone[0], text, sizeof(text)), "");
	free(why);
	end();
}

/* Half of each pageblock is free, so that the watermark is met and no block of order 9 is there. */
TEST(taint, the_chain_leads_from_the_zones_to_the_owners)
{
	struct qy_why *why;
	char text[1024];
	uint64_t at;

	boot(QY_SOURCE_DIR "/boards/qemu-virt-8g.dts", QY_PAGE_OWNER_BESIDE);
	fill();
	at = own_pageblock(1);
	give(at + 1, &radio);
	for (uint64_t i = 0; i + 1 < nr_frames; i += 2) {
		if (page[i])
			drop(i, 1);
	}
	why = qy_why_capture(m, &board->board, QY_GFP_KERNEL, 9, 0, 5);
	CHECK(why != NULL);
	CHECK_STR_EQ(qy_why_zones_text(why, text, sizeof(text)), "DMA");
	CHECK_EQ(why->zone[0].refusal, QY_REFUSED_NO_BLOCK);
	qy_why_taint_text(why, &why->zone[0], text, sizeof(text));
	CHECK(strstr(text, "DMA: "));
	CHECK(strstr(text, " places for a block of order 9: "));
	CHECK(strstr(text, " 1 are tainted by 1 pages that cannot\n"));
	CHECK(strstr(text, "\n  by whom: radio (pid 7): 1 pages in 1"));
	free(why);
	end();
}

TEST(taint, a_zone_that_may_not_be_used_has_its_reason)
{
	struct qy_why *why;
	char text[1024];

	boot(QY_SOURCE_DIR "/boards/x86_64-1g.dts", QY_PAGE_OWNER_OFF);
	why = qy_why_capture(m, &board->board, QY_GFP_KERNEL | QY___GFP_DMA, 0, 0, 0);
	CHECK(why != NULL);
	CHECK_STR_EQ(qy_why_zones_text(why, text, sizeof(text)),
		"DMA; not DMA32 (__GFP_DMA asks for lower memory)");
	free(why);
	why = qy_why_capture(m, &board->board, QY_GFP_KERNEL, 0, 0, 0);
	CHECK(why != NULL);
	CHECK_STR_EQ(qy_why_zones_text(why, text, sizeof(text)), "DMA32, DMA");
	free(why);
	end();
}
