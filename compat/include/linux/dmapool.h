/* SPDX-License-Identifier: MIT */
/* Small blocks for devices, over quarry/dma.h. No state. */
#ifndef COMPAT_LINUX_DMAPOOL_H
#define COMPAT_LINUX_DMAPOOL_H

#include <linux/dma-mapping.h>

struct dma_pool;

/* NULL: a bad argument, no memory. Context: task, may sleep. */
struct dma_pool *dma_pool_create(const char *name, struct device *dev, size_t size,
	size_t align, size_t boundary) QY_REAL(dma_pool_create);
void dma_pool_destroy(struct dma_pool *pool) QY_REAL(dma_pool_destroy);
/* Goes with the binding of the driver. */
struct dma_pool *dmam_pool_create(const char *name, struct device *dev, size_t size,
	size_t align, size_t boundary) QY_REAL(dmam_pool_create);
void dmam_pool_destroy(struct dma_pool *pool) QY_REAL(dmam_pool_destroy);

/* Context: any; may sleep if @gfp allows it. */
void *dma_pool_alloc(struct dma_pool *pool, gfp_t gfp, dma_addr_t *handle)
	QY_REAL(dma_pool_alloc);
void dma_pool_free(struct dma_pool *pool, void *cpu, dma_addr_t handle)
	QY_REAL(dma_pool_free);

static inline void *dma_pool_zalloc(struct dma_pool *pool, gfp_t gfp, dma_addr_t *handle)
{
	return dma_pool_alloc(pool, gfp | __GFP_ZERO, handle);
}

#endif
