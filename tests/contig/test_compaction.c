// SPDX-License-Identifier: MIT
/*
 * Compaction: blocks appear where there were none, by moving what may be moved and nothing else; it does not start where it
 * cannot help, and gives a failing zone a rest.
 *
 * No state.
 */
#include "tests/model/rig.h"
#include "mm/contig/internal.h"

#include <quarry/compact.h>

#define MOVABLE  QY_GFP_HIGHUSER_MOVABLE
#define MAX_HELD 16384

static struct rig rig;

struct held {
	struct qy_handle h;
	struct page *page; /* of a page without a handle */
	uint64_t value;
};

static struct held held[MAX_HELD];
static size_t nr_held;

static struct qy_zone_stats normal(void)
{
	return rig_zone(rig.m, 0, QY_ZONE_NORMAL);
}

static uint64_t event(enum machine_event which)
{
	return rig.m->events[which];
}

static void boot(uint64_t ram)
{
	rig_one_zone(&rig, ram, 1);
	rig_boot(&rig);
	qy_poison_moved_set(rig.m, true);
	nr_held = 0;
}

/* Fills the zone with single movable pages and frees two of three; one of @pinned that stay has no handle. */
static void scatter(uint32_t unowned)
{
	static struct page *pages[MAX_HELD];
	size_t nr = rig_exhaust(rig.m, MOVABLE, 0, pages, MAX_HELD);

	for (size_t i = 0; i < nr; i++) {
		struct held *one = &held[nr_held];

		if (i % 3) {
			qy_free_pages(rig.m, pages[i], 0);
			continue;
		}
		one->page = NULL;
		one->value = i * 31;
		*(uint64_t *)qy_page_address(rig.m, pages[i]) = one->value;
		if (unowned && nr_held % unowned == 0)
			one->page = pages[i];
		else
			CHECK_EQ(qy_handle_adopt(rig.m, &one->h, pages[i], "user", 0), 0);
		nr_held++;
	}
	qy_drain_all_pages(rig.m);
}

static void check_and_free(void)
{
	for (size_t i = 0; i < nr_held; i++) {
		struct page *page = held[i].page;

		page = page ? page : qy_handle_release(rig.m, &held[i].h);
		CHECK(page);
		CHECK_EQ(*(uint64_t *)qy_page_address(rig.m, page), held[i].value);
		qy_free_pages(rig.m, page, 0);
	}
	qy_drain_all_pages(rig.m);
	CHECK_EQ(
		rig_free_frames(rig.m), rig_zone(rig.m, 0, QY_ZONE_NORMAL).managed_pages);
	rig_check_valid(rig.m, "freeing all");
}

TEST(compaction, a_request_that_may_sleep_gets_a_block_that_was_not_there)
{
	struct page *page;

	boot(MIB(64));
	scatter(0);
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_NOWAIT, 9));
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 9);
	CHECK(page);
	/* a first try looks at unmovable pageblocks only, where nothing is; the second at all */
	CHECK_EQ(event(COMPACTSTALL), 2);
	CHECK_EQ(event(COMPACTFAIL), 1);
	CHECK_EQ(event(COMPACTSUCCESS), 1);
	CHECK(event(COMPACTMIGRATE_SCANNED) >= 512);
	CHECK(event(COMPACTFREE_SCANNED) > 0);
	CHECK(event(COMPACTISOLATED) >= 2 * event(PGMIGRATE_SUCCESS));
	/* one pageblock was emptied, not the zone */
	CHECK(event(PGMIGRATE_SUCCESS) >= 100 && event(PGMIGRATE_SUCCESS) <= 512);
	CHECK_EQ(rig.log_bytes, 0);
	rig_check_valid(rig.m, "a block made by compaction");
	qy_free_pages(rig.m, page, 9);
	check_and_free();
	rig_down(&rig);
}

TEST(compaction, on_request_a_zone_ends_with_its_free_memory_together)
{
	struct qy_zone_stats z;

	boot(MIB(64));
	scatter(0);
	CHECK(qy_proc_write(rig.m, "/proc/sys/vm/compact_memory", "2") == -QY_EINVAL);
	CHECK_EQ(event(PGMIGRATE_SUCCESS), 0);
	CHECK_EQ(qy_proc_write(rig.m, "/proc/sys/vm/compact_memory", "1"), 0);
	z = normal();
	/* what is free and not in blocks of order 9 and above is less than two pageblocks */
	CHECK(z.free_pages - rig_nr_free(&z, 10) * 1024 - rig_nr_free(&z, 9) * 512 <
		1024);
	rig_check_valid(rig.m, "compact_memory");
	check_and_free();
	rig_down(&rig);
}

