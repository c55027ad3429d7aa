// SPDX-License-Identifier: MIT
/*
 * What a recording leaves open has one answer each, and it is counted. State: the machine of the running test.
 */
#include <stdio.h>
#include <string.h>
#include <quarry/compact.h>
#include <quarry/sim.h>

#include "lab/check.h"
#include "lab/generate.h"
#include "tests/runner/test.h"

#define ALLOC(frame, of_order, flags)                                                    \
	{                                                                                \
		.pfn = (frame), .order = (of_order), .gfp = (flags), .kind = QY_EV_ALLOC \
	}
#define FREE(frame, of_order)                                           \
	{                                                               \
		.pfn = (frame), .order = (of_order), .kind = QY_EV_FREE \
	}

struct world {
	struct qy_bank bank;
	struct qy_board board;
	struct qy_machine *m;
	struct qy_replay replay;
	struct qy_replay_counts counts;
	uint64_t free_before;
};

static uint64_t free_pages(const struct world *w)
{
	struct qy_machine_stats stats;

	qy_drain_all_pages(w->m);
	qy_machine_stats(w->m, &stats);
	return stats.free_pages;
}

/* A test that failed in the middle left its machine behind. */
static struct qy_machine *standing;

static void setup(struct world *w)
{
	char why[256];

	qy_sim_shutdown(standing);
	*w = (struct world){ .bank = { .base = 0x40000000, .size = 32 << 20 } };
	qy_board_defaults(&w->board, QY_ARCH_ARM64);
	w->board.banks = &w->bank;
	w->board.nr_banks = 1;
	w->board.nr_cpus = 2;
	w->m = qy_sim_boot(&w->board, NULL, why, sizeof(why));
	standing = w->m;
	if (!w->m)
		FAIL("%s", why);
	CHECK_EQ(qy_replay_init(&w->replay, w->m, 2), 0);
	w->free_before = free_pages(w);
}

static void play(struct world *w, const struct qy_page_event *events, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		qy_replay_event(&w->replay, &events[i], 0, &w->counts);
}

#define PLAY(w, ...)                                                   \
	do {                                                           \
		const struct qy_page_event events[] = { __VA_ARGS__ }; \
		play(w, events, sizeof(events) / sizeof(events[0]));   \
	} while (0)

static void teardown(struct world *w)
{
	char why[256];

	qy_replay_free_all(&w->replay);
	CHECK_EQ(w->replay.pages_now, 0);
	CHECK_EQ(free_pages(w), w->free_before);
	if (!qy_machine_validate(w->m, why, sizeof(why)))
		FAIL("%s", why);
	qy_replay_exit(&w->replay);
	qy_sim_shutdown(w->m);
	standing = NULL;
}

TEST(replay, a_block_lives_from_its_alloc_to_its_free)
{
	struct world w;

	setup(&w);
	PLAY(&w, ALLOC(100, 0, QY_GFP_KERNEL), ALLOC(104, 2, QY_GFP_HIGHUSER_MOVABLE));
	CHECK_EQ(w.replay.pages_now, 5);
	CHECK_EQ(free_pages(&w), w.free_before - 5);
	PLAY(&w, FREE(104, 2), FREE(100, 0));
	CHECK_EQ(w.replay.pages_now, 0);
	CHECK_EQ(w.counts.nr_allocs, 2);
	CHECK_EQ(w.counts.nr_frees, 2);
	CHECK_EQ(w.counts.nr_unknown_frees + w.counts.nr_implied_frees +
			 w.counts.nr_splits,
		0);
	teardown(&w);
}

TEST(replay, a_free_of_an_unknown_frame_is_counted_and_not_played)
{
	struct world w;

	setup(&w);
	PLAY(&w, FREE(7, 0), ALLOC(8, 0, QY_GFP_KERNEL), FREE(512, 9));
	CHECK_EQ(w.counts.nr_unknown_frees, 2);
	CHECK_EQ(w.replay.pages_now, 1);
	teardown(&w);
}

