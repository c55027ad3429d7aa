// SPDX-License-Identifier: MIT
/*
 * What a recording says about the time before it. No state.
 */
#include "lab/load.h"
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
