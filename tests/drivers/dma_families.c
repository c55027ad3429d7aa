// SPDX-License-Identifier: MIT
/* Every name of the DMA headers once, as a driver writes it. */
#include <linux/dma-map-ops.h>
#include <linux/dmapool.h>
#include <linux/kernel.h>
#include "tests/drivers/drivers.h"

/* The line that is wrong is the answer. */
#define MUST(condition)                  \
	do {                             \
		if (!(condition))        \
			return __LINE__; \
	} while (0)

static int masks(struct device *dev)
{
	MUST(dma_get_mask(dev) == DMA_BIT_MASK(32));
	MUST(!dma_set_mask(dev, DMA_BIT_MASK(40)));
	MUST(!dma_set_coherent_mask(dev, DMA_BIT_MASK(36)));
	MUST(*dev->dma_mask == DMA_BIT_MASK(40));
	MUST(dev->coherent_dma_mask == DMA_BIT_MASK(36));
	MUST(!dma_set_mask_and_coherent(dev, DMA_BIT_MASK(64)));
	MUST(!dma_coerce_mask_and_coherent(dev, DMA_BIT_MASK(32)));
	MUST(dev->dma_mask == &dev->coherent_dma_mask);
	MUST(dma_supported(dev, DMA_BIT_MASK(32)));
	MUST(dma_get_required_mask(dev) == DMA_BIT_MASK(26));
	MUST(!dma_addressing_limited(dev));
	MUST(dma_max_mapping_size(dev) == SIZE_MAX);
	MUST(dma_opt_mapping_size(dev) == SIZE_MAX);
	MUST(!dma_get_merge_boundary(dev));
	MUST(dma_get_cache_alignment() == 1);
	MUST(dma_get_max_seg_size(dev) == 65536);
	dma_set_max_seg_size(dev, 4096);
	MUST(dma_get_max_seg_size(dev) == 4096);
	MUST(dma_get_seg_boundary(dev) == ~0ul);
	dma_set_seg_boundary(dev, 0xffff);
	MUST(dma_get_seg_boundary(dev) == 0xffff);
	dma_set_min_align_mask(dev, 511);
	MUST(dma_get_min_align_mask(dev) == 511);
	MUST(dev_get_cma_area(dev) == dma_contiguous_default_area);
	dev_set_drvdata(dev, &dev);
	MUST(dev_get_drvdata(dev) == &dev);
	MUST(dev_name(dev)[0] == 'f' && dev_driver_string(dev)[0] == 'p');
	return dev_to_node(dev) ? __LINE__ : 0;
}

static int memory(struct device *dev)
{
	dma_addr_t handle;
	struct page *page;
	char *cpu;

	cpu = dma_alloc_attrs(dev, 5000, &handle, GFP_KERNEL, DMA_ATTR_NO_WARN);
	MUST(cpu && !cpu[4999] && handle == virt_to_phys(cpu));
	dma_free_attrs(dev, 5000, cpu, handle, DMA_ATTR_NO_WARN);
	page = dma_alloc_attrs(
		dev, 4096, &handle, GFP_KERNEL, DMA_ATTR_NO_KERNEL_MAPPING);
	MUST(page && page_to_phys(page) == handle);
	dma_free_attrs(dev, 4096, page, handle, DMA_ATTR_NO_KERNEL_MAPPING);
	cpu = dma_alloc_coherent(dev, 100, &handle, GFP_ATOMIC | __GFP_NOWARN);
	MUST(cpu && !(handle & (PAGE_SIZE - 1)));
	dma_free_coherent(dev, 100, cpu, handle);
	cpu = dma_alloc_wc(dev, 8192, &handle, GFP_KERNEL);
	MUST(cpu);
	dma_free_wc(dev, 8192, cpu, handle);
	page = dma_alloc_pages(dev, 8192, &handle, DMA_TO_DEVICE, GFP_KERNEL);
	MUST(page && page_to_phys(page) == handle);
	dma_free_pages(dev, 8192, page, handle, DMA_TO_DEVICE);
	cpu = dma_alloc_noncoherent(dev, 8192, &handle, DMA_FROM_DEVICE, GFP_KERNEL);
	MUST(cpu && !cpu[8191]);
	dma_free_noncoherent(dev, 8192, cpu, handle, DMA_FROM_DEVICE);
	cpu = dmam_alloc_coherent(dev, 4096, &handle, GFP_KERNEL);
	MUST(cpu);
	dmam_free_coherent(dev, 4096, cpu, handle);
	MUST(dmam_alloc_attrs(dev, 4096, &handle, GFP_KERNEL, DMA_ATTR_WRITE_COMBINE));
	page = dma_alloc_from_contiguous(dev, 16, 4, false);
	MUST(page && dma_release_from_contiguous(dev, page, 16));
	return 0;
}

static int pools(struct device *dev)
{
	struct dma_pool *pool = dma_pool_create("families", dev, 24, 8, 0);
	dma_addr_t handle, second;
	char *block;

	MUST(pool);
	block = dma_pool_alloc(pool, GFP_KERNEL, &handle);
	MUST(block && virt_to_phys(block) == handle);
	dma_pool_free(pool, block, handle);
	block = dma_pool_zalloc(pool, GFP_ATOMIC, &second);
	MUST(block && second == handle && !block[23]);
	dma_pool_free(pool, block, second);
	dma_pool_destroy(pool);
	pool = dmam_pool_create("families", dev, 24, 8, 0);
	MUST(pool);
	dmam_pool_destroy(pool);
	return 0;
}

