// SPDX-License-Identifier: MIT
/*
 * Memory of a driver's own, in pieces (linux/genalloc.h): which bits of which chunk are taken.
 *
 *   avail of a chunk = its clear bits << min_alloc_order
 *
 * Locking: pool->lock over chunks and bits.
 */
#include <linux/bitmap.h>
#include <linux/device.h>
#include <linux/genalloc.h>
#include <linux/log2.h>
#include <linux/of.h>
#include <linux/of_platform.h>
#include <linux/vmalloc.h>
#include "compat/model.h"

static size_t chunk_bytes(const struct gen_pool_chunk *chunk)
{
	return chunk->end_addr - chunk->start_addr + 1;
}

static unsigned long nr_bits(const struct gen_pool *pool, size_t size)
{
	return (size + (1ul << pool->min_alloc_order) - 1) >> pool->min_alloc_order;
}

/* ------------------------------------------------------------------ pools and chunks */

struct gen_pool *gen_pool_create(int min_alloc_order, int nid)
{
	struct gen_pool *pool = kzalloc_node(sizeof(*pool), GFP_KERNEL, nid);

	if (!pool)
		return NULL;
	spin_lock_init(&pool->lock);
	INIT_LIST_HEAD(&pool->chunks);
	pool->min_alloc_order = min_alloc_order;
	pool->algo = gen_pool_first_fit;
	return qy_hold(QY_HELD_POOL, pool, 0);
}

int gen_pool_add_owner(struct gen_pool *pool, unsigned long virt, phys_addr_t phys,
	size_t size, int nid, void *owner)
{
	unsigned long bits = size >> pool->min_alloc_order, flags;
	struct gen_pool_chunk *chunk =
		vzalloc_node(sizeof(*chunk) + BITS_TO_LONGS(bits) * sizeof(long), nid);

	if (!chunk)
		return -ENOMEM;
	chunk->phys_addr = phys;
	chunk->start_addr = virt;
	chunk->end_addr = virt + size - 1;
	chunk->owner = owner;
	atomic_long_set(&chunk->avail, (long)size);
	spin_lock_irqsave(&pool->lock, flags);
	list_add(&chunk->next_chunk, &pool->chunks);
	spin_unlock_irqrestore(&pool->lock, flags);
	return 0;
}

void gen_pool_destroy(struct gen_pool *pool)
{
	struct gen_pool_chunk *chunk, *next;

	list_for_each_entry_safe(chunk, next, &pool->chunks, next_chunk) {
		unsigned long bits = chunk_bytes(chunk) >> pool->min_alloc_order;

		list_del(&chunk->next_chunk);
		BUG_ON(find_first_bit(chunk->bits, bits) < bits);
		vfree(chunk);
	}
	qy_let_go(QY_HELD_POOL, pool);
	kfree(pool->name);
	kfree(pool);
}

void gen_pool_set_algo(struct gen_pool *pool, genpool_algo_t algo, void *data)
{
	pool->algo = algo ? algo : gen_pool_first_fit;
	pool->data = algo ? data : NULL;
}

/* ------------------------------------------------------------------ pieces */

static struct gen_pool_chunk *chunk_of(
	struct gen_pool *pool, unsigned long first, unsigned long last)
{
	struct gen_pool_chunk *chunk;

	list_for_each_entry(chunk, &pool->chunks, next_chunk)
		if (first >= chunk->start_addr && last <= chunk->end_addr)
			return chunk;
	return NULL;
}

/* Return: the address, 0: the chunk has no such piece. */
static unsigned long take(struct gen_pool *pool, struct gen_pool_chunk *chunk,
	unsigned long nr, genpool_algo_t algo, void *data)
{
	unsigned long size = chunk_bytes(chunk) >> pool->min_alloc_order;
	unsigned long bit;

	if (nr << pool->min_alloc_order > (unsigned long)atomic_long_read(&chunk->avail))
		return 0;
	bit = algo(chunk->bits, size, 0, (unsigned int)nr, data, pool, chunk->start_addr);
	if (bit >= size)
		return 0;
	bitmap_set(chunk->bits, (unsigned int)bit, (unsigned int)nr);
	atomic_long_sub((long)(nr << pool->min_alloc_order), &chunk->avail);
	return chunk->start_addr + (bit << pool->min_alloc_order);
}

unsigned long gen_pool_alloc_algo_owner(
	struct gen_pool *pool, size_t size, genpool_algo_t algo, void *data, void **owner)
{
	struct gen_pool_chunk *chunk;
	unsigned long addr = 0, flags;

