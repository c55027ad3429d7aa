// SPDX-License-Identifier: MIT
/*
 * Pools of small blocks that CPU and device see alike.
 *
 *   qy_dma_pool_create, _destroy, _alloc, _zalloc, _free
 *   qy_dmam_pool_create, qy_dmam_pool_destroy
 *   qy_dma_pools_show
 *
 * A page of a pool is one coherent allocation, cut into blocks from its start; none crosses a boundary. A free block holds
 * the way to the next one: last freed is first given, and a fresh page goes upwards.
 *
 *   nr_blocks == nr_active + length of the free list
 *
 * Under slab debugging free blocks hold a pattern, and what is freed is looked for.
 *
 * Locking: pool->lock, under which nothing is allocated. dev_lock for a device's pools.
 */
#include "mm/dma/internal.h"

#define NAME_BYTES        32
#define POOL_POISON_FREED 0xa7
#define POOL_POISON_ALLOC 0xa9

/* The begin of a free block, which is aligned as its pool says: to no more than a byte perhaps. */
struct dma_block {
	struct dma_block *next;
	u64 dma;
} __attribute__((packed));

struct dma_page {
	struct dma_page *next;
	char *cpu;
	u64 dma;
};

struct qy_dma_pool {
	struct qy_dma_dev *dev;
	struct qy_dma_pool *next; /* of the device; under dev_lock */
	char name[NAME_BYTES];
	size_t size;       /* of a block */
	size_t allocation; /* of a page */
	size_t boundary;
	bool debug;
	struct qy_spinlock lock;
	/* lock must be held for these: */
	struct dma_page *pages;
	struct dma_block *free;
	u64 nr_blocks, nr_active, nr_pages;
};

/* ------------------------------------------------------------------ its life */

struct qy_dma_pool *qy_dma_pool_create(const char *name, struct qy_dma_dev *dev,
	size_t size, size_t align, size_t boundary)
{
	struct qy_dma_pool *pool;
	size_t allocation;

	align = align ? align : 1;
	if (align & (align - 1) || !size || size > INT32_MAX)
		return NULL;
	size = round_up(max(size, sizeof(struct dma_block)), align);
	allocation = max(size, (size_t)QY_PAGE_SIZE);
	if (!boundary)
		boundary = allocation;
	else if (boundary < size || boundary & (boundary - 1))
		return NULL;
	pool = qy_kzalloc(dev->machine, sizeof(*pool), QY_GFP_KERNEL);
	if (!pool)
		return NULL;
	pool->dev = dev;
	qy_snprintf(pool->name, sizeof(pool->name), "%s", name);
	pool->size = size;
	pool->allocation = allocation;
	pool->boundary = min(boundary, allocation);
	pool->debug = dev->machine->board->slab.debug[0];
	qy_spin_lock_irqsave(&dma_of(dev)->dev_lock);
	pool->next = dev->pools;
	dev->pools = pool;
	qy_spin_unlock_irqrestore(&dma_of(dev)->dev_lock);
	return pool;
}

static void unlink_pool(struct qy_dma_pool *pool)
{
	struct qy_dma_pool **link;

	qy_spin_lock_irqsave(&dma_of(pool->dev)->dev_lock);
	for (link = &pool->dev->pools; *link && *link != pool; link = &(*link)->next)
		;
	if (*link)
		*link = pool->next;
	qy_spin_unlock_irqrestore(&dma_of(pool->dev)->dev_lock);
}

void qy_dma_pool_destroy(struct qy_dma_pool *pool)
{
	struct qy_dma_dev *dev;
	struct dma_page *page, *next;
	bool busy;

	if (!pool)
		return;
	dev = pool->dev;
	unlink_pool(pool);
	busy = pool->nr_active;
	if (busy)
		qy_dma_dev_say(dev, QY_LOG_ERR, "dma_pool_destroy %s busy", pool->name);
	for (page = pool->pages; page; page = next) {
		next = page->next;
		/* of a busy pool the blocks stay with whoever has them */
		if (!busy)
			qy_dma_free_coherent(dev, pool->allocation, page->cpu, page->dma);
		qy_kfree(dev->machine, page);
	}
	qy_kfree(dev->machine, pool);
}

/* ------------------------------------------------------------------ blocks; pool->lock must be held */

