// SPDX-License-Identifier: MIT
/* A display controller. Its frame buffer was cleared before anybody asked whether there was one. */
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#define FRAME_BYTES (64 * 1024)

static bool bug;
module_param(bug, bool, 0444);

struct gpu {
	void __iomem *regs;
	u32 *frame;
	dma_addr_t dma;
};

static int gpu_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct gpu *gpu = devm_kzalloc(dev, sizeof(*gpu), GFP_KERNEL);
	int error = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(32));

	if (!gpu)
		return -ENOMEM;
	if (error)
		return error;
	gpu->regs = devm_platform_ioremap_resource(pdev, 0);
	if (IS_ERR(gpu->regs))
		return PTR_ERR(gpu->regs);
	gpu->frame = dma_alloc_coherent(dev, FRAME_BYTES, &gpu->dma, GFP_KERNEL);
	if (!bug && !gpu->frame)
		return -ENOMEM;
	memset(gpu->frame, 0x20, FRAME_BYTES);
	writel(lower_32_bits(gpu->dma), gpu->regs);
	platform_set_drvdata(pdev, gpu);
	return 0;
}

static void gpu_remove(struct platform_device *pdev)
{
	struct gpu *gpu = platform_get_drvdata(pdev);

	writel(0, gpu->regs);
	dma_free_coherent(&pdev->dev, FRAME_BYTES, gpu->frame, gpu->dma);
}

static const struct of_device_id gpu_ids[] = { { .compatible = "acme,gpu" }, {} };
MODULE_DEVICE_TABLE(of, gpu_ids);

static struct platform_driver gpu_driver = {
	.probe = gpu_probe,
	.remove = gpu_remove,
	.driver = { .name = "gpu", .of_match_table = gpu_ids },
};
module_platform_driver(gpu_driver);
MODULE_LICENSE("Dual MIT/GPL");