static int mappings(struct device *dev)
{
	char *cpu = kmalloc(600, GFP_KERNEL);
	dma_addr_t handle;

	MUST(valid_dma_direction(DMA_TO_DEVICE) && !valid_dma_direction(DMA_NONE));
	handle = dma_map_single(dev, cpu, 600, DMA_TO_DEVICE);
	MUST(!dma_mapping_error(dev, handle) && handle == virt_to_phys(cpu));
	MUST(!dma_need_sync(dev, handle));
	dma_sync_single_for_cpu(dev, handle, 600, DMA_TO_DEVICE);
	dma_sync_single_for_device(dev, handle, 600, DMA_TO_DEVICE);
	dma_sync_single_range_for_cpu(dev, handle, 64, 64, DMA_TO_DEVICE);
	dma_sync_single_range_for_device(dev, handle, 64, 64, DMA_TO_DEVICE);
	dma_unmap_single(dev, handle, 600, DMA_TO_DEVICE);
	handle = dma_map_page(dev, virt_to_page(cpu), 8, 64, DMA_BIDIRECTIONAL);
	MUST(handle == page_to_phys(virt_to_page(cpu)) + 8);
	dma_unmap_page(dev, handle, 64, DMA_BIDIRECTIONAL);
	handle = dma_map_resource(dev, 0xfee00000, 64, DMA_TO_DEVICE, 0);
	MUST(handle == 0xfee00000);
	dma_unmap_resource(dev, handle, 64, DMA_TO_DEVICE, 0);
	MUST(dma_mapping_error(dev, DMA_MAPPING_ERROR) == -12);
	kfree(cpu);
	return 0;
}

static int lists(struct device *dev)
{
	struct scatterlist chained[3], *sg;
	struct sg_table table;
	char *a = kmalloc(4096, GFP_KERNEL), *b = kmalloc(4096, GFP_KERNEL);
	char text[8] = "abcdefg";
	int i, nr = 0;

	MUST(a && b && !sg_alloc_table(&table, 2, GFP_KERNEL));
	MUST(sg_nents(table.sgl) == 2 && sg_is_last(sg_last(table.sgl, 2)));
	sg_set_buf(table.sgl, a, 3);
	sg_set_page(sg_next(table.sgl), virt_to_page(b), 4096, 0);
	MUST(sg_copy_from_buffer(table.sgl, 2, text, 7) == 7);
	MUST(a[2] == 'c' && b[0] == 'd' && sg_virt(table.sgl) == a);
	MUST(sg_copy_to_buffer(table.sgl, 2, text, 5) == 5);
	MUST(sg_phys(table.sgl) == virt_to_phys(a));
	MUST(!dma_map_sgtable(dev, &table, DMA_TO_DEVICE, 0));
	MUST(table.nents == 2);
	for_each_sgtable_dma_sg(&table, sg, i) nr +=
		sg_dma_len(sg) == sg->length && sg_dma_address(sg) == sg_phys(sg);
	for_each_sgtable_sg(&table, sg, i) nr++;
	MUST(nr == 4);
	dma_sync_sgtable_for_cpu(dev, &table, DMA_TO_DEVICE);
	dma_sync_sgtable_for_device(dev, &table, DMA_TO_DEVICE);
	dma_unmap_sgtable(dev, &table, DMA_TO_DEVICE, 0);

	sg_init_table(chained, 3);
	sg_set_buf(&chained[0], a, 16);
	sg_set_buf(&chained[1], b, 16);
	sg_chain(chained, 3, table.sgl);
	MUST(sg_is_chain(&chained[2]) && sg_next(&chained[1]) == table.sgl);
	MUST(sg_nents(chained) == 4);
	MUST(dma_map_sg(dev, chained, 4, DMA_FROM_DEVICE) == 4);
	dma_sync_sg_for_cpu(dev, chained, 4, DMA_FROM_DEVICE);
	dma_sync_sg_for_device(dev, chained, 4, DMA_FROM_DEVICE);
	dma_unmap_sg(dev, chained, 4, DMA_FROM_DEVICE);
	sg_unmark_end(&chained[1]);
	sg_mark_end(&chained[1]);
	MUST(sg_nents(chained) == 2);
	sg_init_one(chained, b, 64);
	MUST(sg_page(chained) == virt_to_page(b) && sg_is_last(chained));
	sg_free_table(&table);
	kfree(a);
	kfree(b);
	return 0;
}

int dma_families_check(const void *of_node)
{
	static int (*const all[])(
		struct device * dev) = { masks, memory, pools, mappings, lists };
	struct device dev;
	int line = 0;

	if (qy_device_add(&dev, of_node))
		return __LINE__;
	for (size_t i = 0; i < ARRAY_SIZE(all) && !line; i++)
		line = all[i](&dev);
	qy_device_del(&dev);
	return line;
}
