// SPDX-License-Identifier: MIT
/* A tuner that was moved to devm_kzalloc(). Its remove still had the kfree() of before. */
#include <linux/io.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

static bool bug;
module_param(bug, bool, 0444);

struct tuner {
	void __iomem *regs;
	u32 *levels;
};

static int tuner_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct tuner *tuner = devm_kzalloc(dev, sizeof(*tuner), GFP_KERNEL);

	if (!tuner)
		return -ENOMEM;
	tuner->regs = devm_platform_ioremap_resource(pdev, 0);
	if (IS_ERR(tuner->regs))
		return PTR_ERR(tuner->regs);
	tuner->levels = devm_kcalloc(dev, 32, sizeof(*tuner->levels), GFP_KERNEL);
	if (!tuner->levels)
		return -ENOMEM;
	tuner->levels[0] = readl(tuner->regs);
	platform_set_drvdata(pdev, tuner);
	return 0;
}

static void tuner_remove(struct platform_device *pdev)
{
	struct tuner *tuner = platform_get_drvdata(pdev);

	writel(0, tuner->regs);
	if (bug)
		kfree(tuner->levels);
}

static const struct of_device_id tuner_ids[] = { { .compatible = "acme,tuner" }, {} };
MODULE_DEVICE_TABLE(of, tuner_ids);

static struct platform_driver tuner_driver = {
	.probe = tuner_probe,
	.remove = tuner_remove,
	.driver = { .name = "tuner", .of_match_table = tuner_ids },
};
module_platform_driver(tuner_driver);
MODULE_LICENSE("Dual MIT/GPL");
