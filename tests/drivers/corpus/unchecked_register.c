// SPDX-License-Identifier: MIT
/* A row of lights. Its node was taken away at remove, also where it had never been registered. */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

static bool bug;
module_param(bug, bool, 0444);

static const struct file_operations led_fops = { .owner = THIS_MODULE };

static int led_probe(struct platform_device *pdev)
{
	struct miscdevice *misc = devm_kzalloc(&pdev->dev, sizeof(*misc), GFP_KERNEL);
	int error;

	if (!misc)
		return -ENOMEM;
	misc->minor = MISC_DYNAMIC_MINOR;
	misc->name = "led";
	misc->fops = &led_fops;
	error = misc_register(misc);
	if (error)
		dev_err(&pdev->dev, "no node\n");
	platform_set_drvdata(pdev, misc);
	return bug ? 0 : error;
}

static void led_remove(struct platform_device *pdev)
{
	misc_deregister(platform_get_drvdata(pdev));
}

static const struct of_device_id led_ids[] = { { .compatible = "acme,led" }, {} };
MODULE_DEVICE_TABLE(of, led_ids);

static struct platform_driver led_driver = {
	.probe = led_probe,
	.remove = led_remove,
	.driver = { .name = "led", .of_match_table = led_ids },
};
module_platform_driver(led_driver);
MODULE_LICENSE("Dual MIT/GPL");
