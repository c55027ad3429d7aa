// SPDX-License-Identifier: MIT
/* An image processor. Its interrupt handler asked for a descriptor with GFP_KERNEL. */
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

static bool bug;
module_param(bug, bool, 0444);

struct isp_desc {
	u32 width, height, stride;
	u64 plane[3];
};

struct isp {
	struct isp_desc *current_desc;
	u32 dropped;
};

static irqreturn_t isp_irq(int irq, void *data)
{
	struct isp *isp = data;
	struct isp_desc *desc = kzalloc(sizeof(*desc), bug ? GFP_KERNEL : GFP_ATOMIC);

	if (!desc) {
		isp->dropped++;
		return IRQ_HANDLED;
	}
	kfree(isp->current_desc);
	isp->current_desc = desc;
	return IRQ_HANDLED;
}

static int isp_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct isp *isp = devm_kzalloc(dev, sizeof(*isp), GFP_KERNEL);
	int irq = platform_get_irq(pdev, 0);

	if (!isp)
		return -ENOMEM;
	if (irq < 0)
		return irq;
	platform_set_drvdata(pdev, isp);
	return devm_request_irq(dev, irq, isp_irq, 0, dev_name(dev), isp);
}

static void isp_remove(struct platform_device *pdev)
{
	struct isp *isp = platform_get_drvdata(pdev);

	devm_free_irq(&pdev->dev, platform_get_irq(pdev, 0), isp);
	kfree(isp->current_desc);
}

static const struct of_device_id isp_ids[] = { { .compatible = "acme,isp" }, {} };
MODULE_DEVICE_TABLE(of, isp_ids);

static struct platform_driver isp_driver = {
	.probe = isp_probe,
	.remove = isp_remove,
	.driver = { .name = "isp", .of_match_table = isp_ids },
};
module_platform_driver(isp_driver);
MODULE_LICENSE("Dual MIT/GPL");
