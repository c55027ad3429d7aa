// SPDX-License-Identifier: MIT
/* A crypto engine. An open that got its session and not the session's page kept the session. */
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>

static bool bug;
module_param(bug, bool, 0444);

struct session {
	u8 key[32];
	unsigned long scratch;
};

static int crypt_open(struct inode *inode, struct file *file)
{
	struct session *s = kzalloc(sizeof(*s), GFP_KERNEL);

	if (!s)
		return -ENOMEM;
	s->scratch = get_zeroed_page(GFP_KERNEL);
	if (!s->scratch) {
		if (!bug)
			kfree(s);
		return -ENOMEM;
	}
	file->private_data = s;
	return 0;
}

static int crypt_release(struct inode *inode, struct file *file)
{
	struct session *s = file->private_data;

	free_page(s->scratch);
	kfree_sensitive(s);
	return 0;
}

static const struct file_operations crypt_fops = {
	.owner = THIS_MODULE,
	.open = crypt_open,
	.release = crypt_release,
};

static struct miscdevice crypt_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "crypt",
	.fops = &crypt_fops,
};
module_misc_device(crypt_misc);
MODULE_LICENSE("Dual MIT/GPL");
