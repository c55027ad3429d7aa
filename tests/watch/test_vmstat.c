/* SPDX-License-Identifier: MIT */
/*
 * How broken up a zone is, and when a CPU's counts become visible: formulas with hand-made numbers.
 */
#include "mm/watch/internal.h"
#include "tests/runner/test.h"

TEST(extfrag, a_hundred_single_pages_cannot_serve_a_pair)
{
	struct qy_zone_stats z = { .nr_free = { [0] = { [MIGRATE_MOVABLE] = 100 } } };

	CHECK_EQ(qy_unusable_index(&z, 0), 0);
	CHECK_EQ(qy_unusable_index(&z, 1), 1000);
	CHECK_EQ(qy_fragmentation_index(&z, 0), -1000);
	CHECK_EQ(qy_fragmentation_index(&z, 1), 490);
}

TEST(extfrag, no_free_memory_is_not_fragmentation)
{
	struct qy_zone_stats z = { 0 };

	CHECK_EQ(qy_unusable_index(&z, 0), 1000);
	CHECK_EQ(qy_fragmentation_index(&z, 0), 0);
	CHECK_EQ(qy_fragmentation_index(&z, 9), 0);
}

TEST(extfrag, an_order_that_does_not_exist_has_no_index)
{
	struct qy_zone_stats z = { .nr_free = { [10] = { [MIGRATE_MOVABLE] = 1 } } };

	CHECK_EQ(qy_fragmentation_index(&z, 11), 0);
	CHECK_EQ(qy_unusable_index(&z, 11), 1000);
	CHECK_EQ(qy_unusable_index(&z, UINT32_MAX), 1000);
}

TEST(extfrag, types_count_together)
{
	struct qy_zone_stats z = { .nr_free = { [3] = { 1, 2, 3, 4, 5, 6 } } };

	CHECK_EQ(qy_fragmentation_index(&z, 3), -1000);
	CHECK_EQ(qy_unusable_index(&z, 3), 0);
	CHECK_EQ(qy_fragmentation_index(&z, 4), 1000 - (1000 + 21 * 8 * 1000 / 16) / 21);
}

TEST(vmstat, the_threshold_grows_with_cpus_and_memory)
{
	CHECK_EQ(qy_stat_threshold(3840, 2), 4);
	CHECK_EQ(qy_stat_threshold(772918, 2), 24);
	CHECK_EQ(qy_stat_threshold(3211264, 2), 32);
	CHECK_EQ(qy_stat_threshold(3840, 1), 2);
	CHECK_EQ(qy_stat_threshold(1ull << 40, 256), 125);
}
