// SPDX-License-Identifier: MIT
/* A tape drive that one file may have open. Who came when there was no memory left with the drive's mutex held. */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>

static bool bug;
module_param(bug, bool, 0444);

static DEFINE_MUTEX(tape_lock);
static void *tape_buffer; /* of the open file */

static int tape_open(struct inode *inode, struct file *file)
{
	int error = 0;

	mutex_lock(&tape_lock);
	if (tape_buffer) {
		error = -EBUSY;
		goto unlock;
	}
	tape_buffer = kmalloc(1024, GFP_KERNEL);
	if (!tape_buffer) {
		error = -ENOMEM;
		if (bug)
			return error;
	}
unlock:
	mutex_unlock(&tape_lock);
	return error;
}

static int tape_release(struct inode *inode, struct file *file)
{
	mutex_lock(&tape_lock);
	kfree(tape_buffer);
	tape_buffer = NULL;
	mutex_unlock(&tape_lock);
	return 0;
}

static const struct file_operations tape_fops = {
	.owner = THIS_MODULE,
	.open = tape_open,
	.release = tape_release,
};

static struct miscdevice tape_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "tape",
	.fops = &tape_fops,
};
module_misc_device(tape_misc);
MODULE_LICENSE("Dual MIT/GPL");