	if (owner)
		*owner = NULL;
	if (!size)
		return 0;
	spin_lock_irqsave(&pool->lock, flags);
	list_for_each_entry(chunk, &pool->chunks, next_chunk) {
		addr = take(pool, chunk, nr_bits(pool, size), algo, data);
		if (!addr)
			continue;
		if (owner)
			*owner = chunk->owner;
		break;
	}
	spin_unlock_irqrestore(&pool->lock, flags);
	return addr;
}

void gen_pool_free_owner(
	struct gen_pool *pool, unsigned long addr, size_t size, void **owner)
{
	unsigned long nr = nr_bits(pool, size), first, flags;
	struct gen_pool_chunk *chunk;

	if (owner)
		*owner = NULL;
	spin_lock_irqsave(&pool->lock, flags);
	chunk = chunk_of(pool, addr, addr + size - 1);
	BUG_ON(!chunk);
	first = (addr - chunk->start_addr) >> pool->min_alloc_order;
	BUG_ON(find_next_zero_bit(chunk->bits, first + nr, first) < first + nr);
	bitmap_clear(chunk->bits, (unsigned int)first, (unsigned int)nr);
	atomic_long_add((long)(nr << pool->min_alloc_order), &chunk->avail);
	if (owner)
		*owner = chunk->owner;
	spin_unlock_irqrestore(&pool->lock, flags);
}

void *gen_pool_dma_alloc_algo(struct gen_pool *pool, size_t size, dma_addr_t *dma,
	genpool_algo_t algo, void *data)
{
	unsigned long addr = gen_pool_alloc_algo(pool, size, algo, data);

	if (addr && dma)
		*dma = gen_pool_virt_to_phys(pool, addr);
	return (void *)addr;
}

void *gen_pool_dma_alloc(struct gen_pool *pool, size_t size, dma_addr_t *dma)
{
	return gen_pool_dma_alloc_algo(pool, size, dma, pool->algo, pool->data);
}

void *gen_pool_dma_alloc_align(
	struct gen_pool *pool, size_t size, dma_addr_t *dma, int align)
{
	struct genpool_data_align data = { .align = align };

	return gen_pool_dma_alloc_algo(pool, size, dma, gen_pool_first_fit_align, &data);
}

static void *cleared(void *p, size_t size)
{
	return p ? memset(p, 0, size) : NULL;
}

void *gen_pool_dma_zalloc(struct gen_pool *pool, size_t size, dma_addr_t *dma)
{
	return cleared(gen_pool_dma_alloc(pool, size, dma), size);
}

void *gen_pool_dma_zalloc_algo(struct gen_pool *pool, size_t size, dma_addr_t *dma,
	genpool_algo_t algo, void *data)
{
	return cleared(gen_pool_dma_alloc_algo(pool, size, dma, algo, data), size);
}

void *gen_pool_dma_zalloc_align(
	struct gen_pool *pool, size_t size, dma_addr_t *dma, int align)
{
	return cleared(gen_pool_dma_alloc_align(pool, size, dma, align), size);
}

/* ------------------------------------------------------------------ questions */

phys_addr_t gen_pool_virt_to_phys(struct gen_pool *pool, unsigned long addr)
{
	struct gen_pool_chunk *chunk = chunk_of(pool, addr, addr);

	return chunk ? chunk->phys_addr + (addr - chunk->start_addr) : (phys_addr_t)-1;
}

void gen_pool_for_each_chunk(struct gen_pool *pool,
	void (*func)(struct gen_pool *pool, struct gen_pool_chunk *chunk, void *data),
	void *data)
{
	struct gen_pool_chunk *chunk;

	list_for_each_entry(chunk, &pool->chunks, next_chunk)
		func(pool, chunk, data);
}

size_t gen_pool_avail(struct gen_pool *pool)
{
	struct gen_pool_chunk *chunk;
	size_t avail = 0;

	list_for_each_entry(chunk, &pool->chunks, next_chunk)
		avail += (size_t)atomic_long_read(&chunk->avail);
	return avail;
}

size_t gen_pool_size(struct gen_pool *pool)
{
	struct gen_pool_chunk *chunk;
	size_t size = 0;

	list_for_each_entry(chunk, &pool->chunks, next_chunk)
		size += chunk_bytes(chunk);
	return size;
}

bool gen_pool_has_addr(struct gen_pool *pool, unsigned long start, size_t size)
{
	return chunk_of(pool, start, start + size - 1) != NULL;
}

/* ------------------------------------------------------------------ which bits */

