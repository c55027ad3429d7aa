// SPDX-License-Identifier: MIT
/* A receiver with a line buffer. Its close freed the buffer and kept the pointer, so remove freed it again. */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

static bool bug;
module_param(bug, bool, 0444);

struct gps {
	struct miscdevice misc;
	char *line;
};

static int gps_open(struct inode *inode, struct file *file)
{
	struct gps *gps = container_of(file->private_data, struct gps, misc);

	gps->line = kzalloc(128, GFP_KERNEL);
	return gps->line ? 0 : -ENOMEM;
}

static int gps_release(struct inode *inode, struct file *file)
{
	struct gps *gps = container_of(file->private_data, struct gps, misc);

	kfree(gps->line);
	if (!bug)
		gps->line = NULL;
	return 0;
}

static const struct file_operations gps_fops = {
	.owner = THIS_MODULE,
	.open = gps_open,
	.release = gps_release,
};

static int gps_probe(struct platform_device *pdev)
{
	struct gps *gps = devm_kzalloc(&pdev->dev, sizeof(*gps), GFP_KERNEL);

	if (!gps)
		return -ENOMEM;
	gps->misc.minor = MISC_DYNAMIC_MINOR;
	gps->misc.name = "gps";
	gps->misc.fops = &gps_fops;
	platform_set_drvdata(pdev, gps);
	return misc_register(&gps->misc);
}

static void gps_remove(struct platform_device *pdev)
{
	struct gps *gps = platform_get_drvdata(pdev);

	misc_deregister(&gps->misc);
	kfree(gps->line); /* of a file that is still open */
}

static const struct of_device_id gps_ids[] = { { .compatible = "acme,gps" }, {} };
MODULE_DEVICE_TABLE(of, gps_ids);

static struct platform_driver gps_driver = {
	.probe = gps_probe,
	.remove = gps_remove,
	.driver = { .name = "gps", .of_match_table = gps_ids },
};
module_platform_driver(gps_driver);
MODULE_LICENSE("Dual MIT/GPL");
