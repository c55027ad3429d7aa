// SPDX-License-Identifier: MIT
/*
 * A board begins as a recorded machine stood. State: the machine of the running test.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <quarry/compact.h>
#include <quarry/sim.h>

#include "lab/board.h"
#include "lab/start.h"
#include "tests/runner/test.h"

#define DATA  QY_SOURCE_DIR "/tests/lab/data/start/"
#define TIGHT QY_SOURCE_DIR "/boards/x86_64-1g-cma64.dts"

static struct qy_machine *standing;
static struct qy_snapshot snap;

static struct qy_machine *boot(const struct qy_board *board)
{
	const struct qy_sim_opts opts = { .no_contents = true };
	char why[256] = "";

	qy_sim_shutdown(standing);
	standing = qy_sim_boot(board, &opts, why, sizeof(why));
	if (!standing)
		FAIL("%s", why);
	return standing;
}

static void end(void)
{
	char why[256];

	if (!qy_machine_validate(standing, why, sizeof(why)))
		FAIL("%s", why);
	qy_sim_shutdown(standing);
	standing = NULL;
}

static struct qy_loaded_board *load_board(const char *dts)
{
	const struct qy_board_opts opts = { .dtb = dts };
	struct qy_err err = { "" };
	struct qy_loaded_board *board = qy_board_load(&opts, &err);

	if (!board)
		FAIL("%s", err.text);
	return board;
}

static struct qy_loaded_board *recorder(void)
{
	return load_board(QY_SOURCE_DIR "/boards/x86_64-24g.dts");
}

static void load_snapshot(const char *name)
{
	static const char *const files[] = { "buddyinfo", "pagetypeinfo", "zoneinfo" };
	char path[QY_NR_SNAPSHOT_FILES][256];
	const char *paths[QY_NR_SNAPSHOT_FILES];
	struct qy_err err = { "" };

	for (int i = 0; i < QY_NR_SNAPSHOT_FILES; i++) {
		snprintf(path[i], sizeof(path[i]), DATA "%s/%s.before", name, files[i]);
		paths[i] = path[i];
	}
	if (qy_snapshot_load(paths, &snap, &err))
		FAIL("%s", err.text);
}

static void check_zone(
	const struct qy_snapshot_zone *want, const struct qy_zone_stats *have)
{
	uint64_t listed = 0;

	for (unsigned int type = 0; type < QY_MIGRATE_TYPES; type++) {
		for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++)
			CHECK_EQ(have->nr_free[order][type], want->nr_free[order][type]);
		if (type != 1) /* the board has more RAM than the recorder managed */
			CHECK_EQ(have->nr_blocks[type], want->nr_blocks[type]);
	}
	CHECK_EQ(have->free_pages, qy_snapshot_free_pages(want));
	for (uint32_t cpu = 0; cpu < want->nr_cpus; cpu++)
		listed += want->pcp_count[cpu];
	CHECK_EQ(have->pcp_pages, listed);
}

/* A checksum of where the free memory is. */
static uint64_t picture(struct qy_machine *m)
{
	struct qy_pageblock_info info;
	uint64_t sum = 0;

	for (uint32_t i = 0; qy_pageblock_info(m, i, &info); i++)
		sum = (sum ^ (info.nr_free + 1000u * info.migratetype)) *
		      0x100000001b3ull;
	return sum;
}

static uint64_t place(const struct qy_board *board, uint64_t seed)
{
	struct qy_machine *m = boot(board);
	struct qy_start start;
	struct qy_err err = { "" };
	struct qy_zone_stats have;
	uint64_t sum;

	if (qy_start_snapshot(
		    &start, m, board->nr_cpus, &snap, "snap", NULL, 0, seed, &err))
		FAIL("%s", err.text);
	CHECK_EQ(start.gap.free_blocks + start.gap.pageblocks + start.gap.pcp_pages, 0);
	for (uint32_t i = 0; qy_zone_stats(m, i, &have); i++) {
		for (uint32_t z = 0; z < snap.nr_zones; z++) {
			if (strcmp(snap.zone[z].name, have.name) == 0)
				check_zone(&snap.zone[z], &have);
		}
	}
	sum = picture(m);
	end();
	qy_start_exit(&start);
	return sum;
}

TEST(start, a_snapshot_is_met_by_order_type_pageblock_and_cpu)
{
	struct qy_loaded_board *board = recorder();
	static const char *const names[] = { "kbuild", "files", "redis" };

	for (size_t i = 0; i < 3; i++) {
		load_snapshot(names[i]);
		place(&board->board, i);
	}
	qy_board_free(board);
}

/* Its one reclaimable pageblock of zone DMA has 496 free frames in blocks of nine orders: it has no room for a hole. */
TEST(start, the_only_pageblock_of_a_type_holds_all_its_free_blocks)
{
	struct qy_loaded_board *board = load_board(TIGHT);

	load_snapshot("pieces");
	for (uint64_t seed = 1; seed <= 8; seed++)
		place(&board->board, seed);
	qy_board_free(board);
}

TEST(start, a_seed_says_where_the_blocks_are)
{
	struct qy_loaded_board *board = recorder();
	uint64_t one;

	load_snapshot("kbuild");
	one = place(&board->board, 1);
	CHECK_EQ(place(&board->board, 1), one);
	CHECK(place(&board->board, 2) != one);
	qy_board_free(board);
}