TEST(replay, what_is_older_than_the_recording_is_there_to_be_freed)
{
	struct qy_older_block blocks[] = { { .pfn = 7, .migratetype = 1 },
		{ .pfn = 64, .order = 3 }, { .pfn = 512, .order = 9, .migratetype = 1 } };
	const struct qy_older older = { .blocks = blocks, .nr = 3, .pages = 521 };
	struct world w;

	setup(&w);
	w.replay.stand_in = true;
	qy_replay_older(&w.replay, &older, 0, &w.counts);
	CHECK_EQ(w.counts.nr_older, 3);
	CHECK_EQ(w.counts.older_pages, 521);
	CHECK_EQ(w.counts.nr_allocs, 0);
	CHECK_EQ(free_pages(&w), w.free_before - 521);
	CHECK_EQ(w.replay.held.oldest[QY_HELD_CACHE], QY_NO_BLOCK);
	PLAY(&w, FREE(7, 0), FREE(512, 9), FREE(64, 2), FREE(68, 2));
	CHECK_EQ(w.counts.nr_unknown_frees, 0);
	CHECK_EQ(w.counts.nr_splits, 1);
	CHECK_EQ(w.replay.pages_now, 0);
	CHECK_EQ(w.replay.nr_corrupt, 0);
	teardown(&w);
}

TEST(replay, an_older_block_that_finds_no_room_is_no_refusal_of_the_load)
{
	struct qy_older_block blocks[16];
	const struct qy_older older = { .blocks = blocks, .nr = 16, .pages = 16384 };
	struct world w;

	setup(&w);
	for (uint64_t i = 0; i < 16; i++)
		blocks[i] = (struct qy_older_block){ .pfn = i * 1024, .order = 10 };
	qy_replay_older(&w.replay, &older, 0, &w.counts);
	CHECK(w.counts.nr_older_refused > 0);
	CHECK_EQ(w.counts.nr_failed, 0);
	PLAY(&w, FREE(15 * 1024, 10));
	CHECK_EQ(w.counts.nr_absent_frees, 1);
	teardown(&w);
}

TEST(replay, an_allocation_of_a_held_frame_frees_it_first)
{
	struct world w;

	setup(&w);
	PLAY(&w, ALLOC(8, 0, QY_GFP_KERNEL), ALLOC(8, 0, QY_GFP_KERNEL));
	CHECK_EQ(w.counts.nr_implied_frees, 1);
	CHECK_EQ(w.replay.pages_now, 1);
	/* inside a held block, and around two held blocks */
	PLAY(&w, ALLOC(16, 2, QY_GFP_KERNEL), ALLOC(18, 0, QY_GFP_KERNEL));
	CHECK_EQ(w.counts.nr_implied_frees, 2);
	CHECK_EQ(w.replay.pages_now, 2);
	PLAY(&w, ALLOC(20, 1, QY_GFP_KERNEL), ALLOC(16, 3, QY_GFP_KERNEL));
	CHECK_EQ(w.counts.nr_implied_frees, 4);
	CHECK_EQ(w.replay.pages_now, 9);
	teardown(&w);
}

TEST(replay, a_free_of_a_part_splits_the_block)
{
	struct world w;

	setup(&w);
	PLAY(&w, ALLOC(64, 4, QY_GFP_KERNEL | QY___GFP_COMP), FREE(68, 1));
	CHECK_EQ(w.counts.nr_splits, 1);
	CHECK_EQ(w.replay.pages_now, 14);
	PLAY(&w, FREE(64, 2), FREE(70, 1), FREE(72, 3));
	CHECK_EQ(w.counts.nr_splits, 1);
	CHECK_EQ(w.counts.nr_unknown_frees, 0);
	CHECK_EQ(w.replay.pages_now, 0);
	CHECK_EQ(w.replay.nr_corrupt, 0);
	teardown(&w);
}

TEST(replay, a_free_of_more_than_was_allocated_takes_all_of_it)
{
	struct world w;

	setup(&w);
	PLAY(&w, ALLOC(64, 0, QY_GFP_KERNEL), ALLOC(66, 1, QY_GFP_KERNEL), FREE(64, 2));
	CHECK_EQ(w.replay.pages_now, 0);
	CHECK_EQ(w.counts.nr_unknown_frees, 0);
	teardown(&w);
}