static void cut_page(struct qy_dma_pool *pool, struct dma_page *page)
{
	size_t offset = 0, end = pool->boundary;
	struct dma_block *first = NULL, *last = NULL;

	if (pool->debug)
		memset(page->cpu, POOL_POISON_FREED, pool->allocation);
	while (offset + pool->size <= pool->allocation) {
		struct dma_block *block;

		if (offset + pool->size > end) {
			offset = end;
			end += pool->boundary;
			continue;
		}
		block = (struct dma_block *)(void *)(page->cpu + offset);
		block->dma = page->dma + offset;
		block->next = NULL;
		if (last)
			last->next = block;
		else
			first = block;
		last = block;
		offset += pool->size;
		pool->nr_blocks++;
	}
	if (last) {
		last->next = pool->free;
		pool->free = first;
	}
	page->next = pool->pages;
	pool->pages = page;
	pool->nr_pages++;
}

static const struct dma_page *page_of(const struct qy_dma_pool *pool, u64 dma)
{
	const struct dma_page *page = pool->pages;

	while (page && dma - page->dma >= pool->allocation)
		page = page->next;
	return page;
}

/* Somebody wrote to it while it was free. */
static void check_poison(struct qy_dma_pool *pool, const struct dma_block *block)
{
	const unsigned char *byte = (const unsigned char *)block;

	for (size_t i = sizeof(*block); i < pool->size; i++) {
		if (byte[i] == POOL_POISON_FREED)
			continue;
		qy_dma_dev_say(pool->dev, QY_LOG_ERR,
			"dma_pool_alloc %s, dma 0x%llx (corrupted): byte %zu is 0x%02x, not 0x%02x",
			pool->name, (unsigned long long)block->dma, i, byte[i],
			POOL_POISON_FREED);
		return;
	}
}

/* Return: false when the block cannot be freed, which has been said. */
static bool free_is_sane(struct qy_dma_pool *pool, const void *cpu, u64 dma)
{
	const struct dma_page *page = page_of(pool, dma);

	if (!page || page->cpu + (dma - page->dma) != cpu) {
		qy_dma_dev_say(pool->dev, QY_LOG_ERR,
			"dma_pool_free %s, dma 0x%llx (bad %s)", pool->name,
			(unsigned long long)dma, page ? "vaddr" : "dma");
		return false;
	}
	for (const struct dma_block *block = pool->free; block; block = block->next) {
		if (block != cpu)
			continue;
		qy_dma_dev_say(pool->dev, QY_LOG_ERR,
			"dma_pool_free %s, dma 0x%llx already free", pool->name,
			(unsigned long long)dma);
		return false;
	}
	return true;
}

static struct dma_block *pop(struct qy_dma_pool *pool)
{
	struct dma_block *block = pool->free;

	if (!block)
		return NULL;
	pool->free = block->next;
	pool->nr_active++;
	return block;
}

/* ------------------------------------------------------------------ the doors */

static struct dma_page *new_page(struct qy_dma_pool *pool, qy_gfp_t gfp)
{
	struct qy_machine *m = pool->dev->machine;
	struct dma_page *page = qy_kmalloc(m, sizeof(*page), gfp);

	if (!page)
		return NULL;
	page->cpu = qy_dma_alloc_coherent(pool->dev, pool->allocation, &page->dma, gfp);
	if (page->cpu)
		return page;
	qy_kfree(m, page);
	return NULL;
}

void *qy_dma_pool_alloc(struct qy_dma_pool *pool, qy_gfp_t gfp, uint64_t *dma)
{
	struct dma_block *block;
	struct dma_page *page;

	if (may_block(gfp) && qy_in_atomic())
		qy_report_sleep_in_atomic(pool->dev->machine, "mm/dmapool.c", __LINE__);
	qy_spin_lock_irqsave(&pool->lock);
	block = pop(pool);
	qy_spin_unlock_irqrestore(&pool->lock);
	if (!block) {
		page = new_page(pool, gfp & ~QY___GFP_ZERO);
		if (!page)
			return NULL;
		qy_spin_lock_irqsave(&pool->lock);
		cut_page(pool, page);
		block = pop(pool);
		qy_spin_unlock_irqrestore(&pool->lock);
	}
	*dma = block->dma;
	if (pool->debug) {
		check_poison(pool, block);
		memset(block, POOL_POISON_ALLOC, pool->size);
	}
	if (gfp & QY___GFP_ZERO)
		memset(block, 0, pool->size);
	return block;
}

