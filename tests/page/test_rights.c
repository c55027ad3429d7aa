// SPDX-License-Identifier: MIT
/*
 * What qy_gfp_rights() says of a request is what becomes of it. No state.
 */
#include "tests/model/rig.h"
#include <quarry/rights.h>

#define KERNEL QY_GFP_KERNEL
#define ATOMIC QY_GFP_ATOMIC

static struct qy_gfp_rights rights(struct rig *rig, qy_gfp_t gfp, unsigned int order)
{
	struct qy_gfp_rights r;

	CHECK(qy_gfp_rights(rig->m, gfp, order, &r));
	return r;
}

TEST(rights, flags_and_order_decide_how_long_a_request_tries)
{
	static struct rig rig;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	CHECK_EQ(rights(&rig, ATOMIC, 0).patience, QY_GFP_AT_ONCE);
	CHECK_EQ(rights(&rig, KERNEL, 3).patience, QY_GFP_ROUNDS);
	CHECK_EQ(rights(&rig, KERNEL, 4).patience, QY_GFP_ONE_ROUND);
	CHECK_EQ(
		rights(&rig, KERNEL | QY___GFP_RETRY_MAYFAIL, 4).patience, QY_GFP_ROUNDS);
	CHECK_EQ(rights(&rig, KERNEL | QY___GFP_NORETRY, 0).patience, QY_GFP_ONE_ROUND);
	CHECK_EQ(rights(&rig, KERNEL | QY___GFP_NOFAIL, 0).patience, QY_GFP_FOR_EVER);
	CHECK_EQ(rights(&rig, KERNEL, 0).max_fruitless_rounds, 16);
	/* whom the OOM killer takes somebody for */
	CHECK(rights(&rig, KERNEL, 3).may_kill);
	CHECK(!rights(&rig, KERNEL, 4).may_kill);
	CHECK(!rights(&rig, QY_GFP_NOFS, 0).may_kill);
	CHECK(!rights(&rig, KERNEL | QY___GFP_RETRY_MAYFAIL, 0).may_kill);
	CHECK(!rights(&rig, KERNEL | QY___GFP_THISNODE, 0).may_kill);
	CHECK(!rights(&rig, ATOMIC, 0).may_kill);
	rig_down(&rig);
}

TEST(rights, a_scope_of_the_task_takes_its_rights_away)
{
	static struct rig rig;
	unsigned int saved;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	CHECK(rights(&rig, KERNEL, 0).may_enter_fs && rights(&rig, KERNEL, 0).may_write);
	saved = qy_memalloc_nofs_save();
	CHECK_EQ(rights(&rig, KERNEL, 0).gfp, QY_GFP_NOFS);
	CHECK(!rights(&rig, KERNEL, 0).may_enter_fs && rights(&rig, KERNEL, 0).may_write);
	qy_memalloc_restore(saved);
	saved = qy_memalloc_noio_save();
	CHECK_EQ(rights(&rig, KERNEL, 0).gfp, QY_GFP_NOIO);
	CHECK(!rights(&rig, KERNEL, 1).may_write && !rights(&rig, KERNEL, 1).may_compact);
	qy_memalloc_restore(saved);
	saved = qy_memalloc_noreclaim_save();
	CHECK(rights(&rig, KERNEL, 0).no_watermarks);
	CHECK(!rights(&rig, KERNEL, 0).may_reclaim && rights(&rig, KERNEL, 0).may_sleep);
	CHECK_EQ(rights(&rig, KERNEL, 0).patience, QY_GFP_AT_ONCE);
	CHECK(!rights(&rig, KERNEL | QY___GFP_NOMEMALLOC, 0).no_watermarks);
	qy_memalloc_restore(saved);
	rig_down(&rig);
}

/* Pages are taken until the request is refused. What is left then is what it had to leave. */
static void goes_as_deep_as_it_says(qy_gfp_t gfp, unsigned int order)
{
	static struct rig rig;
	static struct page *pages[16384];
	struct qy_gfp_zone_rights z;
	uint64_t counted, least;

	rig_one_zone(&rig, MIB(32), 1);
	rig_boot(&rig);
	rig_exhaust(rig.m, gfp, order, pages, ARRAY_SIZE(pages));
	CHECK(qy_gfp_zone_rights(rig.m, gfp, order, 0, &z));
	CHECK(!qy_gfp_zone_rights(rig.m, gfp, order, 1, &z));
	counted = z.free_pages - z.not_counted_pages;
	least = z.leave_pages + z.reserve_pages;
	CHECK(counted <= least);
	/* a per-CPU list takes a batch of what may be taken at once */
	CHECK(counted + (63 << 5) + (1u << order) > least);
	rig_down(&rig);
}