TEST(replay, a_refused_block_has_a_free_of_its_own_kind)
{
	struct world w;

	setup(&w);
	for (uint64_t pfn = 0; pfn < 16 * 1024; pfn += 1024)
		PLAY(&w, ALLOC(pfn, 10, QY_GFP_NOWAIT));
	CHECK(w.counts.nr_failed > 0);
	PLAY(&w, FREE(15 * 1024, 10));
	CHECK_EQ(w.counts.nr_unknown_frees, 0);
	CHECK_EQ(w.counts.nr_absent_frees, 1);
	teardown(&w);
}

TEST(replay, a_changed_byte_of_a_held_page_is_found)
{
	struct qy_page_event event = ALLOC(40, 1, QY_GFP_KERNEL);
	struct world w;
	struct page *page;

	setup(&w);
	PLAY(&w, ALLOC(41, 0, QY_GFP_KERNEL));
	play(&w, &event, 1); /* frees 41 first, then both frames are one block */
	page = qy_held_block(&w.replay.held, qy_held_find(&w.replay.held, 40))->page;
	((char *)qy_page_address(w.m, page))[QY_PAGE_SIZE + 3] ^= 1;
	PLAY(&w, FREE(40, 1));
	CHECK_EQ(w.replay.nr_corrupt, 1);
	CHECK_EQ(w.replay.corrupt_pfn, qy_page_to_pfn(w.m, page) + 1);
	teardown(&w);
}

TEST(replay, the_stand_in_drops_the_oldest_page_cache_only)
{
	struct world w;

	setup(&w);
	w.replay.stand_in = true;
	PLAY(&w, ALLOC(1, 0, QY_GFP_KERNEL),
		ALLOC(2, 0, QY_GFP_HIGHUSER_MOVABLE | QY___GFP_ZERO));
	for (uint64_t pfn = 16; pfn < 16384; pfn++) {
		PLAY(&w, ALLOC(pfn, 0, QY_GFP_HIGHUSER_MOVABLE));
		qy_replay_balance(&w.replay);
	}
	CHECK_EQ(w.counts.nr_failed, 0);
	CHECK(w.replay.pages_dropped > 8000);
	CHECK(qy_held_block(&w.replay.held, qy_held_find(&w.replay.held, 1))->page !=
		NULL);
	CHECK(qy_held_block(&w.replay.held, qy_held_find(&w.replay.held, 2))->page !=
		NULL);
	CHECK(qy_held_block(&w.replay.held, qy_held_find(&w.replay.held, 16))->page ==
		NULL);
	CHECK(qy_held_block(&w.replay.held, qy_held_find(&w.replay.held, 16383))->page !=
		NULL);
	PLAY(&w, FREE(16, 0));
	CHECK_EQ(w.counts.nr_absent_frees, 1);
	CHECK_EQ(w.counts.nr_unknown_frees, 0);
	teardown(&w);
}

/* Every second page of what can be had goes back, on lists that one drain empties. */
static void break_up(struct world *w)
{
	uint64_t nr = 0;

	while (!w->counts.nr_failed)
		PLAY(w, ALLOC(16 + nr++, 0, QY_GFP_HIGHUSER_MOVABLE));
	for (uint64_t pfn = 16; pfn < 16 + nr; pfn += 2)
		PLAY(w, FREE(pfn, 0));
	qy_drain_all_pages(w->m);
}

TEST(replay, what_compaction_does_for_a_request_is_metered)
{
	struct qy_meter meter = { 0 }, atomic = { 0 };
	struct page *page;
	struct world w;

	setup(&w);
	break_up(&w);
	w.replay.meter = &atomic;
	page = qy_replay_alloc(&w.replay, QY_GFP_NOWAIT, 9);
	if (page)
		qy_free_pages(w.m, page, 9);
	w.replay.meter = &meter;
	page = qy_replay_alloc(&w.replay, QY_GFP_KERNEL, 9);
	if (page)
		qy_free_pages(w.m, page, 9);
	w.replay.meter = NULL;
	CHECK_EQ(atomic.nr[QY_COST_CALL], 1);
	CHECK_EQ(atomic.nr[QY_COST_SCAN], 0);
	CHECK_EQ(meter.nr[QY_COST_CALL], 1);
	CHECK(meter.nr[QY_COST_SCAN] > 100);
	CHECK(meter.nr[QY_COST_SPLIT] <
		100); /* what it merges is no negative number of splits */
	teardown(&w);
}

