// SPDX-License-Identifier: MIT
/*
 * Pools for who may not sleep, for devices that do not see the CPU's cache: Linux has this memory uncached beforehand, since
 * to make it so may sleep. Here it is uncached while it is handed out.
 *
 *   qy_atomic_pools_init      made for the first such device
 *   qy_atomic_pool_alloc, _free
 *   qy_atomic_pools_grow      the background's part, with each tick
 *
 * There is one for each zone: kernel, DMA32, DMA. Each begins with 128 KiB for every GiB of RAM, at least 128 KiB and at
 * most 4 MiB, or with coherent_pool=; one whose free part has become smaller than that doubles in the background.
 *
 *   bit set <=> handed out
 *
 * Locking: pool->lock, a leaf. Chunks never go.
 */
#include "mm/dma/internal.h"
#include "mm/page/boot.h"

#define POOL_UNIT (128ull << 10)

struct chunk {
	struct chunk *next;
	u64 phys;
	char *cpu;
	u32 nr_pages;
	u64 bits[];
};

static const qy_gfp_t pool_gfp[NR_ATOMIC_POOLS] = {
	[ATOMIC_POOL_KERNEL] = QY_GFP_KERNEL,
	[ATOMIC_POOL_DMA32] = QY_GFP_KERNEL | QY_GFP_DMA32,
	[ATOMIC_POOL_DMA] = QY_GFP_KERNEL | QY_GFP_DMA,
};

/* ------------------------------------------------------------------ growing */

static u64 first_size(const struct qy_machine *m)
{
	u64 pages;

	if (m->board->dma.coherent_pool)
		return round_up(m->board->dma.coherent_pool, (u64)QY_PAGE_SIZE);
	/* GiB of RAM times 128 KiB, in pages */
	pages = m->total_pages / (1024 * 1024 / 128);
	return max(PFN_PHYS(min(pages, 1ull << QY_MAX_PAGE_ORDER)), POOL_UNIT);
}

/* The default CMA area lies where the pool's zone does. */
static int cma_in_zone(struct qy_machine *m, qy_gfp_t gfp)
{
	int area = qy_cma_default(m);
	struct qy_cma_stats stats;
	u64 end;

	if (area < 0 || !qy_cma_stats(m, (u32)area, &stats))
		return -1;
	end = PFN_PHYS(stats.base_pfn + stats.nr_pages);
	if (gfp & QY_GFP_DMA)
		return end <= m->dma->zone_dma_limit ? area : -1;
	return !(gfp & QY_GFP_DMA32) || end <= QY_DMA_BIT_MASK(32) ? area : -1;
}

static struct page *take_frames(struct qy_machine *m, qy_gfp_t gfp, unsigned int order)
{
	int area = cma_in_zone(m, gfp);
	struct page *page = NULL;

	if (area >= 0)
		page = qy_cma_alloc(m, (u32)area, 1ull << order,
			qy_cma_alignment(1ull << order), true, NULL);
	return page ? page : qy_alloc_pages(m, gfp | QY___GFP_NOWARN, order);
}

/* Return: false when there is not a page to be had. */
static bool expand(
	struct qy_machine *m, struct atomic_pool *pool, u64 bytes, qy_gfp_t gfp)
{
	int order = (int)min(order_of(bytes), (unsigned int)QY_MAX_PAGE_ORDER);
	struct page *page = NULL;
	struct chunk *chunk;

	for (; order >= 0 && !page; order--)
		page = take_frames(m, gfp, (unsigned int)order);
	if (!page)
		return false;
	order++;
	chunk = qy_kzalloc(m, sizeof(*chunk) + sizeof(u64) * ((1u << order) + 63) / 64,
		QY_GFP_KERNEL);
	if (!chunk) {
		if (qy_cma_default(m) < 0 ||
			!qy_cma_release(m, (u32)qy_cma_default(m), page, 1ull << order))
			qy_free_pages(m, page, (unsigned int)order);
		return false;
	}
	chunk->phys = qy_page_to_phys(m, page);
	chunk->cpu = qy_page_address(m, page);
	chunk->nr_pages = 1u << order;
	qy_spin_lock_irqsave(&pool->lock);
	chunk->next = pool->chunks;
	pool->chunks = chunk;
	pool->nr_pages += chunk->nr_pages;
	pool->nr_free += chunk->nr_pages;
	qy_spin_unlock_irqrestore(&pool->lock);
	return true;
}