TEST(start, frames_that_a_load_frees_are_at_their_place)
{
	struct qy_loaded_board *board = recorder();
	struct qy_older_block blocks[] = { { .pfn = 0x200005, .migratetype = 1 },
		{ .pfn = 0x200200, .order = 3, .migratetype = 2 },
		{ .pfn = 0x7000000, .order = 0 } };
	const struct qy_older older = { .blocks = blocks, .nr = 3 },
			      *loads[] = { NULL, &older };
	struct qy_machine *m = boot(&board->board);
	struct qy_start start;
	struct qy_err err = { "" };

	load_snapshot("kbuild");
	if (qy_start_snapshot(&start, m, 2, &snap, "snap", loads, 2, 7, &err))
		FAIL("%s", err.text);
	CHECK_EQ(start.gap.free_blocks + start.gap.pageblocks + start.gap.pcp_pages, 0);
	CHECK_EQ(start.nr_kept, 9);
	CHECK(!qy_start_take(&start, 0x7000000, 0)); /* the board has no RAM there */
	CHECK_EQ(qy_page_to_pfn(m, qy_start_take(&start, 0x200200, 3)), 0x200200);
	CHECK(!qy_start_take(&start, 0x200200, 3)); /* it has an owner now */
	CHECK(!qy_start_take(&start, 0x200006, 0));
	end();
	qy_start_exit(&start);
	qy_board_free(board);
}

TEST(start, a_board_that_is_not_the_recorders_is_one_line)
{
	struct qy_bank bank = { .base = 0x40000000, .size = 64 << 20 };
	struct qy_loaded_board *loaded = recorder();
	struct qy_board board, small = loaded->board;
	struct qy_start start;
	struct qy_err err = { "" };

	load_snapshot("kbuild");
	qy_board_defaults(&board, QY_ARCH_ARM64);
	board.banks = &bank;
	board.nr_banks = 1;
	board.nr_cpus = 2;
	CHECK_EQ(qy_start_snapshot(
			 &start, boot(&board), 2, &snap, "rec/types", NULL, 0, 1, &err),
		-1);
	CHECK(strstr(err.text, "rec/types: node 0, zone "));
	CHECK(strstr(err.text, "describe the machine that was recorded"));
	qy_start_exit(&start);
	small.nr_cpus = 1;
	CHECK_EQ(qy_start_snapshot(
			 &start, boot(&small), 1, &snap, "rec/types", NULL, 0, 1, &err),
		-1);
	CHECK(strstr(err.text, "CPU 1 has pages, the board has 1 CPUs"));
	end();
	qy_start_exit(&start);
	qy_board_free(loaded);
}

TEST(start, an_aged_board_is_half_free_and_in_pieces)
{
	struct qy_bank bank = { .base = 0x40000000, .size = 256 << 20 };
	struct qy_board board;
	struct qy_machine_stats stats;
	struct qy_zone_stats z;
	struct qy_start start;
	struct qy_err err = { "" };
	uint64_t free_before, sum[2];

	qy_board_defaults(&board, QY_ARCH_ARM64);
	board.banks = &bank;
	board.nr_banks = 1;
	board.nr_cpus = 1;
	for (int i = 0; i < 2; i++) {
		struct qy_machine *m = boot(&board);

		qy_machine_stats(m, &stats);
		free_before = stats.free_pages;
		CHECK_EQ(qy_start_aged(&start, m, 5, &err), 0);
		qy_zone_stats(m, 0, &z);
		CHECK(z.free_pages + z.pcp_pages >= free_before / 2 - 32);
		CHECK(z.free_pages <= free_before / 2 + 64);
		CHECK(qy_unusable_index(&z, 9) > 900);
		sum[i] = picture(m);
		/* what may move is not in the way of those who wait */
		qy_compact_memory(m);
		qy_zone_stats(m, 0, &z);
		CHECK(qy_unusable_index(&z, 9) < 500);
		end();
		qy_start_exit(&start);
	}
	CHECK_EQ(sum[0], sum[1]);
}

TEST(start, a_pageblock_with_free_frames_keeps_its_type)
{
	struct qy_bank bank = { .base = 0x40000000, .size = 64 << 20 };
	struct qy_board board;
	struct qy_machine *m;
	struct qy_zone_stats z;

	qy_board_defaults(&board, QY_ARCH_ARM64);
	board.banks = &bank;
	board.nr_banks = 1;
	m = boot(&board);
	struct page *block = qy_alloc_pages(m, QY_GFP_HIGHUSER_MOVABLE, 9);

	CHECK_EQ(qy_set_pageblock_type(m, block, 4), -22);
	CHECK_EQ(qy_set_pageblock_type(m, NULL, 1), -22);
	CHECK_EQ(qy_set_pageblock_type(m, block, 3), 0);
	qy_zone_stats(m, 0, &z);
	CHECK_EQ(z.nr_reserved_highatomic, 512);
	CHECK_EQ(qy_set_pageblock_type(m, block, 2), 0);
	qy_zone_stats(m, 0, &z);
	CHECK_EQ(z.nr_reserved_highatomic, 0);
	CHECK_EQ(z.nr_blocks[2], 1);
	qy_free_pages(m, block, 9);
	qy_drain_all_pages(m);
	CHECK_EQ(qy_set_pageblock_type(m, block, 0), -16);
	CHECK_EQ(qy_set_pcp_high(m, 0, board.nr_cpus, 1), -22);
	CHECK_EQ(qy_set_pcp_high(m, 99, 0, 1), -22);
	end();
}