TEST(rights, a_request_leaves_exactly_what_its_flags_say)
{
	goes_as_deep_as_it_says(KERNEL, 4);
	goes_as_deep_as_it_says(ATOMIC, 4);
	goes_as_deep_as_it_says(QY_GFP_NOWAIT, 4);
	goes_as_deep_as_it_says(QY___GFP_HIGH | KERNEL, 0);
}

TEST(rights, an_atomic_request_leaves_three_eighths_of_min)
{
	static struct rig rig;
	struct qy_gfp_zone_rights z;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	CHECK(qy_gfp_zone_rights(rig.m, ATOMIC, 0, 0, &z));
	CHECK_EQ(z.leave_pages,
		z.min_pages - z.min_pages / 2 - (z.min_pages - z.min_pages / 2) / 4);
	CHECK(qy_gfp_zone_rights(rig.m, KERNEL | QY___GFP_HIGH, 0, 0, &z));
	CHECK_EQ(z.leave_pages, z.min_pages - z.min_pages / 2);
	CHECK(qy_gfp_zone_rights(rig.m, QY_GFP_NOWAIT, 0, 0, &z));
	CHECK_EQ(z.leave_pages, z.min_pages);
	CHECK(qy_gfp_zone_rights(rig.m, KERNEL | QY___GFP_MEMALLOC, 0, 0, &z));
	CHECK_EQ(z.leave_pages + z.reserve_pages, 0);
	rig_down(&rig);
}

TEST(rights, zones_come_in_the_order_in_which_they_are_asked)
{
	static struct rig rig;
	struct qy_gfp_zone_rights z;
	unsigned int n = 0;

	rig_x86(&rig, GIB(1), MIB(64), 1);
	rig_boot(&rig);
	static const char *const order[] = { "Normal", "DMA32", "DMA" };
	for (; qy_gfp_zone_rights(rig.m, KERNEL, 0, n, &z); n++)
		CHECK_STR_EQ(z.name, order[n]);
	CHECK_EQ(n, 3);
	CHECK(z.reserve_pages > 0);
	CHECK(qy_gfp_zone_rights(rig.m, QY_GFP_DMA, 0, 0, &z));
	CHECK_STR_EQ(z.name, "DMA");
	CHECK_EQ(z.reserve_pages, 0);
	CHECK_EQ(rights(&rig, QY_GFP_DMA, 0).highest_zone, QY_ZONE_DMA);
	CHECK_EQ(rights(&rig, QY_GFP_HIGHUSER_MOVABLE, 0).highest_zone, QY_ZONE_MOVABLE);
	CHECK(rights(&rig, QY_GFP_HIGHUSER_MOVABLE, 0).borrows_cma);
	CHECK_EQ(rights(&rig, QY_GFP_HIGHUSER_MOVABLE, 0).migratetype, 1);
	rig_down(&rig);
}

TEST(rights, what_no_caller_may_combine_is_said)
{
	CHECK(!qy_gfp_problem(KERNEL, 10));
	CHECK(qy_gfp_problem(KERNEL, 11) != NULL);
	CHECK(qy_gfp_problem(QY___GFP_DMA | QY___GFP_HIGHMEM, 0) != NULL);
	CHECK(qy_gfp_problem(QY___GFP_DMA32 | QY___GFP_DMA, 0) != NULL);
	CHECK(!qy_gfp_problem(QY___GFP_DMA32 | QY___GFP_MOVABLE, 0));
	CHECK(qy_gfp_problem(QY___GFP_MOVABLE | QY___GFP_RECLAIMABLE, 0) != NULL);
	CHECK(qy_gfp_problem(ATOMIC | QY___GFP_NOFAIL, 0) != NULL);
	CHECK(!qy_gfp_problem(KERNEL | QY___GFP_NOFAIL, 1));
	CHECK(qy_gfp_problem(KERNEL | QY___GFP_NOFAIL, 2) != NULL);
}

TEST(rights, flags_are_written_as_the_kernel_prints_them)
{
	char text[128];

	CHECK_EQ(qy_gfp_text(0xcc0, text, sizeof(text)), strlen("GFP_KERNEL"));
	CHECK_STR_EQ(text, "GFP_KERNEL");
	qy_gfp_text(0x2820, text, sizeof(text));
	CHECK_STR_EQ(text, "GFP_ATOMIC|__GFP_NOWARN");
	qy_gfp_text(0, text, sizeof(text));
	CHECK_STR_EQ(text, "none");
}
