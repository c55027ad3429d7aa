// SPDX-License-Identifier: MIT
/* A display with a label. The copy of its text had no room for the byte that ends it. */
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/string.h>

static bool bug;
module_param(bug, bool, 0444);
static char *text = "front panel, left";
module_param(text, charp, 0444);

static int label_probe(struct platform_device *pdev)
{
	size_t len = strlen(text);
	char *copy = kmalloc(bug ? len : len + 1, GFP_KERNEL);

	if (!copy)
		return -ENOMEM;
	strcpy(copy, text);
	dev_info(&pdev->dev, "shows \"%s\"\n", copy);
	platform_set_drvdata(pdev, copy);
	return 0;
}

static void label_remove(struct platform_device *pdev)
{
	kfree(platform_get_drvdata(pdev));
}

static const struct of_device_id label_ids[] = { { .compatible = "acme,label" }, {} };
MODULE_DEVICE_TABLE(of, label_ids);

static struct platform_driver label_driver = {
	.probe = label_probe,
	.remove = label_remove,
	.driver = { .name = "label", .of_match_table = label_ids },
};
module_platform_driver(label_driver);
MODULE_LICENSE("Dual MIT/GPL");
