// SPDX-License-Identifier: MIT
/*
 * A driver as the lecture draws it: one buffer for CPU and device, one address for each. It does not know whether an IOMMU is
 * between them.
 */
#include <linux/dma-mapping.h>
#include <linux/slab.h>
#include "tests/drivers/drivers.h"

struct frame_device {
	struct device dev;
	void *cpu;
	dma_addr_t handle;
	size_t size;
};

struct frame_device *frame_probe(const void *of_node, size_t frame_bytes)
{
	struct frame_device *frame = kzalloc(sizeof(*frame), GFP_KERNEL);

	if (!frame)
		return NULL;
	if (qy_device_add(&frame->dev, of_node))
		goto free_frame;
	if (dma_set_mask_and_coherent(&frame->dev, DMA_BIT_MASK(32)))
		goto del_device;
	frame->size = frame_bytes;
	frame->cpu =
		dma_alloc_coherent(&frame->dev, frame_bytes, &frame->handle, GFP_KERNEL);
	if (!frame->cpu)
		goto del_device;
	return frame;
del_device:
	qy_device_del(&frame->dev);
free_frame:
	kfree(frame);
	return NULL;
}

void *frame_cpu(const struct frame_device *frame)
{
	return frame->cpu;
}

unsigned long long frame_handle(const struct frame_device *frame)
{
	return frame->handle;
}

void *frame_hardware(struct frame_device *frame)
{
	return &frame->dev.qy;
}

/* A command of the CPU goes to the device and comes back changed. Return: 0 or -errno. */
int frame_command(struct frame_device *frame, void *command, size_t bytes,
	void (*device)(void *arg, unsigned long long handle), void *arg)
{
	dma_addr_t handle =
		dma_map_single(&frame->dev, command, bytes, DMA_BIDIRECTIONAL);

	if (dma_mapping_error(&frame->dev, handle))
		return -12;
	device(arg, handle);
	dma_unmap_single(&frame->dev, handle, bytes, DMA_BIDIRECTIONAL);
	return 0;
}

void frame_remove(struct frame_device *frame)
{
	dma_free_coherent(&frame->dev, frame->size, frame->cpu, frame->handle);
	qy_device_del(&frame->dev);
	kfree(frame);
}
