/* SPDX-License-Identifier: MIT */
/*
 * Memory of one's own, in pieces: a pool has chunks, a chunk a bit for each 2^min_alloc_order bytes.
 *
 * Sizes are in bytes; addresses are unsigned long, 0 is none. No state.
 */
#ifndef COMPAT_LINUX_GENALLOC_H
#define COMPAT_LINUX_GENALLOC_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct device;
struct device_node;
struct gen_pool;

/* @nr bits clear, from @start on, of @size. @data: the pool's. Return: the first, or at least @size. */
typedef unsigned long (*genpool_algo_t)(unsigned long *map, unsigned long size,
	unsigned long start, unsigned int nr, void *data, struct gen_pool *pool,
	unsigned long start_addr);

struct gen_pool {
	spinlock_t lock; /* chunks; of ours: their bits, too */
	struct list_head chunks;
	int min_alloc_order;
	genpool_algo_t algo;
	void *data;
	const char *name;
};

struct gen_pool_chunk {
	struct list_head next_chunk;
	atomic_long_t avail; /* bytes */
	phys_addr_t phys_addr;
	void *owner;
	unsigned long start_addr;
	unsigned long end_addr; /* of the last byte */
	unsigned long bits[];
};

/* data of gen_pool_first_fit_align, of gen_pool_fixed_alloc */
struct genpool_data_align {
	int align;
};
struct genpool_data_fixed {
	unsigned long offset;
};

/* @nid: of the pool's own records. Context: task, may sleep. */
struct gen_pool *gen_pool_create(int min_alloc_order, int nid) QY_REAL(gen_pool_create);
struct gen_pool *devm_gen_pool_create(struct device *dev, int min_alloc_order, int nid,
	const char *name) QY_REAL(devm_gen_pool_create);
struct gen_pool *gen_pool_get(struct device *dev, const char *name) QY_REAL(gen_pool_get);
/* Everything has been given back: else the run ends, as there. */
void gen_pool_destroy(struct gen_pool *pool) QY_REAL(gen_pool_destroy);
/* Return: 0, -ENOMEM. */
int gen_pool_add_owner(struct gen_pool *pool, unsigned long virt, phys_addr_t phys,
	size_t size, int nid, void *owner) QY_REAL(gen_pool_add_owner);

static inline int gen_pool_add_virt(
	struct gen_pool *pool, unsigned long addr, phys_addr_t phys, size_t size, int nid)
{
	return gen_pool_add_owner(pool, addr, phys, size, nid, NULL);
}

static inline int gen_pool_add(
	struct gen_pool *pool, unsigned long addr, size_t size, int nid)
{
	return gen_pool_add_virt(pool, addr, (phys_addr_t)-1, size, nid);
}

/* Context: any. Return: the address, 0: none. */
unsigned long gen_pool_alloc_algo_owner(struct gen_pool *pool, size_t size,
	genpool_algo_t algo, void *data, void **owner) QY_REAL(gen_pool_alloc_algo_owner);

static inline unsigned long gen_pool_alloc_owner(
	struct gen_pool *pool, size_t size, void **owner)
{
	return gen_pool_alloc_algo_owner(pool, size, pool->algo, pool->data, owner);
}

static inline unsigned long gen_pool_alloc_algo(
	struct gen_pool *pool, size_t size, genpool_algo_t algo, void *data)
{
	return gen_pool_alloc_algo_owner(pool, size, algo, data, NULL);
}

static inline unsigned long gen_pool_alloc(struct gen_pool *pool, size_t size)
{
	return gen_pool_alloc_algo(pool, size, pool->algo, pool->data);
}

/* With the address that the device sees: the physical one. @dma may be NULL. */
void *gen_pool_dma_alloc(struct gen_pool *pool, size_t size, dma_addr_t *dma)
	QY_REAL(gen_pool_dma_alloc);
void *gen_pool_dma_alloc_algo(struct gen_pool *pool, size_t size, dma_addr_t *dma,
	genpool_algo_t algo, void *data) QY_REAL(gen_pool_dma_alloc_algo);
void *gen_pool_dma_alloc_align(struct gen_pool *pool, size_t size, dma_addr_t *dma,
	int align) QY_REAL(gen_pool_dma_alloc_align);
void *gen_pool_dma_zalloc(struct gen_pool *pool, size_t size, dma_addr_t *dma)
	QY_REAL(gen_pool_dma_zalloc);
void *gen_pool_dma_zalloc_algo(struct gen_pool *pool, size_t size, dma_addr_t *dma,
	genpool_algo_t algo, void *data) QY_REAL(gen_pool_dma_zalloc_algo);
void *gen_pool_dma_zalloc_align(struct gen_pool *pool, size_t size, dma_addr_t *dma,
	int align) QY_REAL(gen_pool_dma_zalloc_align);

/* What was not allocated in it ends the run, as there. Context: any. */
void gen_pool_free_owner(struct gen_pool *pool, unsigned long addr, size_t size,
	void **owner) QY_REAL(gen_pool_free_owner);

static inline void gen_pool_free(struct gen_pool *pool, unsigned long addr, size_t size)
{
	gen_pool_free_owner(pool, addr, size, NULL);
}

/* Return: (phys_addr_t)-1: the address is of no chunk. */
phys_addr_t gen_pool_virt_to_phys(struct gen_pool *pool, unsigned long addr)
	QY_REAL(gen_pool_virt_to_phys);
void gen_pool_for_each_chunk(struct gen_pool *pool,
	void (*func)(struct gen_pool *pool, struct gen_pool_chunk *chunk, void *data),
	void *data) QY_REAL(gen_pool_for_each_chunk);
size_t gen_pool_avail(struct gen_pool *pool) QY_REAL(gen_pool_avail);
size_t gen_pool_size(struct gen_pool *pool) QY_REAL(gen_pool_size);
bool gen_pool_has_addr(struct gen_pool *pool, unsigned long start, size_t size)
	QY_REAL(gen_pool_has_addr);
/* NULL: gen_pool_first_fit */
void gen_pool_set_algo(struct gen_pool *pool, genpool_algo_t algo, void *data)
	QY_REAL(gen_pool_set_algo);

unsigned long gen_pool_first_fit(unsigned long *map, unsigned long size,
	unsigned long start, unsigned int nr, void *data, struct gen_pool *pool,
	unsigned long start_addr) QY_REAL(gen_pool_first_fit);
unsigned long gen_pool_first_fit_align(unsigned long *map, unsigned long size,
	unsigned long start, unsigned int nr, void *data, struct gen_pool *pool,
	unsigned long start_addr) QY_REAL(gen_pool_first_fit_align);
unsigned long gen_pool_fixed_alloc(unsigned long *map, unsigned long size,
	unsigned long start, unsigned int nr, void *data, struct gen_pool *pool,
	unsigned long start_addr) QY_REAL(gen_pool_fixed_alloc);
unsigned long gen_pool_first_fit_order_align(unsigned long *map, unsigned long size,
	unsigned long start, unsigned int nr, void *data, struct gen_pool *pool,
	unsigned long start_addr) QY_REAL(gen_pool_first_fit_order_align);
unsigned long gen_pool_best_fit(unsigned long *map, unsigned long size,
	unsigned long start, unsigned int nr, void *data, struct gen_pool *pool,
	unsigned long start_addr) QY_REAL(gen_pool_best_fit);

/* The pool that a driver made for the device behind that phandle; NULL. */
struct gen_pool *of_gen_pool_get(struct device_node *np, const char *propname, int index)
	QY_REAL(of_gen_pool_get);

#endif
