// SPDX-License-Identifier: MIT
/*
 * A board becomes frames: each page of RAM has one index, in one zone, and nothing else has; what is no board is
 * refused with one line; a host without room is an error.
 */
#include "tests/page/board_rig.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static struct rig rig;

/* ------------------------------------------------------------------ index space */

/* Each page of each bank is found, with its address, on its node; the pages around a bank are found only if RAM. */
static void check_bank(const struct qy_bank *bank)
{
	uint64_t first = (bank->base + 4095) >> 12,
		 last = (bank->base + bank->size) >> 12;

	for (uint64_t pfn = first; pfn < last; pfn++) {
		u32 frame = qy_pfn_to_frame(rig.m, pfn);

		if (frame == NO_FRAME || frame_to_pfn(rig.m, frame) != pfn ||
			zone_of(rig.m, frame)->node != bank->node)
			FAIL("pfn %#llx: frame %u", (unsigned long long)pfn, frame);
	}
}

static bool is_ram(uint64_t pfn)
{
	for (u32 i = 0; i < rig.board.nr_banks; i++)
		if (pfn << 12 >= rig.banks[i].base &&
			(pfn + 1) << 12 <= rig.banks[i].base + rig.banks[i].size)
			return true;
	return false;
}

static void check_index_space(void)
{
	u64 present = 0;

	for (u32 i = 0; i < rig.board.nr_banks; i++) {
		u64 base = rig.banks[i].base >> 12,
		    end = base + (rig.banks[i].size >> 12);

		check_bank(&rig.banks[i]);
		present += rig.banks[i].size >> 12;
		CHECK_EQ(qy_pfn_to_frame(rig.m, base - 1) != NO_FRAME, is_ram(base - 1));
		CHECK_EQ(qy_pfn_to_frame(rig.m, end) != NO_FRAME, is_ram(end));
	}
	CHECK_EQ(qy_pfn_to_frame(rig.m, 0), NO_FRAME);
	CHECK_EQ(qy_pfn_to_frame(rig.m, UINT64_MAX), NO_FRAME);
	for (u32 i = 0; i < rig.m->nr_zones; i++)
		present -= rig.m->zones[i].present_pages;
	CHECK_EQ(present, 0);
}

/* Takes every page, checks that it is new, gives all back: the machine is as before. */
static void check_all_pages_can_be_had(void)
{
	struct qy_machine_stats before, after;
	struct page *held = NULL, *page;
	u64 taken = 0;

	qy_machine_stats(rig.m, &before);
	while ((page = qy_alloc_pages(rig.m,
			QY_GFP_HIGHUSER_MOVABLE | QY___GFP_NOWARN | QY___GFP_NORETRY |
				QY___GFP_MEMALLOC,
			0))) {
		qy_set_page_private(page, (uintptr_t)held);
		held = page;
		taken++;
	}
	CHECK_EQ(taken, before.managed_pages);
	rig_valid(&rig);
	while (held) {
		page = held;
		held = (struct page *)(uintptr_t)qy_page_private(page);
		qy_free_pages(rig.m, page, 0);
	}
	qy_drain_all_pages(rig.m);
	rig_valid(&rig);
	qy_machine_stats(rig.m, &after);
	CHECK_EQ(after.free_pages, before.free_pages);
}

/*
 * One 4 MiB chunk, three owners:
 *
 *   40000000        40100000        40180000        40280000   40400000
 *      | node 0        | node 1        | node 0        | node 1   | ...
 */
TEST(boot, nodes_may_interleave_within_a_chunk)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig_bank(&rig, 0x40000000, 0x40100000, 0);
	rig_bank(&rig, 0x40100000, 0x40180000, 1);
	rig_bank(&rig, 0x40180000, 0x40280000, 0);
	rig_bank(&rig, 0x40280000, 0x42000000, 1);
	rig_bank(&rig, 0x43000000, 0x43001000, 0);
	rig_boot(&rig);
	check_index_space();
	CHECK_EQ(rig_zone(&rig, 0, QY_ZONE_DMA)->nr_frames, 2 * CHUNK_FRAMES);
	CHECK_EQ(rig_zone(&rig, 0, QY_ZONE_DMA)->spanned_pages, 0x3001);
	CHECK_EQ(rig_zone(&rig, 0, QY_ZONE_DMA)->present_pages, 513);
	check_all_pages_can_be_had();
	rig_down(&rig);
}

