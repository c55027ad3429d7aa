// SPDX-License-Identifier: MIT
/* A network card with two rings. Where there was no memory for the second, the first was forgotten. */
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#define RING_BYTES (64 * sizeof(struct eth_desc))

static bool bug;
module_param(bug, bool, 0444);

struct eth_desc {
	__le64 addr;
	__le32 len, flags;
};

struct eth_ring {
	struct eth_desc *desc;
	dma_addr_t dma;
};

struct eth {
	struct eth_ring rx, tx;
};

static int eth_ring_alloc(struct device *dev, struct eth_ring *ring)
{
	ring->desc = dma_alloc_coherent(dev, RING_BYTES, &ring->dma, GFP_KERNEL);
	return ring->desc ? 0 : -ENOMEM;
}

static void eth_ring_free(struct device *dev, struct eth_ring *ring)
{
	dma_free_coherent(dev, RING_BYTES, ring->desc, ring->dma);
}

static int eth_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct eth *eth;
	int error;

	error = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(32));
	if (error)
		return error;
	eth = devm_kzalloc(dev, sizeof(*eth), GFP_KERNEL);
	if (!eth)
		return -ENOMEM;
	platform_set_drvdata(pdev, eth);
	error = eth_ring_alloc(dev, &eth->rx);
	if (error)
		return error;
	error = eth_ring_alloc(dev, &eth->tx);
	if (error)
		goto free_rx;
	return 0;

free_rx:
	if (!bug)
		eth_ring_free(dev, &eth->rx);
	return error;
}

static void eth_remove(struct platform_device *pdev)
{
	struct eth *eth = platform_get_drvdata(pdev);

	eth_ring_free(&pdev->dev, &eth->tx);
	eth_ring_free(&pdev->dev, &eth->rx);
}

static const struct of_device_id eth_ids[] = { { .compatible = "acme,eth" }, {} };
MODULE_DEVICE_TABLE(of, eth_ids);

static struct platform_driver eth_driver = {
	.probe = eth_probe,
	.remove = eth_remove,
	.driver = { .name = "eth", .of_match_table = eth_ids },
};
module_platform_driver(eth_driver);
MODULE_LICENSE("Dual MIT/GPL");
