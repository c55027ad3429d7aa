// SPDX-License-Identifier: MIT
/* A bridge. What devm_ioremap_resource() returned was compared with NULL, which it never is. */
#include <linux/io.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>

#define PCIE_LINK 0x40

static bool bug;
module_param(bug, bool, 0444);

static int pcie_probe(struct platform_device *pdev)
{
	struct resource *res = platform_get_resource(pdev, IORESOURCE_MEM, 0);
	void __iomem *regs = devm_ioremap_resource(&pdev->dev, res);

	if (bug && !regs)
		return -ENOMEM;
	if (!bug && IS_ERR(regs))
		return PTR_ERR(regs);
	writel(readl(regs + PCIE_LINK) | 1, regs + PCIE_LINK);
	platform_set_drvdata(pdev, (void *)regs);
	return 0;
}

static void pcie_remove(struct platform_device *pdev)
{
	writel(0, platform_get_drvdata(pdev) + PCIE_LINK);
}

static const struct of_device_id pcie_ids[] = { { .compatible = "acme,pcie" }, {} };
MODULE_DEVICE_TABLE(of, pcie_ids);

static struct platform_driver pcie_driver = {
	.probe = pcie_probe,
	.remove = pcie_remove,
	.driver = { .name = "pcie", .of_match_table = pcie_ids },
};
module_platform_driver(pcie_driver);
MODULE_LICENSE("Dual MIT/GPL");
