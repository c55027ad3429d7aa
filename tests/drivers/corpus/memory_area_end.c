// SPDX-License-Identifier: MIT
/* A scanner with a table of a thousand lines in vmalloc memory. The last line was written behind its end. */
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/vmalloc.h>

#define NR_LINES   1000
#define LINE_BYTES 36

static bool bug;
module_param(bug, bool, 0444);

static u8 *scan_line(u8 *table, unsigned int n)
{
	return table + (n - (bug ? 0 : 1)) * LINE_BYTES; /* lines count from 1 */
}

static int scan_probe(struct platform_device *pdev)
{
	u8 *table = vzalloc(NR_LINES * LINE_BYTES);

	if (!table)
		return -ENOMEM;
	scan_line(table, 1)[0] = 1;
	scan_line(table, NR_LINES)[0] = 1;
	platform_set_drvdata(pdev, table);
	return 0;
}

static void scan_remove(struct platform_device *pdev)
{
	vfree(platform_get_drvdata(pdev));
}

static const struct of_device_id scan_ids[] = { { .compatible = "acme,scan" }, {} };
MODULE_DEVICE_TABLE(of, scan_ids);

static struct platform_driver scan_driver = {
	.probe = scan_probe,
	.remove = scan_remove,
	.driver = { .name = "scan", .of_match_table = scan_ids },
};
module_platform_driver(scan_driver);
MODULE_LICENSE("Dual MIT/GPL");
