// SPDX-License-Identifier: MIT
/*
 * A device that does not see the CPU's cache: what a missing sync shows, and what a line that is shared does.
 *
 *	RAM   |  line 0  |  line 1  |  line 2  |       a device sees these
 *	cache |  line 0  |  line 1  |  line 2  |       the CPU sees these
 *	              clean: cache -> RAM        invalidate: RAM -> cache
 *
 * No state.
 */
#include "tests/model/rig.h"
#include <quarry/bus_master.h>
#include <quarry/cpu_cache.h>
#include <quarry/dma.h>
#include <quarry/slab.h>

#define LINE 64u

static struct rig rig;
static struct qy_dma_dev dev;
static struct qy_board_device desc;
static struct qy_bus_master *bm;
static struct qy_cpu_cache *cache;
static uint8_t *buf;

static void attach(bool coherent)
{
	struct qy_bus_master_opts opts = { 0 };

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	desc = (struct qy_board_device){ .name = "dev", .coherent = coherent };
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
	CHECK_EQ(qy_dma_set_mask_and_coherent(&dev, QY_DMA_BIT_MASK(64)), 0);
	cache = qy_cpu_cache_create(rig.m);
	opts.cache = cache;
	bm = qy_bus_master_create(&dev, &opts);
	buf = qy_get_zeroed_page(rig.m, QY_GFP_KERNEL);
	CHECK(cache && bm && buf);
}

static void detach(void)
{
	qy_free_pages_addr(rig.m, buf, 0);
	qy_bus_master_destroy(bm);
	qy_cpu_cache_destroy(cache);
	qy_dma_dev_remove(&dev);
	rig_down(&rig);
}

static uint8_t device_sees(uint64_t dma)
{
	uint8_t byte = 0;

	CHECK_EQ(qy_bus_master_read(bm, dma, &byte, 1), 0);
	return byte;
}

static void device_writes(uint64_t dma, uint8_t byte, size_t bytes)
{
	uint8_t text[4 * LINE];

	memset(text, byte, bytes);
	CHECK_EQ(qy_bus_master_write(bm, dma, text, bytes), 0);
}

TEST(cpu_cache, what_the_cpu_writes_after_the_map_is_stale_until_a_sync_for_the_device)
{
	uint64_t dma;

	attach(false);
	buf[0] = 1;
	dma = qy_dma_map_single(&dev, buf, 256, QY_DMA_TO_DEVICE, 0);
	CHECK_EQ(device_sees(dma), 1);
	buf[0] = 2;
	CHECK_EQ(device_sees(dma), 1);
	qy_dma_sync_single_for_device(&dev, dma, 256, QY_DMA_TO_DEVICE);
	CHECK_EQ(device_sees(dma), 2);
	buf[LINE] = 3;
	buf[2 * LINE] = 4;
	qy_dma_sync_single_for_device(&dev, dma + LINE, 1, QY_DMA_TO_DEVICE);
	CHECK_EQ(device_sees(dma + LINE), 3);
	CHECK_EQ(device_sees(dma + 2 * LINE), 0); /* another line */
	qy_dma_unmap_single(&dev, dma, 256, QY_DMA_TO_DEVICE, 0);
	detach();
}

TEST(cpu_cache, what_the_device_writes_is_stale_until_a_sync_for_the_cpu)
{
	uint64_t dma;

	attach(false);
	memset(buf, 9, 256);
	dma = qy_dma_map_single(&dev, buf, 256, QY_DMA_FROM_DEVICE, 0);
	device_writes(dma, 5, 256);
	CHECK_EQ(buf[0], 9);
	CHECK_EQ(buf[255], 9);
	qy_dma_sync_single_for_cpu(&dev, dma, LINE, QY_DMA_FROM_DEVICE);
	CHECK_EQ(buf[LINE - 1], 5);
	CHECK_EQ(buf[LINE], 9);
	qy_dma_unmap_single(&dev, dma, 256, QY_DMA_FROM_DEVICE, 0);
	CHECK_EQ(buf[LINE], 5);
	CHECK_EQ(buf[255], 5);
	detach();
}

/* A coherent device on the same board sees everything at once, also with a cache around. */
TEST(cpu_cache, a_coherent_device_needs_no_sync)
{
	uint64_t dma;

	attach(true);
	dma = qy_dma_map_single(&dev, buf, 64, QY_DMA_BIDIRECTIONAL, 0);
	buf[0] = 7;
	CHECK_EQ(device_sees(dma), 7);
	device_writes(dma, 8, 1);
	CHECK_EQ(buf[0], 8);
	qy_dma_unmap_single(&dev, dma, 64, QY_DMA_BIDIRECTIONAL, 0);
	detach();
}

TEST(cpu_cache, coherent_memory_is_never_stale)
{
	uint64_t dma;
	uint8_t *cpu;

	attach(false);
	cpu = qy_dma_alloc_coherent(&dev, QY_PAGE_SIZE, &dma, QY_GFP_KERNEL);
	CHECK(cpu);
	cpu[10] = 1;
	CHECK_EQ(device_sees(dma + 10), 1);
	device_writes(dma + 10, 2, 1);
	CHECK_EQ(cpu[10], 2);
	qy_dma_free_coherent(&dev, QY_PAGE_SIZE, cpu, dma);
	detach();
}

