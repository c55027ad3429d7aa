// SPDX-License-Identifier: MIT
/* A bank of pins on a shared line. An interrupt that was not for it left the handler with the lock held. */
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#define GPIO_PENDING 0x10

static bool bug;
module_param(bug, bool, 0444);

struct gpio {
	void __iomem *regs;
	spinlock_t lock;
	u32 seen;
};

static irqreturn_t gpio_irq(int irq, void *data)
{
	struct gpio *gpio = data;
	u32 pending;

	spin_lock(&gpio->lock);
	pending = readl(gpio->regs + GPIO_PENDING);
	if (!pending) {
		if (!bug)
			spin_unlock(&gpio->lock);
		return IRQ_NONE;
	}
	gpio->seen |= pending;
	writel(pending, gpio->regs + GPIO_PENDING);
	spin_unlock(&gpio->lock);
	return IRQ_HANDLED;
}

static int gpio_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct gpio *gpio = devm_kzalloc(dev, sizeof(*gpio), GFP_KERNEL);
	int irq = platform_get_irq(pdev, 0);

	if (!gpio)
		return -ENOMEM;
	if (irq < 0)
		return irq;
	gpio->regs = devm_platform_ioremap_resource(pdev, 0);
	if (IS_ERR(gpio->regs))
		return PTR_ERR(gpio->regs);
	spin_lock_init(&gpio->lock);
	platform_set_drvdata(pdev, gpio);
	return devm_request_irq(dev, irq, gpio_irq, IRQF_SHARED, dev_name(dev), gpio);
}

static void gpio_remove(struct platform_device *pdev)
{
	dev_dbg(&pdev->dev, "gone\n");
}

static const struct of_device_id gpio_ids[] = { { .compatible = "acme,gpio" }, {} };
MODULE_DEVICE_TABLE(of, gpio_ids);

static struct platform_driver gpio_driver = {
	.probe = gpio_probe,
	.remove = gpio_remove,
	.driver = { .name = "gpio", .of_match_table = gpio_ids },
};
module_platform_driver(gpio_driver);
MODULE_LICENSE("Dual MIT/GPL");
