// SPDX-License-Identifier: MIT
/*
 * vmalloc, vmap, kvmalloc: bytes are the frames' bytes, holes are holes, what is asked for is what is had, and everything
 * comes back.
 *
 * No state.
 */
#include "mm/virt/internal.h"
#include "tests/model/rig.h"

static void boot(struct rig *rig, uint64_t bytes)
{
	rig_one_zone(rig, bytes, 2);
	rig_boot(rig);
}

/* Frames that a machine gives up for good with its first area: page tables, slabs. */
static uint64_t settled(struct qy_machine *m)
{
	struct qy_vmalloc_stats stats;

	qy_vm_unmap_aliases(m);
	qy_vmalloc_stats(m, &stats);
	return rig_free_frames(m) + stats.table_pages + qy_slab_pages(m, -1, false);
}

static uint64_t used_pages(struct qy_machine *m)
{
	struct qy_vmalloc_stats stats;

	qy_vmalloc_stats(m, &stats);
	return stats.used_pages;
}

/* ------------------------------------------------------------------ one memory */

TEST(vmalloc, its_bytes_are_the_frames_bytes_through_the_window)
{
	static struct rig rig;
	uint64_t before, nr = 300;
	char *p;

	boot(&rig, MIB(64));
	before = settled(rig.m);
	p = qy_vmalloc(rig.m, nr * 4096 - 5);
	CHECK(p && !((uintptr_t)p & 4095));
	CHECK(qy_is_vmalloc_addr(rig.m, p));
	CHECK(qy_is_vmalloc_addr(rig.m, p + nr * 4096 - 1));
	CHECK_EQ(used_pages(rig.m), nr);
	for (uint64_t i = 0; i < nr; i++) {
		struct page *page = qy_vmalloc_to_page(rig.m, p + i * 4096 + 17);
		uint64_t *window = qy_page_address(rig.m, page);

		CHECK(page);
		CHECK_EQ(qy_vmalloc_to_pfn(rig.m, p + i * 4096),
			qy_page_to_pfn(rig.m, page));
		CHECK_EQ(qy_page_ref_count(rig.m, page), 1);
		((uint64_t *)(p + i * 4096))[7] = i * 3;
		CHECK_EQ(window[7], i * 3);
		window[511] = i * 5;
		CHECK_EQ(((uint64_t *)(p + i * 4096))[511], i * 5);
	}
	CHECK(!qy_vmalloc_to_page(rig.m, p + nr * 4096)); /* the guard page */
	CHECK_EQ(qy_vmalloc_to_pfn(rig.m, p + nr * 4096), 0);
	CHECK(!qy_vmalloc_to_page(
		rig.m, qy_page_address(rig.m, qy_vmalloc_to_page(rig.m, p))));
	rig_check_valid(rig.m, "an area");
	qy_vfree(rig.m, p);
	CHECK(!qy_vmalloc_to_page(rig.m, p));
	CHECK_EQ(used_pages(rig.m), 0);
	CHECK_EQ(settled(rig.m), before);
	rig_check_valid(rig.m, "vfree");
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

TEST(vmalloc, frames_lie_in_the_order_of_their_addresses)
{
	static struct rig rig;
	static struct page *held[4000];
	struct qy_vmalloc_stats stats;
	size_t nr;
	char *p;

	/* every second frame is somebody's, so that no two are neighbours */
	boot(&rig, MIB(16));
	nr = rig_exhaust(rig.m, QY_GFP_ATOMIC, 0, held, ARRAY_SIZE(held));
	for (size_t i = 0; i < nr; i++)
		if (qy_page_to_pfn(rig.m, held[i]) & 1)
			qy_free_pages(rig.m, held[i], 0);
	p = qy_vmalloc(rig.m, 64 * 4096);
	CHECK(p);
	for (unsigned int i = 1; i < 64; i++)
		CHECK(qy_vmalloc_to_pfn(rig.m, p + i * 4096) >
			qy_vmalloc_to_pfn(rig.m, p + (i - 1) * 4096) + 1);
	qy_vmalloc_stats(rig.m, &stats);
	CHECK_EQ(stats.nr_mappings, 64);
	memset(p, 0xa5, 64 * 4096);
	for (unsigned int i = 0; i < 64; i++)
		CHECK_EQ(((unsigned char *)qy_page_address(
				 rig.m, qy_vmalloc_to_page(rig.m, p + i * 4096)))[4095],
			0xa5);
	rig_check_valid(rig.m, "scattered frames");
	qy_vfree(rig.m, p);
	rig_down(&rig);
}

TEST(vmalloc, zeroed_memory_is_zero_to_the_end_of_its_last_page)
{
	static struct rig rig;
	void *(*const doors[])(struct qy_machine *, size_t) = { qy_vzalloc,
		qy_vmalloc_user, qy_vmalloc_32_user };

	boot(&rig, MIB(16));
	for (unsigned int i = 0; i < ARRAY_SIZE(doors); i++) {
		unsigned char *p = qy_vmalloc(rig.m, 10000);

		memset(p, 0xff, 12288);
		qy_vfree(rig.m, p);
		p = doors[i](rig.m, 10000);
		for (unsigned int k = 0; k < 12288; k++)
			CHECK_EQ(p[k], 0);
		qy_vfree(rig.m, p);
		p = qy_vcalloc(rig.m, 100, 100);
		for (unsigned int k = 0; k < 12288; k++)
			CHECK_EQ(p[k], 0);
		memset(p, 0xff, 12288);
		qy_vfree(rig.m, p);
	}
	CHECK(!qy_vcalloc(rig.m, SIZE_MAX, 2));
	CHECK(!qy_vmalloc_array(rig.m, SIZE_MAX, 2));
	rig_down(&rig);
}

TEST(vmalloc, memory_for_32_bit_users_lies_below_4_gib)
{
	static struct rig rig;
	char *low, *any;

	rig_x86(&rig, MIB(64), MIB(64), 1);
	rig_boot(&rig);
	any = qy_vmalloc(rig.m, MIB(1));
	low = qy_vmalloc_32(rig.m, MIB(1));
	for (unsigned int i = 0; i < 256; i++) {
		CHECK(qy_vmalloc_to_pfn(rig.m, any + i * 4096) >= GIB(4) >> 12);
		CHECK(qy_vmalloc_to_pfn(rig.m, low + i * 4096) < GIB(4) >> 12);
	}
	qy_vfree(rig.m, low);
	qy_vfree(rig.m, any);
	rig_down(&rig);
}

TEST(vmalloc, a_node_gives_what_it_is_asked_for)
{
	static struct rig rig;
	struct qy_vmalloc_info area;
	uint64_t at = 0;
	char *p;

	rig_init(&rig, QY_ARCH_ARM64, 2);
	rig_bank(&rig, GIB(1), MIB(32), 0);
	rig_bank(&rig, GIB(2), MIB(32), 1);
	rig.cpu_node[1] = 1;
	rig_boot(&rig);
	p = qy_vzalloc_node(rig.m, 20 * 4096, 1);
	for (unsigned int i = 0; i < 20; i++)
		CHECK(qy_vmalloc_to_pfn(rig.m, p + i * 4096) >= GIB(2) >> 12);
	CHECK(qy_vmalloc_next(rig.m, &at, &area));
	CHECK_EQ(area.nr_node[1], 20);
	CHECK_EQ(area.nr_node[0], 0);
	qy_vfree(rig.m, p);
	p = qy_vmalloc_node(rig.m, 20 * 4096, 0);
	for (unsigned int i = 0; i < 20; i++)
		CHECK(qy_vmalloc_to_pfn(rig.m, p + i * 4096) < GIB(2) >> 12);
	qy_vfree(rig.m, p);
	rig_down(&rig);
}

/* One entry of the host's page tables can do for a pageblock where both lie as far into 2 MiB. */
TEST(vmalloc, an_area_with_a_whole_pageblock_lies_as_far_into_2_mib_as_its_frames)
{
	static struct rig rig;
	unsigned char *p;

	for (unsigned int policy = 0; policy < 2; policy++) {
		rig_one_zone(&rig, MIB(64), 1);
		rig.board.policy = policy ? QY_POLICY_QUARRY : QY_POLICY_LINUX;
		rig.board.vmalloc_reuse = QY_VMALLOC_REUSE_NEVER;
		rig_boot(&rig);
		CHECK(qy_alloc_pages(
			rig.m, QY_GFP_KERNEL, 0)); /* so that frames begin at no edge */
		for (unsigned int round = 0; round < 3; round++) {
			p = qy_vmalloc(rig.m, MIB(5));
			unsigned int first = 0;

			while (qy_vmalloc_to_pfn(rig.m, p + first * 4096) & 511)
				first++;
			CHECK(first + 511 < 1280);
			CHECK_EQ(qy_vmalloc_to_pfn(rig.m, p + (first + 511) * 4096),
				qy_vmalloc_to_pfn(rig.m, p + first * 4096) + 511);
			CHECK(!((uintptr_t)(p + first * 4096) & (MIB(2) - 1)));
			memset(p, (int)round + 1, MIB(5));
			for (unsigned int i = 0; i < 1280; i++)
				CHECK_EQ(((unsigned char *)qy_page_address(
						 rig.m, qy_vmalloc_to_page(
								rig.m, p + i * 4096)))[i],
					round + 1);
			rig_check_valid(rig.m, "an area of pageblocks");
			qy_vfree(rig.m, p);
		}
		rig_down(&rig);
	}
}

/* ------------------------------------------------------------------ sizes and flags */

TEST(vmalloc, sizes_that_make_no_sense_are_refused_in_linuxs_words)
{
	static struct rig rig;

	boot(&rig, MIB(16));
	CHECK(!qy_vmalloc(rig.m, 0));
	CHECK(!qy_vmalloc(rig.m, 0));
	CHECK_STR_EQ(rig.log, "<4>WARNING: vmalloc of 0 bytes\n");
	rig_log_clear(&rig);
	CHECK(!qy___vmalloc(rig.m, 1ull << 40, QY_GFP_KERNEL | QY___GFP_NOWARN));
	CHECK_EQ(rig.log_bytes, 0);
	CHECK(!qy_vmalloc(rig.m, 1ull << 40));
	CHECK_EQ(
		rig_log_count(&rig,
			"<4>test: vmalloc error: size 1099511627776, exceeds total pages, mode:0xcc0(GFP_KERNEL), nodemask=(null)\n"),
		1);
	CHECK_EQ(rig_log_count(&rig, "Mem-Info:"), 1);
	rig_check_valid(rig.m, "refusals");
	rig_down(&rig);
}

TEST(vmalloc, without_enough_frames_it_fails_and_holds_nothing)
{
	static struct rig rig;
	static struct page *held[4096];
	uint64_t before;
	size_t nr;
	char *p;

	boot(&rig, MIB(16));
	qy_vfree(rig.m, qy_vmalloc(rig.m, 4096)); /* page tables */
	before = settled(rig.m);
	nr = rig_exhaust(rig.m, QY_GFP_KERNEL, 0, held, ARRAY_SIZE(held));
	rig_free_all(rig.m, held, 100, 0);
	rig_log_clear(&rig);
	p = qy_vmalloc(rig.m, 3000 * 4096);
	CHECK(!p);
	CHECK_EQ(rig_log_count(&rig, "vmalloc error: size "), 1);
	CHECK_EQ(
		rig_log_count(&rig,
			", failed to allocate pages, mode:0xcc2(GFP_KERNEL|__GFP_HIGHMEM), nodemask=(null)\n"),
		1);
	rig_check_valid(rig.m, "a failure");
	p = qy_vmalloc(rig.m, 50 * 4096);
	CHECK(p);
	qy_vfree(rig.m, p);
	rig_free_all(rig.m, held + 100, nr - 100, 0);
	CHECK_EQ(settled(rig.m), before);
	rig_down(&rig);
}

TEST(vmalloc, the_boards_vmalloc_size_is_the_limit_of_all_areas)
{
	static struct rig rig;
	char *p[40];
	unsigned int nr = 0;

	rig_one_zone(&rig, MIB(64), 1);
	rig.board.vmalloc_bytes = MIB(4);
	rig_boot(&rig);
	while (nr < ARRAY_SIZE(p) && (p[nr] = qy_vmalloc(rig.m, KIB(256) - 4096)))
		nr++;
	CHECK_EQ(nr, 16);
	CHECK_EQ(
		rig_log_count(&rig,
			"<4>vmalloc_node_range for size 262144 failed: Address range restricted to 0xffff800080000000 - 0xffff800080400000\n"),
		1);
	CHECK_EQ(
		rig_log_count(&rig,
			"vmalloc error: size 258048, vm_struct allocation failed, mode:"),
		1);
	/* the addresses of a freed area wait, but not when they are all there is */
	qy_vfree(rig.m, p[7]);
	CHECK(qy_vmalloc(rig.m, KIB(256) - 4096) == p[7]);
	for (unsigned int i = 0; i < nr; i++)
		qy_vfree(rig.m, p[i]);
	rig_check_valid(rig.m, "the end");
	rig_down(&rig);
}

TEST(vmalloc, huge_areas_have_blocks_of_2_mib_in_their_page_tables)
{
	static struct rig rig;
	struct pgtable_entry entry;
	uint64_t before;
	char *p;

	for (unsigned int round = 0; round < 2; round++) {
		rig_one_zone(&rig, MIB(64), 1);
		rig.board.no_huge_vmalloc = round == 1;
		rig_boot(&rig);
		before = settled(rig.m);
		p = qy_vmalloc_huge(rig.m, MIB(4) + 1, QY_GFP_KERNEL);
		CHECK(qy_pgtable_walk(
			&rig.m->vmalloc->pt, qy_vmalloc_address(rig.m, p), &entry));
		CHECK_EQ(entry.bytes, round ? 4096 : MIB(2));
		/* the last block is whole, as on Linux */
		CHECK_EQ(used_pages(rig.m) - (round ? 3 : 3), round ? 1025 : 1536);
		memset(p, 1, MIB(4) + 1);
		CHECK_EQ(
			qy_page_ref_count(rig.m, qy_vmalloc_to_page(rig.m, p + 4096)), 1);
		rig_check_valid(rig.m, "blocks");
		qy_vfree(rig.m, p);
		CHECK_EQ(settled(rig.m), before);
		/* small ones have pages */
		p = qy_vmalloc_huge(rig.m, MIB(2) - 4096, QY_GFP_KERNEL);
		CHECK(qy_pgtable_walk(
			&rig.m->vmalloc->pt, qy_vmalloc_address(rig.m, p), &entry));
		CHECK_EQ(entry.bytes, 4096);
		qy_vfree(rig.m, p);
		rig_down(&rig);
	}
}

TEST(vmalloc, a_page_that_somebody_holds_outlives_its_area)
{
	static struct rig rig;
	struct page *page;
	uint64_t before;
	char *p;

	rig_one_zone(&rig, MIB(16), 1);
	rig.board.vmalloc_reuse = QY_VMALLOC_REUSE_ALWAYS;
	rig_boot(&rig);
	qy_vfree(rig.m, qy_vmalloc(rig.m, 4096));
	before = settled(rig.m);
	p = qy_vmalloc(rig.m, 4 * 4096);
	page = qy_vmalloc_to_page(rig.m, p + 4096);
	qy_get_page(rig.m, page);
	p[4096] = 77;
	qy_vfree(rig.m, p);
	CHECK_EQ(settled(rig.m), before - 1);
	CHECK_EQ(*(char *)qy_page_address(rig.m, page), 77);
	qy_put_page(rig.m, page);
	CHECK_EQ(settled(rig.m), before);
	rig_down(&rig);
}

TEST(vmalloc, vrealloc_stays_within_its_pages_and_moves_beyond)
{
	static struct rig rig;
	char *p, *q;

	boot(&rig, MIB(16));
	p = qy_vrealloc(rig.m, NULL, 5000, QY_GFP_KERNEL);
	memset(p, 7, 8192);
	CHECK(qy_vrealloc(rig.m, p, 8192, QY_GFP_KERNEL) == p);
	CHECK(qy_vrealloc(rig.m, p, 100, QY_GFP_KERNEL | QY___GFP_ZERO) == p);
	CHECK_EQ(p[99], 7);
	CHECK_EQ(p[100], 0);
	CHECK_EQ(p[8191], 0);
	q = qy_vrealloc(rig.m, p, 8193, QY_GFP_KERNEL);
	CHECK(q && q != p);
	CHECK_EQ(q[99], 7);
	CHECK_EQ(used_pages(rig.m), 3);
	CHECK(!qy_vrealloc(rig.m, q, 1ull << 40, QY_GFP_KERNEL | QY___GFP_NOWARN));
	CHECK_EQ(q[98], 7);
	CHECK_EQ(rig.log_bytes, 0);
	CHECK(!qy_vrealloc(rig.m, p + 4096, 1 << 20, QY_GFP_KERNEL));
	CHECK_EQ(rig_log_count(
			 &rig, "<4>Trying to vrealloc() nonexistent vm area (ffff8000"),
		1);
	CHECK(!qy_vrealloc(rig.m, q, 0, QY_GFP_KERNEL));
	CHECK_EQ(used_pages(rig.m), 0);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ vmap, vm_map_ram */

static struct page **scattered(struct qy_machine *m, unsigned int nr)
{
	struct page **pages = calloc(nr, sizeof(*pages)), *page;

	for (unsigned int i = nr; i-- > 0;) {
		pages[i] = qy_alloc_pages(m, QY_GFP_KERNEL, 0);
		page = qy_alloc_pages(m, QY_GFP_KERNEL, 0); /* not neighbours */
		CHECK(pages[i] && page);
		qy_free_pages(m, page, 0);
	}
	return pages;
}

TEST(vmap, the_callers_pages_are_seen_in_the_callers_order)
{
	static struct rig rig;
	struct page **pages;
	uint64_t before;
	uint32_t *p;

	boot(&rig, MIB(16));
	before = settled(rig.m);
	pages = scattered(rig.m, 9);
	pages[8] = pages[0]; /* twice: two addresses, one memory */
	p = qy_vmap(rig.m, pages, 9, QY_VM_MAP, QY_PAGE_KERNEL);
	CHECK(p);
	CHECK_EQ(used_pages(rig.m), 0);
	for (uint32_t i = 0; i < 8; i++)
		p[i * 1024] = i + 1;
	for (uint32_t i = 0; i < 8; i++) {
		CHECK_EQ(*(uint32_t *)qy_page_address(rig.m, pages[i]), i + 1);
		CHECK(qy_vmalloc_to_page(rig.m, p + i * 1024) == pages[i]);
	}
	CHECK_EQ(p[8 * 1024], 1);
	rig_check_valid(rig.m, "vmap");
	qy_vunmap(rig.m, p);
	CHECK(!qy_vmalloc_to_page(rig.m, p));
	for (uint32_t i = 0; i < 8; i++)
		CHECK_EQ(*(uint32_t *)qy_page_address(rig.m, pages[i]), i + 1);
	rig_free_all(rig.m, pages, 8, 0);
	free(pages);
	CHECK_EQ(rig.log_bytes, 0);
	CHECK(!qy_vmap(rig.m, NULL, 0, QY_VM_MAP, QY_PAGE_KERNEL));
	rig_down(&rig);
	(void)before;
}

TEST(vmap, vfree_puts_pages_that_were_given_with_their_array)
{
	static struct rig rig;
	struct page **pages;
	uint64_t before;
	void *p;

	boot(&rig, MIB(16));
	qy_vfree(rig.m, qy_vmalloc(rig.m, 4096));
	before = settled(rig.m);
	pages = qy_kvmalloc(rig.m, 5 * sizeof(*pages), QY_GFP_KERNEL);
	for (unsigned int i = 0; i < 5; i++)
		pages[i] = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	p = qy_vmap(rig.m, pages, 5, QY_VM_MAP | QY_VM_MAP_PUT_PAGES, QY_PAGE_KERNEL);
	CHECK(p);
	rig_check_valid(rig.m, "vmap");
	qy_vfree(rig.m, p);
	CHECK_EQ(settled(rig.m), before);
	rig_down(&rig);
}

TEST(vmap, a_page_that_is_none_is_refused)
{
	static struct rig rig;
	struct page *pages[2];

	boot(&rig, MIB(16));
	pages[0] = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	pages[1] = (struct page *)pages;
	CHECK(!qy_vmap(rig.m, pages, 2, QY_VM_MAP, QY_PAGE_KERNEL));
	CHECK_STR_EQ(
		rig.log, "<4>WARNING: vmap() of a page that is none of the machine's\n");
	rig_check_valid(rig.m, "a refusal");
	rig_down(&rig);
}

TEST(vm_map_ram, short_mappings_share_an_area_of_4_mib_until_it_is_used_up)
{
	static struct rig rig;
	struct qy_vmalloc_info area;
	struct page **pages;
	uint64_t at = 0, before;
	char *p[40];

	boot(&rig, MIB(16));
	before = settled(rig.m);
	pages = scattered(rig.m, 100);
	for (unsigned int round = 0; round < 3; round++) {
		for (unsigned int i = 0; i < ARRAY_SIZE(p); i++) {
			p[i] = qy_vm_map_ram(rig.m, pages, 1 + i, -1);
			CHECK(p[i]);
			for (unsigned int k = 0; k <= i; k++)
				CHECK(qy_vmalloc_to_page(rig.m, p[i] + k * 4096) ==
					pages[k]);
			*(unsigned int *)p[i] = i;
			CHECK_EQ(*(unsigned int *)qy_page_address(rig.m, pages[0]), i);
		}
		rig_check_valid(rig.m, "vm_map_ram");
		for (unsigned int i = 0; i < ARRAY_SIZE(p); i++) {
			qy_vm_unmap_ram(rig.m, p[i], 1 + i);
			CHECK(!qy_vmalloc_to_page(rig.m, p[i]));
		}
	}
	/* more than 64 pages have an area of their own */
	p[0] = qy_vm_map_ram(rig.m, pages, 100, -1);
	CHECK(qy_vmalloc_to_page(rig.m, p[0] + 99 * 4096) == pages[99]);
	while (qy_vmalloc_next(rig.m, &at, &area))
		if (area.kind == QY_VMALLOC_RAM)
			CHECK(area.end - area.start == MIB(4) ||
				area.end - area.start == 100 * 4096);
	qy_vm_unmap_ram(rig.m, p[0], 100);
	rig_free_all(rig.m, pages, 100, 0);
	free(pages);
	CHECK_EQ(settled(rig.m), before);
	at = 0;
	CHECK(!qy_vmalloc_next(rig.m, &at, &area));
	CHECK_EQ(rig.m->vmalloc->nr_mappings, 0);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ kvmalloc */

TEST(kvmalloc, kmalloc_comes_first_and_vmalloc_only_where_it_may)
{
	static struct rig rig;
	static struct page *held[8192];
	size_t nr;
	char *p;

	boot(&rig, MIB(32));
	p = qy_kvmalloc(rig.m, MIB(4), QY_GFP_KERNEL);
	CHECK(p && !qy_is_vmalloc_addr(rig.m, p));
	qy_kvfree(rig.m, p);
	p = qy_kvmalloc(rig.m, MIB(4) + 1, QY_GFP_KERNEL);
	CHECK(p && qy_is_vmalloc_addr(rig.m, p));
	qy_kvfree(rig.m, p);
	CHECK(!qy_kvmalloc(rig.m, MIB(8), QY_GFP_NOWAIT | QY___GFP_NOWARN));
	CHECK(!qy_kvmalloc_array(rig.m, SIZE_MAX, 2, QY_GFP_KERNEL));
	CHECK(qy_kvmalloc(rig.m, 0, QY_GFP_KERNEL) == QY_ZERO_SIZE_PTR);
	CHECK_EQ(rig.log_bytes, 0);
	CHECK(!qy_kvmalloc(rig.m, (size_t)INT32_MAX + 1, QY_GFP_KERNEL));
	CHECK_STR_EQ(rig.log, "<4>WARNING: kvmalloc of more than INT_MAX bytes\n");
	rig_log_clear(&rig);
	/* memory in single frames */
	nr = rig_exhaust(
		rig.m, QY_GFP_ATOMIC | QY___GFP_MEMALLOC, 0, held, ARRAY_SIZE(held));
	for (size_t i = 0; i < nr; i++)
		if (qy_page_to_pfn(rig.m, held[i]) & 1)
			qy_free_pages(rig.m, held[i], 0);
	p = qy_kvmalloc(rig.m, 65536, QY_GFP_KERNEL);
	CHECK(p && qy_is_vmalloc_addr(rig.m, p));
	CHECK_EQ(rig.log_bytes, 0); /* kmalloc did not complain */
	CHECK(!qy_kvmalloc(rig.m, 65536, QY_GFP_ATOMIC));
	qy_kvfree(rig.m, p);
	rig_down(&rig);
}

TEST(kvmalloc, kvrealloc_takes_either_kind_to_either_kind)
{
	static struct rig rig;
	unsigned char *p;

	boot(&rig, MIB(32));
	p = qy_kvrealloc(rig.m, NULL, 100, QY_GFP_KERNEL);
	memset(p, 9, 100);
	p = qy_kvrealloc(rig.m, p, 5000, QY_GFP_KERNEL);
	CHECK(!qy_is_vmalloc_addr(rig.m, p));
	memset(p, 9, 5000);
	p = qy_kvrealloc(rig.m, p, MIB(5), QY_GFP_KERNEL);
	CHECK(qy_is_vmalloc_addr(rig.m, p));
	for (unsigned int i = 0; i < 5000; i++)
		CHECK_EQ(p[i], 9);
	p = qy_kvrealloc(rig.m, p, MIB(8), QY_GFP_KERNEL);
	CHECK_EQ(p[4999], 9);
	qy_kvfree_sensitive(rig.m, p, MIB(8));
	p = qy_kvmemdup(rig.m, "quarry", 7, QY_GFP_KERNEL);
	CHECK_STR_EQ((char *)p, "quarry");
	qy_kvfree(rig.m, p);
	qy_kvfree(rig.m, NULL);
	CHECK_EQ(used_pages(rig.m), 0);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ reuse */

TEST(vmalloc_reuse, a_cpu_that_frees_and_allocates_one_size_in_turn_keeps_the_area)
{
	static struct rig rig;
	struct qy_vmalloc_stats stats;
	uint64_t before;
	char *p = NULL, *q;

	boot(&rig, MIB(64));
	qy_vfree(rig.m, qy_vmalloc(rig.m, 4096));
	before = settled(rig.m);
	for (unsigned int i = 0; i <= HOT_CYCLES; i++) {
		p = qy_vmalloc(rig.m, 16384);
		CHECK(p);
		qy_vmalloc_stats(rig.m, &stats);
		CHECK_EQ(stats.kept_pages, 0);
		CHECK_EQ(stats.nr_reused, 0);
		qy_vfree(rig.m, p);
	}
	qy_vmalloc_stats(rig.m, &stats);
	CHECK_EQ(stats.kept_pages, 4);
	CHECK_EQ(stats.used_pages, 0);
	CHECK(qy_vmalloc_to_page(rig.m, p)); /* mapped still */
	rig_check_valid(rig.m, "an area is kept");
	q = qy_vzalloc(rig.m, 16384);
	CHECK(q == p);
	for (unsigned int i = 0; i < 16384; i++)
		CHECK_EQ(q[i], 0);
	qy_vmalloc_stats(rig.m, &stats);
	CHECK_EQ(stats.nr_reused, 1);
	CHECK_EQ(stats.kept_pages, 0);
	CHECK_EQ(stats.used_pages, 4);
	qy_vfree(rig.m, q);
	/* a tick after which nobody came, and it goes */
	qy_vmstat_tick(rig.m, 0);
	CHECK(qy_vmalloc_to_page(rig.m, p));
	qy_vmstat_tick(rig.m, 0);
	CHECK(!qy_vmalloc_to_page(rig.m, p));
	CHECK_EQ(settled(rig.m), before);
	rig_check_valid(rig.m, "it went");
	rig_down(&rig);
}

TEST(vmalloc_reuse, what_is_kept_goes_before_a_request_fails)
{
	static struct rig rig;
	static struct page *held[4096];
	struct qy_vmalloc_stats stats;
	size_t nr;
	char *p;

	rig_one_zone(&rig, MIB(16), 1);
	rig.board.vmalloc_reuse = QY_VMALLOC_REUSE_ALWAYS;
	rig_boot(&rig);
	p = qy_vmalloc(rig.m, 60 * 4096);
	nr = rig_exhaust(rig.m, QY_GFP_KERNEL, 0, held, ARRAY_SIZE(held));
	qy_vfree(rig.m, p);
	qy_vmalloc_stats(rig.m, &stats);
	CHECK_EQ(stats.kept_pages, 60);
	held[nr] = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	CHECK(held[nr]);
	CHECK(!qy_vmalloc_to_page(rig.m, p));
	rig_free_all(rig.m, held, nr + 1, 0);
	rig_check_valid(rig.m, "the end");
	rig_down(&rig);
}

TEST(vmalloc_reuse, never_means_never)
{
	static struct rig rig;
	char *p;

	rig_one_zone(&rig, MIB(16), 1);
	rig.board.vmalloc_reuse = QY_VMALLOC_REUSE_NEVER;
	rig_boot(&rig);
	for (unsigned int i = 0; i < 3 * HOT_CYCLES; i++) {
		p = qy_vmalloc(rig.m, 16384);
		qy_vfree(rig.m, p);
		CHECK(!qy_vmalloc_to_page(rig.m, p));
	}
	rig_down(&rig);
}

/* ------------------------------------------------------------------ addresses that wait, the host's mappings */

TEST(vmalloc, freed_addresses_are_not_given_out_again_before_enough_of_them_wait)
{
	static struct rig rig;
	struct qy_vmalloc_stats stats;
	char *p, *q;

	rig_one_zone(&rig, MIB(64), 2);
	rig.board.vmalloc_reuse = QY_VMALLOC_REUSE_NEVER;
	rig_boot(&rig);
	p = qy_vmalloc(rig.m, 4096);
	qy_vfree(rig.m, p);
	q = qy_vmalloc(rig.m, 4096);
	CHECK(q == p + 2 * 4096);
	qy_vmalloc_stats(rig.m, &stats);
	CHECK_EQ(stats.lazy_pages, 2);
	qy_vm_unmap_aliases(rig.m);
	CHECK(qy_vmalloc(rig.m, 4096) == p);
	/* two CPUs: 64 MiB */
	for (unsigned int i = 0; i < 3; i++) {
		qy_vfree(rig.m, qy_vmalloc(rig.m, MIB(20)));
		qy_vmalloc_stats(rig.m, &stats);
		CHECK_EQ(stats.lazy_pages >= 5121 * (i + 1), 1);
	}
	qy_vfree(rig.m, qy_vmalloc(rig.m, MIB(20)));
	qy_vmalloc_stats(rig.m, &stats);
	CHECK_EQ(stats.lazy_pages, 0);
	rig_check_valid(rig.m, "a purge");
	rig_down(&rig);
}

#include "ports/host/alias.h"

TEST(vmalloc,
	at_the_end_of_the_hosts_mappings_larger_blocks_are_taken_and_then_it_says_so)
{
	static struct rig rig;
	static struct page *held[16384];
	struct qy_hosted_opts opts = {
		.log = rig_log, .log_arg = &rig, .unmarked = true
	};
	struct qy_vmalloc_stats stats;
	char *p, why[128];
	size_t nr;

	rig_one_zone(&rig, MIB(64), 1);
	opts.max_mappings = qy_host_nr_mappings() + 400;
	rig.m = qy_hosted_boot(&rig.board, &opts, why, sizeof(why));
	CHECK(rig.m);
	CHECK_EQ(qy_enter_cpu(rig.m, 0), 0);
	qy_set_task(100, "test");
	nr = rig_exhaust(rig.m, QY_GFP_KERNEL, 0, held, ARRAY_SIZE(held));
	/* the first half in single frames, the second whole */
	for (size_t i = 0; i < nr; i++)
		if (qy_page_to_pfn(rig.m, held[i]) >= (GIB(1) + MIB(32)) >> 12 ||
			qy_page_to_pfn(rig.m, held[i]) & 1) {
			qy_free_pages(rig.m, held[i], 0);
			held[i] = NULL;
		}
	rig_log_clear(&rig);
	p = qy_vmalloc(rig.m, MIB(8)); /* 2048 single frames would be 2048 mappings */
	CHECK(p);
	memset(p, 5, MIB(8));
	qy_vmalloc_stats(rig.m, &stats);
	CHECK(stats.nr_mappings < 400);
	CHECK_EQ(rig.log_bytes, 0);
	rig_check_valid(rig.m, "larger blocks");
	/* now nothing but single frames is left */
	while (qy_alloc_pages(
		rig.m, QY_GFP_KERNEL | QY___GFP_NOWARN | QY___GFP_NORETRY, 1))
		;
	rig_log_clear(&rig);
	CHECK(!qy_vmalloc(rig.m, MIB(4)));
	CHECK_EQ(rig_log_count(&rig, "quarry: vmalloc: no mapping of the host is left: "),
		1);
	CHECK_EQ(rig_log_count(&rig, "raise vm.max_map_count of the host\n"), 1);
	CHECK_EQ(rig_log_count(
			 &rig, "vmalloc error: size 4194304, failed to map pages, mode:"),
		1);
	rig_check_valid(rig.m, "no mapping left");
	p = qy_vmalloc(rig.m, 16 * 4096); /* there is room for less */
	CHECK(p);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ what the kernel's files say */

static const char *read_file(struct qy_machine *m, const char *path)
{
	static char text[4096];

	CHECK(qy_proc_read(m, path, text, sizeof(text)) >= 0);
	return text;
}

TEST(vmallocinfo, a_line_is_what_a_kernel_prints)
{
	static const struct qy_site site = { "driver.c", 12, "probe", "camera" };
	static struct rig rig;
	struct page *page;
	const struct qy_site *before;
	void *p;

	rig_x86(&rig, MIB(64), 0, 1);
	rig_boot(&rig);
	CHECK_STR_EQ(read_file(rig.m, "/proc/vmallocinfo"), "");
	CHECK_EQ(qy_proc_mode("/proc/vmallocinfo"), 0400);
	before = qy_set_site(&site);
	p = qy_vmalloc(rig.m, 16384);
	qy_vmalloc_user(rig.m, 1);
	qy_vmalloc(rig.m, 1280 * 4096);
	qy_set_site(before);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	qy_vmap(rig.m, &page, 1, QY_VM_MAP, QY_PAGE_KERNEL);
	qy_vm_map_ram(rig.m, &page, 1, -1);
	qy_vfree(rig.m, p);
	CHECK_STR_EQ(read_file(rig.m, "/proc/vmallocinfo"),
		"0xffffc90000005000-0xffffc90000007000    8192 probe [camera] pages=1 vmalloc user N0=1\n"
		"0xffffc90000007000-0xffffc9000000b000   16384 probe [camera] pages=3 vmalloc N0=3\n"
		"0xffffc9000000b000-0xffffc9000000d000    8192 vmap\n"
		"0xffffc90000018000-0xffffc90000519000 5246976 probe [camera] pages=1280 vmalloc vpages N0=1280\n"
		"0xffffc90000519000-0xffffc90000919000 4194304 vm_map_ram\n"
		"0xffffc90000000000-0xffffc90000005000   20480 unpurged vm_area\n");
	CHECK(strstr(read_file(rig.m, "/proc/meminfo"),
		"VmallocTotal:   34359738367 kB\nVmallocUsed:        5136 kB\nVmallocChunk:          0 kB\n"));
	rig_down(&rig);
	boot(&rig, MIB(16));
	CHECK(strstr(read_file(rig.m, "/proc/meminfo"),
		"VmallocTotal:   135288315904 kB\nVmallocUsed:           0 kB\n"));
	rig_down(&rig);
}
