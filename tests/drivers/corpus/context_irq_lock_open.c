// SPDX-License-Identifier: MIT
/* A serial port. Its interrupt takes a lock that open took with interrupts on. */
#include <linux/interrupt.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

static bool bug;
module_param(bug, bool, 0444);

struct uart {
	spinlock_t lock; /* of what follows; the interrupt takes it */
	u32 users, received;
	struct miscdevice misc;
};

static irqreturn_t uart_irq(int irq, void *data)
{
	struct uart *uart = data;

	spin_lock(&uart->lock);
	uart->received++;
	spin_unlock(&uart->lock);
	return IRQ_HANDLED;
}

static int uart_open(struct inode *inode, struct file *file)
{
	struct uart *uart = container_of(file->private_data, struct uart, misc);
	unsigned long flags = 0;

	if (bug)
		spin_lock(&uart->lock);
	else
		spin_lock_irqsave(&uart->lock, flags);
	uart->users++;
	if (bug)
		spin_unlock(&uart->lock);
	else
		spin_unlock_irqrestore(&uart->lock, flags);
	return 0;
}

static const struct file_operations uart_fops = { .owner = THIS_MODULE,
	.open = uart_open };

static int uart_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct uart *uart = devm_kzalloc(dev, sizeof(*uart), GFP_KERNEL);
	int irq = platform_get_irq(pdev, 0), error;

	if (!uart)
		return -ENOMEM;
	if (irq < 0)
		return irq;
	spin_lock_init(&uart->lock);
	error = devm_request_irq(dev, irq, uart_irq, 0, dev_name(dev), uart);
	if (error)
		return error;
	uart->misc.minor = MISC_DYNAMIC_MINOR;
	uart->misc.name = "uart";
	uart->misc.fops = &uart_fops;
	platform_set_drvdata(pdev, uart);
	return misc_register(&uart->misc);
}

static void uart_remove(struct platform_device *pdev)
{
	struct uart *uart = platform_get_drvdata(pdev);

	misc_deregister(&uart->misc);
}

static const struct of_device_id uart_ids[] = { { .compatible = "acme,uart" }, {} };
MODULE_DEVICE_TABLE(of, uart_ids);

static struct platform_driver uart_driver = {
	.probe = uart_probe,
	.remove = uart_remove,
	.driver = { .name = "uart", .of_match_table = uart_ids },
};
module_platform_driver(uart_driver);
MODULE_LICENSE("Dual MIT/GPL");
