// SPDX-License-Identifier: MIT
/* A panel that shows what is written to it. How much that is was the program's word. */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#define LINE_BYTES 24

static bool bug;
module_param(bug, bool, 0444);

static int panel_open(struct inode *inode, struct file *file)
{
	file->private_data = kzalloc(LINE_BYTES, GFP_KERNEL);
	return file->private_data ? 0 : -ENOMEM;
}

static ssize_t panel_write(
	struct file *file, const char __user *buf, size_t n, loff_t *pos)
{
	if (!bug && n > LINE_BYTES)
		n = LINE_BYTES;
	if (copy_from_user(file->private_data, buf, n))
		return -EFAULT;
	return n;
}

static int panel_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static const struct file_operations panel_fops = {
	.owner = THIS_MODULE,
	.open = panel_open,
	.write = panel_write,
	.release = panel_release,
};

static struct miscdevice panel_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "panel",
	.fops = &panel_fops,
};
module_misc_device(panel_misc);
MODULE_LICENSE("Dual MIT/GPL");
