// SPDX-License-Identifier: MIT
/*
 * Proactive compaction: a score says how fragmented free memory is, and vm.compaction_proactiveness up to where that is worth
 * kcompactd's work.
 *
 * No state.
 */
#include "tests/model/rig.h"
#include "mm/contig/internal.h"

#include <quarry/compact.h>

#define MAX_HELD    34000
#define SYSCTL      "/proc/sys/vm/compaction_proactiveness"
#define HALF_SECOND 500000000ull
#define HOUR        3600000000000ull

static struct rig rig;
static struct qy_handle handles[MAX_HELD];
static size_t nr_held;

/* Single movable pages, of which every third of [first, last) of memory stays. */
static void scatter(size_t first, size_t last)
{
	static struct page *pages[MAX_HELD];
	size_t nr = rig_exhaust(rig.m, QY_GFP_HIGHUSER_MOVABLE, 0, pages, MAX_HELD);

	nr_held = 0;
	for (size_t i = 0; i < nr; i++) {
		uint64_t place = qy_page_to_pfn(rig.m, pages[i]) % (MIB(64) / 4096);

		if (i % 3 || place < first || place >= last)
			qy_free_pages(rig.m, pages[i], 0);
		else
			CHECK_EQ(qy_handle_adopt(
					 rig.m, &handles[nr_held++], pages[i], "user", 0),
				0);
	}
	qy_drain_all_pages(rig.m);
}

static void boot(void)
{
	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
}

static void end(void)
{
	rig_check_valid(rig.m, "proactive compaction");
	for (size_t i = 0; i < nr_held; i++)
		qy_free_pages(rig.m, qy_handle_release(rig.m, &handles[i]), 0);
	nr_held = 0;
	rig_down(&rig);
}

static int set(const char *text)
{
	return qy_proc_write(rig.m, SYSCTL, text);
}

static uint64_t moved(void)
{
	return rig.m->events[PGMIGRATE_SUCCESS];
}

TEST(proactive, a_score_is_the_share_of_free_memory_in_no_large_block)
{
	struct page *block;

	boot();
	CHECK_EQ(qy_fragmentation_score(rig.m, 0), 0);
	/* one page of each pageblock: nothing is left in one piece */
	scatter(0, MAX_HELD);
	CHECK(qy_fragmentation_score(rig.m, 0) >= 99);
	end();
	boot();
	/* a quarter of memory scattered, 2/3 of it free: 1/6 of 11/12 */
	scatter(0, MIB(16) / 4096);
	CHECK(qy_fragmentation_score(rig.m, 0) >= 17);
	CHECK(qy_fragmentation_score(rig.m, 0) <= 19);
	block = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 9);
	CHECK(block);
	CHECK_EQ(qy_fragmentation_score(rig.m, 1), 0);
	qy_free_pages(rig.m, block, 9);
	end();
}

TEST(proactive, the_file_takes_a_percentage_and_begins_with_linuxs)
{
	char text[16];

	boot();
	CHECK(qy_proc_read(rig.m, SYSCTL, text, sizeof(text)) > 0);
	CHECK_STR_EQ(text, "20\n");
	CHECK_EQ(set("101"), -QY_EINVAL);
	CHECK_EQ(set("-1"), -QY_EINVAL);
	CHECK_EQ(set("100"), 0);
	CHECK(qy_proc_read(rig.m, SYSCTL, text, sizeof(text)) > 0);
	CHECK_STR_EQ(text, "100\n");
	CHECK_EQ(qy_proc_mode(SYSCTL), 0644);
	end();
}

/* 20: above 90 it begins, and ends at 80. */
TEST(proactive, a_fragmented_node_is_compacted_down_to_the_mark_and_no_further)
{
	unsigned int score;

	boot();
	scatter(0, MAX_HELD);
	CHECK(qy_kcompactd_proactive(rig.m, 0) == HALF_SECOND);
	score = qy_fragmentation_score(rig.m, 0);
	CHECK(score <= 80);
	CHECK(score >= 70); /* a pageblock is 3 per cent */
	CHECK(moved() > 0);
	CHECK(rig.m->events[KCOMPACTD_MIGRATE_SCANNED] > 0);
	end();
}

