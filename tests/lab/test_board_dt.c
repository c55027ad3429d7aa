// SPDX-License-Identifier: MIT
/*
 * The walk of the device tree: each rule on the smallest tree that shows it. No state.
 */
#include "tests/lab/test_board.h"

/* --- memory ------------------------------------------------------------------------------------- */

static void check_bank(const struct qy_loaded_board *loaded, uint32_t i, uint64_t base,
	uint64_t size, uint32_t node)
{
	CHECK(i < loaded->board.nr_banks);
	CHECK_EQ(loaded->board.banks[i].base, base);
	CHECK_EQ(loaded->board.banks[i].size, size);
	CHECK_EQ(loaded->board.banks[i].node, node);
}

TEST(board, banks_of_all_memory_nodes_are_sorted)
{
	struct qy_loaded_board *loaded = load_tree(
		"memory@200000000 { device_type = \"memory\"; reg = <2 0 1 0>; };"
		"memory@40000000 { device_type = \"memory\";"
		"  reg = <0 0x80000000 0 0x10000000  0 0x40000000 0 0x1000>; };",
		&no_opts);

	CHECK_EQ(loaded->board.nr_banks, 3);
	check_bank(loaded, 0, 1 * GiB, 4 * KiB, 0);
	check_bank(loaded, 1, 2 * GiB, 256 * MiB, 0);
	check_bank(loaded, 2, 8 * GiB, 4 * GiB, 0);
	qy_board_free(loaded);
}

TEST(board, cells_of_the_root_shape_the_banks)
{
	struct qy_loaded_board *loaded = load_root(
		"/ { #address-cells = <1>; #size-cells = <1>;"
		"memory@0 { device_type = \"memory\"; reg = <0x10000000 0x20000000>; }; };",
		&no_opts);

	CHECK_EQ(loaded->board.nr_banks, 1);
	check_bank(loaded, 0, 256 * MiB, 512 * MiB, 0);
	qy_board_free(loaded);
}

TEST(board, overlapping_and_touching_banks_are_one)
{
	struct qy_loaded_board *loaded = load_tree(
		"memory@0 { device_type = \"memory\";"
		"reg = <0 0x80000000 0 0x20000000  0 0x90000000 0 0x20000000"
		"  0 0xb0000000 0 0x10000000  0 0x84000000 0 0x1000  0 0xc0001000 0 0x1000>; };",
		&no_opts);

	CHECK_EQ(loaded->board.nr_banks, 2);
	check_bank(loaded, 0, 2 * GiB, 1 * GiB, 0);
	check_bank(loaded, 1, 0xc0001000, 4 * KiB, 0);
	qy_board_free(loaded);
}

TEST(board, banks_are_trimmed_to_whole_pages_and_empty_ones_dropped)
{
	struct qy_loaded_board *loaded = load_tree(
		"memory@0 { device_type = \"memory\";"
		"reg = <0 0x80000800 0 0x2000  0 0x90000000 0 0  0 0xa0000400 0 0x800>; };",
		&no_opts);

	CHECK_EQ(loaded->board.nr_banks, 1);
	check_bank(loaded, 0, 0x80001000, 4 * KiB, 0);
	CHECK(has_note(loaded, "Ignoring memory block 0xa0000400 - 0xa0000c00"));
	qy_board_free(loaded);
}

TEST(board, disabled_memory_is_not_there)
{
	struct qy_loaded_board *loaded = load_tree(RAM_2G
		"memory@0 { device_type = \"memory\"; status = \"disabled\"; reg = <0 0 0 0x1000>; };",
		&no_opts);

	CHECK_EQ(loaded->board.nr_banks, 1);
	check_bank(loaded, 0, 2 * GiB, 2 * GiB, 0);
	qy_board_free(loaded);
}

TEST(board, usable_memory_replaces_reg)
{
	struct qy_loaded_board *loaded = load_tree(
		"memory@80000000 { device_type = \"memory\";"
		"reg = <0 0x80000000 1 0>; linux,usable-memory = <0 0xc0000000 0 0x8000000>; };",
		&no_opts);

	CHECK_EQ(loaded->board.nr_banks, 1);
	check_bank(loaded, 0, 3 * GiB, 128 * MiB, 0);
	qy_board_free(loaded);
}