/*
 *	     |<---- buffer, 100 bytes ---->|  counter
 *	     |   line 0   |   line 1 ......|.c......|
 *
 * The CPU counts beside the buffer while the device writes it: the line is the CPU's when it is synced, and what the device
 * wrote into its first 36 bytes is gone. With a buffer of whole lines nothing is.
 */
TEST(cpu_cache, a_line_that_a_buffer_shares_loses_what_the_device_wrote)
{
	struct qy_cpu_cache_stats stats;
	uint64_t dma;

	attach(false);
	dma = qy_dma_map_single(&dev, buf, 100, QY_DMA_FROM_DEVICE, 0);
	device_writes(dma, 5, 100);
	buf[120]++;
	qy_dma_unmap_single(&dev, dma, 100, QY_DMA_FROM_DEVICE, 0);
	CHECK_EQ(buf[63], 5);
	CHECK_EQ(buf[64], 0);
	CHECK_EQ(buf[99], 0);
	CHECK_EQ(buf[120], 1);
	qy_cpu_cache_stats(cache, &stats);
	CHECK_EQ(stats.lost_device_lines, 1);

	dma = qy_dma_map_single(&dev, buf, 2 * LINE, QY_DMA_FROM_DEVICE, 0);
	device_writes(dma, 6, 2 * LINE);
	buf[2 * LINE]++;
	qy_dma_unmap_single(&dev, dma, 2 * LINE, QY_DMA_FROM_DEVICE, 0);
	CHECK_EQ(buf[64], 6);
	CHECK_EQ(buf[2 * LINE - 1], 6);
	CHECK_EQ(buf[2 * LINE], 1);
	detach();
}

/* What the CPU writes into a buffer that it has lent is lost when it gets the buffer back. */
TEST(cpu_cache, what_the_cpu_writes_into_a_lent_buffer_is_lost)
{
	uint64_t dma;

	attach(false);
	dma = qy_dma_map_single(&dev, buf, LINE, QY_DMA_FROM_DEVICE, 0);
	buf[1] = 77;
	qy_dma_unmap_single(&dev, dma, LINE, QY_DMA_FROM_DEVICE, 0);
	CHECK_EQ(buf[1], 0);
	detach();
}

#define NR_LINES (QY_PAGE_SIZE / LINE)

struct naive {
	uint8_t ram[QY_PAGE_SIZE], cpu[QY_PAGE_SIZE];
	bool dirty[NR_LINES];
};

static void naive_sync(struct naive *n, uint32_t at, uint32_t bytes, bool for_cpu)
{
	for (uint32_t line = at / LINE; line <= (at + bytes - 1) / LINE; line++) {
		uint32_t first = line * LINE;
		bool whole = at <= first && at + bytes >= first + LINE;

		if (n->dirty[line] && (!for_cpu || !whole))
			memcpy(n->ram + first, n->cpu + first, LINE);
		else if (for_cpu)
			memcpy(n->cpu + first, n->ram + first, LINE);
		n->dirty[line] = false;
	}
}

static void compare(const struct naive *n, uint64_t dma)
{
	static uint8_t ram[QY_PAGE_SIZE];

	CHECK_EQ(qy_bus_master_read(bm, dma, ram, QY_PAGE_SIZE), 0);
	CHECK(!memcmp(ram, n->ram, QY_PAGE_SIZE));
	CHECK(!memcmp(buf, n->cpu, QY_PAGE_SIZE));
}

/* One byte for what RAM holds, one for what the cache holds, and which lines the CPU has written. */
TEST(cpu_cache, random_writes_and_syncs_agree_with_a_naive_cache)
{
	struct rig_random random = { qy_test_seed() };
	static struct naive naive;
	uint64_t dma;

	memset(&naive, 0, sizeof(naive));
	attach(false);
	dma = qy_dma_map_single(&dev, buf, QY_PAGE_SIZE, QY_DMA_BIDIRECTIONAL, 0);
	for (uint64_t n = qy_test_scale(20000); n; n--) {
		uint32_t at = rig_below(&random, QY_PAGE_SIZE);
		uint32_t bytes = 1 + rig_below(&random, 2 * LINE);
		uint8_t value = (uint8_t)rig_random(&random);

		if (bytes > QY_PAGE_SIZE - at)
			bytes = QY_PAGE_SIZE - at;
		switch (rig_below(&random, 4)) {
		case 0: /* always another byte than before: a dirty line is seen as one */
			naive.cpu[at] = ++buf[at];
			naive.dirty[at / LINE] = true;
			break;
		case 1:
			device_writes(dma + at, value, bytes);
			memset(naive.ram + at, value, bytes);
			break;
		case 2:
			qy_dma_sync_single_for_device(
				&dev, dma + at, bytes, QY_DMA_BIDIRECTIONAL);
			naive_sync(&naive, at, bytes, false);
			break;
		default:
			qy_dma_sync_single_for_cpu(
				&dev, dma + at, bytes, QY_DMA_BIDIRECTIONAL);
			naive_sync(&naive, at, bytes, true);
		}
		compare(&naive, dma);
	}
	qy_dma_unmap_single(&dev, dma, QY_PAGE_SIZE, QY_DMA_BIDIRECTIONAL, 0);
	detach();
}
