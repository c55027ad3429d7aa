// SPDX-License-Identifier: MIT
/*
 * Pools of pages (net/page_pool/types.h). A page is noted as the driver's while it is out, and nobody's while it waits.
 *
 *   the board --> out (with the driver, in a packet) <--> waiting in the pool --> the board, at the end or where it is full
 *
 * Invariant: hold_cnt - released pages are a pool's, each with its record in net->pages; of them nr_waiting wait.
 *
 * Locking: none; see world.h.
 */
#include <net/page_pool/helpers.h>
#include "compat/kasan.h"
#include "compat/net.h"

#define RING_DEFAULT 1024u
#define RING_MOST    32768u

struct qy_pool_page {
	struct hlist_node node;
	struct qy_pool_page *next; /* that waits */
	struct page_pool *pool;
	struct page *page;
	dma_addr_t dma;
	long users; /* fragments that are out; the page itself is one */
	bool out;
};

static struct hlist_head *slot_of(const struct page *page)
{
	struct qy_net *net = net_of(qy_compat_world());

	return &net->pages[hash_ptr(page, QY_POOL_HASH_BITS)];
}

static struct qy_pool_page *find(const struct page *page)
{
	struct qy_pool_page *p;

	hlist_for_each_entry(p, slot_of(page), node) if (p->page == page) return p;
	return NULL;
}

static size_t bytes_of(const struct page_pool *pool)
{
	return PAGE_SIZE << pool->p.order;
}

/* ------------------------------------------------------------------ pools */

struct page_pool *page_pool_create(const struct page_pool_params *params)
{
	struct page_pool *pool;

	might_sleep();
	if (params->flags & ~(unsigned int)PP_FLAG_ALL)
		return ERR_PTR(-EINVAL);
	if (params->pool_size > RING_MOST)
		return ERR_PTR(-E2BIG);
	if (params->flags & PP_FLAG_DMA_MAP && params->dma_dir != DMA_FROM_DEVICE &&
		params->dma_dir != DMA_BIDIRECTIONAL)
		return ERR_PTR(-EINVAL);
	if (params->flags & PP_FLAG_DMA_SYNC_DEV &&
		(!(params->flags & PP_FLAG_DMA_MAP) || !params->max_len))
		return ERR_PTR(-EINVAL);
	if (qy_refuses(QY_HELD_POOL, GFP_KERNEL, 0))
		return ERR_PTR(-ENOMEM);
	pool = qy_host_zalloc(sizeof(*pool));
	if (!pool)
		return ERR_PTR(-ENOMEM);
	pool->p = *params;
	pool->p.pool_size = params->pool_size ? params->pool_size : RING_DEFAULT;
	list_add_tail(&pool->qy_link, &net_of(qy_compat_world())->pools);
	return qy_hold(QY_HELD_POOL, pool, 0);
}

static void free_pool(struct page_pool *pool)
{
	list_del(&pool->qy_link);
	qy_host_free(pool);
}

/* Unmapped, and no page of a pool any more. */
static void forget(struct qy_pool_page *p)
{
	struct page_pool *pool = p->pool;

	if (pool->p.flags & PP_FLAG_DMA_MAP) {
		qy_returned(pool->p.dev, p->dma);
		qy_dma_unmap_page(&pool->p.dev->qy, p->dma, bytes_of(pool),
			qy_compat_dir(pool->p.dma_dir), DMA_ATTR_SKIP_CPU_SYNC);
	}
	hlist_del(&p->node);
	pool->qy_released++;
	qy_host_free(p);
	if (pool->qy_destroyed && pool->pages_state_hold_cnt == pool->qy_released)
		free_pool(pool);
}

static void set_state(const struct page_pool *pool, const struct page *page, u8 code)
{
	if (qy_compat_world()->kasan)
		qy_kasan_deny(page_address(page), bytes_of(pool), code);
}

static void give_back(struct qy_pool_page *p)
{
	struct page *page = p->page;

	set_state(p->pool, page, KASAN_PAGE_FREE);
	forget(p);
	qy_put_page(qy_this_machine(), page);
}

static void empty(struct page_pool *pool)
{
	while (pool->qy_waiting) {
		struct qy_pool_page *p = pool->qy_waiting;

		pool->qy_waiting = p->next;
		pool->qy_nr_waiting--;
		give_back(p);
	}
}

static void leave(struct qy_pool_page *p)
{
	p->out = false;
	qy_let_go(QY_HELD_POOL_PAGE, p->page);
}

static void put_frag_page(struct page_pool *pool)
{
	struct page *page = pool->frag_page;

	pool->frag_page = NULL;
	if (page)
		page_pool_put_full_page(pool, page, false);
}

void page_pool_destroy(struct page_pool *pool)
{
	unsigned int out;

	if (!pool)
		return;
	might_sleep();
	put_frag_page(pool);
	empty(pool);
	qy_let_go(QY_HELD_POOL, pool);
	out = pool->pages_state_hold_cnt - pool->qy_released;
	pool->qy_destroyed = true;
	if (!out)
		free_pool(pool);
	else
		qy_printk_line(QY_LOG_WARNING,
			"page_pool_destroy(): shutdown of a pool waits for pages: %u inflight",
			out);
}

/* ------------------------------------------------------------------ pages */

static void for_device(const struct qy_pool_page *p, unsigned int bytes)
{
	const struct page_pool *pool = p->pool;

	if (!(pool->p.flags & PP_FLAG_DMA_SYNC_DEV))
		return;
	if (bytes > pool->p.max_len)
		bytes = pool->p.max_len;
	dma_sync_single_range_for_device(
		pool->p.dev, p->dma, pool->p.offset, bytes, pool->p.dma_dir);
}

