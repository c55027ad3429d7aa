// SPDX-License-Identifier: MIT
/*
 * What the usual allocation touches: never the cold part of a frame's record, and one hot word for a block of any order.
 * And what all records cost together.
 *
 * No state.
 */
#include "tests/model/rig.h"

#include <quarry/hosted.h>
#include <sys/mman.h>
#include <unistd.h>

/* ------------------------------------------------------------------ the cold array, out of reach */

/* The host pages that hold nothing but cold records. */
static size_t protect_cold(const struct qy_machine *m, int prot)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t first = ((uintptr_t)m->cold + page - 1) & -page;
	uintptr_t last = (uintptr_t)(m->cold + m->nr_frames) & -page;

	CHECK(last > first);
	CHECK_EQ(mprotect((void *)first, last - first, prot), 0);
	return last - first;
}

static void get_and_put(
	struct qy_machine *m, qy_gfp_t gfp, unsigned int order, unsigned int nr)
{
	static struct page *pages[6000];

	for (unsigned int i = 0; i < nr; i++) {
		pages[i] = qy_alloc_pages(m, gfp, order);
		CHECK(pages[i]);
		*(uint64_t *)qy_page_address(m, pages[i]) = i;
	}
	for (unsigned int i = 0; i < nr; i++)
		qy_free_pages(m, pages[i], order);
}

TEST(hot_path, order_0_traffic_does_not_touch_the_cold_records)
{
	static struct rig rig;
	struct page *page;
	size_t bytes;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	get_and_put(rig.m, QY_GFP_KERNEL, 0, 6000);
	bytes = protect_cold(rig.m, PROT_NONE);
	/* all but the records that share a host page with something else */
	CHECK(bytes + 2 * 4096 > rig.m->nr_frames * sizeof(struct page));
	for (unsigned int i = 0; i < 10000; i++) {
		page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
		qy_free_pages(rig.m, page, 0);
	}
	/* with refills from the zone, drains into it, zeroing and references */
	get_and_put(rig.m, QY_GFP_HIGHUSER_MOVABLE, 0, 6000);
	get_and_put(rig.m, QY_GFP_ATOMIC | QY___GFP_ZERO, 0, 100);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	qy_get_page(rig.m, page);
	qy_put_page(rig.m, page);
	qy_put_page(rig.m, page);
	for (unsigned int order = 1; order <= QY_MAX_PAGE_ORDER; order++)
		get_and_put(rig.m, QY_GFP_KERNEL, order, 2);
	qy_drain_all_pages(rig.m);
	protect_cold(rig.m, PROT_READ | PROT_WRITE);
	rig_check_valid(rig.m, "the hot path");
	rig_down(&rig);
}

/* ------------------------------------------------------------------ one word a block */

static unsigned int words_that_differ(const uint32_t *before, const struct qy_machine *m)
{
	unsigned int nr = 0;

	for (uint32_t i = 0; i < m->nr_frames; i++)
		nr += before[i] != m->hot[i];
	return nr;
}

TEST(hot_path, a_block_of_order_9_costs_one_hot_word)
{
	static struct rig rig;
	struct page *page;
	uint32_t *before, frame;

	rig_one_zone(&rig, MIB(16), 1);
	rig_boot(&rig);
	before = malloc(rig.m->nr_frames * sizeof(*before));
	memcpy(before, rig.m->hot, rig.m->nr_frames * sizeof(*before));
	for (unsigned int order = 4; order <= QY_MAX_PAGE_ORDER; order++) {
		page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, order);
		frame = page_to_frame(rig.m, page);
		CHECK_EQ(words_that_differ(before, rig.m), 1);
		CHECK(rig.m->hot[frame]);
		for (uint32_t tail = frame + 1; tail < frame + (1u << order); tail++)
			CHECK_EQ(rig.m->hot[tail], 0);
		qy_free_pages(rig.m, page, order);
		CHECK_EQ(words_that_differ(before, rig.m), 0);
	}
	/* only __GFP_COMP asks for more */
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_COMP, 9);
	CHECK_EQ(words_that_differ(before, rig.m), 512);
	qy_free_pages(rig.m, page, 9);
	CHECK_EQ(words_that_differ(before, rig.m), 0);
	free(before);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ what it costs */

static void check_metadata(enum qy_arch arch, uint64_t bytes, uint32_t nr_cpus)
{
	static struct rig rig;
	struct qy_machine_size size;
	struct qy_machine_stats stats;

	rig_init(&rig, arch, nr_cpus);
	rig.board.thp = true;
	if (arch == QY_ARCH_X86_64 && bytes > GIB(3)) {
		rig_bank(&rig, MIB(1), GIB(3), 0);
		rig_bank(&rig, GIB(4), bytes - GIB(3), 0);
	} else {
		rig_bank(&rig, GIB(1), bytes, 0);
	}
	CHECK_EQ(qy_machine_size(&rig.board, &size, NULL, 0), 0);
	rig_boot(&rig);
	qy_machine_stats(rig.m, &stats);
	/* everything counted: nothing is kept anywhere but in the tables */
	CHECK_EQ(stats.metadata_bytes, size.tables);
	CHECK_EQ(stats.ram_bytes, bytes);
	if (stats.metadata_bytes * 10000 > stats.ram_bytes * 85)
		FAIL("%llu bytes for %llu MiB on %u CPUs: %llu / 10000 of RAM",
			(unsigned long long)stats.metadata_bytes,
			(unsigned long long)(stats.ram_bytes >> 20), nr_cpus,
			(unsigned long long)(stats.metadata_bytes * 10000 /
					     stats.ram_bytes));
	rig_down(&rig);
}

TEST(hot_path, records_cost_at_most_0_85_percent_of_ram)
{
	static const uint64_t sizes[] = { GIB(1), GIB(8), GIB(64) };
	static const uint32_t cpus[] = { 1, 4, 16 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		for (size_t j = 0; j < ARRAY_SIZE(cpus); j++) {
			check_metadata(QY_ARCH_ARM64, sizes[i], cpus[j]);
			check_metadata(QY_ARCH_X86_64, sizes[i], cpus[j]);
		}
}