unsigned long gen_pool_first_fit(unsigned long *map, unsigned long size,
	unsigned long start, unsigned int nr, void *data, struct gen_pool *pool,
	unsigned long start_addr)
{
	(void)data, (void)pool, (void)start_addr;
	return bitmap_find_next_zero_area(map, size, start, nr, 0);
}

unsigned long gen_pool_first_fit_align(unsigned long *map, unsigned long size,
	unsigned long start, unsigned int nr, void *data, struct gen_pool *pool,
	unsigned long start_addr)
{
	const struct genpool_data_align *wanted = data;
	unsigned long align = (unsigned long)wanted->align;
	unsigned long mask = nr_bits(pool, align) - 1;
	unsigned long offset = (start_addr & (align - 1)) >> pool->min_alloc_order;

	return bitmap_find_next_zero_area_off(map, size, start, nr, mask, offset);
}

unsigned long gen_pool_fixed_alloc(unsigned long *map, unsigned long size,
	unsigned long start, unsigned int nr, void *data, struct gen_pool *pool,
	unsigned long start_addr)
{
	const struct genpool_data_fixed *wanted = data;
	unsigned long bit = wanted->offset >> pool->min_alloc_order;

	(void)start_addr;
	if (WARN_ON(wanted->offset & ((1ul << pool->min_alloc_order) - 1)))
		return size;
	return bitmap_find_next_zero_area(map, size, start + bit, nr, 0) == bit ? bit
										: size;
}

unsigned long gen_pool_first_fit_order_align(unsigned long *map, unsigned long size,
	unsigned long start, unsigned int nr, void *data, struct gen_pool *pool,
	unsigned long start_addr)
{
	(void)data, (void)pool, (void)start_addr;
	return bitmap_find_next_zero_area(
		map, size, start, nr, roundup_pow_of_two(nr) - 1);
}

unsigned long gen_pool_best_fit(unsigned long *map, unsigned long size,
	unsigned long start, unsigned int nr, void *data, struct gen_pool *pool,
	unsigned long start_addr)
{
	unsigned long best = size, shortest = size + 1;
	unsigned long at = bitmap_find_next_zero_area(map, size, start, nr, 0);

	(void)data, (void)pool, (void)start_addr;
	while (at < size) {
		unsigned long end = find_next_bit(map, size, at + nr);

		if (end - at < shortest) {
			shortest = end - at;
			best = at;
			if (shortest == nr)
				return best;
		}
		at = bitmap_find_next_zero_area(map, size, end + 1, nr, 0);
	}
	return best;
}

/* ------------------------------------------------------------------ pools of devices */

static void release_pool(struct device *dev, void *res)
{
	(void)dev;
	gen_pool_destroy(*(struct gen_pool **)res);
}

static int is_named(struct device *dev, void *res, void *name)
{
	const struct gen_pool *pool = *(struct gen_pool **)res;

	(void)dev;
	if (!name || !pool->name)
		return !name && !pool->name;
	return !strcmp(pool->name, name);
}

struct gen_pool *gen_pool_get(struct device *dev, const char *name)
{
	struct gen_pool **res =
		devres_find(dev, release_pool, is_named, (void *)(uintptr_t)name);

	return res ? *res : NULL;
}

struct gen_pool *devm_gen_pool_create(
	struct device *dev, int min_alloc_order, int nid, const char *name)
{
	struct gen_pool **res, *pool;

	if (gen_pool_get(dev, name))
		return ERR_PTR(-EINVAL);
	res = devres_alloc(release_pool, sizeof(*res), GFP_KERNEL);
	if (!res)
		return ERR_PTR(-ENOMEM);
	pool = gen_pool_create(min_alloc_order, nid);
	if (!pool)
		goto free_res;
	if (name) {
		pool->name = kstrdup(name, GFP_KERNEL);
		if (!pool->name)
			goto free_pool;
	}
	*res = pool;
	devres_add(dev, res);
	return pool;
free_pool:
	gen_pool_destroy(pool);
free_res:
	devres_free(res);
	return ERR_PTR(-ENOMEM);
}

/* A node of the pool's own, or one below the device that made a pool of that name. */
struct gen_pool *of_gen_pool_get(struct device_node *np, const char *propname, int index)
{
	struct device_node *of_pool = qy_compat_of_phandle(np, propname, index);
	struct device *dev;
	const char *name = NULL;

	if (!of_pool)
		return NULL;
	dev = qy_compat_device_of_node(of_pool);
	if (!dev) {
		dev = qy_compat_device_of_node(of_pool->parent);
		if (of_property_read_string(of_pool, "label", &name))
			name = of_pool->name;
	}
	return dev ? gen_pool_get(dev, name) : NULL;
}
