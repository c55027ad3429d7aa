// SPDX-License-Identifier: MIT
/* A random number generator. Each open file has its state; open put the seed into it, whether it was there or not. */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>

static bool bug;
module_param(bug, bool, 0444);

struct rng_state {
	u64 words[4];
};

static struct kmem_cache *rng_states;

static int rng_open(struct inode *inode, struct file *file)
{
	struct rng_state *state = kmem_cache_zalloc(rng_states, GFP_KERNEL);

	if (!bug && !state)
		return -ENOMEM;
	state->words[0] = 0x9e3779b97f4a7c15ull;
	file->private_data = state;
	return 0;
}

static int rng_release(struct inode *inode, struct file *file)
{
	kmem_cache_free(rng_states, file->private_data);
	return 0;
}

static const struct file_operations rng_fops = {
	.owner = THIS_MODULE,
	.open = rng_open,
	.release = rng_release,
};

static struct miscdevice rng_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "rng",
	.fops = &rng_fops,
};

static int __init rng_init(void)
{
	int error;

	rng_states = KMEM_CACHE(rng_state, 0);
	if (!rng_states)
		return -ENOMEM;
	error = misc_register(&rng_misc);
	if (error)
		kmem_cache_destroy(rng_states);
	return error;
}

static void __exit rng_exit(void)
{
	misc_deregister(&rng_misc);
	kmem_cache_destroy(rng_states);
}

module_init(rng_init);
module_exit(rng_exit);
MODULE_LICENSE("Dual MIT/GPL");
