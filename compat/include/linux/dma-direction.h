/* SPDX-License-Identifier: MIT */
/* Who writes a mapping. No state. */
#ifndef COMPAT_LINUX_DMA_DIRECTION_H
#define COMPAT_LINUX_DMA_DIRECTION_H

#include <quarry/dma.h>

enum dma_data_direction {
	DMA_BIDIRECTIONAL = QY_DMA_BIDIRECTIONAL,
	DMA_TO_DEVICE = QY_DMA_TO_DEVICE,
	DMA_FROM_DEVICE = QY_DMA_FROM_DEVICE,
	DMA_NONE = QY_DMA_NONE,
};

static inline int valid_dma_direction(enum dma_data_direction direction)
{
	return direction == DMA_BIDIRECTIONAL || direction == DMA_TO_DEVICE ||
	       direction == DMA_FROM_DEVICE;
}

#endif
