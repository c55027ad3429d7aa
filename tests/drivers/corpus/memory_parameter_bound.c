// SPDX-License-Identifier: MIT
/* A fan whose mode is a parameter of the module. Nothing looked whether there is such a mode. */
#include <linux/io.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>

static bool bug;
module_param(bug, bool, 0444);
static unsigned int mode = 4;
module_param(mode, uint, 0444);

static u32 fan_duty[] = { 0, 64, 128, 255 }; /* silent, quiet, normal, full */

static int fan_probe(struct platform_device *pdev)
{
	void __iomem *regs = devm_platform_ioremap_resource(pdev, 0);

	if (IS_ERR(regs))
		return PTR_ERR(regs);
	if (!bug && mode >= ARRAY_SIZE(fan_duty))
		mode = 2;
	writel(READ_ONCE(fan_duty[mode]), regs);
	platform_set_drvdata(pdev, (void *)regs);
	return 0;
}

static void fan_remove(struct platform_device *pdev)
{
	writel(0, platform_get_drvdata(pdev));
}

static const struct of_device_id fan_ids[] = { { .compatible = "acme,fan" }, {} };
MODULE_DEVICE_TABLE(of, fan_ids);

static struct platform_driver fan_driver = {
	.probe = fan_probe,
	.remove = fan_remove,
	.driver = { .name = "fan", .of_match_table = fan_ids },
};
module_platform_driver(fan_driver);
MODULE_LICENSE("Dual MIT/GPL");
