// SPDX-License-Identifier: MIT
/* Uses after a free and beyond an end, all in one driver: each goes on to the next. */
#include <linux/bitmap.h>
#include <linux/dmapool.h>
#include <linux/idr.h>
#include <linux/io.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mempool.h>
#include <linux/percpu.h>
#include <linux/rbtree.h>
#include <linux/scatterlist.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

static bool bug;
module_param(bug, bool, 0444);

struct thing {
	struct list_head list;
	u32 a, b;
	struct kref ref;
	struct rcu_head rcu;
	char name[16];
};

static int m_pool_uaf(struct platform_device *p, bool bad)
{
	dma_addr_t h;
	struct dma_pool *pool = dma_pool_create("x", &p->dev, 64, 8, 0);
	u32 *d;
	if (!pool)
		return -ENOMEM;
	d = dma_pool_alloc(pool, GFP_KERNEL, &h);
	if (d) {
		d[0] = 1;
		dma_pool_free(pool, d, h);
		if (bad)
			d[1] = 2;
	}
	dma_pool_destroy(pool);
	return d ? 0 : -ENOMEM;
}

static int m_krealloc_old(struct platform_device *p, bool bad)
{
	char *a = kzalloc(32, GFP_KERNEL), *b;
	if (!a)
		return -ENOMEM;
	b = krealloc(a, 300, GFP_KERNEL);
	if (!b) {
		kfree(a);
		return -ENOMEM;
	}
	if (bad)
		a[3] = 1;
	else
		b[3] = 1;
	kfree(b);
	return 0;
}

static int m_kfree_sensitive(struct platform_device *p, bool bad)
{
	char *key = kmalloc(32, GFP_KERNEL);
	if (!key)
		return -ENOMEM;
	memset(key, 1, 32);
	kfree_sensitive(key);
	if (bad)
		key[0] = 0;
	return 0;
}

static int m_pages_exact(struct platform_device *p, bool bad)
{
	char *a = alloc_pages_exact(5000, GFP_KERNEL);
	if (!a)
		return -ENOMEM;
	a[4999] = 1;
	free_pages_exact(a, 5000);
	if (bad)
		a[10] = 1;
	return 0;
}
struct counts {
	u64 v[4];
};

static int m_percpu_end(struct platform_device *p, bool bad)
{
	struct counts __percpu *c = alloc_percpu(struct counts);
	if (!c)
		return -ENOMEM;
	per_cpu_ptr(c, 0)->v[bad ? 4 : 3] = 1;
	free_percpu(c);
	return 0;
}

static int m_percpu_uaf(struct platform_device *p, bool bad)
{
	struct counts __percpu *c = alloc_percpu(struct counts);
	if (!c)
		return -ENOMEM;
	free_percpu(c);
	if (bad)
		per_cpu_ptr(c, 0)->v[1] = 1;
	return 0;
}

static int m_list_add_twice(struct platform_device *p, bool bad)
{
	static LIST_HEAD(head);
	struct thing *t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return -ENOMEM;
	INIT_LIST_HEAD(&head);
	list_add(&t->list, &head);
	if (bad)
		list_add(&t->list, &head);
	list_del(&t->list);
	kfree(t);
	return 0;
}

static int m_list_freed_still_linked(struct platform_device *p, bool bad)
{
	static LIST_HEAD(head);
	struct thing *t = kzalloc(sizeof(*t), GFP_KERNEL),
		     *u = kzalloc(sizeof(*u), GFP_KERNEL);
	if (!t || !u) {
		kfree(t);
		kfree(u);
		return -ENOMEM;
	}
	list_add(&t->list, &head);
	if (!bad)
		list_del(&t->list);
	kfree(t);
	list_add(&u->list, &head);
	list_del(&u->list);
	kfree(u);
	INIT_LIST_HEAD(&head);
	return 0;
}

static int m_snprintf_sum(struct platform_device *p, bool bad)
{
	char *a = kmalloc(24, GFP_KERNEL);
	int n = 0;
	if (!a)
		return -ENOMEM;
	for (int i = 0; i < 6; i++)
		if (bad)
			n += sprintf(a + n, "x%d=%d ", i, i * 100);
		else
			n += scnprintf(a + n, 24 - n, "x%d=%d ", i, i * 100);
	kfree(a);
	return 0;
}

