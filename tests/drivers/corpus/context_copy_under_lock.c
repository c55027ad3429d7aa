// SPDX-License-Identifier: MIT
/* A counter that a program reads. The count was copied out with its spinlock held, and a copy may fault and sleep. */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

static bool bug;
module_param(bug, bool, 0444);

static DEFINE_SPINLOCK(tally_lock);
static u64 tally_count;

static ssize_t tally_read(struct file *file, char __user *buf, size_t n, loff_t *pos)
{
	unsigned long rest;
	u64 count;

	if (n < sizeof(count))
		return -EINVAL;
	spin_lock(&tally_lock);
	count = ++tally_count;
	if (bug) {
		rest = copy_to_user(buf, &count, sizeof(count));
		spin_unlock(&tally_lock);
	} else {
		spin_unlock(&tally_lock);
		rest = copy_to_user(buf, &count, sizeof(count));
	}
	return rest ? -EFAULT : (ssize_t)sizeof(count);
}

static const struct file_operations tally_fops = { .owner = THIS_MODULE,
	.read = tally_read };

static struct miscdevice tally_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "tally",
	.fops = &tally_fops,
};
module_misc_device(tally_misc);
MODULE_LICENSE("Dual MIT/GPL");
