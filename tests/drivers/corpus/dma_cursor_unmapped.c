// SPDX-License-Identifier: MIT
/* A disk. The bus address served as a cursor while its commands were written, and was unmapped where it then stood. */
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#define NR_COMMANDS 8

static bool bug;
module_param(bug, bool, 0444);

struct nvme_command {
	__le64 data;
	u8 rest[56];
};

static int nvme_identify(struct device *dev, struct nvme_command *commands)
{
	size_t bytes = NR_COMMANDS * sizeof(*commands);
	dma_addr_t begin, at;

	begin = dma_map_single(dev, commands, bytes, DMA_BIDIRECTIONAL);
	if (dma_mapping_error(dev, begin))
		return -EIO;
	at = begin;
	for (int i = 0; i < NR_COMMANDS; i++)
		at += sizeof(*commands);
	if (bug)
		begin = at - sizeof(*commands);
	dma_unmap_single(dev, begin, bytes, DMA_BIDIRECTIONAL);
	return 0;
}

static int nvme_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct nvme_command *commands;
	int error = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(64));

	if (error)
		return error;
	commands = kcalloc(NR_COMMANDS, sizeof(*commands), GFP_KERNEL);
	if (!commands)
		return -ENOMEM;
	error = nvme_identify(dev, commands);
	kfree(commands);
	return error;
}

static void nvme_remove(struct platform_device *pdev)
{
	dev_dbg(&pdev->dev, "gone\n");
}

static const struct of_device_id nvme_ids[] = { { .compatible = "acme,nvme" }, {} };
MODULE_DEVICE_TABLE(of, nvme_ids);

static struct platform_driver nvme_driver = {
	.probe = nvme_probe,
	.remove = nvme_remove,
	.driver = { .name = "nvme", .of_match_table = nvme_ids },
};
module_platform_driver(nvme_driver);
MODULE_LICENSE("Dual MIT/GPL");