/* Single and larger movable blocks with holes between them; one is split after the move. */
TEST(replay, movable_blocks_of_a_load_move_with_their_bytes)
{
	struct world w;

	setup(&w);
	for (uint64_t pfn = 0; pfn < 6000; pfn += 4)
		PLAY(&w, ALLOC(pfn, 0, QY_GFP_HIGHUSER_MOVABLE),
			ALLOC(pfn + 2, 1, QY_GFP_HIGHUSER_MOVABLE | QY___GFP_ZERO));
	for (uint64_t pfn = 0; pfn < 6000; pfn += 8)
		PLAY(&w, FREE(pfn, 0), FREE(pfn + 2, 1));
	PLAY(&w, ALLOC(7000, 0, QY_GFP_KERNEL));
	CHECK_EQ(w.replay.pages_moved, 0);
	qy_drain_all_pages(w.m);
	qy_compact_memory(w.m);
	CHECK(w.replay.pages_moved > 500);
	PLAY(&w, FREE(4 + 2, 0), FREE(4 + 3, 0));
	qy_compact_memory(w.m);
	qy_replay_free_all(&w.replay);
	CHECK_EQ(w.replay.nr_corrupt, 0);
	teardown(&w);
}

TEST(replay, rounds_do_not_know_each_others_frames)
{
	const struct qy_page_event alloc = ALLOC(5, 0, QY_GFP_KERNEL),
				   give_back = FREE(5, 0);
	struct world w;

	setup(&w);
	qy_replay_event(&w.replay, &alloc, 0, &w.counts);
	qy_replay_event(&w.replay, &give_back, 1, &w.counts);
	CHECK_EQ(w.counts.nr_unknown_frees, 1);
	qy_replay_event(&w.replay, &alloc, 1, &w.counts);
	CHECK_EQ(w.counts.nr_implied_frees, 0);
	CHECK_EQ(w.replay.pages_now, 2);
	qy_replay_free_round(&w.replay, 0, QY_HELD_KERNEL);
	CHECK_EQ(w.replay.pages_now, 1);
	teardown(&w);
}

TEST(generate, a_load_is_what_its_numbers_say)
{
	const struct qy_load_generator g = {
		.rate = 10000,
		.duration_ns = 1000000000,
		.nr_classes = 2,
		.class = {
			{ .gfp = QY_GFP_KERNEL, .weight = 3, .lifetime_ns = 1000000 },
			{ .gfp = QY_GFP_HIGHUSER_MOVABLE, .order = 2, .weight = 1, .lifetime_ns = QY_FOREVER },
		},
	};
	size_t kernel = 0, movable = 0;
	uint64_t lifetimes = 0;
	struct qy_trace trace;

	CHECK_EQ(qy_generate(&g, 1, &trace, NULL), 0);
	CHECK_EQ(trace.nr_alloc, 10000);
	for (size_t i = 0; i < trace.nr_events; i++) {
		const struct qy_page_event *event = &trace.events[i];

		CHECK(i == 0 || event->ts_ns >= event[-1].ts_ns);
		if (event->kind == QY_EV_FREE) {
			lifetimes += event->ts_ns;
			continue;
		}
		kernel += event->gfp == QY_GFP_KERNEL;
		movable += event->order == 2;
		lifetimes -= event->gfp == QY_GFP_KERNEL ? event->ts_ns : 0;
		CHECK_EQ(event->pfn & ((1u << event->order) - 1), 0);
	}
	CHECK_EQ(kernel + movable, 10000);
	CHECK_EQ(kernel, trace.nr_free);
	CHECK(kernel > 7300 && kernel < 7700);
	/* the mean of an exponential lifetime, within its error */
	CHECK(lifetimes / kernel > 950000 && lifetimes / kernel < 1050000);
	qy_trace_free(&trace);
}
