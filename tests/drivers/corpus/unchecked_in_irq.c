// SPDX-License-Identifier: MIT
/* A converter. Each interrupt brings a sample in an object of its own; that GFP_ATOMIC may fail was forgotten. */
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

static bool bug;
module_param(bug, bool, 0444);

struct sample {
	struct sample *before;
	u32 value;
};

struct adc {
	void __iomem *regs;
	struct sample *last;
	u32 lost;
	int irq;
};

static irqreturn_t adc_irq(int irq, void *data)
{
	struct adc *adc = data;
	struct sample *sample = kmalloc(sizeof(*sample), GFP_ATOMIC);

	if (!bug && !sample) {
		adc->lost++;
		return IRQ_HANDLED;
	}
	sample->value = readl(adc->regs);
	sample->before = adc->last;
	adc->last = sample;
	return IRQ_HANDLED;
}

static int adc_probe(struct platform_device *pdev)
{
	struct adc *adc = devm_kzalloc(&pdev->dev, sizeof(*adc), GFP_KERNEL);

	if (!adc)
		return -ENOMEM;
	adc->regs = devm_platform_ioremap_resource(pdev, 0);
	if (IS_ERR(adc->regs))
		return PTR_ERR(adc->regs);
	adc->irq = platform_get_irq(pdev, 0);
	if (adc->irq < 0)
		return adc->irq;
	platform_set_drvdata(pdev, adc);
	return request_irq(adc->irq, adc_irq, 0, "adc", adc);
}

static void adc_remove(struct platform_device *pdev)
{
	struct adc *adc = platform_get_drvdata(pdev);
	struct sample *sample;

	free_irq(adc->irq, adc);
	while ((sample = adc->last)) {
		adc->last = sample->before;
		kfree(sample);
	}
}

static const struct of_device_id adc_ids[] = { { .compatible = "acme,adc" }, {} };
MODULE_DEVICE_TABLE(of, adc_ids);

static struct platform_driver adc_driver = {
	.probe = adc_probe,
	.remove = adc_remove,
	.driver = { .name = "adc", .of_match_table = adc_ids },
};
module_platform_driver(adc_driver);
MODULE_LICENSE("Dual MIT/GPL");
