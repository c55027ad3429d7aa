// SPDX-License-Identifier: MIT
/* A log with entries of its own cache. The cache was destroyed while the last entry was still out. */
#include <linux/module.h>
#include <linux/slab.h>

static bool bug;
module_param(bug, bool, 0444);

struct entry {
	u64 when;
	char text[88];
};

static struct kmem_cache *entries;
static struct entry *last;

static int __init log_init(void)
{
	entries = KMEM_CACHE(entry, SLAB_HWCACHE_ALIGN);
	if (!entries)
		return -ENOMEM;
	last = kmem_cache_zalloc(entries, GFP_KERNEL);
	if (!last) {
		kmem_cache_destroy(entries);
		return -ENOMEM;
	}
	return 0;
}

static void __exit log_exit(void)
{
	if (!bug)
		kmem_cache_free(entries, last);
	kmem_cache_destroy(entries);
	if (bug)
		last = NULL;
}

module_init(log_init);
module_exit(log_exit);
MODULE_LICENSE("Dual MIT/GPL");
