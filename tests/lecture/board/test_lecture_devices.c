// SPDX-License-Identifier: MIT
/*
 * What a lecture on Linux memory says of devices, on a board like its Jetson: four of them, and one driver source that is
 * right with an IOMMU and without. Where the lecture simplifies, the comment above a test says what a real kernel does.
 *
 * No state.
 */
#include "tests/lab/test_board.h"

#include <quarry.h>
#include <quarry/bus_master.h>
#include <quarry/cma.h>
#include <quarry/cpu_cache.h>
#include <quarry/dma.h>
#include <quarry/sim.h>

static struct qy_loaded_board *board;
static struct qy_machine *m;
static struct qy_cpu_cache *cache;

static void boot(const char *name)
{
	char path[256], why[256] = "";
	struct qy_board_opts opts = { .dtb = path };
	struct qy_sim_opts sim = { 0 };
	struct qy_err err;

	snprintf(path, sizeof(path), "%s/boards/%s.dts", QY_SOURCE_DIR, name);
	board = qy_board_load(&opts, &err);
	if (!board)
		FAIL("%s", err.text);
	m = qy_sim_boot(&board->board, &sim, why, sizeof(why));
	if (!m)
		FAIL("%s", why);
	cache = qy_cpu_cache_create(m);
	CHECK(cache);
}

static void down(void)
{
	char why[256];

	if (!qy_machine_validate(m, why, sizeof(why)))
		FAIL("%s", why);
	qy_cpu_cache_destroy(cache);
	qy_sim_shutdown(m);
	qy_board_free(board);
}

/* What the driver found out about its buffer. */
struct seen {
	uint64_t dma, phys;
	bool in_own_area, in_default_area;
};

static bool is_in(int area, uint64_t phys)
{
	struct qy_cma_stats stats;

	return area >= 0 && qy_cma_stats(m, (uint32_t)area, &stats) &&
	       phys / QY_PAGE_SIZE - stats.base_pfn < stats.nr_pages;
}

/*
 * The driver, one source for every device and board: a mask, a buffer, the device told of its bus address, and the CPU
 * reads what the device wrote. It knows of no zone, area, IOMMU or cache.
 */
static struct seen drive(const char *name, unsigned int mask_bits, size_t size)
{
	struct qy_bus_master_opts opts = { .cache = cache };
	struct qy_bus_master *device;
	static struct qy_dma_dev dev;
	struct seen seen = { 0 };
	uint64_t word;
	uint64_t *cpu;

	CHECK_EQ(qy_dma_dev_init(m, &dev, qy_board_device(&board->board, name)), 0);
	CHECK_EQ(qy_dma_set_mask_and_coherent(&dev, QY_DMA_BIT_MASK(mask_bits)), 0);
	device = qy_bus_master_create(&dev, &opts);
	cpu = qy_dma_alloc_coherent(&dev, size, &seen.dma, QY_GFP_KERNEL);
	CHECK(device && cpu);
	for (size_t at = 0; at < size; at += QY_PAGE_SIZE) {
		CHECK_EQ(cpu[at / sizeof(*cpu)], 0); /* zeroed */
		word = 0xfeed0000 + at;
		CHECK_EQ(qy_bus_master_write(device, seen.dma + at, &word, sizeof(word)),
			0);
	}
	for (size_t at = 0; at < size; at += QY_PAGE_SIZE)
		CHECK_EQ(cpu[at / sizeof(*cpu)], 0xfeed0000 + at);
	seen.phys = qy_virt_to_phys(m, cpu);
	seen.in_own_area = is_in(dev.cma, seen.phys);
	seen.in_default_area = is_in(qy_cma_default(m), seen.phys);
	qy_dma_free_coherent(&dev, size, cpu, seen.dma);
	qy_bus_master_destroy(device);
	qy_dma_dev_remove(&dev);
	return seen;
}

/*
 * The lecture: "the driver's code is the same on both". It is; what differs is the handle. Without an IOMMU it is the
 * physical address, with one an address of the device's own space.
 */
TEST(lecture, one_driver_source_serves_a_board_with_an_iommu_and_one_without)
{
	struct seen seen;

	boot("orin-nano-8g-nosmmu");
	seen = drive("15880000.nvdla", 39, 8 * MiB);
	CHECK_EQ(seen.dma, seen.phys);
	down();
	boot("orin-nano-8g");
	seen = drive("15880000.nvdla", 39, 8 * MiB);
	CHECK(seen.dma != seen.phys);
	CHECK(seen.dma + 8 * MiB - 1 <= QY_DMA_BIT_MASK(39));
	down();
}

/*
 *	camera ISP   its own CMA area: lent to page cache until it records
 *	NVDLA, VIC   the default CMA area
 *	display      memory of its own that nobody else is ever given
 */
TEST(lecture, the_four_users_of_a_jetson_have_their_memory)
{
	struct seen isp, nvdla, vic;

	boot("orin-nano-8g-nosmmu");
	isp = drive("14800000.isp", 39, 12 * MiB);
	CHECK(isp.in_own_area && !isp.in_default_area);
	nvdla = drive("15880000.nvdla", 39, 64 * MiB);
	CHECK(nvdla.in_default_area);
	vic = drive("15340000.vic", 39, 8 * MiB);
	CHECK(vic.in_default_area);
	/* the region is no-map: its frames have no name in the kernel, and the device's view is the same */
	CHECK(qy_board_device(&board->board, "13800000.display")->memory_region != 0);
	down();
}

/* A single page comes from the page allocator, whatever areas there are; with a device's own area, from that. */
TEST(lecture, a_single_page_is_worth_no_migration)
{
	struct seen seen;

	boot("orin-nano-8g-nosmmu");
	seen = drive("15340000.vic", 39, QY_PAGE_SIZE);
	CHECK(!seen.in_default_area);
	seen = drive("14800000.isp", 39, QY_PAGE_SIZE);
	CHECK(seen.in_own_area);
	down();
}
