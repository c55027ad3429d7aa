/* SPDX-License-Identifier: MIT */
/*
 * Pools with a reserve, as inlines over quarry/mempool.h. Pools over a cache, kmalloc and pages are known by the function
 * that a driver names, as the kernel knows them: so these are functions of the library, not inlines.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_MEMPOOL_H
#define COMPAT_LINUX_MEMPOOL_H

#include <linux/slab.h>
#include <quarry/mempool.h>

typedef struct qy_mempool mempool_t;
typedef void *(mempool_alloc_t)(gfp_t gfp, void *data);
typedef void(mempool_free_t)(void *element, void *data);

/* data: the cache, the bytes, the order */
#define mempool_alloc_slab  qy_compat_alloc_slab
#define mempool_free_slab   qy_compat_free_slab
#define mempool_kmalloc     qy_compat_kmalloc
#define mempool_kfree       qy_compat_kfree
#define mempool_alloc_pages qy_compat_alloc_pages
#define mempool_free_pages  qy_compat_free_pages
void *mempool_alloc_slab(gfp_t gfp, void *data);
void mempool_free_slab(void *element, void *data);
void *mempool_kmalloc(gfp_t gfp, void *data);
void mempool_kfree(void *element, void *data);
void *mempool_alloc_pages(gfp_t gfp, void *data);
void mempool_free_pages(void *element, void *data);

static inline int mempool_init(mempool_t *pool, int min_nr, mempool_alloc_t *alloc,
	mempool_free_t *release, void *data)
{
	struct qy_machine *m = qy_this_machine();

	if (alloc == mempool_alloc_slab)
		return qy_mempool_init_slab(pool, m, min_nr, data);
	if (alloc == mempool_kmalloc)
		return qy_mempool_init_kmalloc(pool, m, min_nr, (size_t)data);
	if (alloc == mempool_alloc_pages)
		return qy_mempool_init_pages(pool, m, min_nr, (unsigned int)(size_t)data);
	return qy_mempool_init(pool, m, min_nr, alloc, release, data);
}

static inline int mempool_init_slab_pool(
	mempool_t *pool, int min_nr, struct kmem_cache *cache)
{
	return qy_mempool_init_slab(pool, qy_this_machine(), min_nr, cache);
}

static inline int mempool_init_kmalloc_pool(
	mempool_t *pool, int min_nr, size_t size_bytes)
{
	return qy_mempool_init_kmalloc(pool, qy_this_machine(), min_nr, size_bytes);
}

static inline int mempool_init_page_pool(mempool_t *pool, int min_nr, int order)
{
	return qy_mempool_init_pages(
		pool, qy_this_machine(), min_nr, (unsigned int)order);
}

static inline bool mempool_initialized(mempool_t *pool)
{
	return pool->elements != NULL;
}

static inline bool mempool_is_saturated(mempool_t *pool)
{
	return pool->curr_nr >= pool->min_nr;
}

static inline void mempool_exit(mempool_t *pool)
{
	qy_mempool_exit(pool);
}

static inline mempool_t *mempool_create(
	int min_nr, mempool_alloc_t *alloc, mempool_free_t *release, void *data)
{
	struct qy_machine *m = qy_this_machine();

	if (alloc == mempool_alloc_slab)
		return qy_take(QY_HELD_POOL, GFP_KERNEL, 0,
			qy_mempool_create_slab(m, min_nr, data));
	if (alloc == mempool_kmalloc)
		return qy_take(QY_HELD_POOL, GFP_KERNEL, 0,
			qy_mempool_create_kmalloc(m, min_nr, (size_t)data));
	if (alloc == mempool_alloc_pages)
		return qy_take(QY_HELD_POOL, GFP_KERNEL, 0,
			qy_mempool_create_pages(m, min_nr, (unsigned int)(size_t)data));
	return qy_take(QY_HELD_POOL, GFP_KERNEL, 0,
		qy_mempool_create(m, min_nr, alloc, release, data));
}

static inline mempool_t *mempool_create_slab_pool(int min_nr, struct kmem_cache *cache)
{
	return qy_take(QY_HELD_POOL, GFP_KERNEL, 0,
		qy_mempool_create_slab(qy_this_machine(), min_nr, cache));
}

static inline mempool_t *mempool_create_kmalloc_pool(int min_nr, size_t size_bytes)
{
	return qy_take(QY_HELD_POOL, GFP_KERNEL, 0,
		qy_mempool_create_kmalloc(qy_this_machine(), min_nr, size_bytes));
}

static inline mempool_t *mempool_create_page_pool(int min_nr, int order)
{
	return qy_take(QY_HELD_POOL, GFP_KERNEL, 0,
		qy_mempool_create_pages(qy_this_machine(), min_nr, (unsigned int)order));
}

static inline void mempool_destroy(mempool_t *pool)
{
	qy_let_go(QY_HELD_POOL, pool);
	qy_mempool_destroy(pool);
}

static inline int mempool_resize(mempool_t *pool, int new_min_nr)
{
	return qy_mempool_resize(pool, new_min_nr);
}

static inline void *mempool_alloc(mempool_t *pool, gfp_t gfp)
{
	if (!(gfp & __GFP_DIRECT_RECLAIM) && qy_refuses(QY_HELD_OBJECT, gfp, 0))
		return NULL; /* who may wait always gets one */
	return qy_mempool_alloc(pool, gfp);
}

static inline void *mempool_alloc_preallocated(mempool_t *pool)
{
	return qy_mempool_alloc_preallocated(pool);
}

static inline void mempool_free(void *element, mempool_t *pool)
{
	qy_mempool_free(element, pool);
}

#define QY_UNTIL "by design: use mempool_create()"
QY_ABSENT(mempool_t *, mempool_create_node,
	(int min_nr, mempool_alloc_t *alloc, mempool_free_t *release, void *data,
		gfp_t gfp, int node),
	QY_UNTIL);
QY_ABSENT(int, mempool_init_node,
	(mempool_t * pool, int min_nr, mempool_alloc_t *alloc, mempool_free_t *release,
		void *data, gfp_t gfp, int node),
	QY_UNTIL);
#undef QY_UNTIL

#endif
