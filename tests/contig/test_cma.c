// SPDX-License-Identifier: MIT
/*
 * CMA areas: lent at boot, borrowed by movable pages only, emptied when a device asks; who is in the way is named; and in
 * the end all is as it was after boot.
 *
 * No state.
 */
#include "tests/model/rig.h"
#include "mm/contig/internal.h"

#include <stdlib.h>

#define MOVABLE  QY_GFP_HIGHUSER_MOVABLE
#define MAX_HELD 40000

static struct rig rig;
static struct qy_contig_failure why;

/* One zone of @ram bytes whose last @cma bytes are the default area. */
static void boot(uint64_t ram, uint64_t cma, uint32_t nr_cpus)
{
	rig_one_zone(&rig, ram, nr_cpus);
	rig.board.cma = (struct qy_cma_request){ .given = true, .size = cma };
	rig_boot(&rig);
	CHECK_EQ(qy_cma_default(rig.m), 0);
}

static struct qy_cma_stats area(void)
{
	struct qy_cma_stats stats;

	CHECK(qy_cma_stats(rig.m, 0, &stats));
	return stats;
}

static struct qy_zone_stats normal(void)
{
	return rig_zone(rig.m, 0, QY_ZONE_NORMAL);
}

static struct page *grab(uint64_t nr, unsigned int align)
{
	return qy_cma_alloc(rig.m, 0, nr, align, false, &why);
}

/* ------------------------------------------------------------------ boot */

TEST(cma, an_area_is_free_memory_of_its_zone)
{
	struct qy_cma_stats stats;
	struct qy_zone_stats z;

	boot(MIB(64), MIB(16), 1);
	z = normal();
	stats = area();
	CHECK_STR_EQ(stats.name, "reserved");
	CHECK(stats.is_default);
	CHECK_EQ(stats.base_pfn, (GIB(1) + MIB(48)) >> 12);
	CHECK_EQ(stats.nr_pages, 4096);
	CHECK_EQ(stats.used_pages, 0);
	CHECK_EQ(stats.free_pages, 4096);
	CHECK_EQ(stats.largest_run_pages, 4096);
	CHECK_EQ(stats.max_alloc_pages, 4096);
	CHECK_EQ(z.managed_pages, 16384);
	CHECK_EQ(z.cma_pages, 4096);
	CHECK_EQ(z.free_cma_pages, 4096);
	CHECK_EQ(z.free_pages, 16384);
	CHECK_EQ(z.nr_blocks[MIGRATE_CMA], 8);
	CHECK_EQ(z.nr_free[10][MIGRATE_CMA], 4);
	rig_check_valid(rig.m, "boot");
	rig_down(&rig);
}

TEST(cma, areas_of_the_tree_have_names_and_the_command_line_is_the_default)
{
	const uint32_t pool = QY_RESERVED_REUSABLE | QY_RESERVED_DMA_POOL;

	rig_one_zone(&rig, MIB(64), 1);
	rig.reserved[0] = (struct qy_reserved){
		.name = "vpu", .base = GIB(1) + MIB(8), .size = MIB(4), .flags = pool
	};
	rig.reserved[1] = (struct qy_reserved){ .name = "linux,cma",
		.size = MIB(8),
		.flags = pool | QY_RESERVED_DYNAMIC | QY_RESERVED_CMA_DEFAULT };
	/* not a pool: kept, and lent to nobody */
	rig.reserved[2] = (struct qy_reserved){ .name = "vendor",
		.base = GIB(1) + MIB(16),
		.size = MIB(2),
		.flags = QY_RESERVED_REUSABLE };
	rig.board.reserved = rig.reserved;
	rig.board.nr_reserved = 3;
	rig_boot(&rig);
	CHECK_EQ(rig.m->nr_cma, 2);
	CHECK_EQ(qy_cma_find(rig.m, "linux,cma"),
		0); /* those without a place come first */
	CHECK_EQ(qy_cma_find(rig.m, "vpu"), 1);
	CHECK(qy_cma_find(rig.m, "vendor") < 0);
	CHECK_EQ(qy_cma_default(rig.m), 0);
	CHECK_EQ(normal().cma_pages, 3072);
	rig_down(&rig);
}

