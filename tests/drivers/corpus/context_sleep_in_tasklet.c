// SPDX-License-Identifier: MIT
/* A radio whose tasklet waited for the chip to settle by sleeping. */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

static bool bug;
module_param(bug, bool, 0444);

struct radio {
	void __iomem *regs;
	struct tasklet_struct tasklet;
	int irq;
};

static void radio_tasklet(struct tasklet_struct *t)
{
	struct radio *radio = from_tasklet(radio, t, tasklet);

	writel(1, radio->regs);
	if (bug)
		usleep_range(50, 100);
	else
		udelay(50);
	writel(0, radio->regs);
}

static irqreturn_t radio_irq(int irq, void *data)
{
	struct radio *radio = data;

	tasklet_schedule(&radio->tasklet);
	return IRQ_HANDLED;
}

static int radio_probe(struct platform_device *pdev)
{
	struct radio *radio = devm_kzalloc(&pdev->dev, sizeof(*radio), GFP_KERNEL);

	if (!radio)
		return -ENOMEM;
	radio->regs = devm_platform_ioremap_resource(pdev, 0);
	if (IS_ERR(radio->regs))
		return PTR_ERR(radio->regs);
	tasklet_setup(&radio->tasklet, radio_tasklet);
	radio->irq = platform_get_irq(pdev, 0);
	if (radio->irq < 0)
		return radio->irq;
	platform_set_drvdata(pdev, radio);
	return request_irq(radio->irq, radio_irq, 0, "radio", radio);
}

static void radio_remove(struct platform_device *pdev)
{
	struct radio *radio = platform_get_drvdata(pdev);

	free_irq(radio->irq, radio);
	tasklet_kill(&radio->tasklet);
}

static const struct of_device_id radio_ids[] = { { .compatible = "acme,radio" }, {} };
MODULE_DEVICE_TABLE(of, radio_ids);

static struct platform_driver radio_driver = {
	.probe = radio_probe,
	.remove = radio_remove,
	.driver = { .name = "radio", .of_match_table = radio_ids },
};
module_platform_driver(radio_driver);
MODULE_LICENSE("Dual MIT/GPL");
