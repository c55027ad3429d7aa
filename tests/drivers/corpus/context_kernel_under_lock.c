// SPDX-License-Identifier: MIT
/* A generator of pulses with a list of its users. A new user was allocated with the list's spinlock held. */
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

static bool bug;
module_param(bug, bool, 0444);

struct pwm_user {
	struct list_head link;
	pid_t pid;
};

static DEFINE_SPINLOCK(pwm_lock); /* of the list */
static LIST_HEAD(pwm_users);

static int pwm_open(struct inode *inode, struct file *file)
{
	struct pwm_user *user;

	if (!bug) {
		user = kzalloc(sizeof(*user), GFP_KERNEL);
		spin_lock(&pwm_lock);
	} else {
		spin_lock(&pwm_lock);
		user = kzalloc(sizeof(*user), GFP_KERNEL);
	}
	if (user) {
		user->pid = task_pid_nr(current);
		list_add(&user->link, &pwm_users);
	}
	spin_unlock(&pwm_lock);
	file->private_data = user;
	return user ? 0 : -ENOMEM;
}

static int pwm_release(struct inode *inode, struct file *file)
{
	struct pwm_user *user = file->private_data;

	spin_lock(&pwm_lock);
	list_del(&user->link);
	spin_unlock(&pwm_lock);
	kfree(user);
	return 0;
}

static const struct file_operations pwm_fops = {
	.owner = THIS_MODULE,
	.open = pwm_open,
	.release = pwm_release,
};

static struct miscdevice pwm_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "pwm",
	.fops = &pwm_fops,
};
module_misc_device(pwm_misc);
MODULE_LICENSE("Dual MIT/GPL");
