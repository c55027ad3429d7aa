// SPDX-License-Identifier: MIT
/*
 * What a load consists of: small loads written by hand, and a random one against a map of single pages.
 */
#include "lab/trace.h"
#include "tests/runner/test.h"

#include <string.h>

#define ALLOC(o, p)                                                                 \
	{                                                                           \
		.kind = QY_EV_ALLOC, .order = (o), .pfn = (p), .gfp = QY_GFP_KERNEL \
	}
#define FREE(o, p)                                           \
	{                                                    \
		.kind = QY_EV_FREE, .order = (o), .pfn = (p) \
	}

static struct qy_trace_stats stats_of(struct qy_page_event *events, size_t nr_events)
{
	struct qy_trace trace = { .events = events, .nr_events = nr_events };
	struct qy_trace_stats stats;

	CHECK_EQ(qy_trace_stats(&trace, &stats), 0);
	CHECK_EQ(stats.pages_allocated, stats.end_pages + stats.pages_implied_freed +
						stats.pages_freed -
						stats.pages_unknown_freed);
	return stats;
}

#define STATS(...)                                                \
	stats_of((struct qy_page_event[]){ __VA_ARGS__ },         \
		sizeof((struct qy_page_event[]){ __VA_ARGS__ }) / \
			sizeof(struct qy_page_event))

TEST(trace_stats, a_block_freed_as_it_was_allocated_leaves_nothing)
{
	struct qy_trace_stats stats =
		STATS(ALLOC(3, 8), ALLOC(0, 1), FREE(3, 8), FREE(0, 1));

	CHECK_EQ(stats.nr_allocs[3], 1);
	CHECK_EQ(stats.nr_frees[0], 1);
	CHECK_EQ(stats.peak_pages, 9);
	CHECK_EQ(stats.end_pages, 0);
	CHECK_EQ(stats.nr_splits + stats.nr_joins + stats.nr_unknown_frees, 0);
}

TEST(trace_stats, a_free_of_something_older_is_unknown)
{
	struct qy_trace_stats stats = STATS(ALLOC(0, 5), FREE(9, 512), FREE(0, 4));

	CHECK_EQ(stats.nr_unknown_frees, 2);
	CHECK_EQ(stats.pages_unknown_freed, 513);
	CHECK_EQ(stats.end_pages, 1);
}

TEST(trace_stats, an_allocation_over_a_live_block_is_its_implied_free)
{
	struct qy_trace_stats stats =
		STATS(ALLOC(0, 5), ALLOC(0, 5), ALLOC(1, 6), ALLOC(2, 4), ALLOC(0, 6));

	/* 5 again; 5 and 6-7 under 4-7; 4-7 under 6 */
	CHECK_EQ(stats.nr_implied_frees, 3);
	CHECK_EQ(stats.pages_implied_freed, 1 + 3 + 4);
	CHECK_EQ(stats.end_pages, 1);
}

/*
 *   alloc order 2 at 4   [ 4 5 6 7 ]
 *   free order 0 at 6    [ 4 5 ] _ [ 7 ]
 */
TEST(trace_stats, a_part_that_is_freed_splits_its_block)
{
	struct qy_trace_stats stats = STATS(ALLOC(2, 4), FREE(0, 6));

	CHECK_EQ(stats.nr_splits, 1);
	CHECK_EQ(stats.end_pages, 3);
	stats = STATS(ALLOC(2, 4), FREE(0, 6), FREE(1, 4), FREE(0, 7));
	CHECK_EQ(stats.nr_splits, 1);
	CHECK_EQ(stats.end_pages, 0);
	CHECK_EQ(stats.nr_unknown_frees, 0);
}

TEST(trace_stats, parts_that_are_freed_together_are_a_join)
{
	struct qy_trace_stats stats =
		STATS(ALLOC(0, 4), ALLOC(0, 5), ALLOC(0, 7), FREE(2, 4));

	CHECK_EQ(stats.nr_joins, 1);
	CHECK_EQ(stats.end_pages, 0);
	CHECK_EQ(stats.pages_unknown_freed, 1);
}

TEST(trace_stats, a_class_is_who_asks)
{
	CHECK_EQ(qy_gfp_class(QY_GFP_ATOMIC), QY_CLASS_ATOMIC);
	CHECK_EQ(qy_gfp_class(QY_GFP_ATOMIC | QY___GFP_RECLAIMABLE), QY_CLASS_ATOMIC);
	CHECK_EQ(qy_gfp_class(QY_GFP_NOWAIT), QY_CLASS_NOWAIT);
	CHECK_EQ(qy_gfp_class(QY_GFP_TRANSHUGE_LIGHT), QY_CLASS_NOWAIT);
	CHECK_EQ(qy_gfp_class(QY_GFP_HIGHUSER_MOVABLE), QY_CLASS_MOVABLE);
	CHECK_EQ(
		qy_gfp_class(QY_GFP_KERNEL | QY___GFP_RECLAIMABLE), QY_CLASS_RECLAIMABLE);
	CHECK_EQ(qy_gfp_class(QY_GFP_KERNEL), QY_CLASS_UNMOVABLE);
	CHECK_STR_EQ(qy_gfp_class_name(QY_CLASS_MOVABLE), "movable");
}

/* --- against a map of single pages ------------------------------------------------------------------------ */

#define NR_PAGES 4096
#define NR_STEPS 2000

struct model {
	unsigned char live[NR_PAGES];
	uint64_t pages, peak, unknown;
};

static uint64_t live_in(const struct model *model, const struct qy_page_event *ev)
{
	uint64_t count = 0;

	for (uint64_t i = 0; i < 1ull << ev->order; i++)
		count += model->live[ev->pfn + i];
	return count;
}

static void step(struct model *model, const struct qy_page_event *ev)
{
	uint64_t pages = 1ull << ev->order, were = live_in(model, ev);
	bool alloc = ev->kind == QY_EV_ALLOC;

	memset(model->live + ev->pfn, alloc, pages);
	model->pages += (alloc ? pages : 0) - were;
	model->unknown += alloc ? 0 : pages - were;
	if (model->pages > model->peak)
		model->peak = model->pages;
}

/* Small orders are common, as in a real load. An allocation over a live page would be an implied free. */
static struct qy_page_event random_event(const struct model *model, uint64_t *state)
{
	struct qy_page_event ev = { .kind = QY_EV_ALLOC };

	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	ev.order = (uint8_t)__builtin_ctzll(*state >> 40 | 1 << 10);
	ev.pfn = (*state >> 20) % NR_PAGES >> ev.order << ev.order;
	if (live_in(model, &ev) || *state >> 62 == 0)
		ev.kind = QY_EV_FREE;
	return ev;
}

TEST(trace_stats, any_load_counts_the_same_pages_as_a_map_of_single_pages)
{
	static struct qy_page_event events[NR_STEPS];
	uint64_t state = qy_test_seed();

	for (unsigned long round = qy_test_scale(20); round; round--) {
		static struct model model;
		struct qy_trace_stats stats;

		model = (struct model){ .pages = 0 };
		for (size_t i = 0; i < NR_STEPS; i++) {
			events[i] = random_event(&model, &state);
			step(&model, &events[i]);
		}
		stats = stats_of(events, NR_STEPS);
		CHECK_EQ(stats.end_pages, model.pages);
		CHECK_EQ(stats.peak_pages, model.peak);
		CHECK_EQ(stats.pages_unknown_freed, model.unknown);
		CHECK_EQ(stats.nr_implied_frees, 0);
		CHECK(stats.nr_splits && stats.nr_joins && stats.nr_unknown_frees);
	}
}
