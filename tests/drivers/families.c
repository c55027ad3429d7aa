// SPDX-License-Identifier: MIT
/* Every name of the object headers once, with what Linux answers. */
#include <linux/kernel.h>
#include <linux/mempool.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "tests/drivers/drivers.h"

#define EXPECT(condition)                \
	do {                             \
		if (!(condition))        \
			return __LINE__; \
	} while (0)

struct thing {
	int id;
	char text[40];
};

static int check_kmalloc(void)
{
	char *p = kmalloc(100, GFP_KERNEL);
	void *objects[4];
	u32 *array;

	EXPECT(p && ksize(p) == 128 && kmalloc_size_roundup(100) == 128);
	memset(p, 7, 100);
	p = krealloc(p, 120, GFP_KERNEL);
	EXPECT(p && p[99] == 7);
	p = krealloc(p, 300, GFP_KERNEL);
	EXPECT(p && p[99] == 7 && ksize(p) == 512);
	EXPECT(krealloc(p, 0, GFP_KERNEL) == ZERO_SIZE_PTR);
	EXPECT(kmalloc(0, GFP_KERNEL) == ZERO_SIZE_PTR && ZERO_OR_NULL_PTR(NULL));
	kfree(ZERO_SIZE_PTR);
	kfree(NULL);
	p = kzalloc(64, GFP_ATOMIC);
	EXPECT(p && !memchr_inv(p, 0, 64));
	kfree_sensitive(p);
	array = kcalloc(10, sizeof(*array), GFP_KERNEL);
	EXPECT(array && !memchr_inv(array, 0, 40));
	array = krealloc_array(array, 20, sizeof(*array), GFP_KERNEL);
	EXPECT(array && !kmalloc_array(1ul << 40, 1ul << 40, GFP_KERNEL));
	EXPECT(!krealloc_array(array, 1ul << 40, 1ul << 40, GFP_KERNEL));
	kfree(array);
	objects[0] = kmalloc_array(3, 5, GFP_KERNEL);
	objects[1] = kmalloc_node(20, GFP_KERNEL, 0);
	objects[2] = kzalloc_node(20, GFP_KERNEL, 0);
	objects[3] = kcalloc_node(3, 5, GFP_KERNEL, 0);
	EXPECT(objects[0] && objects[1] && objects[2] && objects[3]);
	kfree_bulk(4, objects);
	objects[0] = kmalloc_array_node(3, 5, GFP_KERNEL, 0);
	kmem_cache_free_bulk(NULL, 1, objects);
	p = kmalloc(KMALLOC_MAX_SIZE, GFP_KERNEL);
	EXPECT(p && ksize(p) == 4 << 20);
	kfree(p);
	EXPECT(!kmalloc(KMALLOC_MAX_SIZE + 1, GFP_KERNEL | __GFP_NOWARN));
	return 0;
}

static int check_caches(void)
{
	struct kmem_cache_args args = { .align = 32 };
	struct kmem_cache *cache = KMEM_CACHE(thing, SLAB_HWCACHE_ALIGN);
	void *objects[8];

	EXPECT(cache && kmem_cache_size(cache) == sizeof(struct thing));
	objects[0] = kmem_cache_alloc(cache, GFP_KERNEL);
	objects[1] = kmem_cache_zalloc(cache, GFP_KERNEL);
	objects[2] = kmem_cache_alloc_node(cache, GFP_KERNEL, 0);
	EXPECT(objects[0] && objects[1] && objects[2]);
	EXPECT(!((unsigned long)objects[0] % 64) && !memchr_inv(objects[1], 0, 44));
	kmem_cache_free(cache, objects[0]);
	kfree(objects[1]); /* any object may go this way */
	kmem_cache_free(cache, objects[2]);
	EXPECT(kmem_cache_alloc_bulk(cache, GFP_KERNEL, 8, objects) == 8);
	kmem_cache_free_bulk(cache, 8, objects);
	EXPECT(kmem_cache_shrink(cache) == 0);
	kmem_cache_destroy(cache);
	kmem_cache_destroy(NULL);
	cache = kmem_cache_create("by_args", 40, &args, SLAB_NO_MERGE);
	EXPECT(cache);
	kmem_cache_destroy(cache);
	cache = kmem_cache_create("no_args", 40, NULL, SLAB_NO_MERGE | SLAB_ACCOUNT);
	EXPECT(cache);
	kmem_cache_destroy(cache);
	cache = kmem_cache_create_usercopy("usercopy", 40, 8, 0, 8, 16, NULL);
	EXPECT(cache);
	kmem_cache_destroy(cache);
	cache = KMEM_CACHE_USERCOPY(thing, 0, text);
	EXPECT(cache);
	kmem_cache_destroy(cache);
	return 0;
}

