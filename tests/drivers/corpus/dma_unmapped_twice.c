// SPDX-License-Identifier: MIT
/* A card reader. The interrupt that ends a transfer unmaps it; remove did so again. */
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#define BLOCK_BYTES 512

static bool bug;
module_param(bug, bool, 0444);

struct sdmmc {
	struct device *dev;
	void *block;
	dma_addr_t dma;
	bool mapped;
	int irq;
};

static void sdmmc_unmap(struct sdmmc *mmc)
{
	if (!mmc->mapped)
		return;
	dma_unmap_single(mmc->dev, mmc->dma, BLOCK_BYTES, DMA_FROM_DEVICE);
	mmc->mapped = bug;
}

static irqreturn_t sdmmc_irq(int irq, void *data)
{
	sdmmc_unmap(data);
	return IRQ_HANDLED;
}

static int sdmmc_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct sdmmc *mmc = devm_kzalloc(dev, sizeof(*mmc), GFP_KERNEL);
	int error;

	if (!mmc)
		return -ENOMEM;
	mmc->dev = dev;
	mmc->irq = platform_get_irq(pdev, 0);
	if (mmc->irq < 0)
		return mmc->irq;
	error = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(32));
	if (error)
		return error;
	mmc->block = devm_kmalloc(dev, BLOCK_BYTES, GFP_KERNEL);
	if (!mmc->block)
		return -ENOMEM;
	mmc->dma = dma_map_single(dev, mmc->block, BLOCK_BYTES, DMA_FROM_DEVICE);
	if (dma_mapping_error(dev, mmc->dma))
		return -EIO;
	mmc->mapped = true;
	error = request_irq(mmc->irq, sdmmc_irq, 0, "sdmmc", mmc);
	if (error)
		sdmmc_unmap(mmc);
	platform_set_drvdata(pdev, mmc);
	return error;
}

static void sdmmc_remove(struct platform_device *pdev)
{
	struct sdmmc *mmc = platform_get_drvdata(pdev);

	free_irq(mmc->irq, mmc);
	sdmmc_unmap(mmc);
}

static const struct of_device_id sdmmc_ids[] = { { .compatible = "acme,sdmmc" }, {} };
MODULE_DEVICE_TABLE(of, sdmmc_ids);

static struct platform_driver sdmmc_driver = {
	.probe = sdmmc_probe,
	.remove = sdmmc_remove,
	.driver = { .name = "sdmmc", .of_match_table = sdmmc_ids },
};
module_platform_driver(sdmmc_driver);
MODULE_LICENSE("Dual MIT/GPL");
