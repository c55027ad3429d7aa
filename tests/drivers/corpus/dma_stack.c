// SPDX-License-Identifier: MIT
/* A flash chip behind a DMA engine. The five bytes of its command were mapped where they stood: on the stack. */
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#define COMMAND_BYTES 5

static bool bug;
module_param(bug, bool, 0444);

struct flash {
	struct device *dev;
	u8 *command; /* memory that a device may read */
};

static int flash_send(struct flash *flash, u8 op, u32 address)
{
	u8 local[COMMAND_BYTES];
	u8 *command = bug ? local : flash->command;
	dma_addr_t dma;

	command[0] = op;
	for (int i = 1; i < COMMAND_BYTES; i++)
		command[i] = (u8)(address >> (32 - 8 * i));
	dma = dma_map_single(flash->dev, command, COMMAND_BYTES, DMA_TO_DEVICE);
	if (dma_mapping_error(flash->dev, dma))
		return -EIO;
	dma_unmap_single(flash->dev, dma, COMMAND_BYTES, DMA_TO_DEVICE);
	return 0;
}

static int flash_probe(struct platform_device *pdev)
{
	struct flash *flash = devm_kzalloc(&pdev->dev, sizeof(*flash), GFP_KERNEL);
	int error;

	if (!flash)
		return -ENOMEM;
	flash->dev = &pdev->dev;
	error = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(32));
	if (error)
		return error;
	flash->command = devm_kzalloc(&pdev->dev, 64, GFP_KERNEL);
	if (!flash->command)
		return -ENOMEM;
	platform_set_drvdata(pdev, flash);
	return flash_send(flash, 0x9f, 0);
}

static void flash_remove(struct platform_device *pdev)
{
	flash_send(platform_get_drvdata(pdev), 0xb9, 0);
}

static const struct of_device_id flash_ids[] = { { .compatible = "acme,flash" }, {} };
MODULE_DEVICE_TABLE(of, flash_ids);

static struct platform_driver flash_driver = {
	.probe = flash_probe,
	.remove = flash_remove,
	.driver = { .name = "flash", .of_match_table = flash_ids },
};
module_platform_driver(flash_driver);
MODULE_LICENSE("Dual MIT/GPL");
