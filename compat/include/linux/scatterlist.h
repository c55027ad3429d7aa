/* SPDX-License-Identifier: MIT */
/* Lists of pieces of memory; struct scatterlist is that of quarry/dma.h. No state. */
#ifndef COMPAT_LINUX_SCATTERLIST_H
#define COMPAT_LINUX_SCATTERLIST_H

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <quarry/dma.h>

#define SG_CHAIN          QY_SG_CHAIN
#define SG_END            QY_SG_END
#define SG_PAGE_LINK_MASK (SG_CHAIN | SG_END)

struct sg_table {
	struct scatterlist *sgl;
	unsigned int nents;      /* segments of the last map */
	unsigned int orig_nents; /* entries */
};

#define sg_dma_address(sg) ((sg)->dma_address)
#define sg_dma_len(sg)     ((sg)->dma_length)

#define for_each_sg(sglist, sg, nr, __i) \
	for (__i = 0, sg = (sglist); __i < (nr); __i++, sg = sg_next(sg))
#define for_each_sgtable_sg(sgt, sg, i)     for_each_sg((sgt)->sgl, sg, (sgt)->orig_nents, i)
#define for_each_sgtable_dma_sg(sgt, sg, i) for_each_sg((sgt)->sgl, sg, (sgt)->nents, i)

static inline bool sg_is_chain(struct scatterlist *sg)
{
	return sg->page_link & SG_CHAIN;
}

static inline bool sg_is_last(struct scatterlist *sg)
{
	return sg->page_link & SG_END;
}

static inline struct scatterlist *sg_next(struct scatterlist *sg)
{
	return qy_sg_next(sg);
}

static inline struct page *sg_page(struct scatterlist *sg)
{
	return qy_sg_page(sg);
}

static inline void sg_assign_page(struct scatterlist *sg, struct page *page)
{
	sg->page_link = (sg->page_link & SG_PAGE_LINK_MASK) | (unsigned long)page;
}

static inline void sg_set_page(
	struct scatterlist *sg, struct page *page, unsigned int len, unsigned int offset)
{
	sg_assign_page(sg, page);
	sg->offset = offset;
	sg->length = len;
}

static inline void sg_set_buf(
	struct scatterlist *sg, const void *buf, unsigned int buflen)
{
	if (!virt_to_page(buf))
		qy_is_not_linear("sg_set_buf() of memory outside the linear map");
	sg_set_page(sg, virt_to_page(buf), buflen,
		(unsigned int)((uintptr_t)buf & (PAGE_SIZE - 1)));
}

static inline dma_addr_t sg_phys(struct scatterlist *sg)
{
	return page_to_phys(sg_page(sg)) + sg->offset;
}

static inline void *sg_virt(struct scatterlist *sg)
{
	return (char *)page_address(sg_page(sg)) + sg->offset;
}

static inline void sg_mark_end(struct scatterlist *sg)
{
	sg->page_link = (sg->page_link | SG_END) & ~SG_CHAIN;
}

static inline void sg_unmark_end(struct scatterlist *sg)
{
	sg->page_link &= ~SG_END;
}

static inline void sg_init_table(struct scatterlist *sgl, unsigned int nents)
{
	memset(sgl, 0, sizeof(*sgl) * nents);
	sg_mark_end(&sgl[nents - 1]);
}

static inline void sg_init_one(
	struct scatterlist *sg, const void *buf, unsigned int buflen)
{
	sg_init_table(sg, 1);
	sg_set_buf(sg, buf, buflen);
}

/* The last entry of @prv leads to @sgl. */
static inline void sg_chain(
	struct scatterlist *prv, unsigned int prv_nents, struct scatterlist *sgl)
{
	struct scatterlist *link = &prv[prv_nents - 1];

	link->offset = 0;
	link->length = 0;
	link->page_link = ((unsigned long)sgl | SG_CHAIN) & ~SG_END;
}

static inline int sg_nents(struct scatterlist *sg)
{
	int nents = 0;

	for (; sg; sg = sg_next(sg))
		nents++;
	return nents;
}

static inline struct scatterlist *sg_last(struct scatterlist *sgl, unsigned int nents)
{
	struct scatterlist *last = sgl;

	for (; nents > 1; nents--)
		last = sg_next(last);
	return last;
}

/* One array, however long: Linux chains pages of 128 entries, which the same loops walk. */
static inline int sg_alloc_table(struct sg_table *table, unsigned int nents, gfp_t gfp)
{
	memset(table, 0, sizeof(*table));
	if (!nents)
		return -22;
	table->sgl = kmalloc_array(nents, sizeof(struct scatterlist), gfp);
	if (!table->sgl)
		return -12;
	sg_init_table(table->sgl, nents);
	table->nents = table->orig_nents = nents;
	return 0;
}

static inline void sg_free_table(struct sg_table *table)
{
	kfree(table->sgl);
	memset(table, 0, sizeof(*table));
}

/* Copies between a buffer and the pieces. Return: bytes copied. */
static inline size_t qy_compat_sg_copy(struct scatterlist *sgl, unsigned int nents,
	void *buf, size_t buflen, size_t skip, bool to_buffer)
{
	size_t done = 0;

	for (; nents && sgl && done < buflen; nents--, sgl = sg_next(sgl)) {
		size_t from = skip < sgl->length ? skip : sgl->length;
		size_t nr = sgl->length - from;

		skip -= from;
		nr = nr < buflen - done ? nr : buflen - done;
		if (to_buffer)
			memcpy((char *)buf + done, (char *)sg_virt(sgl) + from, nr);
		else
			memcpy((char *)sg_virt(sgl) + from, (char *)buf + done, nr);
		done += nr;
	}
	return done;
}

