// SPDX-License-Identifier: MIT
/* A scale. Its interrupt starts work a little later; remove freed the scale while that was still to come. */
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

static bool bug;
module_param(bug, bool, 0444);

struct scale {
	struct delayed_work settle;
	u32 grams, readings;
	int irq;
};

static void scale_settle(struct work_struct *work)
{
	struct scale *scale = container_of(to_delayed_work(work), struct scale, settle);

	scale->readings++;
	schedule_delayed_work(&scale->settle, msecs_to_jiffies(40));
}

static irqreturn_t scale_irq(int irq, void *data)
{
	struct scale *scale = data;

	schedule_delayed_work(&scale->settle, msecs_to_jiffies(10));
	return IRQ_HANDLED;
}

static int scale_probe(struct platform_device *pdev)
{
	struct scale *scale = kzalloc(sizeof(*scale), GFP_KERNEL);
	int error;

	if (!scale)
		return -ENOMEM;
	INIT_DELAYED_WORK(&scale->settle, scale_settle);
	scale->irq = platform_get_irq(pdev, 0);
	error = scale->irq < 0 ? scale->irq
			       : request_irq(scale->irq, scale_irq, 0, "scale", scale);
	if (error) {
		kfree(scale);
		return error;
	}
	platform_set_drvdata(pdev, scale);
	return 0;
}

static void scale_remove(struct platform_device *pdev)
{
	struct scale *scale = platform_get_drvdata(pdev);

	free_irq(scale->irq, scale);
	if (!bug)
		cancel_delayed_work_sync(&scale->settle);
	kfree(scale);
}

static const struct of_device_id scale_ids[] = { { .compatible = "acme,scale" }, {} };
MODULE_DEVICE_TABLE(of, scale_ids);

static struct platform_driver scale_driver = {
	.probe = scale_probe,
	.remove = scale_remove,
	.driver = { .name = "scale", .of_match_table = scale_ids },
};
module_platform_driver(scale_driver);
MODULE_LICENSE("Dual MIT/GPL");
