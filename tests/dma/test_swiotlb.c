// SPDX-License-Identifier: MIT
/*
 * Bounce buffers: who is bounced, what a sync copies, how much there is, and what is said when there is no more.
 *
 * No state.
 */
#include "tests/model/rig.h"
#include <quarry/dma.h>
#include <quarry/slab.h>

static struct rig rig;
static struct qy_dma_dev dev;
static struct qy_board_device desc;
static struct page *page;
static char *high;

/* A PC with RAM past 4 GiB, a device of 32 bits, and a page that it does not reach. @slots: 0 = the kernel's rule. */
static void boot(uint32_t slots, bool force)
{
	rig_x86(&rig, MIB(192), MIB(64), 2);
	rig.board.dma.swiotlb_slots = slots;
	rig.board.dma.swiotlb_force = force;
	rig_boot(&rig);
	desc = (struct qy_board_device){ .name = "0000:00:04.0", .pci = true };
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 2);
	CHECK(qy_page_to_phys(rig.m, page) >= GIB(4));
	high = qy_page_address(rig.m, page);
}

static void down(void)
{
	qy_free_pages(rig.m, page, 2);
	rig_check_valid(rig.m, "work");
	qy_dma_dev_remove(&dev);
	rig_down(&rig);
}

static struct qy_swiotlb_stats pool(void)
{
	struct qy_swiotlb_stats stats;

	CHECK(qy_swiotlb_stats(rig.m, &stats));
	return stats;
}

static char *device_view(uint64_t dma)
{
	uint64_t phys;

	CHECK_EQ(qy_dma_to_phys(&dev, dma, true, &phys, NULL), QY_DMA_REACHED);
	return qy_dma_ram(rig.m, phys);
}

TEST(swiotlb, the_pool_is_64_mib_below_4_gib_and_says_where)
{
	boot(0, false);
	CHECK_EQ(pool().nr_slots, 32768);
	CHECK(pool().base + MIB(64) <= GIB(4));
	CHECK_EQ(rig_log_count(&rig, "software IO TLB: area num 2."), 1);
	CHECK_EQ(rig_log_count(&rig, "software IO TLB: mapped [mem 0x00000000"), 1);
	CHECK_EQ(rig_log_count(&rig, "] (64MB)"), 1);
	down();
}

TEST(swiotlb, what_the_device_does_not_reach_is_copied_at_the_map_and_at_the_unmap)
{
	uint64_t dma;

	boot(0, false);
	strcpy(high + 100, "to the device");
	dma = qy_dma_map_single(&dev, high + 100, 500, QY_DMA_TO_DEVICE, 0);
	CHECK_EQ(qy_dma_mapping_error(&dev, dma), 0);
	CHECK(dma + 499 <= QY_DMA_BIT_MASK(32));
	CHECK_STR_EQ(device_view(dma), "to the device");
	CHECK(qy_dma_need_sync(&dev, dma));
	CHECK_EQ(pool().used_slots, 1);
	strcpy(high + 100, "without a sync"); /* the device sees what was there */
	CHECK_STR_EQ(device_view(dma), "to the device");
	qy_dma_sync_single_for_device(&dev, dma, 500, QY_DMA_TO_DEVICE);
	CHECK_STR_EQ(device_view(dma), "without a sync");
	strcpy(device_view(dma), "a device that only reads");
	qy_dma_unmap_single(&dev, dma, 500, QY_DMA_TO_DEVICE, 0);
	CHECK_STR_EQ(high + 100, "without a sync");
	CHECK_EQ(pool().used_slots, 0);

	/* what it leaves alone is what was there */
	strcpy(high, "keep KEEP");
	dma = qy_dma_map_single(&dev, high, 4096, QY_DMA_FROM_DEVICE, 0);
	memcpy(device_view(dma), "from", 4);
	CHECK_STR_EQ(high, "keep KEEP");
	qy_dma_sync_single_for_cpu(&dev, dma, 4, QY_DMA_FROM_DEVICE);
	CHECK_STR_EQ(high, "from KEEP");
	qy_dma_unmap_single(&dev, dma, 4096, QY_DMA_FROM_DEVICE, 0);
	CHECK_STR_EQ(high, "from KEEP");
	CHECK_EQ(pool().hiwater_slots, 2);
	down();
}

