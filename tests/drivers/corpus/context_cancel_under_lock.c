// SPDX-License-Identifier: MIT
/* A flash controller. Its close waited for work with a spinlock held. */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

static bool bug;
module_param(bug, bool, 0444);

static DEFINE_SPINLOCK(nand_lock);
static unsigned int nand_files, nand_erased;

static void nand_erase(struct work_struct *work)
{
	nand_erased++;
}

static DECLARE_WORK(nand_work, nand_erase);

static int nand_open(struct inode *inode, struct file *file)
{
	spin_lock(&nand_lock);
	nand_files++;
	spin_unlock(&nand_lock);
	schedule_work(&nand_work);
	return 0;
}

static int nand_release(struct inode *inode, struct file *file)
{
	bool last;

	spin_lock(&nand_lock);
	last = !--nand_files;
	if (last && bug)
		cancel_work_sync(&nand_work);
	spin_unlock(&nand_lock);
	if (last && !bug)
		cancel_work_sync(&nand_work);
	return 0;
}

static const struct file_operations nand_fops = {
	.owner = THIS_MODULE,
	.open = nand_open,
	.release = nand_release,
};

static struct miscdevice nand_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "nand",
	.fops = &nand_fops,
};
module_misc_device(nand_misc);
MODULE_LICENSE("Dual MIT/GPL");
