// SPDX-License-Identifier: MIT
/* A modem that maps a buffer of 2 KiB and unmapped as much of it as had arrived. */
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#define BUFFER_BYTES 2048
#define MODEM_LENGTH 0x20

static bool bug;
module_param(bug, bool, 0444);

struct modem {
	struct device *dev;
	void __iomem *regs;
	void *buffer;
	dma_addr_t dma;
	u32 received;
};

static irqreturn_t modem_irq(int irq, void *data)
{
	struct modem *modem = data;
	u32 length = readl(modem->regs + MODEM_LENGTH);

	modem->received += min_t(u32, length, BUFFER_BYTES);
	return IRQ_HANDLED;
}

static int modem_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct modem *modem = devm_kzalloc(dev, sizeof(*modem), GFP_KERNEL);
	int irq = platform_get_irq(pdev, 0), error;

	if (!modem)
		return -ENOMEM;
	if (irq < 0)
		return irq;
	modem->dev = dev;
	modem->regs = devm_platform_ioremap_resource(pdev, 0);
	if (IS_ERR(modem->regs))
		return PTR_ERR(modem->regs);
	error = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(32));
	if (error)
		return error;
	modem->buffer = devm_kzalloc(dev, BUFFER_BYTES, GFP_KERNEL);
	if (!modem->buffer)
		return -ENOMEM;
	error = devm_request_irq(dev, irq, modem_irq, 0, dev_name(dev), modem);
	if (error)
		return error;
	writel(512, modem->regs + MODEM_LENGTH);
	modem->dma = dma_map_single(dev, modem->buffer, BUFFER_BYTES, DMA_FROM_DEVICE);
	platform_set_drvdata(pdev, modem);
	return dma_mapping_error(dev, modem->dma) ? -EIO : 0;
}

static void modem_remove(struct platform_device *pdev)
{
	struct modem *modem = platform_get_drvdata(pdev);
	size_t bytes = bug ? readl(modem->regs + MODEM_LENGTH) : BUFFER_BYTES;

	dma_unmap_single(modem->dev, modem->dma, bytes, DMA_FROM_DEVICE);
}

static const struct of_device_id modem_ids[] = { { .compatible = "acme,modem" }, {} };
MODULE_DEVICE_TABLE(of, modem_ids);

static struct platform_driver modem_driver = {
	.probe = modem_probe,
	.remove = modem_remove,
	.driver = { .name = "modem", .of_match_table = modem_ids },
};
module_platform_driver(modem_driver);
MODULE_LICENSE("Dual MIT/GPL");
