// SPDX-License-Identifier: MIT
/*
 * Pages at stable addresses: they move under plain pointers, one by one and together, by hand, by compaction and for CMA;
 * pins keep them and are named; a host without mappings fails cleanly; faults of the program stay its own; and two threads
 * that write and read while everything moves lose nothing.
 *
 * Locking: in the hammer each thread has words of its own in every page; it writes these and reads the other's.
 */
#include "tests/model/rig.h"
#include "mm/contig/internal.h"
#include <quarry/cma.h>
#include <quarry/compact.h>
#include <quarry/mapped.h>

#include "ports/host/alias.h"
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOVABLE QY_GFP_HIGHUSER_MOVABLE
#define WORDS   (QY_PAGE_SIZE / 8)

static uint32_t target_from_zone(
	struct migrate_control *mc, unsigned int order, bool compound)
{
	struct page *page = qy_alloc_pages(
		mc->m, MOVABLE | QY___GFP_NOWARN | (compound ? QY___GFP_COMP : 0), order);

	return page ? page_to_frame(mc->m, page) : NO_FRAME;
}

static void target_to_zone(struct migrate_control *mc, uint32_t frame, unsigned int order)
{
	qy_free_pages(mc->m, frame_to_page(mc->m, frame), order);
}

static struct migrate_control mover(struct qy_machine *m)
{
	return (struct migrate_control){
		.m = m, .get_target = target_from_zone, .put_target = target_to_zone
	};
}

static struct qy_mapped *new_range(
	struct qy_machine *m, uint64_t nr_pages, const char *owner)
{
	struct qy_mapped *r = malloc(qy_mapped_bytes(nr_pages));

	CHECK(r);
	CHECK_EQ(qy_mapped_create(m, r, nr_pages, MOVABLE, owner), 0);
	CHECK(!((uintptr_t)r->address & (QY_PAGE_SIZE - 1)));
	return r;
}

static void free_range(struct qy_machine *m, struct qy_mapped *r)
{
	CHECK_EQ(qy_mapped_destroy(m, r), 0);
	CHECK(!r->address);
	free(r);
}

static uint64_t *words_of(const struct qy_mapped *r, uint64_t page)
{
	return (uint64_t *)r->address + page * WORDS;
}

static void write_range(const struct qy_mapped *r, uint64_t seed)
{
	for (uint64_t i = 0; i < r->nr_pages * WORDS; i++)
		words_of(r, 0)[i] = seed + i * 0x9e3779b97f4a7c15ull;
}

static void check_range(const struct qy_mapped *r, uint64_t seed)
{
	for (uint64_t i = 0; i < r->nr_pages * WORDS; i++)
		if (words_of(r, 0)[i] != seed + i * 0x9e3779b97f4a7c15ull)
			FAIL("word %llu of page %llu is not what was written",
				(unsigned long long)(i % WORDS),
				(unsigned long long)(i / WORDS));
}

static uint32_t frame_of(
	const struct qy_machine *m, const struct qy_mapped *r, uint64_t page)
{
	return qy_pfn_to_frame(m, qy_mapped_pfn(m, r, page));
}

/* ------------------------------------------------------------------ moving by hand */