TEST(boot, a_zone_edge_may_cut_a_chunk_anywhere)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig.board.dma_limit = 0x40000000 + 0x503000;
	rig_bank(&rig, 0x40000000 + 0x1000, 0x42000000 - 0x1000, 0);
	rig_boot(&rig);
	check_index_space();
	CHECK_EQ(rig_zone(&rig, 0, QY_ZONE_DMA)->present_pages, 0x502);
	CHECK_EQ(rig_zone(&rig, 0, QY_ZONE_DMA32)->zone_start_pfn, 0x40503);
	check_all_pages_can_be_had();
	rig_down(&rig);
}

TEST(boot, banks_of_one_page_are_banks)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig_bank(&rig, 0x40003000, 0x40004000, 0);
	rig_bank(&rig, 0x40005000, 0x40006000, 0);
	rig_bank(&rig, 0x80000000, 0x80001000, 0);
	rig_bank(&rig, 0x200000000, 0x200001000, 0);
	rig_boot(&rig);
	check_index_space();
	CHECK_EQ(rig.m->nr_frames, 3 * CHUNK_FRAMES);
	rig_down(&rig);
}

TEST(boot, half_pages_at_the_ends_of_a_bank_are_lost)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig_bank(&rig, 0x40000800, 0x40100800, 0);
	rig_bank(&rig, 0x40200100, 0x40200f00, 0);
	rig_boot(&rig);
	CHECK_EQ(rig_zone(&rig, 0, QY_ZONE_DMA)->zone_start_pfn, 0x40001);
	CHECK_EQ(rig_zone(&rig, 0, QY_ZONE_DMA)->present_pages, 255);
	rig_down(&rig);
}

TEST(boot, memory_may_be_limited)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig.board.mem_limit = MIB(96) + 100;
	rig_bank(&rig, GIB(1), GIB(1) + MIB(64), 0);
	rig_bank(&rig, GIB(2), GIB(3), 0);
	rig_boot(&rig);
	CHECK_EQ(rig.m->total_pages, MIB(96) >> 12);
	CHECK(rig_said(&rig, "  node   0: [mem 0x0000000080000000-0x0000000081ffffff]"));
	rig_down(&rig);
}

TEST(boot, a_random_board_has_each_page_once)
{
	uint64_t seed = qy_test_seed() * 0x9e3779b97f4a7c15ull | 1;

	for (unsigned long round = 0; round < qy_test_scale(20); round++) {
		uint64_t at = 0x40000000;

		rig_board(&rig, round & 1 ? QY_ARCH_ARM64 : QY_ARCH_X86_64);
		rig.board.dma_limit = 0x40000000 + (seed >> 40 & 0x3ffff) * 4096 + 4096;
		rig.board.kernelcore.percent = round % 3 ? 0 : 40;
		for (unsigned int i = 0; i < 8; i++) {
			uint64_t pages;

			seed = seed * 6364136223846793005ull + 1442695040888963407ull;
			at += seed >> 33 & 1 ? (seed >> 40 & 0x7ff) << 12 : 0;
			pages = (seed >> 52 & 0xfff) + 1;
			rig_bank(&rig, at, at + (pages << 12), i ? seed >> 35 & 1 : 0);
			rig_keep(&rig, "r", at + (pages << 11 & ~0xfffull),
				(seed >> 20 & 0x1f) << 12,
				seed >> 36 & 1 ? QY_RESERVED_NOMAP : 0);
			at += pages << 12;
		}
		rig_boot(&rig);
		check_index_space();
		check_all_pages_can_be_had();
		rig_down(&rig);
	}
}

/* ------------------------------------------------------------------ what boot keeps */

static enum page_state state_at(uint64_t phys)
{
	u32 frame = qy_pfn_to_frame(rig.m, phys >> 12);

	return hot_state(rig.m->hot[frame]);
}

TEST(boot, kept_frames_say_why)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig_bank(&rig, GIB(1), GIB(2), 0);
	rig_keep(&rig, "secure", 0x50000000, MIB(2), QY_RESERVED_NOMAP);
	rig_keep(&rig, "firmware", 0x51000800, 0x1000, 0);
	rig_boot(&rig);
	CHECK_EQ(state_at(0x50000000), PG_NOMAP);
	CHECK_EQ(state_at(0x50200000), PG_FREE);
	CHECK_EQ(state_at(0x51000000), PG_RESERVED); /* rounded outwards */
	CHECK_EQ(state_at(0x51001000), PG_RESERVED);
	CHECK_EQ(state_at(0x51002000), PG_FREE);
	CHECK_EQ(block_of(rig.m, qy_pfn_to_frame(rig.m, 0x51000))->reserved, 2);
	CHECK_EQ(block_of(rig.m, qy_pfn_to_frame(rig.m, 0x50000))->reserved, 512);
	CHECK_EQ(block_of(rig.m, qy_pfn_to_frame(rig.m, 0x50000))->present, 512);
	rig_down(&rig);
}