/* An area across the edge of two zones. Linux says so and gives its frames to the zones. */
TEST(cma, an_area_in_two_zones_is_not_activated)
{
	rig_two_zones(&rig, MIB(64), GIB(1) + MIB(32), 1);
	rig.board.cma = (struct qy_cma_request){
		.given = true, .size = MIB(8), .base = GIB(1) + MIB(28)
	};
	rig.board.dma_limit = GIB(1) + MIB(32);
	rig.reserved[0] = (struct qy_reserved){ .name = "across",
		.base = GIB(1) + MIB(28),
		.size = MIB(8),
		.flags = QY_RESERVED_REUSABLE | QY_RESERVED_DMA_POOL };
	rig.board.cma.given = false;
	rig.board.reserved = rig.reserved;
	rig.board.nr_reserved = 1;
	rig_boot(&rig);
	CHECK_EQ(rig.m->nr_cma, 0);
	CHECK_EQ(rig_free_frames(rig.m), 16384);
	rig_check_valid(rig.m, "an area in two zones");
	rig_down(&rig);
}

/* ------------------------------------------------------------------ who may borrow */

TEST(cma, only_movable_requests_borrow)
{
	static struct page *pages[MAX_HELD];
	size_t nr;

	boot(MIB(64), MIB(16), 1);
	nr = rig_exhaust(rig.m, QY_GFP_KERNEL, 0, pages, MAX_HELD);
	CHECK_EQ(area().free_pages, 4096);
	/* the watermark does not count what this request may not have */
	CHECK(normal().free_pages - 4096 <= normal().watermark[0] + 1);
	rig_free_all(rig.m, pages, nr, 0);
	qy_drain_all_pages(rig.m);
	nr = rig_exhaust(rig.m, MOVABLE, 0, pages, MAX_HELD);
	CHECK(area().free_pages < 1000);
	CHECK(area().borrowed_pages > 3000);
	rig_free_all(rig.m, pages, nr, 0);
	qy_drain_all_pages(rig.m);
	CHECK_EQ(area().free_pages, 4096);
	rig_check_valid(rig.m, "borrowing");
	rig_down(&rig);
}

/* The rule of 6.12: CMA first while more than half of what is free there is CMA's. */
TEST(cma, movable_requests_take_cma_first_while_it_is_more_than_half)
{
	static struct page *pages[MAX_HELD];
	struct page *page;
	size_t nr = 0;

	boot(MIB(64), MIB(16), 1);
	page = qy_alloc_pages(rig.m, MOVABLE, 4);
	CHECK_EQ(area().free_pages, 4096);
	qy_free_pages(rig.m, page, 4);
	while (normal().free_pages > 8000)
		pages[nr++] = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 4);
	page = qy_alloc_pages(rig.m, MOVABLE, 4);
	CHECK_EQ(area().free_pages, 4096 - 16);
	qy_free_pages(rig.m, page, 4);
	rig_free_all(rig.m, pages, nr, 4);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ taking */

/* As recorded on a 1 GiB guest with cma=64M: sizes in order, and where each went. */
TEST(cma, runs_are_placed_as_on_a_recorded_kernel)
{
	static const struct {
		uint64_t nr, at;
	} recorded[] = { { 1536, 0x3be00 }, { 16, 0x3c400 }, { 256, 0x3c500 },
		{ 3, 0x3c410 } };
	struct page *page[4];

	rig_x86(&rig, MIB(1024) - KIB(128), 0, 2);
	rig.board.cma = (struct qy_cma_request){
		.given = true, .size = MIB(64), .base = 0x3be00000ull
	};
	rig_boot(&rig);
	CHECK_EQ(area().base_pfn, 245248);
	for (size_t i = 0; i < ARRAY_SIZE(recorded); i++) {
		page[i] = grab(recorded[i].nr, qy_cma_alignment(recorded[i].nr));
		CHECK(page[i]);
		CHECK_EQ(qy_page_to_pfn(rig.m, page[i]), recorded[i].at);
	}
	CHECK_EQ(area().used_pages, 1811);
	CHECK_EQ(area().largest_run_pages, 14336);
	CHECK_EQ(area().alloc_pages_success, 1811);
	CHECK_EQ(rig.m->events[CMA_ALLOC_SUCCESS], 4);
	rig_check_valid(rig.m, "four runs");
	for (size_t i = 0; i < ARRAY_SIZE(recorded); i++)
		CHECK(qy_cma_release(rig.m, 0, page[i], recorded[i].nr));
	CHECK_EQ(area().used_pages, 0);
	CHECK_EQ(area().largest_run_pages, 16384);
	CHECK_EQ(area().release_pages_success, 1811);
	rig_check_valid(rig.m, "their release");
	rig_down(&rig);
}