TEST(swiotlb, a_sync_of_a_part_copies_that_part)
{
	uint64_t dma;

	boot(0, false);
	memset(high, 'a', 16384);
	dma = qy_dma_map_single(&dev, high, 16384, QY_DMA_BIDIRECTIONAL, 0);
	memset(device_view(dma), 'd', 16384);
	qy_dma_sync_single_for_cpu(&dev, dma + 3000, 5000, QY_DMA_BIDIRECTIONAL);
	for (int i = 0; i < 16384; i++)
		CHECK_EQ(high[i], i >= 3000 && i < 8000 ? 'd' : 'a');
	qy_dma_unmap_single(
		&dev, dma, 16384, QY_DMA_BIDIRECTIONAL, QY_DMA_ATTR_SKIP_CPU_SYNC);
	CHECK_EQ(high[0], 'a');
	CHECK_EQ(pool().used_slots, 0);
	down();
}

TEST(swiotlb, a_mapping_has_256_kib_at_most_and_the_message_has_linux_words)
{
	struct page *large;

	boot(0, false);
	CHECK_EQ(qy_dma_max_mapping_size(&dev), 262144);
	CHECK_EQ(qy_dma_opt_mapping_size(&dev), 262144);
	large = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 7);
	CHECK_EQ(qy_dma_map_page(&dev, large, 0, 262145, QY_DMA_TO_DEVICE, 0),
		QY_DMA_MAPPING_ERROR);
	CHECK_EQ(
		rig_log_count(&rig,
			"pci 0000:00:04.0: swiotlb buffer is full (sz: 262145 bytes), total 32768 (slots), used 0 (slots)"),
		1);
	CHECK(qy_dma_map_page(&dev, large, 0, 262144, QY_DMA_TO_DEVICE, 0) !=
		QY_DMA_MAPPING_ERROR);
	CHECK_EQ(pool().used_slots, 128);
	/* a device that reaches all of RAM needs none */
	CHECK_EQ(qy_dma_set_mask(&dev, QY_DMA_BIT_MASK(64)), 0);
	CHECK_EQ(qy_dma_max_mapping_size(&dev), SIZE_MAX);
	CHECK_EQ(qy_dma_map_page(&dev, large, 0, 262145, QY_DMA_TO_DEVICE, 0),
		qy_page_to_phys(rig.m, large));
	qy_free_pages(rig.m, large, 7);
	down();
}

TEST(swiotlb, an_exhausted_pool_is_an_error_and_comes_back)
{
	uint64_t dma[600];
	int nr = 0;

	boot(512, false);
	CHECK_EQ(pool().nr_slots, 512);
	while (nr < 600 &&
		(dma[nr] = qy_dma_map_single(&dev, high, 2000, QY_DMA_TO_DEVICE,
			 QY_DMA_ATTR_NO_WARN)) != QY_DMA_MAPPING_ERROR)
		nr++;
	CHECK_EQ(nr, 512);
	CHECK_EQ(rig_log_count(&rig, "swiotlb buffer is full"), 0);
	rig_check_valid(rig.m, "all slots are used");
	while (nr)
		qy_dma_unmap_single(&dev, dma[--nr], 2000, QY_DMA_TO_DEVICE, 0);
	CHECK_EQ(pool().used_slots, 0);
	/* an unmap of what is not mapped changes nothing */
	qy_dma_unmap_single(&dev, dma[0], 2000, QY_DMA_TO_DEVICE, 0);
	CHECK_EQ(pool().used_slots, 0);
	down();
}

