/* SPDX-License-Identifier: MIT */
/* Small blocks for devices, as inlines over quarry/dma.h. No state. */
#ifndef COMPAT_LINUX_DMAPOOL_H
#define COMPAT_LINUX_DMAPOOL_H

#include <linux/dma-mapping.h>

#define dma_pool qy_dma_pool

static inline struct dma_pool *dma_pool_create(
	const char *name, struct device *dev, size_t size, size_t align, size_t boundary)
{
	return qy_take(QY_HELD_POOL, GFP_KERNEL, size,
		qy_dma_pool_create(name, &dev->qy, size, align, boundary));
}

static inline void dma_pool_destroy(struct dma_pool *pool)
{
	qy_let_go(QY_HELD_POOL, pool);
	qy_dma_pool_destroy(pool);
}

static inline void *dma_pool_alloc(struct dma_pool *pool, gfp_t gfp, dma_addr_t *handle)
{
	return qy_take(
		QY_HELD_DMA, gfp, 0, qy_dma_pool_alloc(pool, gfp, (uint64_t *)handle));
}

static inline void *dma_pool_zalloc(struct dma_pool *pool, gfp_t gfp, dma_addr_t *handle)
{
	return qy_take(
		QY_HELD_DMA, gfp, 0, qy_dma_pool_zalloc(pool, gfp, (uint64_t *)handle));
}

static inline void dma_pool_free(struct dma_pool *pool, void *cpu, dma_addr_t handle)
{
	qy_let_go(QY_HELD_DMA, cpu);
	qy_dma_pool_free(pool, cpu, handle);
}

static inline struct dma_pool *dmam_pool_create(
	const char *name, struct device *dev, size_t size, size_t align, size_t boundary)
{
	if (qy_refuses(QY_HELD_POOL, GFP_KERNEL, size))
		return NULL;
	return qy_dmam_pool_create(name, &dev->qy, size, align, boundary);
}

static inline void dmam_pool_destroy(struct dma_pool *pool)
{
	qy_dmam_pool_destroy(pool);
}

#endif