void *qy_dma_pool_zalloc(struct qy_dma_pool *pool, qy_gfp_t gfp, uint64_t *dma)
{
	return qy_dma_pool_alloc(pool, gfp | QY___GFP_ZERO, dma);
}

void qy_dma_pool_free(struct qy_dma_pool *pool, void *cpu, uint64_t dma)
{
	struct dma_block *block = cpu;

	qy_spin_lock_irqsave(&pool->lock);
	if (!pool->debug || free_is_sane(pool, cpu, dma)) {
		if (pool->debug)
			memset(block, POOL_POISON_FREED, pool->size);
		block->dma = dma;
		block->next = pool->free;
		pool->free = block;
		pool->nr_active--;
	}
	qy_spin_unlock_irqrestore(&pool->lock);
}

/* ------------------------------------------------------------------ managed */

static void release_pool(struct qy_dma_dev *dev, struct qy_dma_managed *managed)
{
	(void)dev;
	qy_dma_pool_destroy(managed->what);
}

struct qy_dma_pool *qy_dmam_pool_create(const char *name, struct qy_dma_dev *dev,
	size_t size, size_t align, size_t boundary)
{
	struct qy_dma_managed *managed =
		qy_kmalloc(dev->machine, sizeof(*managed), QY_GFP_KERNEL);
	struct qy_dma_pool *pool;

	if (!managed)
		return NULL;
	pool = qy_dma_pool_create(name, dev, size, align, boundary);
	if (!pool) {
		qy_kfree(dev->machine, managed);
		return NULL;
	}
	*managed = (struct qy_dma_managed){ .release = release_pool, .what = pool };
	qy_dma_manage(dev, managed);
	return pool;
}

void qy_dmam_pool_destroy(struct qy_dma_pool *pool)
{
	struct qy_dma_dev *dev = pool->dev;
	struct qy_dma_managed *managed = qy_dma_forget(dev, pool);

	if (!managed)
		qy_dma_dev_say(dev, QY_LOG_WARNING,
			"WARNING: dmam_pool_destroy of a pool that the device does not manage");
	qy_kfree(dev->machine, managed);
	qy_dma_pool_destroy(pool);
}

/* ------------------------------------------------------------------ seeing */

size_t qy_dma_pools_show(struct qy_dma_dev *dev, char *buf, size_t size)
{
	struct qy_seq seq;

	qy_seq_init(&seq, buf, size);
	qy_seq_puts(&seq, "poolinfo - 0.1\n");
	qy_spin_lock_irqsave(&dma_of(dev)->dev_lock);
	for (const struct qy_dma_pool *pool = dev->pools; pool; pool = pool->next)
		qy_seq_printf(&seq, "%-16s %4llu %4llu %4u %2llu\n", pool->name,
			(unsigned long long)READ_ONCE(pool->nr_active),
			(unsigned long long)READ_ONCE(pool->nr_blocks),
			(unsigned int)pool->size,
			(unsigned long long)READ_ONCE(pool->nr_pages));
	qy_spin_unlock_irqrestore(&dma_of(dev)->dev_lock);
	return seq.len;
}

bool qy_dma_pool_validate(struct qy_dma_pool *pool, char *why, size_t why_size)
{
	const char *wrong = NULL;
	u64 nr = 0;

	qy_spin_lock_irqsave(&pool->lock);
	for (const struct dma_block *b = pool->free; b && !wrong; b = b->next) {
		const struct dma_page *page = page_of(pool, b->dma);

		if (!page || page->cpu + (b->dma - page->dma) != (const char *)b)
			wrong = "a free block is of none of its pages";
		else if (++nr > pool->nr_blocks)
			wrong = "its free list is a ring";
	}
	if (!wrong && nr + pool->nr_active != pool->nr_blocks)
		wrong = "blocks are miscounted";
	qy_spin_unlock_irqrestore(&pool->lock);
	if (wrong)
		qy_snprintf(why, why_size, "dma pool %s: %s", pool->name, wrong);
	return !wrong;
}

bool qy_dma_pools_validate(struct qy_dma_dev *dev, char *why, size_t why_size)
{
	for (struct qy_dma_pool *pool = dev->pools; pool; pool = pool->next)
		if (!qy_dma_pool_validate(pool, why, why_size))
			return false;
	return true;
}
