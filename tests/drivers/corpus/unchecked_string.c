// SPDX-License-Identifier: MIT
/* A microphone that builds its name from the device's. The name's length was asked of NULL. */
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/string.h>

static bool bug;
module_param(bug, bool, 0444);

static int mic_probe(struct platform_device *pdev)
{
	char *name = devm_kasprintf(
		&pdev->dev, GFP_KERNEL, "%s-capture", dev_name(&pdev->dev));
	char *card;

	if (!bug && !name)
		return -ENOMEM;
	if (strlen(name) > 31)
		name[31] = '\0';
	card = kstrdup(name, GFP_KERNEL);
	if (!card)
		return -ENOMEM;
	platform_set_drvdata(pdev, card);
	return 0;
}

static void mic_remove(struct platform_device *pdev)
{
	kfree(platform_get_drvdata(pdev));
}

static const struct of_device_id mic_ids[] = { { .compatible = "acme,mic" }, {} };
MODULE_DEVICE_TABLE(of, mic_ids);

static struct platform_driver mic_driver = {
	.probe = mic_probe,
	.remove = mic_remove,
	.driver = { .name = "mic", .of_match_table = mic_ids },
};
module_platform_driver(mic_driver);
MODULE_LICENSE("Dual MIT/GPL");
