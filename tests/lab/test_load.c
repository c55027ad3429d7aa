// SPDX-License-Identifier: MIT
/*
 * What a recording says about the time before it. No state.
 */
#include "lab/load.h"

#include <stdlib.h>
#include <string.h>

#include "tests/runner/test.h"

#define ALLOC(frame, of_order, type)                                        \
	{                                                                   \
		.pfn = (frame), .order = (of_order), .migratetype = (type), \
		.kind = QY_EV_ALLOC                                         \
	}
#define FREE(frame, of_order)                                           \
	{                                                               \
		.pfn = (frame), .order = (of_order), .kind = QY_EV_FREE \
	}
#define OLDER(older, ...)                                                  \
	do {                                                               \
		struct qy_page_event events[] = { __VA_ARGS__ };           \
		const struct qy_trace trace = { .events = events,          \
			.nr_events = sizeof(events) / sizeof(events[0]) }; \
		CHECK_EQ(qy_load_older(&trace, older), 0);                 \
	} while (0)

TEST(load, a_frame_first_seen_at_its_free_is_older)
{
	struct qy_older older;

	OLDER(&older, ALLOC(8, 0, 0), FREE(8, 0), FREE(4096, 10), FREE(3, 0),
		FREE(4096, 10), ALLOC(5, 0, 0), FREE(5, 0));
	CHECK_EQ(older.nr, 2);
	CHECK_EQ(older.pages, 1025);
	CHECK_EQ(older.blocks[0].pfn, 3);
	CHECK_EQ(older.blocks[1].pfn, 4096);
	CHECK_EQ(older.blocks[1].order, 10);
	qy_load_older_free(&older);
}

TEST(load, of_a_block_seen_in_part_the_unseen_frames_are_older)
{
	struct qy_older older;

	OLDER(&older, ALLOC(66, 1, 1), FREE(64, 3));
	CHECK_EQ(older.nr, 6);
	CHECK_EQ(older.pages, 6);
	CHECK_EQ(older.blocks[0].pfn, 64);
	CHECK_EQ(older.blocks[2].pfn, 68);
	for (size_t i = 0; i < older.nr; i++)
		CHECK_EQ(older.blocks[i].order, 0);
	qy_load_older_free(&older);
}

TEST(load, an_older_block_has_the_type_of_its_pageblock)
{
	struct qy_older older;

	OLDER(&older, FREE(1, 0), FREE(512, 0), ALLOC(520, 0, 2), ALLOC(521, 0, 2),
		ALLOC(522, 0, 0), FREE(1024, 0), ALLOC(1030, 2, 0));
	CHECK_EQ(older.nr, 3);
	CHECK_EQ(older.nr_typed, 2);
	CHECK_EQ(older.blocks[0].migratetype, 1);
	CHECK_EQ(older.blocks[1].migratetype, 2);
	CHECK_EQ(older.blocks[2].migratetype, 0);
	qy_load_older_free(&older);
}

TEST(load, many_pageblocks_are_remembered)
{
	static struct qy_page_event events[6000];
	struct qy_trace trace = { .events = events, .nr_events = 6000 };
	struct qy_older older;

	for (size_t i = 0; i < 3000; i++) {
		events[i] = (struct qy_page_event)ALLOC(i * 512 + i % 512, 0, 1);
		events[3000 + i] =
			(struct qy_page_event)FREE(i * 512 + (i + i % 2) % 512, 0);
	}
	CHECK_EQ(qy_load_older(&trace, &older), 0);
	CHECK_EQ(older.nr, 1500); /* the odd ones free the frame behind */
	qy_load_older_free(&older);
}

/* A recording in which every other block is page cache: 400 small blocks come and go, 8 large ones are older. */
static void play_of_two(struct qy_trace *trace)
{
	struct qy_page_event *e = calloc(1000, sizeof(*e));
	size_t nr = 0;

	CHECK(e != NULL);
	for (uint64_t i = 0; i < 400; i++)
		e[nr++] = (struct qy_page_event)ALLOC(4 * i, i % 4 ? 0 : 2, i % 2);
	for (uint64_t i = 0; i < 8; i++)
		e[nr++] = (struct qy_page_event)FREE(8192 + 512 * i, 9);
	for (uint64_t i = 0; i < 400; i++)
		e[nr++] = (struct qy_page_event)FREE(4 * i, i % 4 ? 0 : 2);
	*trace = (struct qy_trace){ .events = e, .nr_events = nr };
}

TEST(load, a_share_of_it_has_that_share_of_every_order_and_type)
{
	struct qy_trace trace;
	uint64_t nr[2][10] = { 0 }, frees = 0, older = 0;
	bool held[1600] = { 0 };

	play_of_two(&trace);
	CHECK_EQ(qy_load_scale(&trace, 250), 0);
	for (size_t i = 0; i < trace.nr_events; i++) {
		const struct qy_page_event *e = &trace.events[i];

		if (e->kind == QY_EV_ALLOC) {
			nr[e->migratetype][e->order]++;
			held[e->pfn] = true;
		} else if (e->pfn < 1600) {
			CHECK(held[e->pfn]); /* a block goes with its free */
			held[e->pfn] = false;
			frees++;
		} else {
			older++;
		}
	}
	/* 100 of order 2 and 300 of order 0, of these 200 movable: a quarter, one more or less */
	CHECK(nr[0][2] >= 24 && nr[0][2] <= 26);
	CHECK(nr[0][0] >= 24 && nr[0][0] <= 26);
	CHECK(nr[1][0] >= 49 && nr[1][0] <= 51);
	CHECK_EQ(frees, nr[0][2] + nr[0][0] + nr[1][0]);
	CHECK(older >= 1 && older <= 3);
	free(trace.events);
}

TEST(load, all_of_it_is_the_recording_and_parts_of_a_block_go_with_it)
{
	struct qy_page_event events[] = { ALLOC(64, 2, 1), ALLOC(128, 2, 1), FREE(64, 1),
		FREE(66, 0), FREE(67, 0), FREE(128, 0), FREE(129, 0), FREE(130, 1) };
	struct qy_page_event copy[8];
	struct qy_trace trace = { .events = events, .nr_events = 8 };

	memcpy(copy, events, sizeof(copy));
	CHECK_EQ(qy_load_scale(&trace, 1000), 0);
	CHECK_EQ(trace.nr_events, 8);
	CHECK_EQ(memcmp(copy, events, sizeof(copy)), 0);
	CHECK_EQ(qy_load_scale(&trace, 500), 0);
	CHECK_EQ(trace.nr_events, 4);
	for (size_t i = 1; i < 4; i++)
		CHECK_EQ(trace.events[i].pfn / 64, trace.events[0].pfn / 64);
}
