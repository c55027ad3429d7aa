/* SPDX-License-Identifier: MIT */
/* The area of devices that have none of their own; what takes a device is absent until the dma room is built. No state. */
#ifndef COMPAT_LINUX_DMA_MAP_OPS_H
#define COMPAT_LINUX_DMA_MAP_OPS_H

#include <linux/cma.h>
#include <linux/dma-mapping.h>

#define dma_contiguous_default_area qy_compat_cma(qy_cma_default(qy_this_machine()))

#define QY_UNTIL "until the dma room"
QY_ABSENT(struct cma *, dev_get_cma_area, (struct device * dev), QY_UNTIL);
QY_ABSENT(struct page *, dma_alloc_from_contiguous,
	(struct device * dev, size_t count, unsigned int order, bool no_warn), QY_UNTIL);
QY_ABSENT(bool, dma_release_from_contiguous,
	(struct device * dev, struct page *pages, int count), QY_UNTIL);
#undef QY_UNTIL

#endif