struct told {
	unsigned int nr[QY_NR_EVENTS];
	uint64_t taken, moved;
	enum qy_event_kind last;
	enum qy_compact_result result;
};

static void count_told(void *arg, const struct qy_event *event)
{
	struct told *told = arg;

	told->nr[event->kind]++;
	if (event->kind < QY_EVENT_MM_COMPACTION_ISOLATE_MIGRATEPAGES)
		return;
	told->last = event->kind;
	told->result = (enum qy_compact_result)event->result;
	if (event->kind == QY_EVENT_MM_COMPACTION_ISOLATE_MIGRATEPAGES)
		told->taken += event->nr_taken;
	if (event->kind == QY_EVENT_MM_COMPACTION_MIGRATEPAGES)
		told->moved += event->nr_migrated + event->nr_failed;
}

TEST(compaction, a_watcher_is_told_where_it_begins_what_it_takes_and_how_it_ends)
{
	struct told told = { 0 };

	boot(MIB(64));
	scatter(0);
	qy_trace_set(rig.m, count_told, &told);
	qy_compact_memory(rig.m);
	qy_trace_set(rig.m, NULL, NULL);
	CHECK_EQ(told.nr[QY_EVENT_MM_COMPACTION_BEGIN], 1);
	CHECK_EQ(told.nr[QY_EVENT_MM_COMPACTION_END], 1);
	CHECK_EQ(told.last, QY_EVENT_MM_COMPACTION_END);
	CHECK_EQ(told.result, QY_COMPACT_COMPLETE);
	/* it is asked before each cluster, and once at the end */
	CHECK_EQ(told.nr[QY_EVENT_MM_COMPACTION_FINISHED],
		told.nr[QY_EVENT_MM_COMPACTION_ISOLATE_MIGRATEPAGES] + 1);
	CHECK(told.moved > 500);
	CHECK_EQ(told.taken, told.moved);
	CHECK_EQ(told.moved, event(PGMIGRATE_SUCCESS) + event(PGMIGRATE_FAIL));
	CHECK_EQ(told.nr[QY_EVENT_MM_MIGRATE_PAGES],
		told.nr[QY_EVENT_MM_MIGRATE_PAGES_START]);
	check_and_free();
	rig_down(&rig);
}

TEST(compaction, what_has_no_handle_or_is_pinned_stays_where_it_is)
{
	uint64_t pfn[64];

	boot(MIB(64));
	scatter(7);
	for (size_t i = 0; i < 64; i++)
		if (!held[i].page) {
			qy_handle_pin(rig.m, &held[i].h, "pinner");
			pfn[i] = qy_handle_pfn(rig.m, &held[i].h);
		}
	qy_compact_memory(rig.m);
	CHECK(event(PGMIGRATE_SUCCESS) > 500);
	/* who is pinned is left alone; a failure is what finds no target when the scanners meet, of one cluster at most */
	CHECK(event(PGMIGRATE_FAIL) < CLUSTER_MAX);
	for (size_t i = 0; i < 64; i++)
		if (!held[i].page) {
			CHECK_EQ(qy_handle_pfn(rig.m, &held[i].h), pfn[i]);
			qy_handle_unpin(rig.m, &held[i].h);
		}
	rig_check_valid(rig.m, "compaction among pins");
	check_and_free();
	rig_down(&rig);
}

TEST(compaction, larger_movable_blocks_move_whole)
{
	static struct qy_handle blocks[2048];
	static struct page *pages[2048];
	size_t nr, kept = 0;

	boot(MIB(64));
	nr = rig_exhaust(rig.m, MOVABLE | QY___GFP_COMP, 3, pages, ARRAY_SIZE(pages));
	for (size_t i = 0; i < nr; i++) {
		if (i % 3) {
			qy_free_pages(rig.m, pages[i], 3);
			continue;
		}
		for (unsigned int j = 0; j < 8; j++)
			*(uint64_t *)qy_page_address(rig.m, pages[i] + j) = i * 8 + j;
		pages[kept] = pages[i];
		CHECK_EQ(
			qy_handle_adopt(rig.m, &blocks[kept++], pages[i], "large", 0), 0);
	}
	qy_compact_memory(rig.m);
	CHECK(event(PGMIGRATE_SUCCESS) >= 8 * 100);
	rig_check_valid(rig.m, "compaction of order-3 blocks");
	for (size_t i = 0; i < kept; i++) {
		struct page *page = qy_handle_release(rig.m, &blocks[i]);

		for (unsigned int j = 0; j < 8; j++)
			CHECK_EQ(*(uint64_t *)qy_page_address(rig.m, page + j),
				i * 3 * 8 + j);
		CHECK_EQ(qy_compound_order(rig.m, page), 3);
		qy_free_pages(rig.m, page, 3);
	}
	rig_down(&rig);
}