TEST(cma, frames_are_single_pages_with_one_reference)
{
	struct page *page;

	boot(MIB(64), MIB(16), 1);
	page = grab(600, 0);
	CHECK(page);
	for (uint64_t i = 0; i < 600; i++) {
		CHECK_EQ(qy_page_ref_count(rig.m, page + i), 1);
		memset(qy_page_address(rig.m, page + i), 0x5a, QY_PAGE_SIZE);
	}
	CHECK(qy_cma_release(rig.m, 0, page, 600));
	qy_drain_all_pages(rig.m);
	CHECK_EQ(normal().nr_free[10][MIGRATE_CMA], 4);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ borrowers move out */

struct held {
	struct qy_handle h;
	uint64_t value;
};

static struct held held[MAX_HELD];

/* Movable pages behind handles until @fill frames of the zone are left; each knows its number. */
static size_t fill_with_handles(uint64_t leave)
{
	size_t nr = 0;

	while (normal().free_pages > leave) {
		struct page *page = qy_alloc_pages(rig.m, MOVABLE | QY___GFP_NOWARN, 0);

		CHECK(page && nr < MAX_HELD);
		*(uint64_t *)qy_page_address(rig.m, page) = held[nr].value = nr * 77;
		CHECK_EQ(qy_handle_adopt(rig.m, &held[nr].h, page, "anon", 0), 0);
		nr++;
	}
	return nr;
}

static void check_and_free(size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		uint64_t *bytes = qy_handle_pin(rig.m, &held[i].h, NULL);
		struct page *page;

		CHECK_EQ(*bytes, held[i].value);
		qy_handle_unpin(rig.m, &held[i].h);
		page = qy_handle_release(rig.m, &held[i].h);
		CHECK(page);
		qy_free_pages(rig.m, page, 0);
	}
}