static bool has_zone(const struct qy_machine *m, enum qy_zone_type type)
{
	for (u32 i = 0; i < m->nr_zones; i++)
		if (m->zones[i].type == type && zone_managed_pages(&m->zones[i]))
			return true;
	return false;
}

static const char *const pool_name[NR_ATOMIC_POOLS] = {
	[ATOMIC_POOL_KERNEL] = "GFP_KERNEL",
	[ATOMIC_POOL_DMA32] = "GFP_KERNEL|GFP_DMA32",
	[ATOMIC_POOL_DMA] = "GFP_KERNEL|GFP_DMA",
};

static void make_pool(struct qy_machine *m, enum atomic_pool_kind kind)
{
	struct atomic_pool *pool = &m->dma->atomic_pool[kind];

	if (expand(m, pool, m->dma->atomic_pool_bytes, pool_gfp[kind]))
		qy_printk(m, QY_LOG_INFO,
			"DMA: preallocated %llu KiB %s pool for atomic allocations",
			(unsigned long long)PFN_PHYS(pool->nr_pages) >> 10,
			pool_name[kind]);
	else
		qy_printk(m, QY_LOG_ERR,
			"DMA: failed to allocate %llu KiB %s pool for atomic allocation",
			(unsigned long long)m->dma->atomic_pool_bytes >> 10,
			pool_name[kind]);
}

void qy_atomic_pools_init(struct qy_machine *m)
{
	struct qy_dma *dma = m->dma;

	if (atomic_fetch_or(&dma->made, DMA_MADE_ATOMIC_POOLS) & DMA_MADE_ATOMIC_POOLS)
		return;
	dma->atomic_pool_bytes = first_size(m);
	make_pool(m, ATOMIC_POOL_KERNEL);
	if (has_zone(m, QY_ZONE_DMA))
		make_pool(m, ATOMIC_POOL_DMA);
	if (m->board->has_zone_dma32)
		make_pool(m, ATOMIC_POOL_DMA32);
}

void qy_atomic_pools_grow(struct qy_machine *m)
{
	for (u32 kind = 0; kind < NR_ATOMIC_POOLS; kind++) {
		struct atomic_pool *pool = &m->dma->atomic_pool[kind];
		u64 nr_pages = READ_ONCE(pool->nr_pages);

		if (nr_pages &&
			PFN_PHYS(READ_ONCE(pool->nr_free)) < m->dma->atomic_pool_bytes)
			expand(m, pool, PFN_PHYS(nr_pages), pool_gfp[kind]);
	}
}

/* ------------------------------------------------------------------ taking and giving back */

/* The first run of @nr clear bits aligned to the power of two above it; nr_pages: there is none. */
static u32 find_run(const struct chunk *chunk, u32 nr, u32 align)
{
	for (u32 at = 0; at + nr <= chunk->nr_pages; at += align) {
		u32 i = 0;

		while (i < nr && !(chunk->bits[(at + i) / 64] >> ((at + i) & 63) & 1))
			i++;
		if (i == nr)
			return at;
	}
	return chunk->nr_pages;
}

static bool run_is_taken(const struct chunk *chunk, u32 at, u32 nr)
{
	for (u32 bit = at; bit < at + nr; bit++)
		if (bit >= chunk->nr_pages || !(chunk->bits[bit / 64] >> (bit & 63) & 1))
			return false;
	return true;
}

static void flip(struct chunk *chunk, u32 at, u32 nr)
{
	for (u32 bit = at; bit < at + nr; bit++)
		chunk->bits[bit / 64] ^= 1ull << (bit & 63);
}

/* NULL: no run, or none that the device reaches. */
static void *take_from(
	struct qy_dma_dev *dev, struct atomic_pool *pool, size_t size, u64 *phys)
{
	u32 nr = (u32)(size >> QY_PAGE_SHIFT), align = 1u << order_of(size), at;
	struct chunk *chunk;
	void *cpu = NULL;

	qy_spin_lock_irqsave(&pool->lock);
	for (chunk = pool->chunks; chunk; chunk = chunk->next) {
		at = find_run(chunk, nr, align);
		if (at == chunk->nr_pages)
			continue;
		*phys = chunk->phys + PFN_PHYS(at);
		if (!dev->domain && !qy_direct_coherent_ok(dev, *phys, size))
			break;
		flip(chunk, at, nr);
		pool->nr_free -= nr;
		cpu = chunk->cpu + PFN_PHYS(at);
		break;
	}
	qy_spin_unlock_irqrestore(&pool->lock);
	return cpu;
}

