// SPDX-License-Identifier: MIT
/* A colour table whose length a program sets. The product of length and size did not fit into 32 bits. */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#define LUT_SET_LENGTH _IO('L', 1) /* arg: entries */
#define LUT_MAX        4096

static bool bug;
module_param(bug, bool, 0444);

struct lut_entry {
	u32 red, green, blue, alpha;
};

static DEFINE_MUTEX(lut_lock); /* of the table */
static struct lut_entry *lut;

static long lut_set_length(u32 nr)
{
	struct lut_entry *table;
	u32 bytes;

	if (bug)
		bytes = nr * (u32)sizeof(*table);
	else if (check_mul_overflow(nr, (u32)sizeof(*table), &bytes))
		return -EINVAL;
	if (!nr || bytes > LUT_MAX * sizeof(*table))
		return -EINVAL;
	table = kzalloc(bytes, GFP_KERNEL);
	if (!table)
		return -ENOMEM;
	for (u32 i = 0; i < min_t(u32, nr, LUT_MAX); i++)
		table[i].alpha = 0xff;
	mutex_lock(&lut_lock);
	kfree(lut);
	lut = table;
	mutex_unlock(&lut_lock);
	return 0;
}

static long lut_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return cmd == LUT_SET_LENGTH ? lut_set_length((u32)arg) : -ENOTTY;
}

static int lut_release(struct inode *inode, struct file *file)
{
	mutex_lock(&lut_lock);
	kfree(lut);
	lut = NULL;
	mutex_unlock(&lut_lock);
	return 0;
}

static const struct file_operations lut_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = lut_ioctl,
	.release = lut_release,
};

static struct miscdevice lut_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "lut",
	.fops = &lut_fops,
};
module_misc_device(lut_misc);
MODULE_LICENSE("Dual MIT/GPL");
