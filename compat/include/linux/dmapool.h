/* SPDX-License-Identifier: MIT */
/* Small blocks for devices: absent until the dma room is built. No state. */
#ifndef COMPAT_LINUX_DMAPOOL_H
#define COMPAT_LINUX_DMAPOOL_H

#include <linux/dma-mapping.h>

struct dma_pool;

#define QY_UNTIL "until the dma room"
QY_ABSENT(struct dma_pool *, dma_pool_create,
	(const char *name, struct device *dev, size_t size_bytes, size_t align,
		size_t boundary),
	QY_UNTIL);
QY_ABSENT(void, dma_pool_destroy, (struct dma_pool * pool), QY_UNTIL);
QY_ABSENT(void *, dma_pool_alloc, (struct dma_pool * pool, gfp_t gfp, dma_addr_t *handle),
	QY_UNTIL);
QY_ABSENT(void, dma_pool_free, (struct dma_pool * pool, void *addr, dma_addr_t handle),
	QY_UNTIL);
#undef QY_UNTIL

#endif
