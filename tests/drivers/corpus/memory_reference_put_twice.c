// SPDX-License-Identifier: MIT
/* A bus that its open files share. A close put its reference twice, so the bus went while it was in use. */
#include <linux/kref.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

static bool bug;
module_param(bug, bool, 0444);

struct bus {
	struct kref ref;
	struct miscdevice misc;
	u32 transfers;
};

static void bus_free(struct kref *ref)
{
	kfree(container_of(ref, struct bus, ref));
}

static int bus_open(struct inode *inode, struct file *file)
{
	struct bus *bus = container_of(file->private_data, struct bus, misc);

	kref_get(&bus->ref);
	file->private_data = bus;
	return 0;
}

static int bus_release(struct inode *inode, struct file *file)
{
	struct bus *bus = file->private_data;

	if (bug)
		kref_put(&bus->ref, bus_free);
	kref_put(&bus->ref, bus_free);
	return 0;
}

static const struct file_operations bus_fops = {
	.owner = THIS_MODULE,
	.open = bus_open,
	.release = bus_release,
};

static int bus_probe(struct platform_device *pdev)
{
	struct bus *bus = kzalloc(sizeof(*bus), GFP_KERNEL);
	int error;

	if (!bus)
		return -ENOMEM;
	kref_init(&bus->ref);
	bus->misc.minor = MISC_DYNAMIC_MINOR;
	bus->misc.name = "acmebus";
	bus->misc.fops = &bus_fops;
	error = misc_register(&bus->misc);
	if (error) {
		kfree(bus);
		return error;
	}
	platform_set_drvdata(pdev, bus);
	return 0;
}

static void bus_remove(struct platform_device *pdev)
{
	struct bus *bus = platform_get_drvdata(pdev);

	misc_deregister(&bus->misc);
	kref_put(&bus->ref, bus_free);
}

static const struct of_device_id bus_ids[] = { { .compatible = "acme,bus" }, {} };
MODULE_DEVICE_TABLE(of, bus_ids);

static struct platform_driver bus_driver = {
	.probe = bus_probe,
	.remove = bus_remove,
	.driver = { .name = "bus", .of_match_table = bus_ids },
};
module_platform_driver(bus_driver);
MODULE_LICENSE("Dual MIT/GPL");