TEST(board, memory_without_device_type_is_taken_with_a_note)
{
	struct qy_loaded_board *loaded = load_tree(
		"memory@80000000 { reg = <0 0x80000000 0 0x80000000>; };", &no_opts);

	CHECK_EQ(loaded->board.nr_banks, 1);
	CHECK(has_note(loaded, "/memory@80000000 has no device_type = \"memory\": "
			       "Linux would not see it"));
	qy_board_free(loaded);
}

TEST(board, mem_is_an_address_on_a_pc_and_an_amount_on_arm64)
{
	struct qy_board_opts opts = { .append = "mem=3G" };
	struct qy_loaded_board *loaded = load_tree(
		"qy,arch = \"x86_64\";"
		"memory@0 { device_type = \"memory\"; reg = <0 0x80000000 0 0x80000000>; };",
		&opts);

	CHECK_EQ(loaded->board.nr_banks, 1);
	check_bank(loaded, 0, 2 * GiB, 1 * GiB, 0);
	CHECK_EQ(loaded->board.arch, QY_ARCH_X86_64);
	CHECK_EQ(loaded->board.mem_limit, 0);
	qy_board_free(loaded);

	loaded = load_tree(RAM_2G, &opts);
	check_bank(loaded, 0, 2 * GiB, 2 * GiB, 0);
	CHECK_EQ(loaded->board.mem_limit, 3 * GiB);
	qy_board_free(loaded);
}

/* --- nodes and CPUs ----------------------------------------------------------------------------- */

#define TWO_NODES                                                                        \
	"memory@80000000 { device_type = \"memory\"; reg = <0 0x80000000 0 0x40000000>;" \
	"  numa-node-id = <0>; };"                                                       \
	"memory@c0000000 { device_type = \"memory\"; reg = <0 0xc0000000 0 0x40000000>;" \
	"  numa-node-id = <1>; };"                                                       \
	"cpus { #address-cells = <1>; #size-cells = <0>;"                                \
	"  cpu@0 { device_type = \"cpu\"; reg = <0>; numa-node-id = <1>; };"             \
	"  cpu@1 { device_type = \"cpu\"; reg = <1>; numa-node-id = <0>; };"             \
	"  cpu@2 { device_type = \"cpu\"; reg = <2>; }; };"

TEST(board, memory_and_cpus_have_their_nodes)
{
	struct qy_loaded_board *loaded = load_tree(TWO_NODES, &no_opts);

	CHECK_EQ(loaded->board.nr_nodes, 2);
	CHECK_EQ(loaded->board.nr_banks, 2);
	check_bank(loaded, 0, 2 * GiB, 1 * GiB, 0);
	check_bank(loaded, 1, 3 * GiB, 1 * GiB, 1);
	CHECK_EQ(loaded->board.nr_cpus, 3);
	CHECK_EQ(loaded->board.cpu_node[0], 1);
	CHECK_EQ(loaded->board.cpu_node[1], 0);
	CHECK_EQ(loaded->board.cpu_node[2], 0);
	CHECK(loaded->board.node_distance == NULL);
	qy_board_free(loaded);
}

TEST(board, where_nodes_overlap_the_later_claim_stands)
{
	struct qy_loaded_board *loaded = load_tree(
		"memory@80000000 { device_type = \"memory\"; numa-node-id = <0>;"
		"  reg = <0 0x80000000 0 0x40000000>; };"
		"memory@90000000 { device_type = \"memory\"; numa-node-id = <1>;"
		"  reg = <0 0x90000000 0 0x10000000>; };",
		&no_opts);

	CHECK_EQ(loaded->board.nr_banks, 3);
	check_bank(loaded, 0, 0x80000000, 256 * MiB, 0);
	check_bank(loaded, 1, 0x90000000, 256 * MiB, 1);
	check_bank(loaded, 2, 0xa0000000, 512 * MiB, 0);
	qy_board_free(loaded);
}

static void check_flat(const char *body, const struct qy_board_opts *opts)
{
	struct qy_loaded_board *loaded = load_tree(body, opts);

	CHECK_EQ(loaded->board.nr_nodes, 1);
	CHECK_EQ(loaded->board.nr_banks, 1);
	check_bank(loaded, 0, 2 * GiB, 2 * GiB, 0);
	CHECK(loaded->board.cpu_node == NULL);
	qy_board_free(loaded);
}

