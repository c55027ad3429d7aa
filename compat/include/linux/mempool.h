/* SPDX-License-Identifier: MIT */
/*
 * Pools with a reserve, over quarry/mempool.h. Pools over a cache, kmalloc and pages are known by the function that a driver
 * names, as the kernel knows them.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_MEMPOOL_H
#define COMPAT_LINUX_MEMPOOL_H

#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <quarry/mempool.h>

typedef void *(mempool_alloc_t)(gfp_t gfp, void *data);
typedef void(mempool_free_t)(void *element, void *data);

/* The fields that drivers look at lie where quarry/mempool.h has them. */
typedef struct mempool_s {
	union {
		struct qy_mempool qy;
		struct {
			u32 qy_lock;
			int min_nr;  /* elements held back */
			int curr_nr; /* in reserve now */
			u32 qy_returns;
			void **elements;
			struct qy_machine *qy_machine;
			enum qy_mempool_kind qy_kind;
			mempool_alloc_t *alloc;
			mempool_free_t *free;
			void *pool_data;
		};
	};
	/* of a mempool.c that is linked in place of ours */
	spinlock_t lock;
	wait_queue_head_t wait;
} mempool_t;
_Static_assert(
	offsetof(mempool_t, min_nr) == offsetof(struct qy_mempool, min_nr) &&
		offsetof(mempool_t, curr_nr) == offsetof(struct qy_mempool, curr_nr) &&
		offsetof(mempool_t, elements) == offsetof(struct qy_mempool, elements) &&
		offsetof(mempool_t, alloc) == offsetof(struct qy_mempool, alloc) &&
		offsetof(mempool_t, pool_data) == offsetof(struct qy_mempool, data),
	"the fields have two names");

/* data: the cache, the bytes, the order */
void *mempool_alloc_slab(gfp_t gfp, void *data) QY_REAL(mempool_alloc_slab);
void mempool_free_slab(void *element, void *data) QY_REAL(mempool_free_slab);
void *mempool_kmalloc(gfp_t gfp, void *data) QY_REAL(mempool_kmalloc);
void mempool_kfree(void *element, void *data) QY_REAL(mempool_kfree);
void *mempool_alloc_pages(gfp_t gfp, void *data) QY_REAL(mempool_alloc_pages);
void mempool_free_pages(void *element, void *data) QY_REAL(mempool_free_pages);

/* Return: 0, -ENOMEM. Context: task, may sleep. */
int mempool_init(mempool_t *pool, int min_nr, mempool_alloc_t *alloc,
	mempool_free_t *release, void *data) QY_REAL(mempool_init);
/* @gfp: of the table and of the reserve; @node: where the table lies. With __GFP_DIRECT_RECLAIM. */
int mempool_init_node(mempool_t *pool, int min_nr, mempool_alloc_t *alloc,
	mempool_free_t *release, void *data, gfp_t gfp, int node)
	QY_REAL(mempool_init_node);
void mempool_exit(mempool_t *pool) QY_REAL(mempool_exit);
mempool_t *mempool_create(int min_nr, mempool_alloc_t *alloc, mempool_free_t *release,
	void *data) QY_REAL(mempool_create);
mempool_t *mempool_create_node(int min_nr, mempool_alloc_t *alloc,
	mempool_free_t *release, void *data, gfp_t gfp, int node)
	QY_REAL(mempool_create_node);
void mempool_destroy(mempool_t *pool) QY_REAL(mempool_destroy);
int mempool_resize(mempool_t *pool, int new_min_nr) QY_REAL(mempool_resize);
void *mempool_alloc(mempool_t *pool, gfp_t gfp) QY_REAL(mempool_alloc);
void *mempool_alloc_preallocated(mempool_t *pool) QY_REAL(mempool_alloc_preallocated);
void mempool_free(void *element, mempool_t *pool) QY_REAL(mempool_free);

static inline int mempool_init_slab_pool(
	mempool_t *pool, int min_nr, struct kmem_cache *cache)
{
	return mempool_init(pool, min_nr, mempool_alloc_slab, mempool_free_slab, cache);
}

static inline int mempool_init_kmalloc_pool(
	mempool_t *pool, int min_nr, size_t size_bytes)
{
	return mempool_init(
		pool, min_nr, mempool_kmalloc, mempool_kfree, (void *)size_bytes);
}

static inline int mempool_init_page_pool(mempool_t *pool, int min_nr, int order)
{
	return mempool_init(pool, min_nr, mempool_alloc_pages, mempool_free_pages,
		(void *)(long)order);
}

static inline bool mempool_initialized(mempool_t *pool)
{
	return pool->elements != NULL;
}

static inline bool mempool_is_saturated(mempool_t *pool)
{
	return READ_ONCE(pool->curr_nr) >= pool->min_nr;
}

static inline mempool_t *mempool_create_slab_pool(int min_nr, struct kmem_cache *cache)
{
	return mempool_create(min_nr, mempool_alloc_slab, mempool_free_slab, cache);
}

static inline mempool_t *mempool_create_kmalloc_pool(int min_nr, size_t size_bytes)
{
	return mempool_create(min_nr, mempool_kmalloc, mempool_kfree, (void *)size_bytes);
}

static inline mempool_t *mempool_create_page_pool(int min_nr, int order)
{
	return mempool_create(
		min_nr, mempool_alloc_pages, mempool_free_pages, (void *)(long)order);
}

#endif