TEST(swiotlb, force_bounces_what_the_device_reaches_and_noforce_leaves_no_pool)
{
	struct qy_swiotlb_stats stats;
	uint64_t dma;
	void *low;

	boot(0, true);
	low = qy_kmalloc(rig.m, 64, QY_GFP_KERNEL | QY_GFP_DMA);
	dma = qy_dma_map_single(&dev, low, 64, QY_DMA_TO_DEVICE, 0);
	CHECK(dma != qy_virt_to_phys(rig.m, low));
	CHECK_EQ(pool().used_slots, 1);
	qy_dma_unmap_single(&dev, dma, 64, QY_DMA_TO_DEVICE, 0);
	qy_kfree(rig.m, low);
	down();

	rig_x86(&rig, MIB(64), MIB(64), 1);
	rig.board.dma.swiotlb_off = true;
	rig_boot(&rig);
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
	CHECK(!qy_swiotlb_stats(rig.m, &stats));
	qy_dma_dev_remove(&dev);
	rig_down(&rig);
}

/* The pool lies above the 16 MiB that an ISA device reaches. */
TEST(swiotlb, a_device_that_does_not_reach_the_pool_is_told_so)
{
	boot(0, false);
	CHECK_EQ(qy_dma_set_mask_and_coherent(&dev, QY_DMA_BIT_MASK(24)), 0);
	CHECK_EQ(qy_dma_map_single(&dev, high, 64, QY_DMA_TO_DEVICE, 0),
		QY_DMA_MAPPING_ERROR);
	CHECK_EQ(rig_log_count(&rig, "swiotlb addr 0x"), 1);
	CHECK_EQ(rig_log_count(&rig, "+64 overflow (mask ffffff, bus limit 0)."), 1);
	CHECK_EQ(pool().used_slots, 0);
	down();
}

TEST(swiotlb, the_low_bits_that_a_device_wants_kept_are_kept)
{
	uint64_t dma;

	boot(0, false);
	dev.min_align_mask = 4095; /* as NVMe */
	CHECK_EQ(qy_dma_max_mapping_size(&dev), 262144 - 4096);
	for (unsigned int offset = 0; offset < 4096; offset += 500) {
		memset(high + offset, (int)(offset / 500 + 1), 3000);
		dma = qy_dma_map_single(&dev, high + offset, 3000, QY_DMA_TO_DEVICE, 0);
		CHECK_EQ(dma & 4095, offset);
		CHECK(!memcmp(device_view(dma), high + offset, 3000));
		memset(device_view(dma), 0x77, 3000);
		qy_dma_sync_single_for_cpu(&dev, dma + 2500, 500, QY_DMA_FROM_DEVICE);
		CHECK_EQ(high[offset + 2499], (char)(offset / 500 + 1));
		CHECK_EQ(high[offset + 2500], 0x77);
		qy_dma_unmap_single(&dev, dma, 3000, QY_DMA_TO_DEVICE, 0);
	}
	CHECK_EQ(pool().used_slots, 0);
	down();
}

/* arm64: kmalloc goes below a cache line, and such an object is not given to a device that writes past the cache. */
TEST(swiotlb, a_small_object_is_bounced_for_a_device_that_does_not_see_the_cache)
{
	static const struct {
		size_t size;
		enum qy_dma_direction dir;
		bool bounced;
	} cases[] = { { 8, QY_DMA_FROM_DEVICE, true }, { 96, QY_DMA_BIDIRECTIONAL, true },
		{ 8, QY_DMA_TO_DEVICE, false }, { 64, QY_DMA_FROM_DEVICE, false },
		{ 100, QY_DMA_FROM_DEVICE, false }, { 256, QY_DMA_FROM_DEVICE, false } };

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	desc = (struct qy_board_device){ .name = "spi" };
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		void *p = qy_kmalloc(rig.m, cases[i].size, QY_GFP_KERNEL);
		uint64_t dma = qy_dma_map_single(&dev, p, cases[i].size, cases[i].dir, 0);

		CHECK_EQ(dma != qy_virt_to_phys(rig.m, p), cases[i].bounced);
		qy_dma_unmap_single(&dev, dma, cases[i].size, cases[i].dir, 0);
		qy_kfree(rig.m, p);
	}
	rig_check_valid(rig.m, "small objects");
	qy_dma_dev_remove(&dev);
	rig_down(&rig);
}
