// SPDX-License-Identifier: MIT
/*
 * RAM of a device's own, and the pools for who may not sleep.
 *
 * No state.
 */
#include "tests/model/rig.h"
#include <quarry/dma.h>
#include <quarry/slab.h>

static struct rig rig;
static struct qy_dma_dev dev, other;
static struct qy_board_device desc;

/* 64 MiB with a no-map pool of 2 MiB and a vendor's region that is no pool. */
static void boot(bool coherent)
{
	rig_one_zone(&rig, MIB(64), 1);
	rig.reserved[0] = (struct qy_reserved){ .name = "rproc",
		.base = GIB(1) + MIB(8),
		.size = MIB(2),
		.flags = QY_RESERVED_DMA_POOL | QY_RESERVED_NOMAP };
	rig.reserved[1] = (struct qy_reserved){
		.name = "vendor", .base = GIB(1) + MIB(16), .size = MIB(2)
	};
	rig.board.reserved = rig.reserved;
	rig.board.nr_reserved = 2;
	rig_boot(&rig);
	desc = (struct qy_board_device){
		.name = "rproc", .coherent = coherent, .memory_region = 1
	};
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
}

static uint64_t used(void)
{
	uint64_t pages;

	CHECK(qy_dma_region_stats(rig.m, 0, &pages));
	return pages;
}

TEST(dma_area, a_device_with_ram_of_its_own_has_no_other)
{
	uint64_t dma, dma2, before;
	char *p, *q;

	boot(true);
	before = rig_free_frames(rig.m);
	p = qy_dma_alloc_coherent(&dev, 12288, &dma, QY_GFP_KERNEL);
	CHECK_EQ(dma, GIB(1) + MIB(8));
	CHECK_EQ(used(), 4); /* a power of two is taken */
	q = qy_dma_alloc_coherent(&dev, 4096, &dma2, QY_GFP_ATOMIC);
	CHECK_EQ(dma2, dma + 16384);
	memset(p, 0x5a, 12288);
	CHECK_EQ(q[0], 0);
	CHECK(qy_dma_ram(rig.m, dma) == p);
	CHECK(!qy_virt_to_page(rig.m, p)); /* outside the linear mapping */
	CHECK(!qy_dma_alloc_coherent(&dev, MIB(2), &dma2, QY_GFP_KERNEL));
	CHECK(!qy_dma_alloc_coherent(&dev, MIB(4), &dma2, QY_GFP_KERNEL));
	CHECK_EQ(rig_free_frames(rig.m), before);
	qy_dma_free_coherent(&dev, 12288, p, dma);
	qy_dma_free_coherent(&dev, 12288, p, dma);
	CHECK_EQ(rig_log_count(&rig, "not all handed out"), 1);
	qy_dma_free_coherent(&dev, 4096, q, dma + 16384);
	CHECK_EQ(used(), 0);
	p = qy_dma_alloc_coherent(&dev, MIB(2), &dma, QY_GFP_KERNEL);
	CHECK_EQ(dma, GIB(1) + MIB(8));
	qy_dma_free_coherent(&dev, MIB(2), p, dma);
	rig_check_valid(rig.m, "the area");
	qy_dma_dev_remove(&dev);
	rig_down(&rig);
}

