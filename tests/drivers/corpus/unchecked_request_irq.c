// SPDX-License-Identifier: MIT
/* A touch screen. Whether it got its interrupt was printed and then forgotten. */
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

static bool bug;
module_param(bug, bool, 0444);

struct touch {
	int irq;
	u32 touches;
};

static irqreturn_t touch_irq(int irq, void *data)
{
	struct touch *touch = data;

	touch->touches++;
	return IRQ_HANDLED;
}

static int touch_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct touch *touch = devm_kzalloc(dev, sizeof(*touch), GFP_KERNEL);
	int error;

	if (!touch)
		return -ENOMEM;
	touch->irq = platform_get_irq(pdev, 0);
	if (touch->irq < 0)
		return touch->irq;
	error = request_irq(touch->irq, touch_irq, 0, dev_name(dev), touch);
	if (error)
		dev_err(dev, "no interrupt: %d\n", error);
	platform_set_drvdata(pdev, touch);
	return bug ? 0 : error;
}

static void touch_remove(struct platform_device *pdev)
{
	struct touch *touch = platform_get_drvdata(pdev);

	free_irq(touch->irq, touch);
}

static const struct of_device_id touch_ids[] = { { .compatible = "acme,touch" }, {} };
MODULE_DEVICE_TABLE(of, touch_ids);

static struct platform_driver touch_driver = {
	.probe = touch_probe,
	.remove = touch_remove,
	.driver = { .name = "touch", .of_match_table = touch_ids },
};
module_platform_driver(touch_driver);
MODULE_LICENSE("Dual MIT/GPL");