TEST(board, numa_off_or_a_kernel_without_numa_puts_all_on_node_0)
{
	struct qy_board_opts off = { .append = "numa=off" };

	check_flat(TWO_NODES, &off);
	check_flat("qy,no-numa;" TWO_NODES, &no_opts);
}

TEST(board, half_a_numa_description_is_none)
{
	struct qy_loaded_board *loaded = load_tree(
		"memory@80000000 { device_type = \"memory\"; numa-node-id = <1>;"
		"  reg = <0 0x80000000 0 0x40000000>; };"
		"memory@c0000000 { device_type = \"memory\"; reg = <0 0xc0000000 0 0x40000000>; };",
		&no_opts);

	CHECK_EQ(loaded->board.nr_nodes, 1);
	CHECK(has_note(loaded,
		"some memory has no numa-node-id: everything is on node 0, "
		"as Linux would do"));
	qy_board_free(loaded);
}

#define DISTANCES(matrix)                                                 \
	TWO_NODES "distance-map { compatible = \"numa-distance-map-v1\";" \
		  "  distance-matrix = <" matrix ">; };"

TEST(board, a_distance_counts_both_ways_unless_the_way_back_is_given)
{
	struct qy_loaded_board *loaded =
		load_tree(DISTANCES("0 0 10 0 1 31 1 1 10"), &no_opts);

	CHECK_EQ(loaded->board.node_distance[0], 10);
	CHECK_EQ(loaded->board.node_distance[1], 31);
	CHECK_EQ(loaded->board.node_distance[2], 31);
	CHECK_EQ(loaded->board.node_distance[3], 10);
	qy_board_free(loaded);

	loaded = load_tree(DISTANCES("0 1 31 1 0 25"), &no_opts);
	CHECK_EQ(loaded->board.node_distance[1], 31);
	CHECK_EQ(loaded->board.node_distance[2], 25);
	qy_board_free(loaded);
}

TEST(board, an_impossible_distance_ends_numa)
{
	check_flat(DISTANCES("0 1 10"), &no_opts);
	check_flat(DISTANCES("0 0 11"), &no_opts);
	check_flat(DISTANCES("0 1"), &no_opts);
}

TEST(board, a_cpu_counts_unless_its_status_is_fail)
{
	struct qy_loaded_board *loaded = load_tree(RAM_2G
		"cpus { #address-cells = <1>; #size-cells = <0>;"
		"  cpu@0 { device_type = \"cpu\"; reg = <0>; };"
		"  cpu@1 { device_type = \"cpu\"; reg = <1>; status = \"disabled\"; };"
		"  cpu@2 { device_type = \"cpu\"; reg = <2>; status = \"fail\"; };"
		"  cpu@3 { device_type = \"cpu\"; reg = <3>; status = \"fail-fused\"; };"
		"  l2-cache { compatible = \"cache\"; };"
		"  cpu-map { cluster0 { }; }; };",
		&no_opts);

	CHECK_EQ(loaded->board.nr_cpus, 2);
	qy_board_free(loaded);
}

/* --- reservations ------------------------------------------------------------------------------- */

TEST(board, fixed_reservations_keep_order_flags_and_every_range)
{
	struct qy_loaded_board *loaded = load_tree(
		RESERVED(
			"dsp@92400000 { no-map; reg = <0 0x92400000 0 0x2000000>; };"
			"two@a0000000 { reg = <0 0xa0000000 0 0x1000 0 0xb0000000 0 0x2000>; };"
			"off@c0000000 { status = \"disabled\"; reg = <0 0xc0000000 0 0x1000>; };"
			"out@0 { reg = <0 0 0 0x1000>; };"),
		&no_opts);
	const struct qy_reserved *reserved = loaded->board.reserved;

	CHECK_EQ(loaded->board.nr_reserved, 4);
	CHECK_STR_EQ(reserved[0].name, "dsp@92400000");
	CHECK_EQ(reserved[0].base, 0x92400000);
	CHECK_EQ(reserved[0].size, 32 * MiB);
	CHECK_EQ(reserved[0].flags, QY_RESERVED_NOMAP);
	CHECK_EQ(reserved[1].base, 0xa0000000);
	CHECK_EQ(reserved[1].nr_more, 1);
	CHECK_EQ(reserved[2].base, 0xb0000000);
	CHECK_STR_EQ(reserved[2].name, "two@a0000000");
	CHECK_EQ(reserved[2].flags, QY_RESERVED_MORE);
	/* Outside RAM: kept, as in Linux; the machine warns. */
	CHECK_EQ(reserved[3].base, 0);
	CHECK_EQ(reserved[3].size, 4 * KiB);
	qy_board_free(loaded);
}