TEST(dma_area, devices_share_a_region_and_a_driver_may_bind_it_later)
{
	uint64_t dma, dma2;
	char *p, *q;

	boot(true);
	desc.memory_region = 0;
	CHECK_EQ(qy_dma_dev_init(rig.m, &other, &desc), 0);
	CHECK(!other.area);
	CHECK_EQ(qy_dma_dev_bind_region(&other, 1), -22);
	CHECK_EQ(qy_dma_dev_bind_region(&other, 2), -22);
	CHECK_EQ(qy_dma_dev_bind_region(&other, 0), 0);
	CHECK_EQ(qy_dma_dev_bind_region(&other, 0), -22);
	p = qy_dma_alloc_coherent(&dev, 4096, &dma, QY_GFP_KERNEL);
	q = qy_dma_alloc_coherent(&other, 4096, &dma2, QY_GFP_KERNEL);
	CHECK_EQ(dma2, dma + 4096);
	CHECK_EQ(used(), 2);
	qy_dma_free_coherent(&other, 4096, q, dma2);
	qy_dma_dev_unbind_region(&other);
	q = qy_dma_alloc_coherent(&other, 4096, &dma2, QY_GFP_KERNEL);
	CHECK_EQ(used(), 1);
	qy_dma_free_coherent(&other, 4096, q, dma2);
	qy_dma_free_coherent(&dev, 4096, p, dma);
	qy_dma_dev_remove(&other);
	qy_dma_dev_remove(&dev);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ atomic pools */

static void boot_plain(uint64_t coherent_pool)
{
	rig_two_zones(&rig, MIB(64), GIB(1) + MIB(32), 2);
	rig.board.dma.coherent_pool = coherent_pool;
	rig.board.dma.swiotlb_off = true; /* it would be all of the small zone DMA */
	rig_boot(&rig);
	desc = (struct qy_board_device){ .name = "eth" };
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
}

TEST(atomic_pool, who_may_not_sleep_is_served_from_it_and_nobody_else)
{
	uint64_t before, dma;
	void *p;

	boot_plain(0);
	CHECK_EQ(
		rig_log_count(&rig,
			"DMA: preallocated 128 KiB GFP_KERNEL pool for atomic allocations"),
		1);
	CHECK_EQ(
		rig_log_count(&rig,
			"DMA: preallocated 128 KiB GFP_KERNEL|GFP_DMA pool for atomic allocations"),
		1);
	before = rig_free_frames(rig.m);
	p = qy_dma_alloc_coherent(&dev, 12288, &dma, QY_GFP_ATOMIC);
	CHECK(p);
	CHECK_EQ(dma & 16383, 0);
	CHECK_EQ(rig_free_frames(rig.m), before);
	memset(p, 0x5a, 12288);
	qy_dma_free_coherent(&dev, 12288, p, dma);
	p = qy_dma_alloc_coherent(&dev, 12288, &dma, QY_GFP_ATOMIC);
	CHECK_EQ(((char *)p)[5000], 0);
	qy_dma_free_coherent(&dev, 12288, p, dma);
	CHECK_EQ(rig_log_count(&rig, "BUG"), 0);
	CHECK_EQ(rig_free_frames(rig.m), before);
	p = qy_dma_alloc_coherent(&dev, 12288, &dma, QY_GFP_KERNEL);
	CHECK_EQ(rig_free_frames(rig.m), before - 4);
	qy_dma_free_coherent(&dev, 12288, p, dma);
	rig_check_valid(rig.m, "atomic requests");
	qy_dma_dev_remove(&dev);
	rig_down(&rig);
}

TEST(atomic_pool, it_ends_with_a_message_and_grows_in_the_background)
{
	uint64_t dma[128];
	void *p[128];
	int nr = 0, more;

	boot_plain(65536);
	CHECK_EQ(rig_log_count(&rig, "DMA: preallocated 64 KiB GFP_KERNEL pool"), 1);
	while (nr < 128 &&
		(p[nr] = qy_dma_alloc_coherent(&dev, 4096, &dma[nr], QY_GFP_ATOMIC)))
		nr++;
	CHECK_EQ(nr, 32); /* of 32 bits: the pools DMA32 and DMA */
	CHECK_EQ(rig_log_count(&rig, "DMA: Failed to get suitable pool for eth"), 1);
	qy_vmstat_tick(rig.m, 0);
	more = nr;
	while (more < 128 &&
		(p[more] = qy_dma_alloc_coherent(&dev, 4096, &dma[more], QY_GFP_ATOMIC)))
		more++;
	CHECK_EQ(more, 64);
	CHECK_EQ(rig_log_count(&rig, "Failed to get suitable pool"), 1);
	while (more--)
		qy_dma_free_coherent(&dev, 4096, p[more], dma[more]);
	rig_check_valid(rig.m, "growing");
	qy_dma_dev_remove(&dev);
	rig_down(&rig);
}

TEST(atomic_pool, a_device_of_24_bits_is_served_from_the_zone_it_reaches)
{
	uint64_t dma;
	void *p;

	rig_init(&rig, QY_ARCH_ARM64, 1);
	rig_bank(&rig, 0, MIB(128), 0);
	rig.board.dma_limit = MIB(16);
	rig.board.dma.swiotlb_off = true;
	rig_boot(&rig);
	desc = (struct qy_board_device){ .name = "old" };
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
	CHECK_EQ(qy_dma_set_mask_and_coherent(&dev, QY_DMA_BIT_MASK(24)), 0);
	p = qy_dma_alloc_coherent(&dev, 4096, &dma, QY_GFP_ATOMIC);
	CHECK(p);
	CHECK(dma + 4095 < MIB(16));
	qy_dma_free_coherent(&dev, 4096, p, dma);
	qy_dma_dev_remove(&dev);
	rig_down(&rig);
}