/* The pool to begin with: what the flags say, or what there is instead. From there on downwards. */
static enum atomic_pool_kind first_pool(const struct qy_dma *dma, qy_gfp_t gfp)
{
	bool dma32 = READ_ONCE(dma->atomic_pool[ATOMIC_POOL_DMA32].nr_pages);
	bool low = READ_ONCE(dma->atomic_pool[ATOMIC_POOL_DMA].nr_pages);

	if (gfp & QY_GFP_DMA && low)
		return ATOMIC_POOL_DMA;
	if (gfp & (QY_GFP_DMA | QY_GFP_DMA32))
		return dma32 ? ATOMIC_POOL_DMA32
		       : low ? ATOMIC_POOL_DMA
			     : ATOMIC_POOL_KERNEL;
	return ATOMIC_POOL_KERNEL;
}

void *qy_atomic_pool_alloc(
	struct qy_dma_dev *dev, size_t size, u64 *phys, qy_gfp_t zone_bits)
{
	struct qy_dma *dma = dma_of(dev);
	enum atomic_pool_kind kind = first_pool(dma, zone_bits);

	for (; kind < NR_ATOMIC_POOLS; kind++) {
		void *cpu = take_from(dev, &dma->atomic_pool[kind], size, phys);

		if (!cpu)
			continue;
		qy_cache_uncached(dev, *phys, size, true);
		if (!dev->machine->port->no_contents)
			memset(cpu, 0, size);
		return cpu;
	}
	if (qy_dma_first_time(dev, DMA_WARNED_ATOMIC_POOL))
		qy_printk(dev->machine, QY_LOG_WARNING,
			"DMA: Failed to get suitable pool for %s", dev->desc->name);
	return NULL;
}

bool qy_atomic_pool_free(struct qy_dma_dev *dev, size_t size, const void *cpu)
{
	u32 nr = (u32)(size >> QY_PAGE_SHIFT);

	for (u32 kind = 0; kind < NR_ATOMIC_POOLS; kind++) {
		struct atomic_pool *pool = &dma_of(dev)->atomic_pool[kind];
		struct chunk *chunk;
		bool taken = false;

		qy_spin_lock_irqsave(&pool->lock);
		for (chunk = pool->chunks; chunk; chunk = chunk->next) {
			u64 offset = (u64)((uintptr_t)cpu - (uintptr_t)chunk->cpu);

			if (offset >= PFN_PHYS(chunk->nr_pages))
				continue;
			taken = run_is_taken(chunk, (u32)(offset >> QY_PAGE_SHIFT), nr);
			if (taken) {
				flip(chunk, (u32)(offset >> QY_PAGE_SHIFT), nr);
				pool->nr_free += nr;
			}
			break;
		}
		qy_spin_unlock_irqrestore(&pool->lock);
		if (taken)
			qy_cache_uncached(dev,
				chunk->phys + ((uintptr_t)cpu - (uintptr_t)chunk->cpu),
				size, false);
		if (chunk && !taken)
			qy_dma_dev_say(dev, QY_LOG_ALERT,
				"BUG: free of %zu bytes of an atomic pool that are not all handed out: nothing is freed",
				size);
		if (chunk)
			return true;
	}
	return false;
}

bool qy_atomic_pools_validate(struct qy_machine *m, char *why, size_t why_size)
{
	for (u32 kind = 0; kind < NR_ATOMIC_POOLS; kind++) {
		const struct atomic_pool *pool = &m->dma->atomic_pool[kind];
		u64 nr_pages = 0, nr_free = 0;

		for (const struct chunk *c = pool->chunks; c; c = c->next) {
			nr_pages += c->nr_pages;
			for (u32 i = 0; i < c->nr_pages; i++)
				nr_free += !(c->bits[i / 64] >> (i & 63) & 1);
		}
		if (nr_pages == pool->nr_pages && nr_free == pool->nr_free)
			continue;
		qy_snprintf(why, why_size, "atomic pool %s: pages are miscounted",
			pool_name[kind]);
		return false;
	}
	return true;
}
