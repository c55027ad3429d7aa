// SPDX-License-Identifier: MIT
/* A reader of tags. A probe that failed for want of memory said that all was well. */
#include <linux/io.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

static bool bug;
module_param(bug, bool, 0444);

struct nfc {
	u8 uid[10];
	void __iomem *regs;
};

static int nfc_probe(struct platform_device *pdev)
{
	struct nfc *nfc;
	int error = 0;
	void __iomem *regs = devm_platform_ioremap_resource(pdev, 0);

	if (IS_ERR(regs))
		return PTR_ERR(regs);
	nfc = kzalloc(sizeof(*nfc), GFP_KERNEL);
	if (!nfc) {
		if (!bug)
			error = -ENOMEM;
		goto out;
	}
	nfc->regs = regs;
	platform_set_drvdata(pdev, nfc);
out:
	return error;
}

static void nfc_remove(struct platform_device *pdev)
{
	struct nfc *nfc = platform_get_drvdata(pdev);

	writel(0, nfc->regs);
	kfree(nfc);
}

static const struct of_device_id nfc_ids[] = { { .compatible = "acme,nfc" }, {} };
MODULE_DEVICE_TABLE(of, nfc_ids);

static struct platform_driver nfc_driver = {
	.probe = nfc_probe,
	.remove = nfc_remove,
	.driver = { .name = "nfc", .of_match_table = nfc_ids },
};
module_platform_driver(nfc_driver);
MODULE_LICENSE("Dual MIT/GPL");
