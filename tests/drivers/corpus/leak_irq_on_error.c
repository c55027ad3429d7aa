// SPDX-License-Identifier: MIT
/* A sensor hub. Where its node cannot be registered, probe returned without giving back the interrupt line. */
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#define HUB_STATUS 0x04

static bool bug;
module_param(bug, bool, 0444);

struct hub {
	void __iomem *regs;
	struct miscdevice misc;
	atomic_t events;
	int irq;
};

static irqreturn_t hub_irq(int irq, void *data)
{
	struct hub *hub = data;

	writel(readl(hub->regs + HUB_STATUS), hub->regs + HUB_STATUS);
	atomic_inc(&hub->events);
	return IRQ_HANDLED;
}

static int hub_open(struct inode *inode, struct file *file)
{
	return nonseekable_open(inode, file);
}

static const struct file_operations hub_fops = { .owner = THIS_MODULE, .open = hub_open };

static int hub_probe(struct platform_device *pdev)
{
	struct hub *hub = devm_kzalloc(&pdev->dev, sizeof(*hub), GFP_KERNEL);
	int error;

	if (!hub)
		return -ENOMEM;
	hub->regs = devm_platform_ioremap_resource(pdev, 0);
	if (IS_ERR(hub->regs))
		return PTR_ERR(hub->regs);
	hub->irq = platform_get_irq(pdev, 0);
	if (hub->irq < 0)
		return hub->irq;
	error = request_irq(hub->irq, hub_irq, 0, dev_name(&pdev->dev), hub);
	if (error)
		return error;
	hub->misc.minor = MISC_DYNAMIC_MINOR;
	hub->misc.name = "hub";
	hub->misc.fops = &hub_fops;
	error = misc_register(&hub->misc);
	if (error) {
		if (!bug)
			free_irq(hub->irq, hub);
		return error;
	}
	platform_set_drvdata(pdev, hub);
	return 0;
}

static void hub_remove(struct platform_device *pdev)
{
	struct hub *hub = platform_get_drvdata(pdev);

	misc_deregister(&hub->misc);
	free_irq(hub->irq, hub);
}

static const struct of_device_id hub_ids[] = { { .compatible = "acme,hub" }, {} };
MODULE_DEVICE_TABLE(of, hub_ids);

static struct platform_driver hub_driver = {
	.probe = hub_probe,
	.remove = hub_remove,
	.driver = { .name = "hub", .of_match_table = hub_ids },
};
module_platform_driver(hub_driver);
MODULE_LICENSE("Dual MIT/GPL");