TEST(board, a_dynamic_reservation_keeps_size_alignment_and_places)
{
	struct qy_loaded_board *loaded = load_tree(
		RESERVED(
			"linux,cma { compatible = \"shared-dma-pool\"; reusable;"
			"  linux,cma-default; size = <0 0x10000000>; alignment = <0 0x400000>;"
			"  alloc-ranges = <0 0x80000000 0 0x40000000 0 0xe0000000 0 0x1000>; };"
			"any { size = <0 0x1000>; };"),
		&no_opts);
	const struct qy_reserved *cma = &loaded->board.reserved[0];

	CHECK_EQ(loaded->board.nr_reserved, 2);
	CHECK_EQ(cma->flags, QY_RESERVED_DYNAMIC | QY_RESERVED_REUSABLE |
				     QY_RESERVED_CMA_DEFAULT | QY_RESERVED_DMA_POOL);
	CHECK_EQ(cma->size, 256 * MiB);
	CHECK_EQ(cma->alignment, 4 * MiB);
	CHECK_EQ(cma->nr_alloc_ranges, 2);
	CHECK_EQ(cma->alloc_ranges[0].base, 2 * GiB);
	CHECK_EQ(cma->alloc_ranges[0].size, 1 * GiB);
	CHECK_EQ(cma->alloc_ranges[1].base, 0xe0000000);
	CHECK_EQ(loaded->board.reserved[1].flags, QY_RESERVED_DYNAMIC);
	CHECK_EQ(loaded->board.reserved[1].alignment, 0);
	CHECK(loaded->board.reserved[1].alloc_ranges == NULL);
	qy_board_free(loaded);
}

TEST(board, memreserve_and_the_initrd_are_reservations)
{
	struct qy_loaded_board *loaded = load_root(
		"/memreserve/ 0x80000000 0x10000; / { #address-cells = <2>; #size-cells = <2>;" RAM_2G
		"chosen { linux,initrd-start = <0 0x88000000>;"
		"  linux,initrd-end = <0x88100000>; }; };",
		&no_opts);

	CHECK_EQ(loaded->board.nr_reserved, 2);
	CHECK_STR_EQ(loaded->board.reserved[0].name, "memreserve");
	CHECK_EQ(loaded->board.reserved[0].size, 64 * KiB);
	CHECK_STR_EQ(loaded->board.reserved[1].name, "initrd");
	CHECK_EQ(loaded->board.reserved[1].base, 0x88000000);
	CHECK_EQ(loaded->board.reserved[1].size, 1 * MiB);
	CHECK_EQ(loaded->board.reserved[1].flags, QY_RESERVED_FREE_LATE);
	qy_board_free(loaded);
}

/* The machine has nothing to keep, only the property to name in its log. */
static void check_malformed(const char *body, const char *property)
{
	struct qy_loaded_board *loaded = load_tree(body, &no_opts);

	CHECK_EQ(loaded->board.nr_reserved, 1);
	CHECK_EQ(loaded->board.reserved[0].size, 0);
	CHECK_STR_EQ(loaded->board.reserved[0].malformed, property);
	CHECK_EQ(loaded->board.reserved_node, QY_RESERVED_NODE_READ);
	qy_board_free(loaded);
}

TEST(board, a_reservation_that_linux_skips_is_handed_on_with_the_bad_property)
{
	check_malformed(RESERVED("a { reg = <0 0x80000000 0>; };"), "reg");
	check_malformed(RESERVED("a { size = <0x1000>; };"), "size");
	check_malformed(
		RESERVED("a { size = <0 0x1000>; alignment = <0x1000>; };"), "alignment");
	check_malformed(RESERVED("a { size = <0 0x1000>; alloc-ranges = <0 1 0>; };"),
		"alloc-ranges");
}