TEST(cma, borrowers_move_out_with_their_bytes)
{
	struct page *page;
	size_t nr;

	boot(MIB(64), MIB(16), 1);
	qy_poison_moved_set(rig.m, true);
	nr = fill_with_handles(6000);
	/* by the rule the area is half borrowed by now */
	CHECK(area().borrowed_pages > 500);
	page = grab(3072, 8);
	CHECK(page);
	CHECK_EQ(area().used_pages, 3072);
	CHECK(rig.m->events[PGMIGRATE_SUCCESS] > 300);
	for (uint64_t i = 0; i < 3072; i++)
		memset(qy_page_address(rig.m, page + i), 0xc5, QY_PAGE_SIZE);
	rig_check_valid(rig.m, "a run full of borrowers");
	check_and_free(nr);
	CHECK(qy_cma_release(rig.m, 0, page, 3072));
	qy_drain_all_pages(rig.m);
	CHECK_EQ(normal().nr_free[10][MIGRATE_CMA], 4);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

static size_t first_in_area(size_t nr, uint64_t from_pfn)
{
	size_t best = nr;

	for (size_t i = 0; i < nr; i++) {
		uint64_t pfn = qy_handle_pfn(rig.m, &held[i].h);

		if (pfn >= from_pfn && pfn < area().base_pfn + area().nr_pages &&
			(best == nr || pfn < qy_handle_pfn(rig.m, &held[best].h)))
			best = i;
	}
	CHECK(best < nr);
	return best;
}

TEST(cma, a_pinned_page_makes_its_run_busy_and_the_next_one_is_tried)
{
	struct page *page;
	uint64_t pinned;
	size_t nr, pin;

	boot(MIB(64), MIB(16), 1);
	nr = fill_with_handles(6000);
	pin = first_in_area(nr, area().base_pfn);
	qy_handle_pin(rig.m, &held[pin].h, "encoder");
	pinned = qy_handle_pfn(rig.m, &held[pin].h);
	page = grab(256, 8);
	CHECK(page);
	CHECK_EQ(qy_page_to_pfn(rig.m, page), round_up(pinned + 1, 256ull));
	CHECK_EQ(area().pinned_pages, 1);
	CHECK(qy_cma_release(rig.m, 0, page, 256));
	qy_handle_unpin(rig.m, &held[pin].h);
	CHECK_EQ(rig.log_bytes, 0);
	check_and_free(nr);
	rig_check_valid(rig.m, "a pinned page");
	rig_down(&rig);
}

TEST(cma, a_failure_names_the_page_who_holds_it_and_who_pinned_it)
{
	struct qy_zone_stats before, after;
	char text[256], want[256];
	uint64_t pfn, last = 0;
	size_t nr, pin[8];

	boot(MIB(64), MIB(16), 1);
	nr = fill_with_handles(6000);
	/* one pinned page in each pageblock of the area that has a borrower */
	for (size_t i = 0; i < 8; i++) {
		pin[i] = nr;
		for (size_t j = 0; j < nr && pin[i] == nr; j++)
			if (qy_handle_pfn(rig.m, &held[j].h) / 512 ==
				area().base_pfn / 512 + i)
				pin[i] = j;
		if (pin[i] == nr)
			continue;
		qy_handle_pin(rig.m, &held[pin[i]].h, "encoder");
		last = qy_handle_pfn(rig.m, &held[pin[i]].h);
	}
	CHECK(last);
	before = normal();
	CHECK(!grab(4096, 0));
	CHECK_EQ(why.error, -QY_EBUSY);
	CHECK_EQ(why.cause, QY_CONTIG_PINNED);
	CHECK_STR_EQ(why.holder.owner, "anon");
	CHECK_STR_EQ(why.holder.pinned_by, "encoder");
	pfn = why.pfn;
	qy_contig_failure_text(&why, text, sizeof(text));
	snprintf(want, sizeof(want),
		"pfn 0x%llx is pinned by encoder (1 pin), held by anon",
		(unsigned long long)pfn);
	CHECK_STR_EQ(text, want);
	CHECK_EQ(
		rig_log_count(&rig,
			"<3>cma: __cma_alloc: reserved: alloc failed, req-size: 4096 pages, ret: -16\n"),
		1);
	CHECK_EQ(rig_log_count(&rig, want), 1);
	CHECK_EQ(area().alloc_pages_fail, 4096);
	CHECK_EQ(rig.m->events[CMA_ALLOC_FAIL], 1);
	CHECK_EQ(area().used_pages, 0);
	/* nothing is lost, nothing is left isolated */
	after = normal();
	CHECK_EQ(after.nr_blocks[MIGRATE_CMA], before.nr_blocks[MIGRATE_CMA]);
	CHECK_EQ(after.nr_blocks[MIGRATE_ISOLATE], 0);
	rig_check_valid(rig.m, "a failed request");
	for (size_t i = 0; i < 8; i++)
		if (pin[i] < nr)
			qy_handle_unpin(rig.m, &held[pin[i]].h);
	check_and_free(nr);
	rig_down(&rig);
}

/* A movable request that no handle owns cannot be moved: Linux's pages always have an owner, an embedder's may not. */
TEST(cma, a_borrower_without_a_handle_is_said_to_be_in_the_way)
{
	static struct page *pages[MAX_HELD];
	size_t nr;

	boot(MIB(64), MIB(16), 1);
	nr = rig_exhaust(rig.m, MOVABLE, 0, pages, MAX_HELD);
	CHECK(!qy_cma_alloc(rig.m, 0, 512, 8, true, &why));
	CHECK_EQ(why.cause, QY_CONTIG_UNMOVABLE);
	CHECK(why.nr_ranges > 1);
	CHECK_EQ(rig.log_bytes, 0); /* asked not to warn */
	rig_free_all(rig.m, pages, nr, 0);
	CHECK(grab(512, 8));
	rig_check_valid(rig.m, "borrowers without a handle");
	rig_down(&rig);
}

TEST(cma, without_room_elsewhere_nothing_moves_and_the_failure_says_so)
{
	static struct page *pages[MAX_HELD];
	size_t nr, more;

	boot(MIB(64), MIB(16), 1);
	nr = fill_with_handles(2000);
	more = rig_exhaust(rig.m, MOVABLE, 0, pages, MAX_HELD);
	CHECK(!grab(4096, 0));
	CHECK(why.cause == QY_CONTIG_NO_TARGET || why.cause == QY_CONTIG_UNMOVABLE);
	rig_check_valid(rig.m, "no room elsewhere");
	rig_free_all(rig.m, pages, more, 0);
	check_and_free(nr);
	CHECK(grab(4096, 0));
	rig_down(&rig);
}

TEST(cma, a_request_larger_than_the_area_or_than_any_run_is_enomem)
{
	struct page *page;

	boot(MIB(64), MIB(16), 1);
	CHECK(!grab(4097, 0));
	CHECK_EQ(rig.log_bytes, 0);
	CHECK_EQ(rig.m->events[CMA_ALLOC_FAIL],
		0); /* Linux refuses this one before it counts */
	page = grab(2048, 0);
	CHECK(!grab(2049, 0));
	CHECK_EQ(why.error, -QY_ENOMEM);
	CHECK_EQ(why.cause, QY_CONTIG_NO_RUN);
	CHECK_EQ(rig_log_count(&rig, "alloc failed, req-size: 2049 pages, ret: -12"), 1);
	CHECK(!grab(0, 0));
	CHECK(!qy_cma_alloc(rig.m, 1, 1, 0, false, &why));
	CHECK(qy_cma_release(rig.m, 0, page, 2048));
	rig_down(&rig);
}

TEST(cma, droppable_borrowers_are_forgotten_without_a_copy)
{
	static struct qy_handle cache[2048];
	struct page *page;
	size_t nr = 0;

	boot(MIB(64), MIB(16), 1);
	nr = fill_with_handles(7000);
	for (size_t i = 0; i < ARRAY_SIZE(cache); i++) {
		page = qy_alloc_pages(rig.m, MOVABLE, 0);
		CHECK_EQ(qy_handle_adopt(rig.m, &cache[i], page, "page cache",
				 QY_HANDLE_DROPPABLE),
			0);
	}
	page = grab(4096, 0);
	CHECK(page);
	rig_check_valid(rig.m, "forgetting");
	for (size_t i = 0; i < ARRAY_SIZE(cache); i++) {
		struct page *kept = qy_handle_release(rig.m, &cache[i]);

		if (kept)
			qy_free_pages(rig.m, kept, 0);
	}
	check_and_free(nr);
	CHECK(qy_cma_release(rig.m, 0, page, 4096));
	qy_drain_all_pages(rig.m);
	CHECK_EQ(rig_free_frames(rig.m), 16384);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ files */

static const char *read_file(const char *path)
{
	static char text[1 << 16];

	if (qy_proc_read(rig.m, path, text, sizeof(text)) < 0)
		FAIL("%s: no such file", path);
	return text;
}

TEST(cma, files_are_the_kernels)
{
	struct page *page;
	char path[128];
	unsigned int n = 0;

	boot(MIB(64), MIB(4), 1);
	page = grab(40, 3);
	CHECK_STR_EQ(
		read_file("/sys/kernel/mm/cma/reserved/alloc_pages_success"), "40\n");
	CHECK_STR_EQ(read_file("/sys/kernel/mm/cma/reserved/alloc_pages_fail"), "0\n");
	CHECK_STR_EQ(
		read_file("/sys/kernel/mm/cma/reserved/release_pages_success"), "0\n");
	CHECK_STR_EQ(read_file("/sys/kernel/mm/cma/reserved/total_pages"), "1024\n");
	CHECK_STR_EQ(read_file("/sys/kernel/mm/cma/reserved/available_pages"), "984\n");
	CHECK_STR_EQ(read_file("/sys/kernel/debug/cma/reserved/base_pfn"), "277504\n");
	CHECK_STR_EQ(read_file("/sys/kernel/debug/cma/reserved/count"), "1024\n");
	CHECK_STR_EQ(read_file("/sys/kernel/debug/cma/reserved/order_per_bit"), "0\n");
	CHECK_STR_EQ(read_file("/sys/kernel/debug/cma/reserved/used"), "40\n");
	CHECK_STR_EQ(read_file("/sys/kernel/debug/cma/reserved/maxchunk"), "984\n");
	CHECK_STR_EQ(read_file("/sys/kernel/debug/cma/reserved/bitmap"),
		"4294967295 255 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
	CHECK_STR_EQ(read_file("/proc/cma"),
		"name                    total_kB     used_kB maxchunk_kB maxalloc_kB\n"
		"reserved                    4096         160        3936        3936\n");
	CHECK(strstr(read_file("/proc/meminfo"), "CmaTotal:           4096 kB\n"));
	CHECK(strstr(read_file("/proc/meminfo"), "CmaFree:            3936 kB\n"));
	CHECK(strstr(read_file("/proc/vmstat"), "nr_free_cma 984\n"));
	CHECK(strstr(
		read_file("/proc/vmstat"), "\ncma_alloc_success 1\ncma_alloc_fail 0\n"));
	/* those of caches follow */
	while (qy_proc_area_path(rig.m, n, path, sizeof(path)) && strstr(path, "/cma/")) {
		bool write_only = strstr(path, "/alloc") == path + strlen(path) - 6 ||
				  strstr(path, "/free");

		CHECK_EQ(qy_proc_mode(path), write_only ? 0200 : 0444);
		if (write_only)
			CHECK_EQ(qy_proc_read(rig.m, path, NULL, 0), -QY_EACCES);
		else
			CHECK(qy_proc_read(rig.m, path, NULL, 0) > 1);
		n++;
	}
	CHECK_EQ(n, 13);
	CHECK_EQ(qy_proc_read(rig.m, "/sys/kernel/mm/cma/other/total_pages", NULL, 0),
		-QY_ENOENT);
	CHECK_EQ(qy_proc_read(rig.m, "/sys/kernel/mm/cma/reserved", NULL, 0), -QY_ENOENT);
	CHECK_EQ(qy_proc_read(rig.m, "/sys/kernel/mm/cma/reserved/used", NULL, 0),
		-QY_ENOENT);
	CHECK_EQ(qy_proc_write(rig.m, "/sys/kernel/debug/cma/reserved/used", "1"),
		-QY_EACCES);
	qy_cma_release(rig.m, 0, page, 40);
	CHECK_STR_EQ(
		read_file("/sys/kernel/mm/cma/reserved/release_pages_success"), "40\n");
	rig_down(&rig);
}

static int write_debugfs(const char *file, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/kernel/debug/cma/reserved/%s", file);
	return qy_proc_write(rig.m, path, text);
}

/*
 *   alloc 16, alloc 8, alloc 4     |----------------|--------|----|
 *   free 6: the 4, then 2 of the 8 |----------------|xx------|xxxx|
 */
TEST(cma, root_takes_runs_and_gives_back_the_newest_first)
{
	boot(MIB(64), MIB(4), 1);
	CHECK_EQ(write_debugfs("alloc", "16\n"), 0);
	CHECK_EQ(write_debugfs("alloc", "8"), 0);
	CHECK_EQ(write_debugfs("alloc", "0x4"), 0);
	CHECK_EQ(strtoul(read_file("/sys/kernel/debug/cma/reserved/bitmap"), NULL, 10),
		268435455);
	CHECK_EQ(write_debugfs("free", "6"), 0);
	CHECK_STR_EQ(read_file("/sys/kernel/debug/cma/reserved/used"), "22\n");
	/* bits 0..15 and 18..23 */
	CHECK_EQ(strtoul(read_file("/sys/kernel/debug/cma/reserved/bitmap"), NULL, 10),
		16580607);
	rig_check_valid(rig.m, "a part given back");
	/* more than there is: all of it */
	CHECK_EQ(write_debugfs("free", "1000"), 0);
	CHECK_STR_EQ(read_file("/sys/kernel/debug/cma/reserved/used"), "0\n");
	CHECK_EQ(write_debugfs("free", "1"), 0);
	CHECK_EQ(rig.log_bytes, 0);
	CHECK_EQ(write_debugfs("alloc", "1025"), -QY_ENOMEM);
	CHECK_EQ(write_debugfs("alloc", "0"), -QY_ENOMEM);
	CHECK_EQ(write_debugfs("alloc", "much"), -QY_EINVAL);
	CHECK_EQ(write_debugfs("alloc", "-1"), -QY_EINVAL);
	CHECK_EQ(write_debugfs("alloc", "1024"), 0);
	CHECK_EQ(write_debugfs("free", "1024"), 0);
	CHECK_STR_EQ(read_file("/sys/kernel/mm/cma/reserved/available_pages"), "1024\n");
	rig_check_valid(rig.m, "runs of root");
	rig_down(&rig);
}

/* ------------------------------------------------------------------ wrong uses */

TEST(death, a_run_that_was_not_handed_out_is_not_released)
{
	struct page *page, *other;

	boot(MIB(64), MIB(16), 1);
	page = grab(16, 0);
	CHECK(qy_cma_release(rig.m, 0, page, 17));
	CHECK_EQ(
		rig_log_count(&rig,
			"BUG: cma reserved: release of 17 pages at pfn 0x43000 that were not all handed out: nothing is released"),
		1);
	CHECK_EQ(area().used_pages, 16);
	CHECK(qy_cma_release(rig.m, 0, page, 16));
	rig_log_clear(&rig);
	CHECK(qy_cma_release(rig.m, 0, page, 16));
	CHECK_EQ(rig_log_count(&rig, "nothing is released"), 1);
	/* a page of the allocator is not CMA's business */
	other = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	CHECK(!qy_cma_release(rig.m, 0, other, 1));
	CHECK(!qy_cma_release(rig.m, 0, NULL, 1));
	qy_free_pages(rig.m, other, 0);
	rig_check_valid(rig.m, "wrong releases");
	rig_down(&rig);
}
