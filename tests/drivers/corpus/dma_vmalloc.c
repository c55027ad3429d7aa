// SPDX-License-Identifier: MIT
/* A programmable chip. Its bitstream lay in vmalloc memory, and dma_map_single() was asked to map that. */
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#define STREAM_BYTES (16 * 1024)

static bool bug;
module_param(bug, bool, 0444);

static int fpga_load(struct device *dev, void *stream)
{
	dma_addr_t dma = dma_map_single(dev, stream, STREAM_BYTES, DMA_TO_DEVICE);

	if (dma_mapping_error(dev, dma))
		return bug ? 0 : -EIO; /* it is loaded by the CPU then */
	dma_unmap_single(dev, dma, STREAM_BYTES, DMA_TO_DEVICE);
	return 0;
}

static int fpga_probe(struct platform_device *pdev)
{
	void *stream;
	int error = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));

	if (error)
		return error;
	stream = bug ? vmalloc(STREAM_BYTES) : kmalloc(STREAM_BYTES, GFP_KERNEL);
	if (!stream)
		return -ENOMEM;
	memset(stream, 0xff, STREAM_BYTES);
	error = fpga_load(&pdev->dev, stream);
	kvfree(stream);
	return error;
}

static void fpga_remove(struct platform_device *pdev)
{
	dev_dbg(&pdev->dev, "gone\n");
}

static const struct of_device_id fpga_ids[] = { { .compatible = "acme,fpga" }, {} };
MODULE_DEVICE_TABLE(of, fpga_ids);

static struct platform_driver fpga_driver = {
	.probe = fpga_probe,
	.remove = fpga_remove,
	.driver = { .name = "fpga", .of_match_table = fpga_ids },
};
module_platform_driver(fpga_driver);
MODULE_LICENSE("Dual MIT/GPL");
