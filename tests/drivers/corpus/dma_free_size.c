// SPDX-License-Identifier: MIT
/* A neural engine. Its feature map was freed with the number of its elements instead of its bytes. */
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#define NR_CELLS 9000

static bool bug;
module_param(bug, bool, 0444);

struct npu {
	u32 *map;
	dma_addr_t dma;
};

static int npu_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct npu *npu = devm_kzalloc(dev, sizeof(*npu), GFP_KERNEL);
	int error = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(32));

	if (!npu)
		return -ENOMEM;
	if (error)
		return error;
	npu->map = dma_alloc_coherent(
		dev, NR_CELLS * sizeof(*npu->map), &npu->dma, GFP_KERNEL);
	if (!npu->map)
		return -ENOMEM;
	npu->map[NR_CELLS - 1] = 1;
	platform_set_drvdata(pdev, npu);
	return 0;
}

static void npu_remove(struct platform_device *pdev)
{
	struct npu *npu = platform_get_drvdata(pdev);
	size_t bytes = bug ? NR_CELLS : NR_CELLS * sizeof(*npu->map);

	dma_free_coherent(&pdev->dev, bytes, npu->map, npu->dma);
}

static const struct of_device_id npu_ids[] = { { .compatible = "acme,npu" }, {} };
MODULE_DEVICE_TABLE(of, npu_ids);

static struct platform_driver npu_driver = {
	.probe = npu_probe,
	.remove = npu_remove,
	.driver = { .name = "npu", .of_match_table = npu_ids },
};
module_platform_driver(npu_driver);
MODULE_LICENSE("Dual MIT/GPL");
