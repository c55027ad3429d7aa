/* SPDX-License-Identifier: MIT */
/*
 * Pools with a reserve: an allocation that may wait never fails.
 *
 *   qy_mempool_init*, qy_mempool_exit        a pool in the caller's memory
 *   qy_mempool_create*, qy_mempool_destroy   a pool in memory of qy_kmalloc()
 *   qy_mempool_alloc, qy_mempool_free        its elements
 *   qy_mempool_resize                        another reserve
 *
 * A pool holds @min_nr elements back. A request first asks the allocator behind the pool, gently: without reclaim,
 * without the machine's own reserves (also inside a PF_MEMALLOC scope), without a report. Then it takes from the reserve,
 * last in first out; then, if it may sleep, it asks with all its flags, and waits until an element comes back.
 *
 * Under slab_debug= the elements in reserve hold the pattern of free objects, which is checked when they leave it.
 */
#ifndef QUARRY_MEMPOOL_H
#define QUARRY_MEMPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <quarry/gfp.h>

#ifdef __cplusplus
extern "C" {
#endif

struct qy_machine;
struct kmem_cache;

/* The allocator behind a pool of its own kind; @data is the pool's. */
typedef void *(*qy_mempool_alloc_fn)(qy_gfp_t gfp, void *data);
typedef void (*qy_mempool_free_fn)(void *element, void *data);

enum qy_mempool_kind {
	QY_MEMPOOL_OWN,     /* by the caller's two functions */
	QY_MEMPOOL_SLAB,    /* objects of a cache */
	QY_MEMPOOL_KMALLOC, /* of a size */
	QY_MEMPOOL_PAGES,   /* blocks of 2^order frames; an element is a struct page * */
};

/* What a pool is made of; only @min_nr and @curr_nr may be looked at. All zero: not initialised. */
struct qy_mempool {
	uint32_t lock;    /* of the pool alone: curr_nr, min_nr, elements */
	int min_nr;       /* elements held back */
	int curr_nr;      /* in reserve now */
	uint32_t returns; /* counts elements that came back: what a waiter watches */
	void **elements;
	struct qy_machine *machine;
	enum qy_mempool_kind kind;
	qy_mempool_alloc_fn alloc;
	qy_mempool_free_fn release;
	void *data; /* of the functions; the cache, the bytes, the order */
};

/**
 * qy_mempool_init() - a pool over two functions, with its reserve filled
 * @pool:   the caller's memory
 * @min_nr: elements, 0 or more
 * @alloc:  must heed @gfp; called without locks
 *
 * Context: Task context, may sleep (GFP_KERNEL).
 * Return: 0, -ENOMEM: then nothing is held.
 */
int qy_mempool_init(struct qy_mempool *pool, struct qy_machine *m, int min_nr,
	qy_mempool_alloc_fn alloc, qy_mempool_free_fn release, void *data);

/* The same over a cache, over kmalloc, over blocks of frames. Context: as qy_mempool_init(). */
int qy_mempool_init_slab(struct qy_mempool *pool, struct qy_machine *m, int min_nr,
	struct kmem_cache *cache);
int qy_mempool_init_kmalloc(
	struct qy_mempool *pool, struct qy_machine *m, int min_nr, size_t size_bytes);
int qy_mempool_init_pages(
	struct qy_mempool *pool, struct qy_machine *m, int min_nr, unsigned int order);

/**
 * qy_mempool_exit() - the reserve goes back; the pool may be initialised again
 *
 * All elements are back by now: if some are still out, that is said in one line.
 *
 * Context: As the function that frees elements. A pool that is all zero is left alone.
 */
void qy_mempool_exit(struct qy_mempool *pool);

/*
 * In memory of qy_kmalloc(); NULL when there is none. qy_mempool_destroy(NULL) is ignored.
 * Context: as qy_mempool_init() and qy_mempool_exit().
 */
struct qy_mempool *qy_mempool_create(struct qy_machine *m, int min_nr,
	qy_mempool_alloc_fn alloc, qy_mempool_free_fn release, void *data);
struct qy_mempool *qy_mempool_create_slab(
	struct qy_machine *m, int min_nr, struct kmem_cache *cache);
struct qy_mempool *qy_mempool_create_kmalloc(
	struct qy_machine *m, int min_nr, size_t size_bytes);
struct qy_mempool *qy_mempool_create_pages(
	struct qy_machine *m, int min_nr, unsigned int order);
void qy_mempool_destroy(struct qy_mempool *pool);

/**
 * qy_mempool_resize() - another reserve
 * @new_min_nr: elements, 1 or more
 *
 * A smaller one gives elements back and needs no memory. A larger one is filled as far as memory allows; the rest comes with
 * the next frees.
 *
 * Context: Task context, may sleep.
 * Return: 0; -ENOMEM: there was no memory for the table, and nothing has changed.
 */
int qy_mempool_resize(struct qy_mempool *pool, int new_min_nr);

/**
 * qy_mempool_alloc() - one element
 * @gfp: with __GFP_DIRECT_RECLAIM it waits for an element, five seconds at a time, and never returns NULL; __GFP_ZERO is
 *       a caller's error, reported and left out: an element from the reserve is not cleared
 *
 * Where nothing else can run that could free one, waiting would be for ever: the machine stops and says so.
 *
 * Context: May sleep if @gfp has __GFP_DIRECT_RECLAIM; else also in interrupts.
 * Return: the element, or NULL.
 */
void *qy_mempool_alloc(struct qy_mempool *pool, qy_gfp_t gfp);

/* From the reserve alone; NULL when it is empty. Context: any. */
void *qy_mempool_alloc_preallocated(struct qy_mempool *pool);

/* Fills the reserve before anything else; what is there already, or none of the pool, is reported. NULL is ignored. Context: as the function that frees elements. */
void qy_mempool_free(void *element, struct qy_mempool *pool);

#ifdef __cplusplus
}
#endif

#endif
