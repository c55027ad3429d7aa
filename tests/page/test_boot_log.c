// SPDX-License-Identifier: MIT
/*
 * The boot log is the kernel's: the lines that a 6.12.117 guest printed for the same RAM, in the same order.
 */
#include "tests/page/board_rig.h"

#include <stdlib.h>

static struct rig rig;

/* Every line of @expected is logged, one after the other with nothing in between. */
static void check_block(const char *expected)
{
	if (!strstr(rig.log, expected))
		FAIL("the log has no block\n%s\nit is\n%s", expected, rig.log);
}

/* Guest of 1 GiB with cma=64M: "[    0.072256] Zone ranges:" and what follows, without the stamps. */
TEST(boot_log, zone_ranges_are_those_of_the_recorded_guest)
{
	rig_e820(&rig, 0x3ffe0000);
	rig_keep(&rig, "initrd", 0x3fe7c000, 0x164000, QY_RESERVED_FREE_LATE);
	rig.board.cma = (struct qy_cma_request){ .given = true, .size = MIB(64) };
	rig_boot(&rig);
	CHECK(rig_said(&rig, "cma: Reserved 64 MiB at 0x000000003be00000 on node -1"));
	check_block("Zone ranges:\n"
		    "  DMA      [mem 0x0000000000001000-0x0000000000ffffff]\n"
		    "  DMA32    [mem 0x0000000001000000-0x000000003ffdffff]\n"
		    "  Normal   empty\n"
		    "Movable zone start for each node\n"
		    "Early memory node ranges\n"
		    "  node   0: [mem 0x0000000000001000-0x000000000009efff]\n"
		    "  node   0: [mem 0x0000000000100000-0x000000003ffdffff]\n"
		    "Initmem setup node 0 [mem 0x0000000000001000-0x000000003ffdffff]\n"
		    "On node 0, zone DMA: 1 pages in unavailable ranges\n"
		    "On node 0, zone DMA: 97 pages in unavailable ranges\n"
		    "On node 0, zone DMA32: 32 pages in unavailable ranges\n");
	check_block("Fallback order for Node 0: 0 \n"
		    "Built 1 zonelists, mobility grouping on.  Total pages: 262014\n"
		    "Policy zone: DMA32\n"
		    "mem auto-init: stack:all(zero), heap alloc:off, heap free:off\n"
		    "SLUB: HWalign=64, Order=0-3, MinObjects=0, CPUs=1, Nodes=1\n");
	check_block("K/1048056K available (");
	CHECK(rig_said(&rig, "Freeing initrd memory: 1424K"));
	CHECK(!strstr(rig.log, "OF: reserved mem")); /* that is for /reserved-memory */
	rig_down(&rig);
}

TEST(boot_log, what_is_cleared_and_what_slabs_are_like_follows_the_command_line)
{
	rig_e820(&rig, 0x3ffe0000);
	rig.board.slab.init_on_free = true;
	rig.board.slab.min_order = 1;
	rig.board.slab.max_order = 4;
	rig.board.slab.min_objects = 20;
	rig_boot(&rig);
	check_block("mem auto-init: stack:all(zero), heap alloc:off, heap free:on\n"
		    "mem auto-init: clearing system memory may take some time...\n"
		    "SLUB: HWalign=64, Order=1-4, MinObjects=20, CPUs=1, Nodes=1\n"
		    "Memory: ");
	CHECK(!strstr(rig.log, "take precedence"));
	rig_down(&rig);
	rig_e820(&rig, 0x3ffe0000);
	rig.board.slab.init_on_alloc = true;
	strcpy(rig.board.slab.debug, "F;P,kmalloc-64");
	rig_boot(&rig);
	CHECK(!strstr(rig.log, "take precedence"));
	rig_down(&rig);
	rig_e820(&rig, 0x3ffe0000);
	rig.board.slab.init_on_alloc = true;
	strcpy(rig.board.slab.debug, "FP");
	rig_boot(&rig);
	CHECK(rig_said(&rig,
		"mem auto-init: SLAB_POISON will take precedence over init_on_alloc/init_on_free"));
	rig_down(&rig);
}

TEST(boot_log, a_kernel_with_a_device_zone_says_that_it_is_empty)
{
	rig_e820(&rig, 0x1ffe0000);
	rig.board.zone_device = true;
	rig_boot(&rig);
	check_block("  Normal   empty\n"
		    "  Device   empty\n"
		    "Movable zone start for each node\n");
	check_block("Built 1 zonelists, mobility grouping on.  Total pages: 130942\n");
	rig_down(&rig);
}

TEST(boot_log, the_memory_line_adds_up)
{
	unsigned long long free_kb, total_kb, code, rwdata, rodata, init, bss, kept, cma;
	const char *line;

	rig_board(&rig, QY_ARCH_ARM64);
	qy_board_defaults(&rig.board, QY_ARCH_ARM64);
	rig.board.banks = rig.banks;
	rig_bank(&rig, GIB(1), GIB(2), 0);
	rig.board.cma = (struct qy_cma_request){ .given = true, .size = MIB(32) };
	rig_boot(&rig);
	line = strstr(rig.log, "Memory: ");
	CHECK(line != NULL);
	CHECK_EQ(
		sscanf(line,
			"Memory: %lluK/%lluK available (%lluK kernel code, %lluK rwdata, "
			"%lluK rodata, %lluK init, %lluK bss, %lluK reserved, %lluK cma-reserved)",
			&free_kb, &total_kb, &code, &rwdata, &rodata, &init, &bss, &kept,
			&cma),
		9);
	CHECK_EQ(total_kb, 1048576);
	CHECK_EQ(free_kb + kept + cma, total_kb);
	CHECK_EQ(cma, 32768);
	/* 16 MiB of memmap, and an image whose last page is shared with nobody */
	CHECK_EQ(kept, 16384 + (code + rwdata + rodata + init + bss + 3) / 4 * 4);
	CHECK_EQ(code, 8192);
	CHECK(rig_said(&rig, "Freeing unused kernel memory: 1116K"));
	rig_down(&rig);
}