/* Of the board; NULL: it has none. */
static struct qy_pool_page *take(struct page_pool *pool, gfp_t gfp)
{
	struct qy_machine *m = qy_this_machine();
	struct page *page =
		qy_alloc_pages(m, gfp | (pool->p.order ? __GFP_COMP : 0), pool->p.order);
	struct qy_pool_page *p = page ? qy_host_zalloc(sizeof(*p)) : NULL;

	if (!p) {
		if (page)
			qy_put_page(m, page);
		return NULL;
	}
	p->page = page;
	p->pool = pool;
	if (pool->p.flags & PP_FLAG_DMA_MAP) {
		p->dma = qy_dma_map_page(&pool->p.dev->qy, page, 0, bytes_of(pool),
			qy_compat_dir(pool->p.dma_dir), DMA_ATTR_SKIP_CPU_SYNC);
		if (qy_dma_mapping_error(&pool->p.dev->qy, p->dma)) {
			qy_host_free(p);
			qy_put_page(m, page);
			return NULL;
		}
		qy_lent_later(pool->p.dev, p->dma, page_address(page), bytes_of(pool),
			qy_compat_dir(pool->p.dma_dir));
	}
	hlist_add_head(&p->node, slot_of(page));
	pool->pages_state_hold_cnt++;
	return p;
}

struct page *page_pool_alloc_pages(struct page_pool *pool, gfp_t gfp)
{
	struct qy_pool_page *p = pool->qy_waiting;

	if (p) {
		pool->qy_waiting = p->next;
		pool->qy_nr_waiting--;
	} else {
		if (qy_refuses(QY_HELD_POOL_PAGE, gfp, bytes_of(pool)))
			return NULL;
		if (pool->p.flags & PP_FLAG_DMA_MAP &&
			qy_refuses(QY_HELD_DMA_MAP, GFP_ATOMIC, bytes_of(pool)))
			return NULL;
		p = take(pool, gfp);
	}
	if (!p)
		return NULL;
	p->out = true;
	p->users = 1;
	qy_hold(QY_HELD_POOL_PAGE, p->page, bytes_of(pool));
	for_device(p, ~0u);
	return p->page;
}

struct page *page_pool_alloc_frag(
	struct page_pool *pool, unsigned int *offset, unsigned int size, gfp_t gfp)
{
	struct qy_pool_page *p;

	size = ALIGN(size, L1_CACHE_BYTES);
	if (WARN_ON(size > bytes_of(pool)))
		return NULL;
	if (pool->frag_page && pool->frag_offset + size > bytes_of(pool))
		put_frag_page(pool);
	if (!pool->frag_page) {
		pool->frag_page = page_pool_alloc_pages(pool, gfp);
		pool->frag_offset = 0;
		if (!pool->frag_page)
			return NULL;
	}
	p = find(pool->frag_page);
	p->users++;
	*offset = pool->frag_offset;
	pool->frag_offset += size;
	return pool->frag_page;
}

static void put(struct qy_pool_page *p, unsigned int sync_bytes)
{
	struct page_pool *pool = p->pool;

	(void)sync_bytes; /* the whole is synced when it is handed out */
	if (!p->out) {
		qy_compat_report(
			"WARNING: page_pool: page of %px was put into its pool already",
			page_address(p->page));
		return;
	}
	if (--p->users)
		return;
	leave(p);
	if (page_count(p->page) == 1 && !pool->qy_destroyed &&
		pool->qy_nr_waiting < pool->p.pool_size) {
		p->next = pool->qy_waiting;
		pool->qy_waiting = p;
		pool->qy_nr_waiting++;
		return;
	}
	give_back(p);
}

void page_pool_put_unrefed_page(struct page_pool *pool, struct page *page,
	unsigned int sync_bytes, bool allow_direct)
{
	struct qy_pool_page *p = find(page);

	(void)allow_direct;
	if (!p || p->pool != pool) {
		qy_compat_report(
			"WARNING: page_pool: page of %px is not one of this pool",
			page_address(page));
		return;
	}
	put(p, sync_bytes);
}

bool qy_compat_pool_recycle(struct page *page)
{
	struct qy_pool_page *p = find(page);

	if (p)
		put(p, ~0u);
	return p != NULL;
}

void page_pool_release_page(struct page_pool *pool, struct page *page)
{
	struct qy_pool_page *p = find(page);

	if (WARN_ON(!p || p->pool != pool || !p->out))
		return;
	leave(p);
	forget(p);
	qy_hold(QY_HELD_PAGES, page, bytes_of(pool));
}

dma_addr_t page_pool_get_dma_addr(const struct page *page)
{
	const struct qy_pool_page *p = find(page);

	return p ? p->dma : 0;
}

/* Somebody puts a page that a pool has mapped, as if it were any other. */
bool qy_compat_pool_leak(const struct page *page)
{
	struct qy_pool_page *p = find(page);

	if (!p)
		return false;
	qy_compat_report("BUG: Bad page state in process %s  pfn:%05lx", current->comm,
		page_to_pfn(page));
	qy_printk_line(QY_LOG_ALERT, "page dumped because: page_pool leak");
	if (p->out)
		leave(p);
	give_back(p);
	return true;
}

void qy_compat_pools_down(struct qy_net *net)
{
	for (size_t i = 0; i < ARRAY_SIZE(net->pages); i++) {
		struct qy_pool_page *p;
		struct hlist_node *next;

		hlist_for_each_entry_safe(p, next, &net->pages[i], node) qy_host_free(p);
	}
	while (!list_empty(&net->pools))
		free_pool(list_first_entry(&net->pools, struct page_pool, qy_link));
}
