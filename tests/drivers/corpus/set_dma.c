// SPDX-License-Identifier: MIT
/* Mistakes with memory that a device has, all in one driver: each goes on to the next. */
#include <linux/delay.h>
#include <linux/dmapool.h>
#include <linux/scatterlist.h>
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

static bool bug;
module_param(bug, bool, 0444);

#define MAP(...) dma_map_single(&p->dev, __VA_ARGS__)
static char *buffer(size_t n)
{
	return kzalloc(n, GFP_KERNEL);
}

static int d_read_before_sync(struct platform_device *p, bool bad)
{
	char *a = buffer(2048);
	dma_addr_t h;
	int v;
	if (!a)
		return -ENOMEM;
	h = MAP(a, 2048, DMA_FROM_DEVICE);
	if (dma_mapping_error(&p->dev, h)) {
		kfree(a);
		return -EIO;
	}
	if (!bad)
		dma_sync_single_for_cpu(&p->dev, h, 2048, DMA_FROM_DEVICE);
	v = READ_ONCE(a[3]);
	dma_unmap_single(&p->dev, h, 2048, DMA_FROM_DEVICE);
	kfree(a);
	return v == 99;
}

static int d_write_after_map(struct platform_device *p, bool bad)
{
	char *a = buffer(512);
	dma_addr_t h;
	if (!a)
		return -ENOMEM;
	if (!bad)
		a[0] = 4;
	h = MAP(a, 512, DMA_TO_DEVICE);
	if (dma_mapping_error(&p->dev, h)) {
		kfree(a);
		return -EIO;
	}
	if (bad)
		a[0] = 4;
	dma_unmap_single(&p->dev, h, 512, DMA_TO_DEVICE);
	kfree(a);
	return 0;
}

static int d_sg_read(struct platform_device *p, bool bad)
{
	struct scatterlist sg[2];
	char *a = buffer(1024), *b = buffer(1024);
	int n, v;
	if (!a || !b) {
		kfree(a);
		kfree(b);
		return -ENOMEM;
	}
	sg_init_table(sg, 2);
	sg_set_buf(&sg[0], a, 1024);
	sg_set_buf(&sg[1], b, 1024);
	n = dma_map_sg(&p->dev, sg, 2, DMA_FROM_DEVICE);
	if (!n) {
		kfree(a);
		kfree(b);
		return -EIO;
	}
	if (!bad)
		dma_sync_sg_for_cpu(&p->dev, sg, 2, DMA_FROM_DEVICE);
	v = READ_ONCE(b[100]);
	dma_unmap_sg(&p->dev, sg, 2, DMA_FROM_DEVICE);
	kfree(a);
	kfree(b);
	return v == 88;
}

static int d_partial_sync(struct platform_device *p, bool bad)
{
	char *a = buffer(2048);
	dma_addr_t h;
	int v;
	if (!a)
		return -ENOMEM;
	h = MAP(a, 2048, DMA_FROM_DEVICE);
	if (dma_mapping_error(&p->dev, h)) {
		kfree(a);
		return -EIO;
	}
	dma_sync_single_range_for_cpu(&p->dev, h, 0, 64, DMA_FROM_DEVICE);
	v = READ_ONCE(a[bad ? 64 : 63]);
	dma_sync_single_range_for_device(&p->dev, h, 0, 64, DMA_FROM_DEVICE);
	dma_unmap_single(&p->dev, h, 2048, DMA_FROM_DEVICE);
	kfree(a);
	return v == 99;
}

static int d_map_too_long(struct platform_device *p, bool bad)
{
	char *a = buffer(100);
	dma_addr_t h;
	size_t n = bad ? 128 : 100;
	if (!a)
		return -ENOMEM;
	h = MAP(a, n, DMA_FROM_DEVICE);
	if (dma_mapping_error(&p->dev, h)) {
		kfree(a);
		return -EIO;
	}
	dma_unmap_single(&p->dev, h, n, DMA_FROM_DEVICE);
	kfree(a);
	return 0;
}

static int d_map_freed(struct platform_device *p, bool bad)
{
	char *a = buffer(100);
	dma_addr_t h;
	if (!a)
		return -ENOMEM;
	if (bad)
		kfree(a);
	h = MAP(a, 100, DMA_FROM_DEVICE);
	if (dma_mapping_error(&p->dev, h)) {
		if (!bad)
			kfree(a);
		return -EIO;
	}
	dma_unmap_single(&p->dev, h, 100, DMA_FROM_DEVICE);
	if (!bad)
		kfree(a);
	return 0;
}

