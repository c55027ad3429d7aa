// SPDX-License-Identifier: MIT
/*
 * What a lecture on Linux memory says of CMA, as tests on the device tree that it shows. Where the lecture simplifies, the
 * comment above a test says what a real kernel (and so this machine) does.
 *
 * No state.
 */
#define RIG_SIM
#include "tests/lab/test_board.h"
#include "tests/model/rig.h"

#include <quarry/cma.h>

/*
 * The node is the lecture's. It completes to a valid tree by what it leaves out: the cells and ranges of
 * /reserved-memory, without which Linux skips all of its children, and a board around it.
 */
#define LECTURE_NODE                                 \
	"linux,cma {"                                \
	"	compatible = \"shared-dma-pool\";"         \
	"	reusable;"                                 \
	"	size = <0x0 0x10000000>;" /* 256M */ \
	"	alignment = <0x0 0x400000>;"               \
	"	linux,cma-default;"                        \
	"};"
#define BOARD(children)                                                                     \
	"memory@40000000 { device_type = \"memory\"; reg = <0 0x40000000 0 0x20000000>; };" \
	"cpus { #address-cells = <1>; #size-cells = <0>;"                                   \
	"	cpu@0 { device_type = \"cpu\"; compatible = \"arm,cortex-a72\"; reg = <0>; }; };" \
	"reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; " children      \
	" };"                                                                               \
	"camera@10000000 { compatible = \"acme,camera\"; reg = <0 0x10000000 0 0x1000>; };"

static struct rig rig;
static struct qy_loaded_board *loaded;

/* As rig_boot(), but what was logged stays. */
static void boot(const char *tree, const char *append)
{
	struct qy_sim_opts opts = { .log = rig_log, .log_arg = &rig };
	char why[256] = "";

	rig_init(&rig, QY_ARCH_ARM64, 1);
	loaded = load_tree(tree, &(struct qy_board_opts){ .append = append });
	rig.m = qy_sim_boot(&loaded->board, &opts, why, sizeof(why));
	if (!rig.m)
		FAIL("boot: %s", why);
}

static void down(void)
{
	rig_check_valid(rig.m, "the end");
	rig_down(&rig);
	qy_board_free(loaded);
}

static struct qy_cma_stats area(void)
{
	struct qy_cma_stats stats;

	CHECK(qy_cma_stats(rig.m, 0, &stats));
	return stats;
}

/* "Reserved at boot by the device tree": right. The line that 6.12 logs for a node of the tree is this one. */
TEST(lecture, the_device_tree_reserves_the_default_area_at_boot)
{
	struct qy_cma_stats stats;

	boot(BOARD(LECTURE_NODE), NULL);
	stats = area();
	CHECK_STR_EQ(stats.name, "linux,cma");
	CHECK(stats.is_default);
	CHECK_EQ(stats.nr_pages, MIB(256) >> 12);
	CHECK_EQ(stats.base_pfn % (MIB(4) >> 12), 0);
	CHECK(rig_log_count(&rig,
		"Reserved memory: created CMA memory pool at 0x0000000050000000, size 256 MiB"));
	CHECK(rig_log_count(&rig,
		"OF: reserved mem: initialized node linux,cma, compatible id shared-dma-pool"));
	down();
}

/* "Or by cma= on the command line", with the line "cma: Reserved": right, and it takes the place of the tree's default. */
TEST(lecture, the_command_line_reserves_it_too_and_wins)
{
	boot(BOARD(LECTURE_NODE), "cma=64M");
	CHECK(rig_log_count(&rig, "cma: Reserved 64 MiB at 0x"));
	CHECK_EQ(qy_cma_find(rig.m, "linux,cma"), -QY_ENOENT);
	CHECK_STR_EQ(area().name, "reserved");
	CHECK_EQ(area().nr_pages, MIB(64) >> 12);
	down();
}

/* Linux skips the children of /reserved-memory as the lecture prints it, without cells of its own that fit. */
TEST(lecture, the_node_alone_is_no_valid_tree)
{
	boot("memory@40000000 { device_type = \"memory\"; reg = <0 0x40000000 0 0x20000000>; };"
	     "cpus { #address-cells = <1>; #size-cells = <0>;"
	     "	cpu@0 { device_type = \"cpu\"; compatible = \"arm,cortex-a72\"; reg = <0>; }; };"
	     "reserved-memory { " LECTURE_NODE " };",
		NULL);
	CHECK_EQ(qy_cma_default(rig.m), -QY_ENOENT);
	CHECK(rig_log_count(&rig, "Reserved memory: unsupported node format"));
	down();
}

#define MAX_BORROWED 140000

struct borrowed {
	struct qy_handle handle;
	uint64_t value;
};

static struct borrowed borrowed[MAX_BORROWED];
static size_t nr_borrowed;