TEST(board, a_reservation_that_wraps_around_is_ignored_with_a_note)
{
	struct qy_loaded_board *loaded = load_tree(
		RESERVED("a { reg = <0xffffffff 0xfffff000 0 0x2000>; };"), &no_opts);

	CHECK_EQ(loaded->board.nr_reserved, 0);
	CHECK(has_note(
		loaded, "Reserved memory: range of node 'a' wraps around, ignored"));
	qy_board_free(loaded);
}

static void check_node(const char *body, enum qy_reserved_node node)
{
	struct qy_loaded_board *loaded = load_tree(body, &no_opts);

	CHECK_EQ(loaded->board.nr_reserved, 0);
	CHECK_EQ(loaded->board.reserved_node, node);
	qy_board_free(loaded);
}

TEST(board, reserved_memory_of_another_shape_than_the_root_is_not_read)
{
	check_node(RAM_2G, QY_RESERVED_NODE_ABSENT);
	check_node(RAM_2G
		"reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges;"
		"  a { reg = <0x80000000 0x1000>; }; };",
		QY_RESERVED_NODE_BAD);
	check_node(RAM_2G "reserved-memory { #address-cells = <2>; #size-cells = <2>;"
			  "  a { reg = <0 0x80000000 0 0x1000>; }; };",
		QY_RESERVED_NODE_BAD);
	check_node(RESERVED(""), QY_RESERVED_NODE_READ);
}

TEST(board, a_board_knows_where_its_nodes_come_from)
{
	struct qy_board_opts off = { .append = "numa=off" };
	const struct {
		const char *body;
		const struct qy_board_opts *opts;
		enum qy_numa_source source;
	} cases[] = {
		{ RAM_2G, &no_opts, QY_NUMA_FAKED },
		{ TWO_NODES, &off, QY_NUMA_OFF },
		{ TWO_NODES, &no_opts, QY_NUMA_NODE_IDS },
		{ DISTANCES("0 1 31"), &no_opts, QY_NUMA_DISTANCES },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct qy_loaded_board *loaded = load_tree(cases[i].body, cases[i].opts);

		CHECK_EQ(loaded->board.numa_source, cases[i].source);
		qy_board_free(loaded);
	}
}

/* --- dma-ranges --------------------------------------------------------------------------------- */

static uint64_t dma_limit(const char *buses)
{
	struct qy_loaded_board *loaded;
	uint64_t limit;
	char *body;

	CHECK(asprintf(&body, "%s %s", RAM_2G, buses) > 0);
	loaded = load_tree(body, &no_opts);
	free(body);
	limit = loaded->board.dma_limit;
	qy_board_free(loaded);
	return limit;
}

#define BUS(name, properties) \
	name " { #address-cells = <1>; #size-cells = <1>; " properties " };"

TEST(board, the_least_capable_bus_sets_the_dma_limit)
{
	CHECK_EQ(dma_limit(""), 0);
	CHECK_EQ(dma_limit(BUS("a", "dma-ranges;")), 0);
	CHECK_EQ(dma_limit(BUS("a", "dma-ranges = <0xc0000000 0 0 0x40000000>;")),
		1 * GiB);
	CHECK_EQ(dma_limit(BUS("a", "dma-ranges = <0 0 0x80000000 0x40000000>;")
				 BUS("b", "dma-ranges = <0 0 0 0x80000000>;")),
		2 * GiB);
	/* The highest end among one bus's ranges is what it reaches. */
	CHECK_EQ(dma_limit(
			 BUS("a", "dma-ranges = <0 0 0 0x1000  0x1000 1 0 0x10000000>;")),
		4 * GiB + 256 * MiB);
}

TEST(board, a_bus_that_is_switched_off_limits_nothing)
{
	CHECK_EQ(dma_limit(
			 BUS("a", "status = \"disabled\"; dma-ranges = <0 0 0 0x1000>;")),
		0);
	CHECK_EQ(dma_limit(BUS("a",
			 "status = \"disabled\";" BUS("b", "dma-ranges = <0 0 0x1000>;"))
				 BUS("c", "dma-ranges = <0 0 0 0x80000000>;")),
		2 * GiB);
}