TEST(boot_log, reservations_print_where_they_went)
{
	static const struct qy_range low = { 0x40000000, 0x40000000 };
	struct qy_reserved *cma;

	rig_board(&rig, QY_ARCH_ARM64);
	rig.board.model = "linux,dummy-virt";
	rig_bank(&rig, GIB(1), GIB(5), 0);
	rig_keep(&rig, "secure", 0x50000000, MIB(1), QY_RESERVED_NOMAP);
	rig_keep(&rig, "beyond", GIB(16), MIB(1), 0);
	cma = rig_keep(&rig, "linux,cma", 0, MIB(256),
		QY_RESERVED_DYNAMIC | QY_RESERVED_REUSABLE | QY_RESERVED_DMA_POOL);
	cma->alloc_ranges = &low;
	cma->nr_alloc_ranges = 1;
	rig_boot(&rig);
	check_block(
		"Machine model: linux,dummy-virt\n"
		"Reserved memory: created CMA memory pool at 0x0000000070000000, size 256 MiB\n"
		"OF: reserved mem: initialized node linux,cma, compatible id shared-dma-pool\n"
		"OF: reserved mem: 0x0000000070000000..0x000000007fffffff (262144 KiB) map reusable linux,cma\n"
		"OF: reserved mem: 0x0000000050000000..0x00000000500fffff (1024 KiB) nomap non-reusable secure\n"
		"OF: reserved mem: 0x0000000400000000..0x00000004000fffff (1024 KiB) map non-reusable beyond\n"
		"quarry: node 'beyond' lies outside RAM: it keeps no memory\n");
	/* the no-map range cuts the bank */
	check_block("  node   0: [mem 0x0000000040000000-0x000000004fffffff]\n"
		    "  node   0: [mem 0x0000000050000000-0x00000000500fffff]\n"
		    "  node   0: [mem 0x0000000050100000-0x000000013fffffff]\n");
	rig_down(&rig);
}

TEST(boot_log, reservations_that_overlap_are_both_kept_and_named)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig_bank(&rig, GIB(1), GIB(2), 0);
	rig_keep(&rig, "a", 0x50000000, MIB(2), 0);
	rig_keep(&rig, "b", 0x50100000, MIB(2), 0);
	rig_boot(&rig);
	check_block(
		"OF: reserved mem: OVERLAP DETECTED!\n"
		"a (0x0000000050000000--0x0000000050200000) overlaps with b (0x0000000050100000--0x0000000050300000)\n");
	CHECK_EQ(rig_zone(&rig, 0, QY_ZONE_DMA)->managed_pages, 262144 - 3 * 256);
	rig_down(&rig);
}

TEST(boot_log, cma_on_the_command_line_takes_the_place_of_the_default_node)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig_bank(&rig, GIB(1), GIB(2), 0);
	rig_keep(&rig, "linux,cma", 0x60000000, MIB(64),
		QY_RESERVED_REUSABLE | QY_RESERVED_DMA_POOL | QY_RESERVED_CMA_DEFAULT);
	rig.board.cma = (struct qy_cma_request){
		.given = true, .size = MIB(16), .base = 0x50000000
	};
	rig_boot(&rig);
	CHECK(rig_said(&rig,
		"Reserved memory: bypass linux,cma node, using cmdline CMA params instead"));
	CHECK(rig_said(&rig, "cma: Reserved 16 MiB at 0x0000000050000000 on node -1"));
	/* the node's range is ordinary memory now, the other one is lent */
	CHECK_EQ(rig_zone(&rig, 0, QY_ZONE_DMA)->managed_pages, 262144);
	CHECK_EQ(rig_zone(&rig, 0, QY_ZONE_DMA)->cma_pages, 4096);
	rig_down(&rig);
}

TEST(boot_log, cma_that_does_not_fit_is_said_and_boots)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig_bank(&rig, GIB(1), GIB(2), 0);
	rig.board.cma = (struct qy_cma_request){ .given = true, .size = GIB(2) };
	rig_boot(&rig);
	CHECK(rig_said(&rig, "cma: Failed to reserve 2048 MiB on node -1"));
	CHECK_EQ(rig_zone(&rig, 0, QY_ZONE_DMA)->managed_pages, 262144);
	rig_down(&rig);
}

/* RAM reaches past 4 GiB + size: the area spares low memory. */
TEST(boot_log, cma_goes_above_four_gib_where_ram_reaches_there)
{
	rig_board(&rig, QY_ARCH_X86_64);
	rig_bank(&rig, MIB(1), GIB(3), 0);
	rig_bank(&rig, GIB(4), GIB(6), 0);
	rig.board.cma = (struct qy_cma_request){ .given = true, .size = MIB(256) };
	rig_boot(&rig);
	CHECK(rig_said(&rig, "cma: Reserved 256 MiB at 0x0000000100000000 on node -1"));
	rig_down(&rig);
}