static int m_devm_uaf(struct platform_device *p, bool bad)
{
	u32 *a = devm_kcalloc(&p->dev, 5, sizeof(*a), GFP_KERNEL);
	if (!a)
		return -ENOMEM;
	devm_kfree(&p->dev, a);
	if (bad)
		a[1] = 1;
	return 0;
}
static LIST_HEAD(things);
static int m_mempool_uaf(struct platform_device *p, bool bad)
{
	mempool_t *pool = mempool_create_kmalloc_pool(2, 64);
	char *a;
	if (!pool)
		return -ENOMEM;
	a = mempool_alloc(pool, GFP_KERNEL);
	if (a) {
		a[0] = 1;
		mempool_free(a, pool);
		if (bad)
			a[1] = 1;
	}
	mempool_destroy(pool);
	return 0;
}

static int m_kmemdup_long(struct platform_device *p, bool bad)
{
	char *a = kmalloc(20, GFP_KERNEL), *b;
	if (!a)
		return -ENOMEM;
	memset(a, 1, 20);
	b = kmemdup(a, bad ? 32 : 20, GFP_KERNEL);
	kfree(a);
	kfree(b);
	return b ? 0 : -ENOMEM;
}

static int m_printk_string(struct platform_device *p, bool bad)
{
	char *a = kmalloc(8, GFP_KERNEL);
	if (!a)
		return -ENOMEM;
	memset(a, 'x', 8);
	if (!bad)
		a[7] = 0;
	dev_info(&p->dev, "%s\n", a);
	kfree(a);
	return 0;
}

static int m_printk_freed(struct platform_device *p, bool bad)
{
	char *a = kstrdup("hello", GFP_KERNEL);
	if (!a)
		return -ENOMEM;
	if (!bad)
		dev_info(&p->dev, "%s\n", a);
	kfree(a);
	if (bad)
		dev_info(&p->dev, "%s\n", a);
	return 0;
}

static int m_exact_short(struct platform_device *p, bool bad)
{
	void *a = alloc_pages_exact(5 * PAGE_SIZE, GFP_KERNEL);
	if (!a)
		return -ENOMEM;
	free_pages_exact(a, (bad ? 4 : 5) * PAGE_SIZE);
	return 0;
}

static int m_percpu_twice(struct platform_device *p, bool bad)
{
	u32 __percpu *a = alloc_percpu(u32);
	if (!a)
		return -ENOMEM;
	free_percpu(a);
	if (bad)
		free_percpu(a);
	return 0;
}

static int m_iounmap_twice(struct platform_device *p, bool bad)
{
	struct resource *res = platform_get_resource(p, IORESOURCE_MEM, 0);
	void __iomem *regs = res ? ioremap(res->start, resource_size(res)) : NULL;
	if (!regs)
		return -ENOMEM;
	iounmap(regs);
	if (bad)
		iounmap(regs);
	return 0;
}

static int m_wrong_cache(struct platform_device *p, bool bad)
{
	struct kmem_cache *a = kmem_cache_create("set-a", 40, 0, 0, NULL);
	struct kmem_cache *b = kmem_cache_create("set-b", 72, 0, 0, NULL);
	void *object = a && b ? kmem_cache_alloc(a, GFP_KERNEL) : NULL;
	if (object)
		kmem_cache_free(bad ? b : a, object);
	kmem_cache_destroy(a);
	kmem_cache_destroy(b);
	return 0;
}

static int m_virt_to_phys(struct platform_device *p, bool bad)
{
	void *a = bad ? vmalloc(4096) : kmalloc(4096, GFP_KERNEL);
	phys_addr_t phys;
	if (!a)
		return -ENOMEM;
	phys = virt_to_phys(a);
	dev_info(&p->dev, "at %pa\n", &phys);
	kvfree(a);
	return 0;
}

static int m_sg_vmalloc(struct platform_device *p, bool bad)
{
	struct scatterlist sg;
	void *a = bad ? vmalloc(4096) : kmalloc(4096, GFP_KERNEL);
	if (!a)
		return -ENOMEM;
	sg_init_one(&sg, a, 4096);
	kvfree(a);
	return 0;
}

typedef int (*step_fn)(struct platform_device *p, bool bad);
static const step_fn steps[] = { m_pool_uaf, m_krealloc_old, m_kfree_sensitive,
	m_pages_exact, m_percpu_end, m_percpu_uaf, m_list_add_twice,
	m_list_freed_still_linked, m_snprintf_sum, m_devm_uaf, m_mempool_uaf,
	m_kmemdup_long, m_printk_string, m_printk_freed, m_exact_short, m_percpu_twice,
	m_iounmap_twice, m_wrong_cache, m_virt_to_phys, m_sg_vmalloc };

#include "set.h"
