/* SPDX-License-Identifier: MIT */
/*
 * The page allocator's doors, as inlines over quarry.h: each finds the machine that the calling thread stands in.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_GFP_H
#define COMPAT_LINUX_GFP_H

#include <asm/page.h>
#include <linux/mmzone.h>
#include <quarry/cma.h>

#define __GFP_DMA            QY___GFP_DMA
#define __GFP_HIGHMEM        QY___GFP_HIGHMEM
#define __GFP_DMA32          QY___GFP_DMA32
#define __GFP_MOVABLE        QY___GFP_MOVABLE
#define __GFP_RECLAIMABLE    QY___GFP_RECLAIMABLE
#define __GFP_HIGH           QY___GFP_HIGH
#define __GFP_IO             QY___GFP_IO
#define __GFP_FS             QY___GFP_FS
#define __GFP_ZERO           QY___GFP_ZERO
#define __GFP_DIRECT_RECLAIM QY___GFP_DIRECT_RECLAIM
#define __GFP_KSWAPD_RECLAIM QY___GFP_KSWAPD_RECLAIM
#define __GFP_WRITE          QY___GFP_WRITE
#define __GFP_NOWARN         QY___GFP_NOWARN
#define __GFP_RETRY_MAYFAIL  QY___GFP_RETRY_MAYFAIL
#define __GFP_NOFAIL         QY___GFP_NOFAIL
#define __GFP_NORETRY        QY___GFP_NORETRY
#define __GFP_MEMALLOC       QY___GFP_MEMALLOC
#define __GFP_COMP           QY___GFP_COMP
#define __GFP_NOMEMALLOC     QY___GFP_NOMEMALLOC
#define __GFP_HARDWALL       QY___GFP_HARDWALL
#define __GFP_THISNODE       QY___GFP_THISNODE
#define __GFP_ACCOUNT        QY___GFP_ACCOUNT
#define __GFP_ZEROTAGS       QY___GFP_ZEROTAGS
#define __GFP_BITS_SHIFT     26 /* of a kernel without lockdep and tags */
#define __GFP_BITS_MASK      ((gfp_t)((1 << __GFP_BITS_SHIFT) - 1))
#define __GFP_RECLAIM        QY___GFP_RECLAIM

#define GFP_ATOMIC           QY_GFP_ATOMIC
#define GFP_KERNEL           QY_GFP_KERNEL
#define GFP_KERNEL_ACCOUNT   QY_GFP_KERNEL_ACCOUNT
#define GFP_NOWAIT           QY_GFP_NOWAIT
#define GFP_NOIO             QY_GFP_NOIO
#define GFP_NOFS             QY_GFP_NOFS
#define GFP_USER             QY_GFP_USER
#define GFP_DMA              QY_GFP_DMA
#define GFP_DMA32            QY_GFP_DMA32
#define GFP_HIGHUSER         QY_GFP_HIGHUSER
#define GFP_HIGHUSER_MOVABLE QY_GFP_HIGHUSER_MOVABLE
#define GFP_TRANSHUGE        QY_GFP_TRANSHUGE
#define GFP_TRANSHUGE_LIGHT  QY_GFP_TRANSHUGE_LIGHT

static inline bool gfpflags_allow_blocking(gfp_t gfp)
{
	return gfp & __GFP_DIRECT_RECLAIM;
}

static inline struct page *qy_fresh_pages(
	struct page *page, gfp_t gfp, unsigned int order)
{
	if (page)
		qy_fresh(qy_page_address(qy_this_machine(), page), PAGE_SIZE << order,
			gfp);
	return page;
}

static inline struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	return qy_fresh_pages(qy_take(QY_HELD_PAGES, gfp, PAGE_SIZE << order,
				      qy_alloc_pages(qy_this_machine(), gfp, order)),
		gfp, order);
}

static inline struct page *alloc_pages_node(int nid, gfp_t gfp, unsigned int order)
{
	return qy_fresh_pages(
		qy_take(QY_HELD_PAGES, gfp, PAGE_SIZE << order,
			qy_alloc_pages_node(qy_this_machine(), nid, gfp, order)),
		gfp, order);
}

static inline struct page *alloc_page(gfp_t gfp)
{
	return alloc_pages(gfp, 0);
}

/* By its address: the page is what is held. */
static inline unsigned long qy_compat_hold_address(void *addr, size_t size_bytes)
{
	if (addr)
		qy_hold(QY_HELD_PAGES, qy_virt_to_page(qy_this_machine(), addr),
			size_bytes);
	return (unsigned long)addr;
}