TEST(boot, the_kernel_takes_its_image_and_memmap_and_gives_init_back)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig.board.kernel = (struct qy_kernel_image){ .code = MIB(4),
		.rodata = MIB(1),
		.rwdata = MIB(1),
		.init = MIB(2),
		.bss = MIB(1),
		.memmap_entry = 64 };
	rig_bank(&rig, GIB(1), GIB(2), 0);
	rig_boot(&rig);
	CHECK_EQ(state_at(0x40000000), PG_FREE);
	CHECK_EQ(state_at(0x40200000), PG_RESERVED);
	CHECK_EQ(state_at(0x407ff000), PG_RESERVED);
	CHECK_EQ(state_at(0x40800000), PG_FREE);     /* init */
	CHECK_EQ(state_at(0x40a00000), PG_RESERVED); /* bss */
	CHECK_EQ(state_at(0x40b00000), PG_FREE);
	CHECK_EQ(state_at(0x7f000000), PG_RESERVED); /* 16 MiB of memmap at the top */
	CHECK_EQ(state_at(0x7efff000), PG_FREE);
	CHECK_EQ(rig.m->total_pages, (GIB(1) - MIB(7) - MIB(16)) >> 12);
	rig_down(&rig);
}

TEST(boot, the_kernel_image_avoids_what_the_tree_reserves)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig.board.kernel.code = MIB(8);
	rig_bank(&rig, GIB(1), GIB(2), 0);
	rig_keep(&rig, "tz", 0x40500000, MIB(1), 0);
	rig_boot(&rig);
	CHECK_EQ(state_at(0x40200000), PG_FREE);
	CHECK_EQ(state_at(0x40600000), PG_RESERVED);
	CHECK_EQ(state_at(0x40dff000), PG_RESERVED);
	CHECK_EQ(state_at(0x40e00000), PG_FREE);
	rig_down(&rig);
}

/* Where it may lie is for alloc-ranges to say; the DMA limit does not count. */
TEST(boot, a_dynamic_reservation_goes_to_the_top_of_ram)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig.board.dma_limit = GIB(2);
	rig_bank(&rig, GIB(1), GIB(4), 0);
	rig_keep(&rig, "pool", 0, MIB(3), QY_RESERVED_DYNAMIC)->alignment = MIB(4);
	rig_boot(&rig);
	CHECK(rig_said(&rig,
		"OF: reserved mem: 0x00000000ffc00000..0x00000000ffefffff (3072 KiB) map non-reusable pool"));
	rig_down(&rig);
}

TEST(boot, memory_given_back_twice_is_free_once)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig_bank(&rig, GIB(1), GIB(2), 0);
	rig_keep(&rig, "initrd", 0x50000000, MIB(4), QY_RESERVED_FREE_LATE);
	rig_keep(&rig, "again", 0x50200000, MIB(4), QY_RESERVED_FREE_LATE);
	rig_keep(&rig, "secure", 0x58300000, MIB(1), QY_RESERVED_NOMAP);
	rig_boot(&rig);
	CHECK_EQ(rig.m->total_pages, (GIB(1) - MIB(1)) >> 12);
	rig_down(&rig);
}

/* What lies there needs its mapping, so Linux leaves the range as it is. */
TEST(boot, what_is_kept_already_is_not_unmapped)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig_bank(&rig, GIB(1), GIB(2), 0);
	rig.board.kernel.base = 0x40200000;
	rig.board.kernel.code = MIB(4);
	rig_keep(&rig, "on-image", 0x40300000, MIB(1), QY_RESERVED_NOMAP);
	rig_keep(&rig, "on-initrd", 0x50300000, MIB(1), QY_RESERVED_NOMAP);
	rig_keep(&rig, "initrd", 0x50000000, MIB(4), QY_RESERVED_FREE_LATE);
	rig_boot(&rig);
	CHECK(rig_said(&rig,
		"OF: reserved mem: Reserved memory: failed to reserve memory for node 'on-image': base 0x0000000040300000, size 1 MiB"));
	CHECK(rig_said(&rig,
		"OF: reserved mem: Reserved memory: failed to reserve memory for node 'on-initrd': base 0x0000000050300000, size 1 MiB"));
	CHECK_EQ(state_at(0x40300000), PG_RESERVED);
	CHECK_EQ(state_at(0x50300000), PG_FREE);
	rig_down(&rig);
}