TEST(mapped, a_page_moves_under_its_address_and_the_old_frame_is_free)
{
	static struct rig rig;
	struct migrate_control mc;
	struct qy_mapped *r;
	uint64_t before;

	rig_one_zone(&rig, MIB(16), 1);
	rig_boot(&rig);
	qy_poison_moved_set(rig.m, true);
	before = rig_free_frames(rig.m);
	mc = mover(rig.m);
	r = new_range(rig.m, 20, "tester");
	CHECK_EQ(rig_free_frames(rig.m), before - 20);
	write_range(r, 1);
	for (uint64_t page = 0; page < 20; page += 3) {
		uint32_t old = frame_of(rig.m, r, page);
		unsigned char *bytes = frame_address(rig.m, old);

		qy_set_page_private(frame_to_page(rig.m, old), 0x1234567890abcdef + page);
		CHECK_EQ(qy_migrate_block(&mc, old), 0);
		CHECK(frame_of(rig.m, r, page) != old);
		CHECK_EQ(qy_page_private(frame_to_page(rig.m, frame_of(rig.m, r, page))),
			0x1234567890abcdef + page);
		check_range(r, 1);
		for (size_t i = 0; i < QY_PAGE_SIZE; i++)
			CHECK_EQ(bytes[i], 0xaa);
		CHECK_EQ(qy_page_state(rig.m, old).state, PG_FREE);
		rig_check_valid(rig.m, "a move");
	}
	/* both views are one memory, before and after */
	words_of(r, 3)[7] = 42;
	CHECK_EQ(((uint64_t *)frame_address(rig.m, frame_of(rig.m, r, 3)))[7], 42);
	((uint64_t *)frame_address(rig.m, frame_of(rig.m, r, 19)))[511] = 43;
	CHECK_EQ(words_of(r, 19)[511], 43);
	CHECK_EQ(mc.moved, 7);
	CHECK_EQ(rig.m->events[PGMIGRATE_SUCCESS], 7);
	free_range(rig.m, r);
	CHECK_EQ(rig_free_frames(rig.m), before);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

TEST(mapped, pages_of_several_ranges_and_handles_move_in_one_batch)
{
	static struct rig rig;
	static struct qy_handle handle[100];
	struct qy_mapped *r[3];
	struct migrate_control mc;
	uint32_t old[3][700];
	uint64_t before;

	rig_one_zone(&rig, MIB(32), 1);
	rig_boot(&rig);
	before = rig_free_frames(rig.m);
	qy_poison_moved_set(rig.m, true);
	mc = mover(rig.m);
	for (unsigned int i = 0; i < 3; i++) {
		r[i] = new_range(rig.m, 700, "tester");
		write_range(r[i], i);
		for (uint64_t page = 0; page < 700; page++)
			old[i][page] = frame_of(rig.m, r[i], page);
	}
	for (unsigned int i = 0; i < 100; i++) {
		struct page *page = qy_alloc_pages(rig.m, MOVABLE, 0);

		*(uint64_t *)qy_page_address(rig.m, page) = i;
		CHECK_EQ(qy_handle_adopt(rig.m, &handle[i], page, "handle", 0), 0);
	}
	/* in no order at all */
	for (uint32_t i = 0; i < 2100; i++) {
		uint32_t k = i * 1009 % 2100;

		CHECK_EQ(qy_migrate_queue(&mc, old[k % 3][k / 3]), 0);
		if (i < 100)
			CHECK_EQ(qy_migrate_queue(
					 &mc, qy_pfn_to_frame(rig.m,
						      qy_handle_pfn(rig.m, &handle[i]))),
				0);
	}
	CHECK_EQ(qy_migrate_flush(&mc), 0);
	CHECK_EQ(qy_migrate_flush(&mc), 0);
	CHECK_EQ(mc.moved, 2200);
	CHECK_EQ(rig.m->events[PGMIGRATE_SUCCESS], 2200);
	rig_check_valid(rig.m, "a batch");
	for (unsigned int i = 0; i < 3; i++) {
		check_range(r[i], i);
		for (uint64_t page = 0; page < 700; page++)
			CHECK(frame_of(rig.m, r[i], page) != old[i][page]);
		write_range(r[i], i + 7);
		check_range(r[i], i + 7);
		free_range(rig.m, r[i]);
	}
	for (unsigned int i = 0; i < 100; i++) {
		CHECK_EQ(*(uint64_t *)qy_handle_pin(rig.m, &handle[i], NULL), i);
		qy_handle_unpin(rig.m, &handle[i]);
		qy_free_pages(rig.m, qy_handle_release(rig.m, &handle[i]), 0);
	}
	CHECK_EQ(rig_free_frames(rig.m), before);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

TEST(mapped, pinned_pages_stay_and_the_others_of_the_batch_move)
{
	static struct rig rig;
	struct migrate_control mc;
	struct qy_mapped *r;
	uint32_t old[64];
	char *address;

	rig_one_zone(&rig, MIB(16), 1);
	rig_boot(&rig);
	mc = mover(rig.m);
	r = new_range(rig.m, 64, "frames");
	write_range(r, 5);
	for (uint64_t page = 0; page < 64; page++)
		old[page] = frame_of(rig.m, r, page);
	address = qy_mapped_pin(rig.m, r, 10, 4, "encoder");
	CHECK(address == (char *)r->address + 10 * QY_PAGE_SIZE);
	CHECK(qy_mapped_pin(rig.m, r, 13, 1, "camera"));
	CHECK(!qy_mapped_pin(rig.m, r, 60, 5, "nobody"));
	CHECK(!qy_mapped_pin(rig.m, r, 64, 1, "nobody"));
	CHECK_EQ(qy_mapped_pfn(rig.m, r, 64), ~0ull);
	qy_get_page(rig.m, frame_to_page(rig.m, old[40]));
	for (uint64_t page = 0; page < 64; page++)
		CHECK_EQ(qy_migrate_queue(&mc, old[page]), 0);
	CHECK_EQ(qy_migrate_flush(&mc), -QY_EBUSY);
	CHECK_EQ(mc.failed, old[40]);
	CHECK_STR_EQ(mc.busy.owner, "a page reference");
	for (uint64_t page = 0; page < 64; page++) {
		bool stays = (page >= 10 && page < 14) || page == 40;

		CHECK_EQ(frame_of(rig.m, r, page) == old[page], stays);
	}
	CHECK_EQ(mc.moved, 59);
	CHECK_EQ(rig.m->events[PGMIGRATE_FAIL], 5);
	CHECK_EQ(qy_migrate_block(&mc, old[13]), -QY_EBUSY);
	CHECK_STR_EQ(mc.busy.owner, "frames");
	CHECK_STR_EQ(mc.busy.pinned_by, "camera");
	CHECK_EQ(mc.busy.pins, 2);
	check_range(r, 5);
	rig_check_valid(rig.m, "a batch with pinned pages");
	qy_put_page(rig.m, frame_to_page(rig.m, old[40]));
	qy_mapped_unpin(rig.m, r, 13, 1);
	qy_mapped_unpin(rig.m, r, 10, 4);
	CHECK_EQ(qy_migrate_block(&mc, old[13]), 0);
	check_range(r, 5);
	CHECK_EQ(rig.log_bytes, 0);
	free_range(rig.m, r);
	rig_down(&rig);
}

TEST(mapped, without_enough_targets_nothing_is_lost)
{
	static struct rig rig;
	static struct page *pages[8192];
	struct migrate_control mc;
	struct qy_mapped *r;
	size_t nr;

	rig_one_zone(&rig, MIB(16), 1);
	rig_boot(&rig);
	mc = mover(rig.m);
	r = new_range(rig.m, 100, "tester");
	write_range(r, 9);
	nr = rig_exhaust(rig.m, MOVABLE, 0, pages, ARRAY_SIZE(pages));
	/* room for thirty, and what is kept for those who ask again: some move, the others are told why they do not */
	for (unsigned int i = 0; i < 30; i++)
		qy_free_pages(rig.m, pages[--nr], 0);
	for (uint64_t page = 0; page < 100; page++)
		CHECK_EQ(qy_migrate_queue(&mc, frame_of(rig.m, r, page)), 0);
	CHECK_EQ(qy_migrate_flush(&mc), -QY_ENOMEM);
	CHECK(mc.moved >= 30 && mc.moved < 100);
	check_range(r, 9);
	rig_check_valid(rig.m, "a batch without targets");
	/* nor is a range made of frames that are not there */
	struct qy_mapped *second = malloc(qy_mapped_bytes(100));

	CHECK_EQ(qy_mapped_create(rig.m, second, 100, MOVABLE | QY___GFP_NOWARN, "late"),
		-QY_ENOMEM);
	CHECK_EQ(qy_mapped_destroy(rig.m, second), -QY_EINVAL);
	free(second);
	rig_check_valid(rig.m, "a range that was not made");
	rig_free_all(rig.m, pages, nr, 0);
	free_range(rig.m, r);
	CHECK_EQ(rig_free_frames(rig.m), MIB(16) / 4096);
	rig_down(&rig);
}

TEST(mapped, bad_requests_and_wrong_uses_change_nothing)
{
	static struct rig rig;
	struct qy_mapped *r;

	rig_one_zone(&rig, MIB(16), 1);
	rig_boot(&rig);
	r = malloc(qy_mapped_bytes(20));
	CHECK_EQ(qy_mapped_create(rig.m, r, 0, MOVABLE, "tester"), -QY_EINVAL);
	CHECK_EQ(qy_mapped_create(rig.m, r, 1 << 20, MOVABLE, "tester"), -QY_EINVAL);
	CHECK_EQ(qy_mapped_create(rig.m, r, 20, QY_GFP_KERNEL, "tester"), -QY_EINVAL);
	CHECK_EQ(qy_mapped_create(rig.m, r, 20, MOVABLE | QY___GFP_ZERO, "frames"), 0);
	for (uint64_t i = 0; i < 20 * WORDS; i++)
		CHECK_EQ(words_of(r, 0)[i], 0);
	qy_mapped_unpin(rig.m, r, 3, 1);
	CHECK_EQ(rig_log_count(&rig, "BUG: unpin of a handle of frames that has no pin"),
		1);
	qy_mapped_pin(rig.m, r, 19, 1, "camera");
	CHECK_EQ(qy_mapped_destroy(rig.m, r), -QY_EBUSY);
	CHECK_EQ(
		rig_log_count(&rig, ", 1 pins, the last by camera: it stays movable"), 1);
	rig_check_valid(rig.m, "an end that was refused");
	words_of(r, 0)[0] = 1;
	qy_free_pages(rig.m, frame_to_page(rig.m, frame_of(rig.m, r, 4)), 0);
	CHECK_EQ(rig_log_count(&rig, "the block is a movable one"), 1);
	qy_mapped_unpin(rig.m, r, 19, 1);
	free_range(rig.m, r);
	CHECK_EQ(rig_free_frames(rig.m), MIB(16) / 4096);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ those who move pages */

TEST(mapped, compaction_brings_scattered_pages_together)
{
	static struct rig rig;
	static struct page *pages[16384];
	struct qy_mapped *r;
	struct qy_zone_stats z;
	uint64_t whole;
	size_t nr;

	rig_one_zone(&rig, MIB(32), 1);
	rig_boot(&rig);
	nr = rig_exhaust(rig.m, MOVABLE, 0, pages, ARRAY_SIZE(pages));
	for (size_t i = 0; i < nr; i += 3) {
		qy_free_pages(rig.m, pages[i], 0);
		pages[i] = NULL;
	}
	r = new_range(rig.m, nr / 3 - 64, "tester");
	write_range(r, 3);
	for (size_t i = 0; i < nr; i++)
		if (pages[i])
			qy_free_pages(rig.m, pages[i], 0);
	qy_drain_all_pages(rig.m);
	z = rig_zone(rig.m, 0, QY_ZONE_NORMAL);
	whole = rig_nr_free(&z, 9) + 2 * rig_nr_free(&z, 10);
	qy_compact_memory(rig.m);
	z = rig_zone(rig.m, 0, QY_ZONE_NORMAL);
	CHECK(rig_nr_free(&z, 9) + 2 * rig_nr_free(&z, 10) >= whole + 6);
	CHECK(rig.m->events[PGMIGRATE_SUCCESS] > 0);
	CHECK_EQ(rig.m->events[PGMIGRATE_FAIL], 0);
	check_range(r, 3);
	rig_check_valid(rig.m, "compaction");
	free_range(rig.m, r);
	CHECK_EQ(rig_free_frames(rig.m), MIB(32) / 4096);
	rig_down(&rig);
}

/* What was emptied can be given to the host, and what the pages went to stays. */
TEST(mapped, cma_is_emptied_and_a_failure_names_owner_and_pinner)
{
	static struct rig rig;
	struct qy_contig_failure why;
	struct qy_cma_stats stats;
	struct qy_mapped *r;
	struct page *page;
	char text[160];

	rig_one_zone(&rig, MIB(64), 1);
	rig.board.cma = (struct qy_cma_request){ .given = true, .size = MIB(16) };
	rig_boot(&rig);
	r = new_range(rig.m, MIB(60) / 4096, "camera frames");
	write_range(r, 11);
	CHECK(qy_cma_stats(rig.m, 0, &stats));
	CHECK(stats.borrowed_pages > 1000);
	CHECK_EQ(stats.pinned_pages, 0);
	/* without room elsewhere */
	CHECK(!qy_cma_alloc(rig.m, 0, 4096, 0, true, &why));
	CHECK_EQ(why.cause, QY_CONTIG_NO_TARGET);
	check_range(r, 11);
	free_range(rig.m, r);

	r = new_range(rig.m, MIB(40) / 4096, "camera frames");
	write_range(r, 12);
	for (uint64_t i = 0; i < r->nr_pages; i++)
		if (qy_mapped_pfn(rig.m, r, i) >= stats.base_pfn)
			CHECK(qy_mapped_pin(rig.m, r, i, 1, "encoder"));
	CHECK(qy_cma_stats(rig.m, 0, &stats));
	CHECK(stats.pinned_pages > 0);
	CHECK(!qy_cma_alloc(rig.m, 0, 4096, 0, true, &why));
	CHECK_EQ(why.cause, QY_CONTIG_PINNED);
	qy_contig_failure_text(&why, text, sizeof(text));
	CHECK(strstr(text, "is pinned by encoder (1 pin), held by camera frames"));
	check_range(r, 12);
	for (uint64_t i = 0; i < r->nr_pages; i++)
		if (word_pins(r->page[i].word))
			qy_mapped_unpin(rig.m, r, i, 1);
	page = qy_cma_alloc(rig.m, 0, 4096, 0, true, &why);
	CHECK(page);
	memset(qy_page_address(rig.m, page), 0x77, MIB(16));
	check_range(r, 12);
	rig_check_valid(rig.m, "an area that was emptied");
	CHECK(qy_cma_release(rig.m, 0, page, 4096));
	qy_drain_all_pages(rig.m);
	CHECK(qy_machine_trim(rig.m) >= MIB(16));
	check_range(r, 12);
	write_range(r, 13);
	check_range(r, 13);
	free_range(rig.m, r);
	CHECK_EQ(rig_free_frames(rig.m), MIB(64) / 4096);
	rig_down(&rig);
}

static unsigned int nr_swaps, nr_told;
static const struct block_watch *real_watch;

static void count_swap(struct qy_machine *m, uint32_t from, uint32_t to)
{
	(void)m;
	nr_swaps += from != to;
}

static void watch_alloc(
	struct qy_machine *m, uint32_t frame, unsigned int order, qy_gfp_t gfp)
{
	(void)m, (void)frame, (void)order, (void)gfp;
}

static void watch_free(struct qy_machine *m, uint32_t frame, unsigned int order)
{
	(void)m, (void)frame, (void)order;
}

static void watch_copy(struct qy_machine *m, uint32_t from, uint32_t to)
{
	(void)m, (void)from, (void)to;
}

static void note_told(void *arg, struct qy_handle *h, uint64_t from_pfn, uint64_t to_pfn,
	unsigned int order)
{
	struct qy_mapped *r = arg;

	CHECK(h >= r->page && h < r->page + r->nr_pages);
	CHECK(from_pfn != to_pfn && !order);
	nr_told++;
}

TEST(mapped, whoever_follows_blocks_and_moves_is_told_of_each_page)
{
	static const struct block_watch watch = { .alloc = watch_alloc,
		.free = watch_free,
		.copy = watch_copy,
		.swap = count_swap };
	static struct rig rig;
	struct migrate_control mc;
	struct qy_mapped *r;

	rig_one_zone(&rig, MIB(16), 1);
	rig_boot(&rig);
	mc = mover(rig.m);
	r = new_range(rig.m, 64, "tester");
	nr_swaps = nr_told = 0;
	real_watch = rig.m->block_watch;
	rig.m->block_watch = &watch;
	qy_moved_set(rig.m, note_told, r);
	for (uint64_t page = 0; page < 50; page++)
		qy_migrate_queue(&mc, frame_of(rig.m, r, page));
	CHECK_EQ(qy_migrate_flush(&mc), 0);
	rig.m->block_watch = real_watch;
	qy_moved_set(rig.m, NULL, NULL);
	CHECK_EQ(nr_swaps, 50);
	CHECK_EQ(nr_told, 50);
	free_range(rig.m, r);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ the host */

/* The host's mappings of a range, by its list. */
static unsigned int mappings_of(const struct qy_mapped *r)
{
	uintptr_t begin = (uintptr_t)r->address;
	uintptr_t end = begin + r->nr_pages * QY_PAGE_SIZE;
	unsigned long from, to;
	unsigned int nr = 0;
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "re");

	CHECK(maps);
	while (fgets(line, sizeof(line), maps))
		nr += sscanf(line, "%lx-%lx", &from, &to) == 2 && from < end &&
		      to > begin;
	fclose(maps);
	return nr;
}

TEST(mapped, neighbours_share_a_mapping)
{
	static struct rig rig;
	struct migrate_control mc;
	struct qy_mapped *r;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	mc = mover(rig.m);
	r = new_range(rig.m, MIB(16) / 4096, "tester");
	/* 4096 pages in a few runs of frames */
	CHECK(mappings_of(r) <= 6);
	/* copies are neighbours as well, whatever order the pages were named in */
	for (uint32_t i = 0; i < 512; i++)
		qy_migrate_queue(&mc, frame_of(rig.m, r, 1000 + i * 77 % 512));
	CHECK_EQ(qy_migrate_flush(&mc), 0);
	CHECK_EQ(mc.moved, 512);
	CHECK(mappings_of(r) <= 30);
	free_range(rig.m, r);
	rig_down(&rig);
}

/* Every second frame is taken, so that no two pages of the range are neighbours. */
TEST(mapped, a_host_without_mappings_refuses_and_nothing_is_lost)
{
	static struct rig rig;
	static struct page *pages[8192];
	struct qy_hosted_opts opts = { .log = rig_log, .log_arg = &rig };
	struct qy_contig_failure why;
	struct migrate_control mc;
	struct qy_mapped *first, *second;
	char text[160];
	size_t nr;

	rig_one_zone(&rig, MIB(24), 1);
	rig.board.cma = (struct qy_cma_request){ .given = true, .size = MIB(4) };
	opts.max_mappings = qy_host_nr_mappings() + 700;
	if (qy_current()->machine)
		qy_leave();
	rig.m = qy_hosted_boot(&rig.board, &opts, text, sizeof(text));
	CHECK(rig.m);
	CHECK_EQ(qy_enter_cpu(rig.m, 0), 0);
	rig_log_clear(&rig);
	nr = rig_exhaust(rig.m, MOVABLE, 0, pages, ARRAY_SIZE(pages));
	for (size_t i = 0; i < nr; i += 2) {
		qy_free_pages(rig.m, pages[i], 0);
		pages[i] = NULL;
	}
	/* more than 700 runs are refused, and leave nothing behind */
	uint64_t before = rig_free_frames(rig.m);

	second = malloc(qy_mapped_bytes(2000));
	CHECK_EQ(qy_mapped_create(rig.m, second, 2000, MOVABLE, "scattered"), -QY_ENOSPC);
	CHECK_EQ(rig_free_frames(rig.m), before);
	rig_check_valid(rig.m, "a range that was refused");
	free(second);
	first = new_range(rig.m, 600, "scattered");
	write_range(first, 21);

	/* CMA wants frames back; to be moved, a page between others needs mappings of its own */
	for (size_t i = 0; i < nr; i++)
		if (pages[i])
			qy_free_pages(rig.m, pages[i], 0);
	second = malloc(qy_mapped_bytes(2048));
	CHECK_EQ(qy_mapped_create(rig.m, second, 2048, MOVABLE, "whole"), 0);
	write_range(second, 22);
	mc = mover(rig.m);
	int refused = 0, err;

	for (uint64_t page = 0; page < 2048; page += 2) {
		err = qy_migrate_block(&mc, frame_of(rig.m, second, page));
		CHECK(!err || err == -QY_ENOSPC);
		refused += err == -QY_ENOSPC;
	}
	CHECK(refused > 500);
	CHECK_STR_EQ(mc.busy.owner, "whole");
	rig_check_valid(rig.m, "moves that were refused");
	check_range(first, 21);
	check_range(second, 22);
	write_range(second, 23);
	if (!qy_cma_alloc(rig.m, 0, 1024, 0, true, &why)) {
		CHECK_EQ(why.cause, QY_CONTIG_NO_MAPPING);
		qy_contig_failure_text(&why, text, sizeof(text));
		CHECK(strstr(text, "the host has no mapping left for it, held by "));
	}
	check_range(second, 23);
	/* with mappings to spare it goes on */
	free_range(rig.m, first);
	err = qy_migrate_block(&mc, frame_of(rig.m, second, 2046));
	CHECK_EQ(err, 0);
	check_range(second, 23);
	free_range(rig.m, second);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ faults that are not ours */

static void leave_42(int sig, siginfo_t *info, void *context)
{
	(void)sig, (void)context;
	_exit(info->si_addr ? 42 : 43);
}

/* What becomes of a child that does @fault with a range alive. */
static int status_after(
	void (*fault)(struct qy_mapped *r), void (*handler)(int, siginfo_t *, void *))
{
	static struct rig rig;
	int status;
	pid_t child = fork();

	if (!child) {
		struct sigaction action = { .sa_flags = handler ? SA_SIGINFO : 0 };

		if (handler)
			action.sa_sigaction = handler;
		else
			action.sa_handler = SIG_DFL;
		sigaction(SIGSEGV, &action, NULL);
		rig_one_zone(&rig, MIB(16), 1);
		rig_boot(&rig);
		fault(new_range(rig.m, 20, "tester"));
		_exit(0);
	}
	CHECK(child > 0);
	CHECK_EQ(waitpid(child, &status, 0), child);
	return status;
}

static void fault_nowhere(struct qy_mapped *r)
{
	volatile uintptr_t nowhere = 8;

	(void)r;
	*(volatile int *)nowhere = 1;
}

static void fault_behind_the_range(struct qy_mapped *r)
{
	*(volatile int *)words_of(r, 20) = 1;
}

/* What cannot be executed is in no protected page either. */
static void fault_by_executing(struct qy_mapped *r)
{
	words_of(r, 0)[0] = 0xc3;
	((void (*)(void))r->address)();
}

static void fault_by_a_signal_that_was_sent(struct qy_mapped *r)
{
	(void)r;
	raise(SIGSEGV);
	for (;;)
		pause();
}

static void no_fault(struct qy_mapped *r)
{
	struct migrate_control mc = mover(qy_current()->machine);
	struct sigaction action;

	write_range(r, 4);
	if (qy_migrate_block(&mc, frame_of(mc.m, r, 2)))
		_exit(1);
	check_range(r, 4);
	sigaction(SIGSEGV, NULL, &action);
	if (action.sa_sigaction == leave_42)
		_exit(2);
	/* with the last range the handler before is back */
	free_range(mc.m, r);
	sigaction(SIGSEGV, NULL, &action);
	if (action.sa_sigaction != leave_42)
		_exit(3);
}

TEST(mapped, a_fault_of_the_program_stays_its_own)
{
	static void (*const faults[])(struct qy_mapped *) = { fault_nowhere,
		fault_behind_the_range, fault_by_executing,
		fault_by_a_signal_that_was_sent };

	for (unsigned int i = 0; i < ARRAY_SIZE(faults); i++) {
		int status = status_after(faults[i], NULL);

		CHECK(WIFSIGNALED(status));
		CHECK_EQ(WTERMSIG(status), SIGSEGV);
		status = status_after(faults[i], leave_42);
		CHECK(WIFEXITED(status));
		CHECK_EQ(WEXITSTATUS(status), 42);
	}
	CHECK_EQ(status_after(no_fault, leave_42), 0);
}

/* ------------------------------------------------------------------ the hammer */

#define HAMMER_PAGES 1024
#define WORDS_EACH   4 /* in each page, of each thread */

struct hammer {
	struct rig rig;
	struct qy_mapped *r;
	unsigned long moves;
	uint64_t moved;   /* atomic */
	uint64_t refused; /* by pins; atomic */
};

struct striker {
	pthread_t thread;
	struct hammer *hammer;
	struct rig_random random;
	unsigned int number;
	uint64_t written[HAMMER_PAGES];
	uint64_t seen[HAMMER_PAGES]; /* of the other thread */
	uint64_t pin_first, pin_nr;
};

/* The n-th word of a thread in a page: they are spread over it. */
static uint64_t *word_of(
	const struct hammer *hammer, uint64_t page, unsigned int thread, unsigned int n)
{
	return words_of(hammer->r, page) + n * (WORDS / WORDS_EACH) + thread * 3 +
	       page % 64;
}

/* What this thread wrote last is there; it writes the next. What the other one wrote never goes back. */
static void check_and_write(struct striker *s, uint64_t page)
{
	uint64_t want = s->written[page], other;

	for (unsigned int n = 0; n < WORDS_EACH; n++) {
		uint64_t *word = word_of(s->hammer, page, s->number, n);
		uint64_t have = READ_ONCE(*word);

		if (have != want)
			FAIL("page %llu: word %u is %#llx, written was %#llx",
				(unsigned long long)page, n, (unsigned long long)have,
				(unsigned long long)want);
		WRITE_ONCE(*word, want + 1);
	}
	s->written[page] = want + 1;
	other = READ_ONCE(*word_of(s->hammer, page, !s->number, WORDS_EACH - 1));
	if (other < s->seen[page] || other > s->seen[page] + (1ull << 32))
		FAIL("page %llu: the other thread's word went from %#llx to %#llx",
			(unsigned long long)page, (unsigned long long)s->seen[page],
			(unsigned long long)other);
	s->seen[page] = other;
}

static void change_pins(struct striker *s)
{
	struct hammer *hammer = s->hammer;

	if (s->pin_nr) {
		qy_mapped_unpin(hammer->rig.m, hammer->r, s->pin_first, s->pin_nr);
		s->pin_nr = 0;
		return;
	}
	s->pin_nr = 1 + rig_below(&s->random, 20);
	s->pin_first = rig_below(&s->random, HAMMER_PAGES - 20);
	CHECK(qy_mapped_pin(
		hammer->rig.m, hammer->r, s->pin_first, s->pin_nr, "striker"));
}

/* Neighbours, or pages of anywhere, one or many. */
static void move_some(struct striker *s, struct migrate_control *mc)
{
	static const uint32_t sizes[] = { 1, 2, 16, 64, 512 };
	struct hammer *hammer = s->hammer;
	uint32_t nr = sizes[rig_below(&s->random, ARRAY_SIZE(sizes))];
	uint32_t first = rig_below(&s->random, HAMMER_PAGES - nr);
	bool scattered = rig_below(&s->random, 4) == 0;
	uint64_t before = mc->moved;

	if (scattered && nr > 64)
		nr = 64;
	for (uint32_t i = 0; i < nr; i++) {
		uint64_t page =
			scattered ? rig_below(&s->random, HAMMER_PAGES) : first + i;
		int err = qy_migrate_queue(mc, frame_of(mc->m, hammer->r, page));

		CHECK(!err || err == -QY_EBUSY || err == -QY_EAGAIN);
	}
	if (qy_migrate_flush(mc) == -QY_EBUSY)
		__atomic_fetch_add(&hammer->refused, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&hammer->moved, mc->moved - before, __ATOMIC_RELAXED);
}

static void *strike_and_move(void *arg)
{
	struct striker *s = arg;
	struct hammer *hammer = s->hammer;
	struct migrate_control mc = mover(hammer->rig.m);

	CHECK_EQ(qy_enter_cpu(hammer->rig.m, 1 + s->number), 1 + (int)s->number);
	while (__atomic_load_n(&hammer->moved, __ATOMIC_RELAXED) < hammer->moves) {
		uint32_t what = rig_below(&s->random, 16);

		if (what < 2)
			move_some(s, &mc);
		else if (what == 2)
			change_pins(s);
		else
			for (unsigned int i = 0; i < 64; i++)
				check_and_write(s, rig_below(&s->random, HAMMER_PAGES));
	}
	if (s->pin_nr)
		change_pins(s);
	qy_leave();
	return NULL;
}

TEST(mapped, two_threads_that_write_while_everything_moves_lose_nothing)
{
	static struct hammer hammer;
	static struct striker strikers[2];

	memset(&hammer, 0, sizeof(hammer));
	memset(strikers, 0, sizeof(strikers));
	rig_one_zone(&hammer.rig, MIB(64), 3);
	rig_boot(&hammer.rig);
	qy_poison_moved_set(hammer.rig.m, true);
	hammer.moves = qy_test_scale(20000);
	hammer.r = malloc(qy_mapped_bytes(HAMMER_PAGES));
	CHECK(hammer.r);
	CHECK_EQ(qy_mapped_create(hammer.rig.m, hammer.r, HAMMER_PAGES,
			 MOVABLE | QY___GFP_ZERO, "hammer"),
		0);
	for (unsigned int i = 0; i < 2; i++) {
		strikers[i].hammer = &hammer;
		strikers[i].random.state = qy_test_seed() + i;
		strikers[i].number = i;
		CHECK_EQ(pthread_create(&strikers[i].thread, NULL, strike_and_move,
				 &strikers[i]),
			0);
	}
	for (unsigned int i = 0; i < 2; i++)
		pthread_join(strikers[i].thread, NULL);
	rig_check_valid(hammer.rig.m, "the hammer");
	for (uint64_t page = 0; page < HAMMER_PAGES; page++)
		for (unsigned int i = 0; i < 2; i++)
			check_and_write(&strikers[i], page);
	CHECK(hammer.refused > 0);
	free_range(hammer.rig.m, hammer.r);
	CHECK_EQ(rig_free_frames(hammer.rig.m), MIB(64) / 4096);
	CHECK_EQ(hammer.rig.log_bytes, 0);
	rig_down(&hammer.rig);
}