static int d_free_while_mapped(struct platform_device *p, bool bad)
{
	char *a = buffer(100);
	dma_addr_t h;
	if (!a)
		return -ENOMEM;
	h = MAP(a, 100, DMA_FROM_DEVICE);
	if (dma_mapping_error(&p->dev, h)) {
		kfree(a);
		return -EIO;
	}
	if (bad)
		kfree(a);
	dma_unmap_single(&p->dev, h, 100, DMA_FROM_DEVICE);
	if (!bad)
		kfree(a);
	return 0;
}

static int d_read_bidir(struct platform_device *p, bool bad)
{
	u32 *a = kzalloc(64, GFP_KERNEL);
	dma_addr_t h;
	u32 v = 0;
	if (!a)
		return -ENOMEM;
	a[0] = 5;
	h = MAP(a, 64, DMA_BIDIRECTIONAL);
	if (dma_mapping_error(&p->dev, h)) {
		kfree(a);
		return -EIO;
	}
	if (bad)
		v = READ_ONCE(a[1]);
	dma_unmap_single(&p->dev, h, 64, DMA_BIDIRECTIONAL);
	if (!bad)
		v = READ_ONCE(a[1]);
	kfree(a);
	return v == 99;
}

static int d_small_struct(struct platform_device *p, bool bad)
{
	__le32 *st = kzalloc(4, GFP_KERNEL);
	dma_addr_t h;
	u32 v = 0;
	if (!st)
		return -ENOMEM;
	h = MAP(st, 4, DMA_FROM_DEVICE);
	if (dma_mapping_error(&p->dev, h)) {
		kfree(st);
		return -EIO;
	}
	if (bad)
		v = le32_to_cpu(READ_ONCE(*st));
	dma_unmap_single(&p->dev, h, 4, DMA_FROM_DEVICE);
	if (!bad)
		v = le32_to_cpu(READ_ONCE(*st));
	kfree(st);
	return v == 99;
}

static int d_copy_before_unmap(struct platform_device *p, bool bad)
{
	char *a = buffer(2048), *b = buffer(2048);
	dma_addr_t h;
	if (!a || !b) {
		kfree(a);
		kfree(b);
		return -ENOMEM;
	}
	h = MAP(a, 2048, DMA_FROM_DEVICE);
	if (dma_mapping_error(&p->dev, h)) {
		kfree(a);
		kfree(b);
		return -EIO;
	}
	if (bad)
		memcpy(b, a, 2048);
	dma_unmap_single(&p->dev, h, 2048, DMA_FROM_DEVICE);
	if (!bad)
		memcpy(b, a, 2048);
	kfree(a);
	kfree(b);
	return 0;
}

static int d_write_bidir_under_device(struct platform_device *p, bool bad)
{
	char *a = buffer(2048);
	dma_addr_t h;
	if (!a)
		return -ENOMEM;
	h = MAP(a, 2048, DMA_FROM_DEVICE);
	if (dma_mapping_error(&p->dev, h)) {
		kfree(a);
		return -EIO;
	}
	if (bad)
		memset(a, 0, 2048);
	dma_unmap_single(&p->dev, h, 2048, DMA_FROM_DEVICE);
	kfree(a);
	return 0;
}

static int d_noncoherent(struct platform_device *p, bool bad)
{
	dma_addr_t h;
	u32 *a = dma_alloc_noncoherent(&p->dev, 4096, &h, DMA_FROM_DEVICE, GFP_KERNEL);
	u32 v;
	if (!a)
		return -ENOMEM;
	dma_sync_single_for_device(&p->dev, h, 4096, DMA_FROM_DEVICE);
	if (!bad)
		dma_sync_single_for_cpu(&p->dev, h, 4096, DMA_FROM_DEVICE);
	v = READ_ONCE(a[5]);
	dma_free_noncoherent(&p->dev, 4096, a, h, DMA_FROM_DEVICE);
	return v == 9;
}

static int d_sg_length(struct platform_device *p, bool bad)
{
	struct scatterlist sg;
	char *a = buffer(100);
	int n;
	if (!a)
		return -ENOMEM;
	sg_init_one(&sg, a, bad ? 200 : 100);
	n = dma_map_sg(&p->dev, &sg, 1, DMA_FROM_DEVICE);
	if (!n) {
		kfree(a);
		return -EIO;
	}
	dma_unmap_sg(&p->dev, &sg, 1, DMA_FROM_DEVICE);
	kfree(a);
	return 0;
}

typedef int (*step_fn)(struct platform_device *p, bool bad);
static const step_fn steps[] = { d_read_before_sync, d_write_after_map, d_sg_read,
	d_partial_sync, d_map_too_long, d_map_freed, d_free_while_mapped, d_read_bidir,
	d_small_struct, d_copy_before_unmap, d_write_bidir_under_device, d_noncoherent,
	d_sg_length };

#include "set.h"
