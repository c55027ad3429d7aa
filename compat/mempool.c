// SPDX-License-Identifier: MIT
/*
 * Pools with a reserve, for drivers: those of quarry/mempool.h, with what they hand out noted. No state.
 */
#include <linux/err.h>
#include <linux/mempool.h>
#include <linux/mm.h>
#ifdef QY_WORLD
#include "compat/kasan.h"
#endif

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

/* ------------------------------------------------------------------ what is held of a pool */

/* Elements of functions of the driver's own are noted, if at all, by what these call. */
static void *hold(const mempool_t *pool, void *element)
{
	switch (pool->qy.kind) {
	case QY_MEMPOOL_SLAB:
		return qy_hold(
			QY_HELD_OBJECT, element, qy_kmem_cache_size(pool->qy.data));
	case QY_MEMPOOL_KMALLOC:
		return qy_hold(QY_HELD_OBJECT, element, (size_t)pool->qy.data);
	case QY_MEMPOOL_PAGES:
		return qy_hold(
			QY_HELD_PAGES, element, PAGE_SIZE << (size_t)pool->qy.data);
	default:
		return element;
	}
}

static void let_go(const mempool_t *pool, const void *element)
{
	if (pool->qy.kind == QY_MEMPOOL_PAGES)
		qy_let_go(QY_HELD_PAGES, element);
	else if (pool->qy.kind != QY_MEMPOOL_OWN)
		qy_let_go(QY_HELD_OBJECT, element);
}

/* ------------------------------------------------------------------ pools */

int mempool_init(mempool_t *pool, int min_nr, mempool_alloc_t *alloc,
	mempool_free_t *release, void *data)
{
	struct qy_machine *m = qy_this_machine();
	int error;

	if (qy_refuses(QY_HELD_POOL, GFP_KERNEL, 0))
		return -ENOMEM;
	if (alloc == mempool_alloc_slab)
		error = qy_mempool_init_slab(&pool->qy, m, min_nr, data);
	else if (alloc == mempool_kmalloc)
		error = qy_mempool_init_kmalloc(&pool->qy, m, min_nr, (size_t)data);
	else if (alloc == mempool_alloc_pages)
		error = qy_mempool_init_pages(
			&pool->qy, m, min_nr, (unsigned int)(size_t)data);
	else
		error = qy_mempool_init(&pool->qy, m, min_nr, alloc, release, data);
	if (!error)
		qy_hold(QY_HELD_POOL, pool, 0);
	return error;
}

int mempool_init_node(mempool_t *pool, int min_nr, mempool_alloc_t *alloc,
	mempool_free_t *release, void *data, gfp_t gfp, int node)
{
	unsigned int scope;
	int error;

	(void)node; /* a wish there, too: the table may lie on any node that has memory */
	if (!(gfp & __GFP_DIRECT_RECLAIM))
		return -EINVAL; /* the reserve is made by requests that may sleep */
	scope = gfp & __GFP_IO ? qy_memalloc_nofs_save() : qy_memalloc_noio_save();
	if (gfp & __GFP_FS)
		qy_memalloc_restore(scope);
	error = mempool_init(pool, min_nr, alloc, release, data);
	qy_memalloc_restore(scope);
	return error;
}

void mempool_exit(mempool_t *pool)
{
	qy_let_go(QY_HELD_POOL, pool);
	qy_mempool_exit(&pool->qy);
}

static mempool_t *create(mempool_t *pool, int error)
{
	if (!pool || !error)
		return pool;
	qy_kfree(qy_this_machine(), pool);
	return NULL;
}

mempool_t *mempool_create(
	int min_nr, mempool_alloc_t *alloc, mempool_free_t *release, void *data)
{
	mempool_t *pool = qy_kzalloc(qy_this_machine(), sizeof(*pool), GFP_KERNEL);

	return create(
		pool, pool ? mempool_init(pool, min_nr, alloc, release, data) : -ENOMEM);
}

mempool_t *mempool_create_node(int min_nr, mempool_alloc_t *alloc,
	mempool_free_t *release, void *data, gfp_t gfp, int node)
{
	mempool_t *pool =
		qy_kmalloc_node(qy_this_machine(), sizeof(*pool), gfp | __GFP_ZERO, node);

	return create(pool,
		pool ? mempool_init_node(pool, min_nr, alloc, release, data, gfp, node)
		     : -ENOMEM);
}

void mempool_destroy(mempool_t *pool)
{
	if (!pool)
		return;
	mempool_exit(pool);
	qy_kfree(qy_this_machine(), pool);
}

int mempool_resize(mempool_t *pool, int new_min_nr)
{
	return qy_mempool_resize(&pool->qy, new_min_nr);
}

void *mempool_alloc(mempool_t *pool, gfp_t gfp)
{
	if (!(gfp & __GFP_DIRECT_RECLAIM) && qy_refuses(QY_ASK_ELEMENT, gfp, 0))
		return NULL; /* who may wait always gets one */
	return hold(pool, qy_mempool_alloc(&pool->qy, gfp));
}

void *mempool_alloc_preallocated(mempool_t *pool)
{
	return hold(pool, qy_mempool_alloc_preallocated(&pool->qy));
}

#ifdef QY_WORLD
/* As the checker of accesses sees it; functions of the driver's own do as they like. */
static bool keep(const mempool_t *pool, const void *element, bool kept, void *from)
{
	size_t bytes = (size_t)pool->qy.data;

	switch (pool->qy.kind) {
	case QY_MEMPOOL_SLAB:
		bytes = qy_kmem_cache_size(pool->qy.data);
		break;
	case QY_MEMPOOL_KMALLOC:
		break;
	case QY_MEMPOOL_PAGES:
		return qy_kasan_keep(QY_HELD_PAGES, element, page_address(element),
			PAGE_SIZE << bytes, kept, from);
	default:
		return true;
	}
	return qy_kasan_keep(QY_HELD_OBJECT, element, element, bytes, kept, from);
}
#else
static bool keep(const mempool_t *pool, const void *element, bool kept, void *from)
{
	(void)pool, (void)element, (void)kept, (void)from;
	return true;
}
#endif

void mempool_free(void *element, mempool_t *pool)
{
	int had = pool->qy.curr_nr;

	if (element) {
		if (!keep(pool, element, false, __builtin_return_address(0)))
			return;
		if (pool->qy.kind == QY_MEMPOOL_SLAB ||
			pool->qy.kind == QY_MEMPOOL_KMALLOC)
			qy_lay_aside(element);
		let_go(pool, element);
	}
	qy_mempool_free(element, &pool->qy);
	if (pool->qy.curr_nr > had)
		keep(pool, element, true, NULL);
}
