// SPDX-License-Identifier: MIT
/* A gauge that is asked by ioctl. Its answer was built member by member and had a member that nobody set. */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

static bool bug;
module_param(bug, bool, 0444);

struct gauge_state {
	u32 pascal;
	u32 celsius;
	u8 reserved[24];
};

#define GAUGE_GET _IOR('G', 1, struct gauge_state)

static long gauge_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct gauge_state *state;
	long error = 0;

	if (cmd != GAUGE_GET)
		return -ENOTTY;
	state = bug ? kmalloc(sizeof(*state), GFP_KERNEL)
		    : kzalloc(sizeof(*state), GFP_KERNEL);
	if (!state)
		return -ENOMEM;
	state->pascal = 101325;
	state->celsius = 21;
	if (copy_to_user((void __user *)arg, state, sizeof(*state)))
		error = -EFAULT;
	kfree(state);
	return error;
}

static const struct file_operations gauge_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = gauge_ioctl,
};

static struct miscdevice gauge_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "gauge",
	.fops = &gauge_fops,
};
module_misc_device(gauge_misc);
MODULE_LICENSE("Dual MIT/GPL");