TEST(proactive, a_higher_percentage_leaves_less_fragmentation)
{
	unsigned int before = 100;

	for (unsigned int percent = 40; percent <= 100; percent += 30) {
		char text[8];

		boot();
		scatter(0, MAX_HELD);
		snprintf(text, sizeof(text), "%u", percent);
		CHECK_EQ(set(text), 0);
		CHECK(qy_kcompactd_proactive(rig.m, 0) > 0);
		CHECK(qy_fragmentation_score(rig.m, 0) < before);
		before = qy_fragmentation_score(rig.m, 0);
		/* where the scanners meet, less than two pageblocks are left in pieces */
		CHECK(before <= (percent == 100 ? 10 : 100 - percent));
		end();
	}
}

TEST(proactive, below_the_mark_and_switched_off_nothing_is_moved)
{
	boot();
	scatter(0, MIB(16) / 4096);
	CHECK(qy_kcompactd_proactive(rig.m, 0) == HALF_SECOND);
	CHECK_EQ(moved(), 0);
	end();
	boot();
	scatter(0, MAX_HELD);
	CHECK_EQ(set("0"), 0);
	CHECK_EQ(qy_kcompactd_proactive(rig.m, 0), 0);
	CHECK_EQ(moved(), 0);
	CHECK_EQ(qy_kcompactd_proactive(rig.m, 7), 0);
	end();
}

TEST(proactive, it_looks_again_after_its_time_or_when_the_file_is_written)
{
	uint64_t wait;

	boot();
	scatter(0, MIB(16) / 4096);
	CHECK(qy_kcompactd_proactive(rig.m, 0) == HALF_SECOND);
	/* 18 is above 15 now, but it is not time yet */
	rig.m->compaction_proactiveness = 95;
	rig.m->proactive_at_ns[0] += HOUR;
	wait = qy_kcompactd_proactive(rig.m, 0);
	CHECK(wait > HOUR / 2 && wait <= HOUR + HALF_SECOND);
	CHECK_EQ(moved(), 0);
	CHECK_EQ(set("95"), 0);
	CHECK(qy_kcompactd_proactive(rig.m, 0) == HALF_SECOND);
	CHECK(moved() > 0);
	end();
}

/* Every page that is left is pinned: the score stays, and the node is left alone for half a minute. */
TEST(proactive, a_node_that_cannot_be_helped_is_left_alone_for_longer)
{
	boot();
	scatter(0, MAX_HELD);
	for (size_t i = 0; i < nr_held; i++)
		CHECK(qy_handle_pin(rig.m, &handles[i], "tester"));
	CHECK(qy_kcompactd_proactive(rig.m, 0) == HALF_SECOND << 6);
	CHECK_EQ(moved(), 0);
	for (size_t i = 0; i < nr_held; i++)
		qy_handle_unpin(rig.m, &handles[i]);
	CHECK(qy_kcompactd_proactive(rig.m, 0) > 31 * 2 * HALF_SECOND);
	CHECK_EQ(moved(), 0);
	end();
}

TEST(proactive, one_node_is_compacted_by_its_file)
{
	char path[64];
	unsigned int nr = 0;

	rig_one_zone(&rig, MIB(64), 1);
	rig_bank(&rig, GIB(2), MIB(64), 1);
	rig.board.numa = true;
	rig_boot(&rig);
	CHECK_EQ(qy_proc_mode("/sys/devices/system/node/node0/compact"), 0200);
	CHECK_EQ(qy_proc_read(rig.m, "/sys/devices/system/node/node0/compact", NULL, 0),
		-QY_EACCES);
	CHECK_EQ(qy_proc_write(rig.m, "/sys/devices/system/node/node2/compact", "1"),
		-QY_ENOENT);
	CHECK_EQ(qy_proc_write(rig.m, "/sys/devices/system/node/node/compact", "1"),
		-QY_ENOENT);
	CHECK_EQ(qy_proc_write(rig.m, "/sys/devices/system/node/node1/compacted", "1"),
		-QY_ENOENT);
	for (unsigned int n = 0; qy_proc_area_path(rig.m, n, path, sizeof(path)); n++)
		nr += !strcmp(path, "/sys/devices/system/node/node1/compact");
	CHECK_EQ(nr, 1);
	scatter(0, MAX_HELD);
	unsigned int others = qy_fragmentation_score(rig.m, 0);

	CHECK(qy_fragmentation_score(rig.m, 1) > 90);
	CHECK_EQ(qy_proc_write(rig.m, "/sys/devices/system/node/node1/compact", "1"), 0);
	CHECK(qy_fragmentation_score(rig.m, 1) <= 10);
	CHECK_EQ(qy_fragmentation_score(rig.m, 0), others);
	end();
}