static int check_strings(void)
{
	char *s = kstrdup("camera", GFP_KERNEL);
	u16 numbers[] = { 1, 2, 3 }, *copy;

	EXPECT(s && !strcmp(s, "camera") && !kstrdup(NULL, GFP_KERNEL));
	kfree(s);
	s = kstrndup("camera", 3, GFP_KERNEL);
	EXPECT(s && !strcmp(s, "cam"));
	kfree(s);
	s = kmemdup_nul("camera", 2, GFP_KERNEL);
	EXPECT(s && !strcmp(s, "ca"));
	kfree(s);
	copy = kmemdup(numbers, sizeof(numbers), GFP_KERNEL);
	EXPECT(copy && !memcmp(copy, numbers, sizeof(numbers)));
	kfree(copy);
	copy = kmemdup_array(numbers, 3, sizeof(u16), GFP_KERNEL);
	EXPECT(copy && copy[2] == 3);
	kfree(copy);
	s = kasprintf(GFP_KERNEL, "%s:%#x:%5.1f", "i2c", 31, 2.5);
	EXPECT(s && !strcmp(s, "i2c:0x1f:  2.5"));
	kfree(s);
	return 0;
}

static int check_pool(mempool_t *pool)
{
	void *element;

	EXPECT(pool && pool->min_nr == 2 && mempool_is_saturated(pool));
	element = mempool_alloc_preallocated(pool);
	EXPECT(element && !mempool_is_saturated(pool));
	mempool_free(element, pool);
	element = mempool_alloc(pool, GFP_KERNEL);
	EXPECT(element && !mempool_resize(pool, 3));
	mempool_free(element, pool);
	mempool_destroy(pool);
	return 0;
}

static int check_pools(void)
{
	struct kmem_cache *cache = KMEM_CACHE(thing, SLAB_NO_MERGE);
	mempool_t pool = { 0 };

	EXPECT(cache && !mempool_initialized(&pool));
	EXPECT(!check_pool(mempool_create_slab_pool(2, cache)));
	EXPECT(!check_pool(mempool_create_kmalloc_pool(2, 100)));
	EXPECT(!check_pool(mempool_create_page_pool(2, 1)));
	EXPECT(!check_pool(
		mempool_create(2, mempool_alloc_slab, mempool_free_slab, cache)));
	EXPECT(!check_pool(
		mempool_create(2, mempool_kmalloc, mempool_kfree, (void *)100)));
	EXPECT(!check_pool(
		mempool_create(2, mempool_alloc_pages, mempool_free_pages, (void *)1)));
	EXPECT(!mempool_init(&pool, 2, mempool_kmalloc, mempool_kfree, (void *)100));
	EXPECT(mempool_initialized(&pool) && pool.qy.kind == QY_MEMPOOL_KMALLOC);
	mempool_exit(&pool);
	EXPECT(!mempool_init_slab_pool(&pool, 1, cache));
	mempool_exit(&pool);
	EXPECT(!mempool_init_kmalloc_pool(&pool, 1, 8));
	mempool_exit(&pool);
	EXPECT(!mempool_init_page_pool(&pool, 1, 0));
	mempool_exit(&pool);
	mempool_destroy(NULL);
	kmem_cache_destroy(cache);
	return 0;
}

int families_check(void)
{
	int line = check_kmalloc();

	if (!line)
		line = check_caches();
	if (!line)
		line = check_strings();
	return line ? line : check_pools();
}