TEST(boot, a_pool_that_cannot_be_set_up_is_given_back)
{
	const u32 pool = QY_RESERVED_REUSABLE | QY_RESERVED_DMA_POOL;

	rig_board(&rig, QY_ARCH_ARM64);
	rig_bank(&rig, GIB(1), GIB(2), 0);
	rig_keep(&rig, "crooked", 0x50100000, MIB(4), pool);
	rig_keep(&rig, "both", 0x60000000, MIB(4), pool | QY_RESERVED_NOMAP);
	rig_keep(&rig, "small", 0, MIB(3), pool | QY_RESERVED_DYNAMIC);
	rig_keep(&rig, "next", 0, MIB(4), pool | QY_RESERVED_DYNAMIC);
	rig_boot(&rig);
	CHECK_EQ(state_at(0x50100000), PG_FREE);
	CHECK_EQ(state_at(0x60000000), PG_FREE);
	/* of "next", where "small" was: lent to its zone */
	CHECK_EQ(block_of(rig.m, qy_pfn_to_frame(rig.m, 0x7fc00000 >> 12))->migratetype,
		MIGRATE_CMA);
	CHECK_EQ(block_of(rig.m, qy_pfn_to_frame(rig.m, 0x50200000 >> 12))->migratetype,
		MIGRATE_MOVABLE);
	CHECK_EQ(rig.m->total_pages, GIB(1) >> 12);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ size */

TEST(boot, metadata_is_at_most_0_85_percent_of_ram)
{
	static const uint64_t sizes[] = { MIB(64), MIB(512), GIB(1), GIB(8), GIB(64) };
	struct qy_machine_stats stats;

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		rig_board(&rig, QY_ARCH_ARM64);
		rig.board.nr_cpus = 6;
		rig_bank(&rig, GIB(1), GIB(1) + sizes[i], 0);
		rig_boot(&rig);
		qy_machine_stats(rig.m, &stats);
		CHECK_EQ(stats.ram_bytes, sizes[i]);
		if ((stats.metadata_bytes - stats.fixed_bytes) * 10000 > sizes[i] * 85)
			FAIL("%llu bytes for %llu of RAM",
				(unsigned long long)stats.metadata_bytes,
				(unsigned long long)sizes[i]);
		rig_down(&rig);
	}
}

/* 256 CPUs, 16 nodes, half of them without CPUs: the sets of far CPUs must not eat the machine. */
TEST(boot, many_cpus_and_nodes_share_the_room_of_the_per_cpu_lists)
{
	static uint8_t cpu_node[256];
	struct qy_machine_stats stats;

	rig_board(&rig, QY_ARCH_X86_64);
	for (u32 i = 0; i < 256; i++)
		cpu_node[i] = (uint8_t)(i & 7);
	rig.board.nr_cpus = 256;
	rig.board.cpu_node = cpu_node;
	for (u32 node = 0; node < 16; node++)
		rig_bank(&rig, GIB(4) + node * GIB(4), GIB(8) + node * GIB(4), node);
	rig_boot(&rig);
	qy_machine_stats(rig.m, &stats);
	CHECK(stats.metadata_bytes * 10000 <= stats.ram_bytes * 85);
	check_bank(&rig.banks[15]);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ no board */

static void check_refused(const char *reason)
{
	CHECK_STR_EQ(rig_refusal(&rig), reason);
	CHECK(!strchr(rig.why, '\n'));
}

TEST(boot, what_is_no_board_is_refused_with_the_reason)
{
	rig_board(&rig, QY_ARCH_ARM64);
	check_refused("the board has no RAM: give it a bank, or a size with -m");
	rig_bank(&rig, GIB(1), GIB(1) + 100, 0);
	check_refused("the board has no RAM: give it a bank, or a size with -m");
	rig_bank(&rig, GIB(2), GIB(3), 0);
	rig_bank(&rig, GIB(3) - 4096, GIB(4), 0);
	check_refused("the RAM bank at 0xbffff000 overlaps another one");
	rig.board.nr_banks--;
	rig.board.nr_cpus = 0;
	check_refused("nr_cpus is 0: must be 1..256");
	rig.board.nr_cpus = 257;
	check_refused("nr_cpus is 257: must be 1..256");
	rig.board.nr_cpus = 1;
	rig.board.vm.percpu_pagelist_high_fraction = 7;
	check_refused("vm.percpu_pagelist_high_fraction is 7: must be 8..2147483647");
	rig.board.vm.percpu_pagelist_high_fraction = 0;
	rig.board.vm.watermark_scale_factor = 3001;
	check_refused("vm.watermark_scale_factor is 3001: must be 1..3000");
}

TEST(boot, ram_past_the_address_width_is_refused)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig_bank(&rig, (1ull << 48) - 4096, (1ull << 48) + 4096, 0);
	check_refused(
		"RAM at 0xfffffffff000 (0x2000 bytes) reaches past the 48 address bits of arm64");
	rig_board(&rig, QY_ARCH_X86_64);
	rig_bank(&rig, 1ull << 46, (1ull << 46) + 4096, 0);
	check_refused(
		"RAM at 0x400000000000 (0x1000 bytes) reaches past the 46 address bits of x86-64");
	rig_board(&rig, QY_ARCH_ARM64);
	rig_bank(&rig, UINT64_MAX - 4095, 4096, 0);
	check_refused(
		"RAM at 0xfffffffffffff000 (0x2000 bytes) reaches past the 48 address bits of arm64");
	rig_board(&rig, QY_ARCH_ARM64);
	rig_bank(&rig, 1ull << 47, 1ull << 48, 0);
	check_refused("more than 8 TiB of RAM");
}

