// SPDX-License-Identifier: MIT
/* A network card whose interrupt ends a transmission. It gave the descriptor back and left it in its slot for remove. */
#include <linux/dmapool.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

static bool bug;
module_param(bug, bool, 0444);

struct ring_desc {
	__le64 address;
	__le32 length, status;
};

struct ring {
	struct dma_pool *pool;
	struct ring_desc *slot;
	dma_addr_t dma;
	int irq;
};

static void ring_complete(struct ring *ring)
{
	if (!ring->slot)
		return;
	dma_pool_free(ring->pool, ring->slot, ring->dma);
	if (!bug)
		ring->slot = NULL;
}

static irqreturn_t ring_irq(int irq, void *data)
{
	ring_complete(data);
	return IRQ_HANDLED;
}

static int ring_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct ring *ring = devm_kzalloc(dev, sizeof(*ring), GFP_KERNEL);
	int error = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(32));

	if (!ring)
		return -ENOMEM;
	if (error)
		return error;
	ring->irq = platform_get_irq(pdev, 0);
	if (ring->irq < 0)
		return ring->irq;
	ring->pool = dma_pool_create("ring", dev, sizeof(*ring->slot), 64, 0);
	if (!ring->pool)
		return -ENOMEM;
	ring->slot = dma_pool_zalloc(ring->pool, GFP_KERNEL, &ring->dma);
	error = ring->slot ? request_irq(ring->irq, ring_irq, 0, "ring", ring) : -ENOMEM;
	if (error) {
		ring_complete(ring);
		dma_pool_destroy(ring->pool);
	}
	platform_set_drvdata(pdev, ring);
	return error;
}

static void ring_remove(struct platform_device *pdev)
{
	struct ring *ring = platform_get_drvdata(pdev);

	free_irq(ring->irq, ring);
	ring_complete(ring);
	dma_pool_destroy(ring->pool);
}

static const struct of_device_id ring_ids[] = { { .compatible = "acme,ring" }, {} };
MODULE_DEVICE_TABLE(of, ring_ids);

static struct platform_driver ring_driver = {
	.probe = ring_probe,
	.remove = ring_remove,
	.driver = { .name = "ring", .of_match_table = ring_ids },
};
module_platform_driver(ring_driver);
MODULE_LICENSE("Dual MIT/GPL");
