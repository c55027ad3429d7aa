// SPDX-License-Identifier: MIT
/*
 * Lists of ranges: what touches merges, what is there stays, and a place is found at the asked end.
 */
#include "tests/page/board_rig.h"

static struct memblock mb;

static void start(void)
{
	memset(&mb, 0, sizeof(mb));
}

static void check_list(const struct memblock_type *type, const char *expected)
{
	char text[512] = "";
	size_t len = 0;

	for (u32 i = 0; i < type->nr; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%llx-%llx",
			i ? " " : "", (unsigned long long)type->region[i].base,
			(unsigned long long)memblock_end(&type->region[i]));
	CHECK_STR_EQ(text, expected);
}

/*
 *  |   +-----+        +-----+   |
 *  |   |  a  |  new   |  b  |   |   the new range covers a gap and more on both sides
 *  +---+-----+--------+-----+---+
 */
TEST(memblock, what_overlaps_counts_once_and_what_touches_merges)
{
	start();
	CHECK_EQ(qy_memblock_add(&mb.reserved, 0x3000, 0x5000, 0), 0);
	CHECK_EQ(qy_memblock_add(&mb.reserved, 0x8000, 0x9000, 0), 0);
	CHECK_EQ(qy_memblock_add(&mb.reserved, 0x1000, 0x2000, 0), 0);
	check_list(&mb.reserved, "1000-2000 3000-5000 8000-9000");
	CHECK_EQ(qy_memblock_add(&mb.reserved, 0x4000, 0xa000, 0), 0);
	check_list(&mb.reserved, "1000-2000 3000-a000");
	CHECK_EQ(qy_memblock_add(&mb.reserved, 0x2000, 0x3000, 0), 0);
	check_list(&mb.reserved, "1000-a000");
}

TEST(memblock, ranges_of_different_nodes_stay_apart)
{
	start();
	CHECK_EQ(qy_memblock_add(&mb.memory, 0x1000, 0x2000, 0), 0);
	CHECK_EQ(qy_memblock_add(&mb.memory, 0x2000, 0x3000, 1), 0);
	check_list(&mb.memory, "1000-2000 2000-3000");
}

TEST(memblock, removing_and_marking_cut_ranges)
{
	start();
	CHECK_EQ(qy_memblock_add(&mb.memory, 0x1000, 0x9000, 0), 0);
	CHECK_EQ(qy_memblock_remove(&mb.memory, 0x3000, 0x4000), 0);
	check_list(&mb.memory, "1000-3000 4000-9000");
	CHECK_EQ(qy_memblock_mark(&mb.memory, 0x2000, 0x5000, MEMBLOCK_NOMAP), 0);
	check_list(&mb.memory, "1000-2000 2000-3000 4000-5000 5000-9000");
	CHECK_EQ(qy_memblock_mark(&mb.memory, 0, 0x2000, MEMBLOCK_NOMAP), 0);
	check_list(&mb.memory, "1000-3000 4000-5000 5000-9000");
}

TEST(memblock, free_ram_is_what_is_mapped_and_not_reserved)
{
	struct memblock_cursor cursor = { .at = 0 };
	struct memblock_region gap;
	struct memblock_type found = { .nr = 0 };

	start();
	qy_memblock_add(&mb.memory, 0x1000, 0x9000, 0);
	qy_memblock_add(&mb.memory, 0x10000, 0x20000, 1);
	qy_memblock_mark(&mb.memory, 0x4000, 0x5000, MEMBLOCK_NOMAP);
	qy_memblock_add(&mb.reserved, 0x0, 0x2000, 0);
	qy_memblock_add(&mb.reserved, 0x8000, 0x11000, 0);
	qy_memblock_add(&mb.reserved, 0x1f000, 0x30000, 0);
	while (qy_memblock_next_free(&mb, &cursor, &gap))
		found.region[found.nr++] = gap;
	check_list(&found, "2000-4000 5000-8000 11000-1f000");
	CHECK_EQ(found.region[2].node, 1);
}

TEST(memblock, a_place_is_the_highest_or_the_lowest_that_fits)
{
	struct memblock_want want = { .size = 0x2000, .align = 0x2000, .hi = UINT64_MAX };

	start();
	qy_memblock_add(&mb.memory, 0x1000, 0x10000, 0);
	qy_memblock_add(&mb.reserved, 0xd000, 0xe000, 0);
	CHECK_EQ(qy_memblock_find(&mb, &want), 0xe000);
	want.hi = 0xf000;
	CHECK_EQ(qy_memblock_find(&mb, &want), 0xa000);
	want.bottom_up = true;
	CHECK_EQ(qy_memblock_find(&mb, &want), 0x2000);
	want.lo = 0x2001;
	CHECK_EQ(qy_memblock_find(&mb, &want), 0x4000);
	want.size = 0xc000;
	CHECK_EQ(qy_memblock_find(&mb, &want), MEMBLOCK_NOWHERE);
}

TEST(memblock, a_full_list_says_so)
{
	start();
	for (u64 i = 0; i < MEMBLOCK_MAX; i++)
		CHECK_EQ(qy_memblock_add(&mb.memory, i * 0x2000, i * 0x2000 + 0x1000, 0),
			0);
	CHECK_EQ(qy_memblock_add(&mb.memory, GIB(1), GIB(2), 0), -QY_ENOSPC);
	CHECK_EQ(qy_memblock_mark(&mb.memory, 0x400, 0x800, MEMBLOCK_NOMAP), -QY_ENOSPC);
}
