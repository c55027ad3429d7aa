// SPDX-License-Identifier: MIT
/* A mixer with a lock for its streams and one for its registers. Open and close took them in different orders. */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>

static bool bug;
module_param(bug, bool, 0444);

static DEFINE_MUTEX(mixer_streams_lock); /* before mixer_regs_lock */
static DEFINE_MUTEX(mixer_regs_lock);
static int mixer_streams, mixer_gain;

static int mixer_open(struct inode *inode, struct file *file)
{
	mutex_lock(&mixer_streams_lock);
	mutex_lock(&mixer_regs_lock);
	mixer_streams++;
	mixer_gain = 100 / mixer_streams;
	mutex_unlock(&mixer_regs_lock);
	mutex_unlock(&mixer_streams_lock);
	return 0;
}

static int mixer_release(struct inode *inode, struct file *file)
{
	struct mutex *first = bug ? &mixer_regs_lock : &mixer_streams_lock;
	struct mutex *second = bug ? &mixer_streams_lock : &mixer_regs_lock;

	mutex_lock(first);
	mutex_lock(second);
	mixer_streams--;
	mixer_gain = mixer_streams ? 100 / mixer_streams : 0;
	mutex_unlock(second);
	mutex_unlock(first);
	return 0;
}

static const struct file_operations mixer_fops = {
	.owner = THIS_MODULE,
	.open = mixer_open,
	.release = mixer_release,
};

static struct miscdevice mixer_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "mixer",
	.fops = &mixer_fops,
};
module_misc_device(mixer_misc);
MODULE_LICENSE("Dual MIT/GPL");
