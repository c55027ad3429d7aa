/* SPDX-License-Identifier: MIT */
/* The driver around the steps of a set: probe makes each, right or with `bug=1` wrong. The set defines steps[] and bug before. */
#ifndef CORPUS_SET_H
#define CORPUS_SET_H

static int set_probe(struct platform_device *pdev)
{
	int error = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(32));

	for (int i = 0; !error && i < (int)ARRAY_SIZE(steps); i++)
		error = steps[i](pdev, bug);
	return error;
}

static void set_remove(struct platform_device *pdev)
{
	dev_dbg(&pdev->dev, "gone\n");
}

static const struct of_device_id set_ids[] = { { .compatible = "acme,set" }, {} };
MODULE_DEVICE_TABLE(of, set_ids);

static struct platform_driver set_driver = {
	.probe = set_probe,
	.remove = set_remove,
	.driver = { .name = "set", .of_match_table = set_ids },
};
module_platform_driver(set_driver);
MODULE_LICENSE("Dual MIT/GPL");

#endif
