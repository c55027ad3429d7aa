/* SPDX-License-Identifier: MIT */
/* Memory for devices: absent until its room is built. No state. */
#ifndef COMPAT_LINUX_DMA_MAPPING_H
#define COMPAT_LINUX_DMA_MAPPING_H

#include <linux/gfp.h>

#define DMA_BIT_MASK(n) ((n) == 64 ? ~0ULL : (1ULL << ((n)&63)) - 1)

struct device;

#define QY_UNTIL "until the dma room"
QY_ABSENT(int, dma_set_mask, (struct device * dev, u64 mask), QY_UNTIL);
QY_ABSENT(int, dma_set_coherent_mask, (struct device * dev, u64 mask), QY_UNTIL);
QY_ABSENT(int, dma_set_mask_and_coherent, (struct device * dev, u64 mask), QY_UNTIL);
QY_ABSENT(void *, dma_alloc_coherent,
	(struct device * dev, size_t size_bytes, dma_addr_t *handle, gfp_t gfp),
	QY_UNTIL);
QY_ABSENT(void, dma_free_coherent,
	(struct device * dev, size_t size_bytes, void *addr, dma_addr_t handle),
	QY_UNTIL);
QY_ABSENT(dma_addr_t, dma_map_single,
	(struct device * dev, void *addr, size_t size_bytes, int direction), QY_UNTIL);
QY_ABSENT(void, dma_unmap_single,
	(struct device * dev, dma_addr_t handle, size_t size_bytes, int direction),
	QY_UNTIL);
QY_ABSENT(int, dma_mapping_error, (struct device * dev, dma_addr_t handle), QY_UNTIL);
#undef QY_UNTIL

#endif
