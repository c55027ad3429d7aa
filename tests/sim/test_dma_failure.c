// SPDX-License-Identifier: MIT
/*
 * A driver's whole life, in which once each call of the port fails, and once each allocation: what fails is an error, the rest
 * is as if nothing had been, and no frame is lost.
 *
 * No state.
 */
#define RIG_SIM
#include "tests/model/rig.h"
#include <quarry/dma.h>
#include <quarry/slab.h>
#include <quarry/vmalloc.h>

static struct rig rig;
static unsigned int nr_failed;
static bool
	mapped; /* the port has mappings: memory behind an IOMMU comes in scattered frames */

static const struct qy_board_iommu iommu = { .name = "iommu" };
static const struct qy_board_device devices[] = {
	{ .name = "direct", .coherent = true },
	{ .name = "blind" }, /* atomic pools, small objects bounce */
	{ .name = "behind", .iommu = &iommu },
	{ .name = "own", .memory_region = 1 },
};

static bool failed(bool it)
{
	nr_failed += it;
	return it;
}

static void lists(struct qy_dma_dev *dev, char *a, char *b)
{
	struct scatterlist sg[2] = { 0 };

	sg[0].page_link = (unsigned long)qy_virt_to_page(rig.m, a);
	sg[0].length = 4096;
	sg[1].page_link = (unsigned long)qy_virt_to_page(rig.m, b) | QY_SG_END;
	sg[1].length = 4096;
	if (!failed(qy_dma_map_sg(dev, sg, 2, QY_DMA_BIDIRECTIONAL, 0) < 0))
		qy_dma_unmap_sg(dev, sg, 2, QY_DMA_BIDIRECTIONAL, 0);
}

static void mappings(struct qy_dma_dev *dev)
{
	char *a = qy_get_free_pages(rig.m, QY_GFP_KERNEL, 0);
	char *b = qy_get_free_pages(rig.m, QY_GFP_KERNEL, 0);
	uint64_t dma;

	if (!failed(!a || !b)) {
		dma = qy_dma_map_single(dev, a, 8, QY_DMA_FROM_DEVICE, 0);
		if (!failed(qy_dma_mapping_error(dev, dma) != 0))
			qy_dma_unmap_single(dev, dma, 8, QY_DMA_FROM_DEVICE, 0);
		lists(dev, a, b);
	}
	qy_free_pages_addr(rig.m, a, 0);
	qy_free_pages_addr(rig.m, b, 0);
}

static void life(const struct qy_board_device *desc)
{
	struct qy_dma_dev dev;
	struct qy_dma_pool *pool;
	uint64_t dma[4];
	void *p[3];

	if (failed(qy_dma_dev_init(rig.m, &dev, desc) != 0))
		return;
	p[0] = qy_dma_alloc_coherent(&dev, 20000, &dma[0], QY_GFP_KERNEL);
	p[1] = qy_dma_alloc_coherent(&dev, 4096, &dma[1], QY_GFP_ATOMIC);
	failed(!p[0]);
	failed(!p[1]);
	failed(!qy_dmam_alloc_attrs(&dev, MIB(1), &dma[3], QY_GFP_KERNEL, 0));
	pool = qy_dma_pool_create("p", &dev, 64, 64, 0);
	if (!failed(!pool)) {
		p[2] = qy_dma_pool_alloc(pool, QY_GFP_KERNEL, &dma[2]);
		if (!failed(!p[2]))
			qy_dma_pool_free(pool, p[2], dma[2]);
		qy_dma_pool_destroy(pool);
	}
	mappings(&dev);
	rig_check_valid(rig.m, "a driver's life");
	qy_dma_free_coherent(&dev, 20000, p[0], dma[0]);
	qy_dma_free_coherent(&dev, 4096, p[1], dma[1]);
	qy_dma_dev_remove(&dev);
}

/* Frames that nobody has, when caches of objects hold none in reserve. */
static uint64_t free_frames(void)
{
	struct qy_kmem_cache_info info;

	/* twice: what a shrink frees of one cache are sheaves, objects of another */
	for (int round = 0; round < 2; round++)
		for (unsigned int i = 0; qy_kmem_cache_info(rig.m, i, &info); i++)
			qy_kmem_cache_shrink(info.cache);
	qy_vm_unmap_aliases(rig.m);
	qy_drain_all_pages(rig.m);
	return rig_free_frames(rig.m);
}

static void boot(void)
{
	rig_one_zone(&rig, MIB(32), 1);
	rig.mapped = mapped;
	rig.board.cma = (struct qy_cma_request){ .given = true, .size = MIB(4) };
	rig.reserved[0] = (struct qy_reserved){ .name = "own",
		.base = GIB(1) + MIB(8),
		.size = MIB(2),
		.flags = QY_RESERVED_DMA_POOL | QY_RESERVED_NOMAP };
	rig.board.reserved = rig.reserved;
	rig.board.nr_reserved = 1;
	rig_boot(&rig);
}

/* Return: port calls of the four lives. */
static uint64_t all_lives(uint64_t fail_port_at, uint64_t fail_page_at)
{
	struct qy_fault_attr attr;
	uint64_t calls, frames;

	boot();
	nr_failed = 0;
	if (fail_page_at) {
		qy_fail_page_alloc_get(rig.m, &attr);
		attr.probability = 100;
		attr.interval = 1;
		attr.times = 1;
		attr.space = (int32_t)fail_page_at - 1;
		attr.min_order = 0;
		attr.verbose = 0;
		attr.ignore_gfp_wait = attr.ignore_gfp_highmem = false;
		qy_fail_page_alloc_set(rig.m, &attr);
	}
	calls = qy_sim_port_calls(rig.m);
	qy_sim_fail_port_call(rig.m, fail_port_at);
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		life(&devices[i]);
	calls = qy_sim_port_calls(rig.m) - calls;
	qy_sim_fail_port_call(rig.m, 0);
	if (fail_page_at) {
		attr.probability = 0;
		qy_fail_page_alloc_set(rig.m, &attr);
	}
	/* once more without trouble: what is made for the first device is there, and nothing grows */
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		life(&devices[i]);
	frames = free_frames();
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		life(&devices[i]);
	/* objects may have come together in fewer slabs */
	CHECK(free_frames() >= frames);
	rig_check_valid(rig.m, "the end");
	rig_down(&rig);
	return calls;
}

static uint64_t fail_each_port_call(void)
{
	uint64_t calls = all_lives(0, 0);

	CHECK(calls > 0);
	CHECK_EQ(nr_failed, 0);
	for (uint64_t n = 1; n <= calls; n++)
		all_lives(n, 0);
	return calls;
}

TEST(dma_failure, whichever_call_of_the_port_fails_no_frame_is_lost)
{
	uint64_t without = fail_each_port_call();

	mapped = true;
	CHECK(fail_each_port_call() >
		without); /* the window, and each range of scattered frames */
	mapped = false;
}

TEST(dma_failure, whichever_page_is_refused_no_frame_is_lost)
{
	for (int with = 0; with < 2; with++) {
		unsigned int seen = 0;

		mapped = with;
		for (uint64_t n = 1; n <= 60; n++) {
			all_lives(0, n);
			seen += nr_failed != 0;
		}
		CHECK(seen > 10);
	}
	mapped = false;
}
