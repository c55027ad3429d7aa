// SPDX-License-Identifier: MIT
/*
 * The IOVA allocator against an array of bits: the same answer to every request, and validate() after each.
 *
 * No state.
 */
#include "tests/model/rig.h"
#include "mm/dma/iova.h"

#define SPACE_PAGES 2048
#define MAX_HELD    512

static struct rig rig;
static struct iova_space space;
static bool taken[SPACE_PAGES];
static struct {
	uint64_t pfn, nr;
} held[MAX_HELD];
static unsigned int nr_held;

/* The highest aligned free place, as one would look for it by hand. */
static uint64_t naive(uint64_t nr, uint64_t limit)
{
	uint64_t align = 1;

	while (align < nr)
		align *= 2;
	for (uint64_t lo = SPACE_PAGES; lo-- > 1;) {
		bool is_free =
			!(lo % align) && lo + nr <= SPACE_PAGES && lo + nr - 1 <= limit;

		for (uint64_t i = lo; is_free && i < lo + nr; i++)
			is_free = !taken[i];
		if (is_free)
			return lo;
	}
	return IOVA_NONE;
}

static void set(uint64_t lo, uint64_t nr, bool value)
{
	for (uint64_t i = lo; i < lo + nr; i++)
		taken[i] = value;
}

static void check_valid(void)
{
	char why[128] = "";

	if (!qy_iova_validate(&space, why, sizeof(why)))
		FAIL("%s", why);
}

TEST(iova_model, every_answer_is_the_highest_aligned_place_below_the_limit)
{
	struct rig_random random = { qy_test_seed() };

	rig_one_zone(&rig, MIB(32), 2);
	rig_boot(&rig);
	CHECK_EQ(qy_iova_init(&space, rig.m, SPACE_PAGES), 0);
	memset(taken, 0, sizeof(taken));
	nr_held = 0;
	taken[0] = true;
	CHECK_EQ(qy_iova_reserve(&space, 1000, 1010), 0);
	CHECK_EQ(qy_iova_reserve(&space, 990, 1100), 0); /* around it */
	set(990, 110, true);
	for (unsigned long i = qy_test_scale(3000); i; i--) {
		if (nr_held < MAX_HELD && (rig_below(&random, 100) < 55 || !nr_held)) {
			uint64_t nr =
				1 + (rig_below(&random, 4) ? rig_below(&random, 8)
							   : rig_below(&random, 200));
			uint64_t limit = rig_below(&random, 3)
						 ? SPACE_PAGES
						 : rig_below(&random, SPACE_PAGES);
			uint64_t want = naive(nr, limit);

			CHECK_EQ(qy_iova_alloc(&space, nr, limit), want);
			if (want == IOVA_NONE)
				continue;
			set(want, nr, true);
			held[nr_held].pfn = want;
			held[nr_held++].nr = nr;
		} else {
			unsigned int k = rig_below(&random, nr_held);

			CHECK(qy_iova_free(&space, held[k].pfn));
			CHECK(!qy_iova_free(&space, held[k].pfn));
			set(held[k].pfn, held[k].nr, false);
			held[k] = held[--nr_held];
		}
		check_valid();
	}
	qy_iova_exit(&space);
	rig_check_valid(rig.m, "the space has gone");
	rig_down(&rig);
}

/* With magazines in between it is not the highest any more; but no page is given twice, and in the end none is missing. */
TEST(iova_model, magazines_hand_out_no_page_twice_and_lose_none)
{
	struct rig_random random = { qy_test_seed() };
	uint64_t all;

	rig_one_zone(&rig, MIB(32), 2);
	rig_boot(&rig);
	CHECK_EQ(qy_iova_init(&space, rig.m, SPACE_PAGES), 0);
	memset(taken, 0, sizeof(taken));
	nr_held = 0;
	for (unsigned long i = qy_test_scale(20000); i; i--) {
		if (rig_below(&random, 50) == 0)
			rig_on_cpu(&rig, rig_below(&random, 2));
		if (nr_held < MAX_HELD && (rig_below(&random, 100) < 52 || !nr_held)) {
			uint64_t nr = 1ull << rig_below(&random, 4);
			uint64_t limit =
				rig_below(&random, 2) ? SPACE_PAGES : SPACE_PAGES / 2;
			uint64_t pfn = qy_iova_alloc_fast(&space, nr, limit, true);

			if (pfn == IOVA_NONE)
				continue;
			CHECK(pfn + nr - 1 <= limit);
			CHECK_EQ(pfn % nr, 0);
			for (uint64_t at = pfn; at < pfn + nr; at++)
				CHECK(!taken[at]);
			set(pfn, nr, true);
			held[nr_held].pfn = pfn;
			held[nr_held++].nr = nr;
		} else {
			unsigned int k = rig_below(&random, nr_held);

			set(held[k].pfn, held[k].nr, false);
			qy_iova_free_fast(&space, held[k].pfn, held[k].nr);
			held[k] = held[--nr_held];
		}
		if (i % 64 == 0)
			check_valid();
	}
	while (nr_held--)
		qy_iova_free_fast(&space, held[nr_held].pfn, held[nr_held].nr);
	/* all of it but page 0, once the magazines are emptied for it */
	all = qy_iova_alloc_fast(&space, SPACE_PAGES / 2, SPACE_PAGES, true);
	CHECK_EQ(all, SPACE_PAGES / 2);
	check_valid();
	CHECK_EQ(space.nr_ranges, 1);
	qy_iova_exit(&space);
	rig_down(&rig);
}
