// SPDX-License-Identifier: MIT
/* A reference to the module that nobody puts: it never goes. */
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>

static bool bug;
module_param(bug, bool, 0444);

static int pin_probe(struct platform_device *pdev)
{
	if (!try_module_get(THIS_MODULE))
		return -ENODEV;
	dev_info(&pdev->dev, "used\n");
	if (!bug)
		module_put(THIS_MODULE);
	return 0;
}

static const struct of_device_id pin_ids[] = { { .compatible = "acme,pin" }, {} };
MODULE_DEVICE_TABLE(of, pin_ids);

static struct platform_driver pin_driver = {
	.probe = pin_probe,
	.driver = { .name = "pin", .of_match_table = pin_ids },
};
module_platform_driver(pin_driver);
MODULE_LICENSE("Dual MIT/GPL");