TEST(boot, a_kernel_that_does_not_fit_is_refused)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig_bank(&rig, GIB(1), GIB(1) + MIB(8), 0);
	rig.board.kernel.code = MIB(16);
	check_refused(
		"no RAM for the kernel image of 16384 KiB: more RAM, or smaller kernel sizes");
	rig.board.kernel.code = UINT64_MAX;
	check_refused(
		"the kernel image has a part of more than 4 GiB, or lies past 63 bits");
	rig.board.kernel.code = MIB(1);
	rig.board.kernel.memmap_entry = 4096;
	check_refused(
		"no RAM left for the memmap of node 0: give the board more RAM or reserve less of it");
}

TEST(boot, hostile_reservations_are_refused)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig_bank(&rig, GIB(1), GIB(2), 0);
	rig_keep(&rig, "huge", GIB(1), UINT64_MAX - GIB(1), 0);
	check_refused(
		"reservation huge: 0xffffffffbfffffff bytes at 0x40000000 reach past 64 bits");
	rig.reserved[0].name = NULL;
	check_refused("reservation 0 has no name");
}

TEST(boot, all_of_ram_may_be_reserved)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig_bank(&rig, GIB(1), GIB(2), 0);
	rig_keep(&rig, "all", 0, GIB(4), 0);
	rig_boot(&rig);
	CHECK_EQ(rig.m->total_pages, 0);
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_ATOMIC | QY___GFP_NOWARN, 0));
	rig_down(&rig);
}

/* ------------------------------------------------------------------ a host without room */

/* Boots in a child under a limit. Return: its exit code: 0 = refused with a line that has @word, 1 = not. */
static int boot_limited(int resource, rlim_t bytes, const char *word)
{
	int status = 0;
	pid_t child = fork();

	if (!child) {
		struct rlimit limit = { bytes, bytes };

		if (setrlimit(resource, &limit))
			_exit(2);
		_exit(!strstr(rig_refusal(&rig), word) || strchr(rig.why, '\n'));
	}
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
		FAIL("the child died of signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
static rlim_t address_space_in_use(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	unsigned long pages = 0;

	CHECK(file && fscanf(file, "%lu", &pages) == 1);
	fclose(file);
	return pages * 4096;
}
#endif

TEST(boot, a_short_host_is_a_line_and_never_a_signal)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig_bank(&rig, GIB(1), GIB(3), 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	CHECK_EQ(boot_limited(RLIMIT_AS, MIB(256), "address space"), 0);
	/* room for the window of 2 GiB and what aligns it, not for 14 MiB of tables */
	CHECK_EQ(boot_limited(RLIMIT_AS, address_space_in_use() + GIB(2) + MIB(6),
			 "tables of"),
		0);
#endif
	CHECK_EQ(boot_limited(RLIMIT_FSIZE, MIB(64), "raise `ulimit -f`"), 0);
	CHECK_EQ(boot_limited(RLIMIT_NOFILE, 0, "raise `ulimit -n`"), 0);
}
