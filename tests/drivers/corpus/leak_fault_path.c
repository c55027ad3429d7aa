// SPDX-License-Identifier: MIT
/* A logger with a snapshot that a program fetches. A program with a bad address kept the snapshot alive. */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

static bool bug;
module_param(bug, bool, 0444);

struct snapshot {
	u64 when;
	u32 values[32];
};

#define SNAP_GET _IOR('S', 1, struct snapshot)

static long snap_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct snapshot *snap;

	if (cmd != SNAP_GET)
		return -ENOTTY;
	snap = kzalloc(sizeof(*snap), GFP_KERNEL);
	if (!snap)
		return -ENOMEM;
	snap->when = jiffies;
	if (copy_to_user((void __user *)arg, snap, sizeof(*snap))) {
		if (!bug)
			kfree(snap);
		return -EFAULT;
	}
	kfree(snap);
	return 0;
}

static const struct file_operations snap_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = snap_ioctl,
};

static struct miscdevice snap_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "snap",
	.fops = &snap_fops,
};
module_misc_device(snap_misc);
MODULE_LICENSE("Dual MIT/GPL");
