// SPDX-License-Identifier: MIT
/* A clock. Its close waited, with a mutex held, for work that takes the same mutex. */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

static bool bug;
module_param(bug, bool, 0444);

static DEFINE_MUTEX(rtc_lock);
static unsigned int rtc_files, rtc_updates;

static void rtc_update(struct work_struct *work)
{
	mutex_lock(&rtc_lock);
	rtc_updates++;
	mutex_unlock(&rtc_lock);
}

static DECLARE_WORK(rtc_work, rtc_update);

static int rtc_open(struct inode *inode, struct file *file)
{
	mutex_lock(&rtc_lock);
	rtc_files++;
	mutex_unlock(&rtc_lock);
	return 0;
}

static int rtc_release(struct inode *inode, struct file *file)
{
	mutex_lock(&rtc_lock);
	schedule_work(&rtc_work); /* the time of the last use */
	rtc_files--;
	if (bug)
		flush_work(&rtc_work);
	mutex_unlock(&rtc_lock);
	if (!bug)
		flush_work(&rtc_work);
	return 0;
}

static const struct file_operations rtc_fops = {
	.owner = THIS_MODULE,
	.open = rtc_open,
	.release = rtc_release,
};

static struct miscdevice rtc_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "rtc9",
	.fops = &rtc_fops,
};
module_misc_device(rtc_misc);
MODULE_LICENSE("Dual MIT/GPL");
