/* SPDX-License-Identifier: MIT */
/*
 * Pools of pages for packets that come: taken page by page, mapped once for the device, and back in the pool when the packet goes.
 * No state.
 */
#ifndef COMPAT_NET_PAGE_POOL_TYPES_H
#define COMPAT_NET_PAGE_POOL_TYPES_H

#include <linux/dma-direction.h>
#include <linux/mm.h>
#include <linux/types.h>

#define PP_FLAG_DMA_MAP BIT(0) /* the pool maps and unmaps */
#define PP_FLAG_DMA_SYNC_DEV \
	BIT(1) /* a page that is handed out is the device's: max_len from offset */
#define PP_FLAG_PAGE_FRAG BIT(2) /* before 6.6; any pool has fragments */
#define PP_FLAG_ALL       (PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV | PP_FLAG_PAGE_FRAG)

struct device;
struct napi_struct;
struct net_device;

struct page_pool_params {
	unsigned int flags;
	unsigned int order;
	unsigned int pool_size; /* that wait in it, at most; 0: 1024 */
	int nid;
	struct device *dev; /* that does the DMA */
	struct napi_struct *napi;
	enum dma_data_direction dma_dir;
	unsigned int max_len, offset; /* of what the device writes */
	struct net_device *netdev;
	unsigned int queue_idx;
};

struct qy_pool_page;
struct page_pool {
	struct page_pool_params p;
	unsigned int pages_state_hold_cnt,
		qy_released; /* taken of the board, and given back */
	unsigned int qy_nr_waiting;
	struct qy_pool_page *qy_waiting; /* the newest first */
	struct page *frag_page;
	unsigned int frag_offset;
	bool qy_destroyed;
	struct list_head qy_link;
};

/* Return: ERR_PTR(-EINVAL, -E2BIG, -ENOMEM). Context: task, may sleep. */
struct page_pool *page_pool_create(const struct page_pool_params *params)
	QY_REAL(page_pool_create);
/* Pages that are still out come back later; who has them is told as who left them. Context: task, may sleep. */
void page_pool_destroy(struct page_pool *pool) QY_REAL(page_pool_destroy);
/* Return: NULL: no memory. Context: softirq, or as @gfp. */
struct page *page_pool_alloc_pages(struct page_pool *pool, gfp_t gfp)
	QY_REAL(page_pool_alloc_pages);
struct page *page_pool_alloc_frag(struct page_pool *pool, unsigned int *offset,
	unsigned int size, gfp_t gfp) QY_REAL(page_pool_alloc_frag);
/* @sync_bytes: that the device will write again; -1: max_len. */
void page_pool_put_unrefed_page(struct page_pool *pool, struct page *page,
	unsigned int sync_bytes, bool allow_direct) QY_REAL(page_pool_put_unrefed_page);
/* It leaves the pool, unmapped: from here on it is a page as any. */
void page_pool_release_page(struct page_pool *pool, struct page *page)
	QY_REAL(page_pool_release_page);
/* Of a page of a pool; 0: it is none, or is not mapped. */
dma_addr_t page_pool_get_dma_addr(const struct page *page)
	QY_REAL(page_pool_get_dma_addr);

#endif