/* Fills the NULL slots. Return: leading slots that are not NULL. */
static inline unsigned long alloc_pages_bulk_array(
	gfp_t gfp, unsigned long nr, struct page **pages)
{
	unsigned long old = 0, filled;

	for (; old < nr && pages[old]; old++)
		;
	if (qy_refuses(QY_HELD_PAGES, gfp, PAGE_SIZE))
		return old;
	filled = qy_alloc_pages_bulk(qy_this_machine(), gfp, nr, pages);
	for (unsigned long i = old; i < filled; i++)
		qy_hold(QY_HELD_PAGES, pages[i], PAGE_SIZE);
	return filled;
}

static inline void __free_pages(struct page *page, unsigned int order)
{
	if (page && qy_page_ref_count(qy_this_machine(), page) == 1 &&
		qy_defer_free_pages(page, order))
		return;
	qy_free_pages(qy_this_machine(), page, order);
}

static inline void __free_page(struct page *page)
{
	__free_pages(page, 0);
}

static inline unsigned long __get_free_pages(gfp_t gfp, unsigned int order)
{
	void *addr;

	if (qy_refuses(QY_HELD_PAGES, gfp, PAGE_SIZE << order))
		return 0;
	addr = qy_get_free_pages(qy_this_machine(), gfp, order);
	qy_compat_hold_address(addr, PAGE_SIZE << order);
	return (unsigned long)qy_fresh(addr, PAGE_SIZE << order, gfp);
}

static inline unsigned long __get_free_page(gfp_t gfp)
{
	return __get_free_pages(gfp, 0);
}

static inline unsigned long __get_dma_pages(gfp_t gfp, unsigned int order)
{
	return __get_free_pages(gfp | GFP_DMA, order);
}

static inline unsigned long get_zeroed_page(gfp_t gfp)
{
	if (qy_refuses(QY_HELD_PAGES, gfp, PAGE_SIZE))
		return 0;
	return qy_compat_hold_address(
		qy_get_zeroed_page(qy_this_machine(), gfp), PAGE_SIZE);
}

static inline void free_pages(unsigned long addr, unsigned int order)
{
	struct page *page = qy_virt_to_page(qy_this_machine(), (const void *)addr);

	if (page && qy_page_ref_count(qy_this_machine(), page) == 1 &&
		qy_defer_free_pages(page, order))
		return;
	qy_free_pages_addr(qy_this_machine(), (const void *)addr, order);
}

static inline void free_page(unsigned long addr)
{
	free_pages(addr, 0);
}

static inline void *alloc_pages_exact(size_t size_bytes, gfp_t gfp)
{
	if (qy_refuses(QY_HELD_PAGES, gfp, size_bytes))
		return NULL;
	return (void *)qy_compat_hold_address(
		qy_alloc_pages_exact(qy_this_machine(), size_bytes, gfp), size_bytes);
}

static inline void free_pages_exact(void *addr, size_t size_bytes)
{
	qy_let_go_exact(addr, size_bytes);
	qy_free_pages_exact(qy_this_machine(), addr, size_bytes);
}

/* There is no header that fills one: NULL, every node. */
typedef struct nodemask nodemask_t;

/* Outside of CMA, aligned to the power of two above @nr_pages. */
static inline struct page *alloc_contig_pages(
	unsigned long nr_pages, gfp_t gfp, int nid, nodemask_t *nodemask)
{
	return nodemask ? NULL
			: qy_alloc_contig_pages(
				  qy_this_machine(), nr_pages, gfp, nid, NULL);
}

/* @migratetype: MIGRATE_CMA for a range of an area, else MIGRATE_MOVABLE */
static inline int alloc_contig_range(unsigned long start_pfn, unsigned long end_pfn,
	unsigned int migratetype, gfp_t gfp)
{
	return qy_alloc_contig_range(qy_this_machine(), start_pfn, end_pfn,
		migratetype == MIGRATE_CMA, gfp, NULL);
}

static inline void free_contig_range(unsigned long pfn, unsigned long nr_pages)
{
	qy_free_contig_range(qy_this_machine(), pfn, nr_pages);
}

#define QY_UNTIL "by design: pages have no list links"
QY_ABSENT(unsigned long, alloc_pages_bulk_list,
	(gfp_t gfp, unsigned long nr, struct list_head *list), QY_UNTIL);
#undef QY_UNTIL

#endif
