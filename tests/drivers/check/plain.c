// SPDX-License-Identifier: GPL-2.0
/* Compiled without instrumentation: what only an MMU sees. `mistake` chooses; 0 makes none. */
#include <linux/device.h>
#include <linux/module.h>
#include <linux/slab.h>

static int mistake;
module_param(mistake, int, 0);

static struct kmem_cache *cache;

static void fill(char *p, int n)
{
	for (int i = 0; i < n; i++)
		p[i] = (char)i;
}

static int sum(const char *p, int n)
{
	int result = 0;

	for (int i = 0; i < n; i++)
		result += p[i];
	return result;
}

static noinline int use(char *p)
{
	int result;

	fill(p, mistake == 1 ? 33 : 32); /* one too many */
	result = sum(p, mistake == 2 ? 33 : 32);
	if (mistake == 3)
		memset(p, 0, 40);
	kfree(p);
	if (mistake == 4)
		result += sum(p, 1);
	if (mistake == 5)
		kfree(p);
	return result;
}

static int __init plain_init(void)
{
	char *p;
	int result = 0;

	for (int i = 0; i < 8; i++) {
		p = kmalloc(32, GFP_KERNEL);
		if (!p)
			return -ENOMEM;
		result += use(p);
	}
	cache = kmem_cache_create("plain", 40, 0, 0, NULL);
	if (!cache)
		return -ENOMEM;
	p = kmem_cache_zalloc(cache, GFP_KERNEL);
	if (p && mistake != 6)
		kmem_cache_free(cache, p);
	pr_info("%d\n", result);
	return 0;
}

static void __exit plain_exit(void)
{
	kmem_cache_destroy(cache);
}

module_init(plain_init);
module_exit(plain_exit);
MODULE_LICENSE("GPL");
