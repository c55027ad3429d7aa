// SPDX-License-Identifier: MIT
/* A blitter. Its interrupt handler gave the list of commands back, whose unmapping may sleep. */
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#define COMMAND_BYTES 8192

static bool bug;
module_param(bug, bool, 0444);

struct blit {
	struct device *dev;
	void *commands;
	dma_addr_t commands_dma;
	int irq;
};

static void blit_free(struct blit *blit)
{
	if (!blit->commands)
		return;
	dma_free_coherent(blit->dev, COMMAND_BYTES, blit->commands, blit->commands_dma);
	blit->commands = NULL;
}

static irqreturn_t blit_irq(int irq, void *data)
{
	if (bug)
		blit_free(data);
	return IRQ_WAKE_THREAD;
}

static irqreturn_t blit_thread(int irq, void *data)
{
	blit_free(data);
	return IRQ_HANDLED;
}

static int blit_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct blit *blit = devm_kzalloc(dev, sizeof(*blit), GFP_KERNEL);
	int error;

	if (!blit)
		return -ENOMEM;
	blit->dev = dev;
	blit->irq = platform_get_irq(pdev, 0);
	if (blit->irq < 0)
		return blit->irq;
	error = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(32));
	if (error)
		return error;
	blit->commands =
		dma_alloc_coherent(dev, COMMAND_BYTES, &blit->commands_dma, GFP_KERNEL);
	if (!blit->commands)
		return -ENOMEM;
	error = request_threaded_irq(blit->irq, blit_irq, blit_thread, 0, "blit", blit);
	if (error)
		blit_free(blit);
	platform_set_drvdata(pdev, blit);
	return error;
}

static void blit_remove(struct platform_device *pdev)
{
	struct blit *blit = platform_get_drvdata(pdev);

	free_irq(blit->irq, blit);
	blit_free(blit);
}

static const struct of_device_id blit_ids[] = { { .compatible = "acme,blit" }, {} };
MODULE_DEVICE_TABLE(of, blit_ids);

static struct platform_driver blit_driver = {
	.probe = blit_probe,
	.remove = blit_remove,
	.driver = { .name = "blit", .of_match_table = blit_ids },
};
module_platform_driver(blit_driver);
MODULE_LICENSE("Dual MIT/GPL");
