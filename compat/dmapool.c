// SPDX-License-Identifier: MIT
/* Small blocks for devices, for drivers: those of quarry/dma.h, with what they hand out noted. No state. */
#include <linux/dmapool.h>

static struct qy_dma_pool *of(struct dma_pool *pool)
{
	return (struct qy_dma_pool *)pool;
}

struct dma_pool *dma_pool_create(
	const char *name, struct device *dev, size_t size, size_t align, size_t boundary)
{
	struct dma_pool *pool = qy_take(QY_HELD_POOL, GFP_KERNEL, size,
		qy_dma_pool_create(name, &dev->qy, size, align, boundary));

	qy_pool_made(pool, size, NULL);
	return pool;
}

void dma_pool_destroy(struct dma_pool *pool)
{
	qy_let_go(QY_HELD_POOL, pool);
	qy_pool_gone(pool);
	qy_dma_pool_destroy(of(pool));
}

struct dma_pool *dmam_pool_create(
	const char *name, struct device *dev, size_t size, size_t align, size_t boundary)
{
	struct qy_dma_pool *pool =
		qy_refuses(QY_HELD_POOL, GFP_KERNEL, size)
			? NULL
			: qy_dmam_pool_create(name, &dev->qy, size, align, boundary);

	qy_pool_made(pool, size, dev);
	return (struct dma_pool *)pool;
}

void dmam_pool_destroy(struct dma_pool *pool)
{
	qy_pool_gone(pool);
	qy_dmam_pool_destroy(of(pool));
}

void *dma_pool_alloc(struct dma_pool *pool, gfp_t gfp, dma_addr_t *handle)
{
	void *cpu = qy_take(QY_HELD_DMA, gfp, 0,
		qy_dma_pool_alloc(of(pool), gfp, (uint64_t *)handle));

	qy_pool_block(pool, cpu, true);
	return cpu;
}

void dma_pool_free(struct dma_pool *pool, void *cpu, dma_addr_t handle)
{
	qy_pool_block(pool, cpu, false);
	qy_let_go(QY_HELD_DMA, cpu);
	qy_dma_pool_free(of(pool), cpu, handle);
}