/* Movable pages with a value each until none is left. */
static void fill_with_movable_pages(void)
{
	struct page *page;

	nr_borrowed = 0;
	while (nr_borrowed < MAX_BORROWED &&
		(page = qy_alloc_pages(
			 rig.m, QY_GFP_HIGHUSER_MOVABLE | QY___GFP_NOWARN, 0))) {
		struct borrowed *b = &borrowed[nr_borrowed++];

		b->value = nr_borrowed * 2654435761u;
		*(uint64_t *)qy_page_address(rig.m, page) = b->value;
		CHECK_EQ(qy_handle_adopt(rig.m, &b->handle, page, "page cache", 0), 0);
	}
}

static void give_back(size_t keep)
{
	while (nr_borrowed > keep) {
		struct borrowed *b = &borrowed[--nr_borrowed];
		const uint64_t *at = qy_handle_pin(rig.m, &b->handle, NULL);

		CHECK_EQ(*at, b->value);
		qy_handle_unpin(rig.m, &b->handle);
		qy_free_pages(rig.m, qy_handle_release(rig.m, &b->handle), 0);
	}
}

/*
 * "The memory is not lost: movable pages use it until a device asks; then they are migrated, and the device is granted
 * contiguous memory." Right, where the pages have somewhere to go: a quarter of them is freed first.
 *
 *   boot      [ free ..................... ]    256 MiB
 *   borrow    [ mmmmmmmmmmmmmmmmmmmmmmmmmm ]    page cache
 *   ask       24 MiB: [ isolated ] their pages move out, byte by byte
 *   grant     [ camera 24 MiB ][ mmmmmmmm. ]
 */
TEST(lecture, movable_pages_borrow_the_area_and_move_out_when_a_device_asks)
{
	struct qy_contig_failure why;
	struct page *frame, *unmovable;
	struct qy_cma_stats stats;
	uint64_t moved;

	boot(BOARD(LECTURE_NODE), NULL);
	unmovable = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	CHECK(qy_page_to_pfn(rig.m, unmovable) < area().base_pfn);
	fill_with_movable_pages();
	stats = area();
	CHECK(stats.borrowed_pages > stats.nr_pages / 10 * 9);
	CHECK_EQ(stats.used_pages, 0);
	give_back(nr_borrowed / 4 * 3);
	moved = rig.m->events[PGMIGRATE_SUCCESS];
	frame = qy_cma_alloc(
		rig.m, 0, MIB(24) >> 12, qy_cma_alignment(MIB(24) >> 12), false, &why);
	CHECK(frame != NULL);
	CHECK(rig.m->events[PGMIGRATE_SUCCESS] > moved);
	memset(qy_page_address(rig.m, frame), 0xff, MIB(24));
	stats = area();
	CHECK_EQ(stats.used_pages, MIB(24) >> 12);
	/* nobody has lost a byte */
	give_back(0);
	CHECK(qy_cma_release(rig.m, 0, frame, MIB(24) >> 12));
	qy_free_pages(rig.m, unmovable, 0);
	CHECK_EQ(area().used_pages, 0);
	down();
}

/* "It can fail when a page is pinned": right, with -EBUSY (it is only that page's run), and here the page is named. */
TEST(lecture, a_pinned_page_makes_the_whole_area_unavailable)
{
	struct qy_contig_failure why;

	boot(BOARD(LECTURE_NODE), NULL);
	fill_with_movable_pages();
	give_back(nr_borrowed / 4);
	for (size_t i = 0; i < nr_borrowed; i++)
		if (qy_handle_pfn(rig.m, &borrowed[i].handle) >= area().base_pfn) {
			CHECK(qy_handle_pin(rig.m, &borrowed[i].handle, "encoder"));
			CHECK(!qy_cma_alloc(rig.m, 0, area().nr_pages, 0, true, &why));
			CHECK_EQ(why.error, -QY_EBUSY);
			CHECK_EQ((int)why.cause, (int)QY_CONTIG_PINNED);
			CHECK_STR_EQ(why.holder.pinned_by, "encoder");
			qy_handle_unpin(rig.m, &borrowed[i].handle);
			break;
		}
	give_back(0);
	down();
}

/* "/proc/cma shows it": no Linux has that file (it has /proc/meminfo, sysfs and debugfs). Here it is, with the same numbers. */
TEST(lecture, proc_cma_shows_total_used_and_what_could_be_had)
{
	struct qy_contig_failure why;
	struct page *frame;
	char text[1024];

	boot(BOARD(LECTURE_NODE), NULL);
	frame = qy_cma_alloc(rig.m, 0, MIB(24) >> 12, 8, false, &why);
	CHECK(qy_proc_read(rig.m, "/proc/cma", text, sizeof(text)) > 0);
	CHECK_STR_EQ(text,
		"name                    total_kB     used_kB maxchunk_kB maxalloc_kB\n"
		"linux,cma                 262144       24576      237568      237568\n");
	CHECK(qy_proc_read(rig.m, "/proc/meminfo", text, sizeof(text)) > 0);
	CHECK(qy_cma_release(rig.m, 0, frame, MIB(24) >> 12));
	down();
}
