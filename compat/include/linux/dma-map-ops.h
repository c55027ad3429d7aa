/* SPDX-License-Identifier: MIT */
/* CMA areas as devices see them. No state. */
#ifndef COMPAT_LINUX_DMA_MAP_OPS_H
#define COMPAT_LINUX_DMA_MAP_OPS_H

#include <linux/cma.h>
#include <linux/dma-mapping.h>

#define dma_contiguous_default_area qy_compat_cma(qy_cma_default(qy_this_machine()))

/* Its own area, or the default one. */
static inline struct cma *dev_get_cma_area(struct device *dev)
{
	return dev && dev->qy.cma >= 0 ? qy_compat_cma(dev->qy.cma)
				       : dma_contiguous_default_area;
}

static inline struct page *dma_alloc_from_contiguous(
	struct device *dev, size_t count, unsigned int align, bool no_warn)
{
	return cma_alloc(dev_get_cma_area(dev), count,
		align > QY_CMA_ALIGNMENT ? QY_CMA_ALIGNMENT : align, no_warn);
}

static inline bool dma_release_from_contiguous(
	struct device *dev, struct page *pages, int count)
{
	return cma_release(dev_get_cma_area(dev), pages, (unsigned long)count);
}

struct dma_map_ops;
/* stub: a device's way to memory is the board's: no driver brings one */
#define set_dma_ops(dev, ops) ((void)(dev), (void)(ops))

#endif
