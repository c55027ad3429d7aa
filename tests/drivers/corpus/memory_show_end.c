// SPDX-License-Identifier: MIT
/* A file below /sys that says more than its page has room for. */
#include <linux/device.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>

static bool bug;
module_param(bug, bool, 0444);

static ssize_t table_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	int n = 0;

	for (int i = 0; i < 600; i++)
		n += bug ? sprintf(buf + n, "%08x ", i)
			 : sysfs_emit_at(buf, n, "%08x ", i);
	return n;
}
static DEVICE_ATTR_RO(table);

static struct attribute *lut_attrs[] = { &dev_attr_table.attr, NULL };
ATTRIBUTE_GROUPS(lut);

static int lut_probe(struct platform_device *pdev)
{
	return devm_device_add_groups(&pdev->dev, lut_groups);
}

static const struct of_device_id lut_ids[] = { { .compatible = "acme,lut" }, {} };
MODULE_DEVICE_TABLE(of, lut_ids);

static struct platform_driver lut_driver = {
	.probe = lut_probe,
	.driver = { .name = "lut", .of_match_table = lut_ids },
};
module_platform_driver(lut_driver);
MODULE_LICENSE("Dual MIT/GPL");