TEST(board, a_nested_bus_is_translated_through_its_parents)
{
	/* b: [0, 1M) -> a's [0x1000000, +1M); a: [0, 256M) -> CPU 0x40000000. */
	CHECK_EQ(dma_limit(BUS("a", "dma-ranges = <0 0 0x40000000 0x10000000>;" BUS("b",
					    "dma-ranges = <0 0x1000000 0x100000>;"))),
		0x40000000 + 0x1000000 + 0x100000);
	/* A parent without dma-ranges passes addresses on as they are. */
	CHECK_EQ(dma_limit(BUS("a", BUS("b", "dma-ranges = <0 0x1000000 0x100000>;"))),
		0x1100000);
	/* Where the parent does not lead on, the range ends just below its size: Linux adds that to -1. */
	CHECK_EQ(dma_limit(BUS("a", "dma-ranges = <0 0 0x40000000 0x1000>;" BUS("b",
					    "dma-ranges = <0 0x1000000 0x100000>;"))),
		0xfffff);
}

TEST(board, a_pci_bus_counts_with_its_three_cells)
{
	CHECK_EQ(dma_limit("pcie { #address-cells = <3>; #size-cells = <2>;"
			   "  dma-ranges = <0x2000000 0 0 0 0 0 0xc0000000>; };"),
		3 * GiB);
}

TEST(board, a_range_past_the_last_address_wraps_as_in_linux)
{
	CHECK_EQ(dma_limit("a { #address-cells = <2>; #size-cells = <2>;"
			   "  dma-ranges = <0 0 0 0x80000000 0xffffffff 0xffffffff>; };"),
		0x7fffffff);
}

/* --- root properties ---------------------------------------------------------------------------- */

TEST(board, root_properties_describe_the_kernel)
{
	struct qy_loaded_board *loaded = load_tree(
		"model = \"M\"; qy,kernel-image = <1 2 3 4 5>; qy,memmap-entry = <56>; qy,no-thp;"
		"qy,zone-device; qy,no-zone-dma; qy,no-zone-dma32; qy,page-size = <4096>;"
		"qy,vmalloc-size = <0x1 0x80000000>;" RAM_2G,
		&no_opts);
	const struct qy_board *board = &loaded->board;

	CHECK_STR_EQ(board->model, "M");
	CHECK_EQ(board->arch, QY_ARCH_ARM64);
	CHECK_EQ(board->kernel.code, 1);
	CHECK_EQ(board->kernel.rwdata, 2);
	CHECK_EQ(board->kernel.rodata, 3);
	CHECK_EQ(board->kernel.init, 4);
	CHECK_EQ(board->kernel.bss, 5);
	CHECK_EQ(board->kernel.memmap_entry, 56);
	CHECK(!board->thp && board->zone_device);
	CHECK(!board->has_zone_dma && !board->has_zone_dma32);
	CHECK_EQ(board->vmalloc_bytes, 6ull << 30);
	qy_board_free(loaded);

	loaded = load_tree(
		"qy,policy = \"quarry\"; qy,cma-placement = \"zone_movable\";"
		"reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;"
		"  a { compatible = \"shared-dma-pool\"; reusable; qy,guaranteed;"
		"    size = <0 0x400000>; }; };" RAM_2G,
		&no_opts);
	CHECK_EQ(loaded->board.policy, QY_POLICY_QUARRY);
	CHECK(loaded->board.cma_in_movable);
	CHECK_EQ(loaded->board.nr_reserved, 1);
	CHECK(loaded->board.reserved[0].flags & QY_RESERVED_GUARANTEED);
	qy_board_free(loaded);

	loaded = load_tree("compatible = \"a,b\", \"c\";"
			   "qy,kernel-image = /bits/ 64 <1 2 3 4 5 0x100000000>;" RAM_2G,
		&no_opts);
	CHECK_STR_EQ(loaded->board.model, "a,b");
	CHECK_EQ(loaded->board.kernel.bss, 5);
	CHECK_EQ(loaded->board.kernel.base, 4 * GiB);
	qy_board_free(loaded);
}