static inline size_t sg_copy_from_buffer(
	struct scatterlist *sgl, unsigned int nents, const void *buf, size_t buflen)
{
	return qy_compat_sg_copy(sgl, nents, (void *)buf, buflen, 0, false);
}

static inline size_t sg_copy_to_buffer(
	struct scatterlist *sgl, unsigned int nents, void *buf, size_t buflen)
{
	return qy_compat_sg_copy(sgl, nents, buf, buflen, 0, true);
}

/* The same from the byte @skip on. */
static inline size_t sg_pcopy_from_buffer(struct scatterlist *sgl, unsigned int nents,
	const void *buf, size_t buflen, loff_t skip)
{
	return qy_compat_sg_copy(sgl, nents, (void *)buf, buflen, (size_t)skip, false);
}

static inline size_t sg_pcopy_to_buffer(struct scatterlist *sgl, unsigned int nents,
	void *buf, size_t buflen, loff_t skip)
{
	return qy_compat_sg_copy(sgl, nents, buf, buflen, (size_t)skip, true);
}

/* Return: bytes that were cleared. */
static inline size_t sg_zero_buffer(
	struct scatterlist *sgl, unsigned int nents, size_t buflen, loff_t skip)
{
	size_t done = 0, left = (size_t)skip;

	for (; nents && sgl && done < buflen; nents--, sgl = sg_next(sgl)) {
		size_t from = left < sgl->length ? left : sgl->length;
		size_t nr = sgl->length - from;

		left -= from;
		nr = nr < buflen - done ? nr : buflen - done;
		memset((char *)sg_virt(sgl) + from, 0, nr);
		done += nr;
	}
	return done;
}

/* Entries that hold @bytes together. Return: -EINVAL: all of them do not. */
static inline int sg_nents_for_len(struct scatterlist *sg, u64 bytes)
{
	u64 total = 0;

	if (!bytes)
		return 0;
	for (int nents = 1; sg; nents++, sg = sg_next(sg)) {
		total += sg->length;
		if (total >= bytes)
			return nents;
	}
	return -22;
}

/* ------------------------------------------------------------------ of pages, and by pages */

/*
 * Pages that follow one another become one piece of at most @max_segment bytes. @offset: of the first byte in the first page.
 * Return: 0, -EINVAL, -ENOMEM. Context: may sleep as @gfp says.
 */
int sg_alloc_table_from_pages_segment(struct sg_table *sgt, struct page **pages,
	unsigned int nr_pages, unsigned int offset, unsigned long size,
	unsigned int max_segment, gfp_t gfp) QY_REAL(sg_alloc_table_from_pages_segment);
int sg_alloc_table_from_pages(struct sg_table *sgt, struct page **pages,
	unsigned int nr_pages, unsigned int offset, unsigned long size, gfp_t gfp)
	QY_REAL(sg_alloc_table_from_pages);

struct sg_page_iter {
	struct scatterlist *sg;
	unsigned int sg_pgoffset; /* the page of it */
	unsigned int qy_nents;    /* from it on */
	bool qy_begun;
};
struct sg_dma_page_iter {
	struct sg_page_iter base;
};

void __sg_page_iter_start(struct sg_page_iter *it, struct scatterlist *sgl,
	unsigned int nents, unsigned long pgoffset) QY_REAL(__sg_page_iter_start);
bool __sg_page_iter_next(struct sg_page_iter *it) QY_REAL(__sg_page_iter_next);
bool __sg_page_iter_dma_next(struct sg_dma_page_iter *it)
	QY_REAL(__sg_page_iter_dma_next);

static inline struct page *sg_page_iter_page(struct sg_page_iter *it)
{
	return sg_page(it->sg) + it->sg_pgoffset;
}

static inline dma_addr_t sg_page_iter_dma_address(struct sg_dma_page_iter *it)
{
	return sg_dma_address(it->base.sg) +
	       ((dma_addr_t)it->base.sg_pgoffset << PAGE_SHIFT);
}

#define for_each_sg_page(sglist, piter, nents, pgoffset)                   \
	for (__sg_page_iter_start((piter), (sglist), (nents), (pgoffset)); \
		__sg_page_iter_next(piter);)
#define for_each_sg_dma_page(sglist, dma_iter, nents, pgoffset)                      \
	for (__sg_page_iter_start(&(dma_iter)->base, (sglist), (nents), (pgoffset)); \
		__sg_page_iter_dma_next(dma_iter);)
#define for_each_sgtable_page(sgt, piter, pgoffset) \
	for_each_sg_page((sgt)->sgl, piter, (sgt)->orig_nents, pgoffset)
#define for_each_sgtable_dma_page(sgt, dma_iter, pgoffset) \
	for_each_sg_dma_page((sgt)->sgl, dma_iter, (sgt)->nents, pgoffset)

#define SG_MITER_ATOMIC  1u /* not to be slept under */
#define SG_MITER_TO_SG   2u
#define SG_MITER_FROM_SG 4u
#define SG_MITER_LOCAL   8u

/* Between next and stop: @length bytes at @addr, of which the driver says how many it has @consumed; all, if it says nothing. */
struct sg_mapping_iter {
	struct page *page;
	void *addr;
	size_t length, consumed;
	struct sg_page_iter piter;
	unsigned int qy_flags, qy_offset, qy_left;
};

void sg_miter_start(struct sg_mapping_iter *miter, struct scatterlist *sgl,
	unsigned int nents, unsigned int flags) QY_REAL(sg_miter_start);
bool sg_miter_skip(struct sg_mapping_iter *miter, off_t offset) QY_REAL(sg_miter_skip);
bool sg_miter_next(struct sg_mapping_iter *miter) QY_REAL(sg_miter_next);
void sg_miter_stop(struct sg_mapping_iter *miter) QY_REAL(sg_miter_stop);

#endif
