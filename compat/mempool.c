// SPDX-License-Identifier: MIT
/*
 * The functions by which a driver names the allocator behind a mempool: they have one address each, which mempool_create()
 * compares with. No state.
 */
#include <linux/mempool.h>

void *mempool_alloc_slab(gfp_t gfp, void *data)
{
	return kmem_cache_alloc(data, gfp);
}

void mempool_free_slab(void *element, void *data)
{
	kmem_cache_free(data, element);
}

void *mempool_kmalloc(gfp_t gfp, void *data)
{
	return kmalloc((size_t)data, gfp);
}

void mempool_kfree(void *element, void *data)
{
	(void)data;
	kfree(element);
}

void *mempool_alloc_pages(gfp_t gfp, void *data)
{
	return alloc_pages(gfp, (unsigned int)(size_t)data);
}

void mempool_free_pages(void *element, void *data)
{
	__free_pages(element, (unsigned int)(size_t)data);
}
