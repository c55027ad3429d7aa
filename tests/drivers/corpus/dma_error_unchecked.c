// SPDX-License-Identifier: MIT
/* An accelerator. The bus address of its weights went to the device without dma_mapping_error(). */
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#define WEIGHT_BYTES (32 * 1024)

static bool bug;
module_param(bug, bool, 0444);

struct tpu {
	void __iomem *regs;
	void *weights;
	dma_addr_t dma;
};

static int tpu_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct tpu *tpu = devm_kzalloc(dev, sizeof(*tpu), GFP_KERNEL);
	int error;

	if (!tpu)
		return -ENOMEM;
	tpu->regs = devm_platform_ioremap_resource(pdev, 0);
	if (IS_ERR(tpu->regs))
		return PTR_ERR(tpu->regs);
	error = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(32));
	if (error)
		return error;
	tpu->weights = devm_kzalloc(dev, WEIGHT_BYTES, GFP_KERNEL | GFP_DMA);
	if (!tpu->weights)
		return -ENOMEM;
	tpu->dma = dma_map_single(dev, tpu->weights, WEIGHT_BYTES, DMA_TO_DEVICE);
	if (!bug && dma_mapping_error(dev, tpu->dma))
		return -EIO;
	writel(lower_32_bits(tpu->dma), tpu->regs);
	platform_set_drvdata(pdev, tpu);
	return 0;
}

static void tpu_remove(struct platform_device *pdev)
{
	struct tpu *tpu = platform_get_drvdata(pdev);

	writel(0, tpu->regs);
	dma_unmap_single(&pdev->dev, tpu->dma, WEIGHT_BYTES, DMA_TO_DEVICE);
}

static const struct of_device_id tpu_ids[] = { { .compatible = "acme,tpu" }, {} };
MODULE_DEVICE_TABLE(of, tpu_ids);

static struct platform_driver tpu_driver = {
	.probe = tpu_probe,
	.remove = tpu_remove,
	.driver = { .name = "tpu", .of_match_table = tpu_ids },
};
module_platform_driver(tpu_driver);
MODULE_LICENSE("Dual MIT/GPL");
