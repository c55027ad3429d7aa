/* SPDX-License-Identifier: MIT */
/* What is done with pools of pages, in one call. No state. */
#ifndef COMPAT_NET_PAGE_POOL_HELPERS_H
#define COMPAT_NET_PAGE_POOL_HELPERS_H

#include <linux/dma-mapping.h>
#include <net/page_pool/types.h>

static inline struct page *page_pool_dev_alloc_pages(struct page_pool *pool)
{
	return page_pool_alloc_pages(pool, GFP_ATOMIC | __GFP_NOWARN);
}

static inline struct page *page_pool_dev_alloc_frag(
	struct page_pool *pool, unsigned int *offset, unsigned int size)
{
	return page_pool_alloc_frag(pool, offset, size, GFP_ATOMIC | __GFP_NOWARN);
}

/* *size becomes what it has. */
static inline struct page *page_pool_dev_alloc(
	struct page_pool *pool, unsigned int *offset, unsigned int *size)
{
	const unsigned int all = (unsigned int)(PAGE_SIZE << pool->p.order);

	if (*size << 1 > all) {
		*size = all;
		*offset = 0;
		return page_pool_dev_alloc_pages(pool);
	}
	return page_pool_dev_alloc_frag(pool, offset, *size);
}

static inline enum dma_data_direction page_pool_get_dma_dir(const struct page_pool *pool)
{
	return pool->p.dma_dir;
}

static inline void page_pool_put_page(struct page_pool *pool, struct page *page,
	unsigned int sync_bytes, bool allow_direct)
{
	page_pool_put_unrefed_page(pool, page, sync_bytes, allow_direct);
}

static inline void page_pool_put_full_page(
	struct page_pool *pool, struct page *page, bool allow_direct)
{
	page_pool_put_page(pool, page, ~0u, allow_direct);
}

static inline void page_pool_recycle_direct(struct page_pool *pool, struct page *page)
{
	page_pool_put_full_page(pool, page, true);
}

static inline void page_pool_free_va(struct page_pool *pool, void *va, bool allow_direct)
{
	page_pool_put_page(pool, compound_head(virt_to_page(va)), ~0u, allow_direct);
}

static inline void page_pool_dma_sync_for_cpu(
	const struct page_pool *pool, const struct page *page, u32 offset, u32 bytes)
{
	dma_sync_single_range_for_cpu(pool->p.dev, page_pool_get_dma_addr(page),
		offset + pool->p.offset, bytes, pool->p.dma_dir);
}

/* Pages come from the board's one choice of node. */
#define page_pool_nid_changed(pool, nid) ((void)(pool), (void)(nid))

#endif
