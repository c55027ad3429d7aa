// SPDX-License-Identifier: MIT
/* Pools of blocks for devices: each block aligned, inside of its boundary, cleared, and apart from all others. */
#include <linux/dmapool.h>
#include "tests/drivers/models/models.h"
#include "tests/runner/test.h"

#define MAX_BLOCKS 300

static struct {
	u8 *cpu, tag;
	dma_addr_t dma;
} block[MAX_BLOCKS];

static void rounds(u64 *random, struct device *dev, size_t size, size_t align,
	size_t boundary, unsigned long steps)
{
	struct dma_pool *pool = dma_pool_create("model", dev, size, align, boundary);
	unsigned int nr = 0, most = 0;

	CHECK(pool);
	for (; steps; steps--) {
		if (nr < MAX_BLOCKS && (!nr || model_below(random, 100) < 55)) {
			gfp_t gfp = model_below(random, 2) ? GFP_KERNEL : GFP_ATOMIC;
			dma_addr_t dma;
			u8 *p = dma_pool_zalloc(pool, gfp, &dma);

			if (!p && gfp == GFP_ATOMIC) /* what is kept for these is out */
				p = dma_pool_zalloc(pool, GFP_KERNEL, &dma);
			CHECK(p);
			CHECK_EQ(virt_to_phys(p), dma);
			CHECK_EQ(dma % align, 0);
			if (boundary)
				CHECK_EQ(dma / boundary, (dma + size - 1) / boundary);
			CHECK(!memchr_inv(p, 0, size));
			block[nr].cpu = p;
			block[nr].dma = dma;
			block[nr].tag = (u8)model_below(random, 256);
			memset(p, block[nr].tag, size);
			nr++;
			most = max(most, nr);
		} else {
			u32 i = model_below(random, nr);

			CHECK(!memchr_inv(block[i].cpu, block[i].tag, size));
			dma_pool_free(pool, block[i].cpu, block[i].dma);
			block[i] = block[--nr];
		}
	}
	while (nr--) {
		CHECK(!memchr_inv(block[nr].cpu, block[nr].tag, size));
		dma_pool_free(pool, block[nr].cpu, block[nr].dma);
	}
	dma_pool_destroy(pool);
}

static void refused(struct device *dev)
{
	CHECK(!dma_pool_create("none", dev, 0, 8, 0));
	CHECK(!dma_pool_create("none", dev, 64, 3, 0));
	CHECK(!dma_pool_create("none", dev, 64, 8, 100));
	CHECK(!dma_pool_create("none", dev, 512, 8, 256));
	dma_pool_destroy(NULL);
}

void dmapool_model(u64 seed, unsigned long steps)
{
	static const struct {
		size_t size, align, boundary;
	} shapes[] = { { 16, 16, 0 }, { 100, 4, 256 }, { 24, 8, 0 }, { 1000, 8, 4096 },
		{ 5000, 8, 0 }, { 64, 64, 64 } };
	static const struct qy_board_device desc = { .name = "model" };
	static struct device dev;

	CHECK_EQ(qy_device_add(&dev, &desc), 0);
	refused(&dev);
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
		rounds(&seed, &dev, shapes[i].size, shapes[i].align, shapes[i].boundary,
			steps / ARRAY_SIZE(shapes));
	qy_device_del(&dev);
}
