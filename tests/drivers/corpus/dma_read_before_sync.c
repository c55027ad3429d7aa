// SPDX-License-Identifier: MIT
/* A laser scanner. Its interrupt handler read what the device had written without dma_sync_single_for_cpu(). */
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#define SWEEP_BYTES 2048

static bool bug;
module_param(bug, bool, 0444);

struct lidar {
	struct device *dev;
	u32 *sweep;
	dma_addr_t dma;
	u32 nearest;
	int irq;
};

static irqreturn_t lidar_irq(int irq, void *data)
{
	struct lidar *lidar = data;

	if (!bug)
		dma_sync_single_for_cpu(
			lidar->dev, lidar->dma, SWEEP_BYTES, DMA_FROM_DEVICE);
	lidar->nearest = READ_ONCE(lidar->sweep[0]);
	if (!bug)
		dma_sync_single_for_device(
			lidar->dev, lidar->dma, SWEEP_BYTES, DMA_FROM_DEVICE);
	return IRQ_HANDLED;
}

static int lidar_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct lidar *lidar = devm_kzalloc(dev, sizeof(*lidar), GFP_KERNEL);
	int error = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(32));

	if (!lidar)
		return -ENOMEM;
	if (error)
		return error;
	lidar->dev = dev;
	lidar->irq = platform_get_irq(pdev, 0);
	if (lidar->irq < 0)
		return lidar->irq;
	lidar->sweep = devm_kzalloc(dev, SWEEP_BYTES, GFP_KERNEL);
	if (!lidar->sweep)
		return -ENOMEM;
	lidar->dma = dma_map_single(dev, lidar->sweep, SWEEP_BYTES, DMA_FROM_DEVICE);
	if (dma_mapping_error(dev, lidar->dma))
		return -EIO;
	error = request_irq(lidar->irq, lidar_irq, 0, "lidar", lidar);
	if (error)
		dma_unmap_single(dev, lidar->dma, SWEEP_BYTES, DMA_FROM_DEVICE);
	platform_set_drvdata(pdev, lidar);
	return error;
}

static void lidar_remove(struct platform_device *pdev)
{
	struct lidar *lidar = platform_get_drvdata(pdev);

	free_irq(lidar->irq, lidar);
	dma_unmap_single(lidar->dev, lidar->dma, SWEEP_BYTES, DMA_FROM_DEVICE);
}

static const struct of_device_id lidar_ids[] = { { .compatible = "acme,lidar" }, {} };
MODULE_DEVICE_TABLE(of, lidar_ids);

static struct platform_driver lidar_driver = {
	.probe = lidar_probe,
	.remove = lidar_remove,
	.driver = { .name = "lidar", .of_match_table = lidar_ids },
};
module_platform_driver(lidar_driver);
MODULE_LICENSE("Dual MIT/GPL");