/* Too little memory is not fragmentation: nothing is scanned. */
TEST(compaction, it_does_not_start_where_memory_is_short)
{
	static struct page *pages[MAX_HELD];
	size_t nr;

	boot(MIB(64));
	nr = rig_exhaust(rig.m, QY_GFP_KERNEL, 0, pages, MAX_HELD);
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_NOWARN, 4));
	CHECK_EQ(event(COMPACTSTALL), 0);
	CHECK_EQ(event(COMPACTMIGRATE_SCANNED), 0);
	rig_free_all(rig.m, pages, nr, 0);
	rig_down(&rig);
}

/* With the threshold at its end, every index below 1000 counts as a lack of memory. */
TEST(compaction, extfrag_threshold_decides_what_is_fragmentation)
{
	boot(MIB(64));
	scatter(0);
	CHECK_EQ(qy_proc_write(rig.m, "/proc/sys/vm/extfrag_threshold", "1000"), 0);
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_NOWARN, 9));
	CHECK_EQ(event(COMPACTMIGRATE_SCANNED), 0);
	CHECK_EQ(qy_proc_write(rig.m, "/proc/sys/vm/extfrag_threshold", "1001"),
		-QY_EINVAL);
	CHECK_EQ(qy_proc_write(rig.m, "/proc/sys/vm/extfrag_threshold", "500"), 0);
	CHECK(qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_NOWARN, 9));
	rig_down(&rig);
}

TEST(compaction, a_zone_where_it_failed_rests_for_twice_as_many_attempts_each_time)
{
	uint64_t scans = 0, scanned = 0;

	boot(MIB(64));
	scatter(1); /* nothing can move */
	for (unsigned int i = 0; i < 100; i++) {
		CHECK(!qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_NOWARN, 9));
		scans += event(COMPACTFREE_SCANNED) + event(COMPACTMIGRATE_SCANNED) !=
			 scanned;
		scanned = event(COMPACTFREE_SCANNED) + event(COMPACTMIGRATE_SCANNED);
	}
	CHECK(scans >= 2 && scans < 20);
	CHECK(normal().free_pages > 8000);
	check_and_free();
	rig_down(&rig);
}

TEST(compaction, kcompactd_works_for_those_who_cannot_sleep)
{
	struct page *page;

	boot(MIB(64));
	scatter(0);
	CHECK_EQ(qy_kcompactd_step(rig.m, 0), -1);
	CHECK_EQ(event(KCOMPACTD_WAKE), 0);
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_ATOMIC | QY___GFP_NOWARN, 9));
	CHECK_EQ(qy_kcompactd_step(rig.m, 0), 9);
	CHECK_EQ(qy_kcompactd_step(rig.m, 0), -1);
	CHECK_EQ(event(KCOMPACTD_WAKE), 1);
	CHECK(event(KCOMPACTD_MIGRATE_SCANNED) > 0);
	page = qy_alloc_pages(rig.m, QY_GFP_ATOMIC, 9);
	CHECK(page);
	qy_free_pages(rig.m, page, 9);
	check_and_free();
	rig_down(&rig);
}

/* Requests of all orders while handles come and go: what compaction does is never seen in a byte or a count. */
TEST(compaction, random_requests_keep_every_byte_and_count)
{
	struct rig_random random = { qy_test_seed() };
	struct page *block = NULL;
	unsigned int order = 0;

	boot(MIB(32));
	scatter(11);
	for (unsigned long i = 0; i < qy_test_scale(300); i++) {
		struct held *one = &held[rig_below(&random, (uint32_t)nr_held)];

		if (block)
			qy_free_pages(rig.m, block, order);
		order = 1 + rig_below(&random, 9);
		block = qy_alloc_pages(rig.m,
			(rig_below(&random, 2) ? QY_GFP_KERNEL : MOVABLE) |
				QY___GFP_NOWARN,
			order);
		if (block)
			memset(qy_page_address(rig.m, block), 0xee,
				(size_t)QY_PAGE_SIZE << order);
		if (!one->page) {
			uint64_t *bytes = qy_handle_pin(rig.m, &one->h, NULL);

			CHECK_EQ(*bytes, one->value);
			*bytes = ++one->value;
			qy_handle_unpin(rig.m, &one->h);
		}
		if (i % 16 == 0)
			rig_check_valid(rig.m, "a step");
	}
	CHECK(event(PGMIGRATE_SUCCESS) > 0);
	if (block)
		qy_free_pages(rig.m, block, order);
	check_and_free();
	rig_down(&rig);
}
