// SPDX-License-Identifier: MIT
/* A wireless card. Each interrupt replaces the buffer that the card fills; the one before stayed mapped. */
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#define BUFFER_BYTES 1600

static bool bug;
module_param(bug, bool, 0444);

struct wifi {
	struct device *dev;
	void *buffer;
	dma_addr_t dma;
	int irq;
};

static int wifi_refill(struct wifi *wifi, gfp_t gfp)
{
	void *buffer = kmalloc(BUFFER_BYTES, gfp);
	dma_addr_t dma;

	if (!buffer)
		return -ENOMEM;
	dma = dma_map_single(wifi->dev, buffer, BUFFER_BYTES, DMA_FROM_DEVICE);
	if (dma_mapping_error(wifi->dev, dma)) {
		kfree(buffer);
		return -EIO;
	}
	if (wifi->buffer) {
		if (!bug)
			dma_unmap_single(
				wifi->dev, wifi->dma, BUFFER_BYTES, DMA_FROM_DEVICE);
		kfree(wifi->buffer);
	}
	wifi->buffer = buffer;
	wifi->dma = dma;
	return 0;
}

static irqreturn_t wifi_irq(int irq, void *data)
{
	wifi_refill(data, GFP_ATOMIC); /* else the old one serves again */
	return IRQ_HANDLED;
}

static void wifi_drop(struct wifi *wifi)
{
	dma_unmap_single(wifi->dev, wifi->dma, BUFFER_BYTES, DMA_FROM_DEVICE);
	kfree(wifi->buffer);
}

static int wifi_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct wifi *wifi = devm_kzalloc(dev, sizeof(*wifi), GFP_KERNEL);
	int error;

	if (!wifi)
		return -ENOMEM;
	wifi->dev = dev;
	wifi->irq = platform_get_irq(pdev, 0);
	if (wifi->irq < 0)
		return wifi->irq;
	error = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(32));
	if (!error)
		error = wifi_refill(wifi, GFP_KERNEL);
	if (error)
		return error;
	error = request_irq(wifi->irq, wifi_irq, 0, "wifi", wifi);
	if (error)
		wifi_drop(wifi);
	platform_set_drvdata(pdev, wifi);
	return error;
}

static void wifi_remove(struct platform_device *pdev)
{
	struct wifi *wifi = platform_get_drvdata(pdev);

	free_irq(wifi->irq, wifi);
	wifi_drop(wifi);
}

static const struct of_device_id wifi_ids[] = { { .compatible = "acme,wifi" }, {} };
MODULE_DEVICE_TABLE(of, wifi_ids);

static struct platform_driver wifi_driver = {
	.probe = wifi_probe,
	.remove = wifi_remove,
	.driver = { .name = "wifi", .of_match_table = wifi_ids },
};
module_platform_driver(wifi_driver);
MODULE_LICENSE("Dual MIT/GPL");
