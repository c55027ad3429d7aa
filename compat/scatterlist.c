// SPDX-License-Identifier: MIT
/* Lists of pieces of memory, made of pages and walked by pages (linux/scatterlist.h). No state. */
#include <linux/highmem.h>
#include <linux/scatterlist.h>

/* ------------------------------------------------------------------ a list of pages */

/* Pages from @first on that lie behind each other, at most @max bytes of them. */
static unsigned int run_of(
	struct page **pages, unsigned int first, unsigned int nr, unsigned int max)
{
	unsigned long pfn = page_to_pfn(pages[first]);
	unsigned int run = 1;

	while (first + run < nr && (run + 1) <= max >> PAGE_SHIFT &&
		page_to_pfn(pages[first + run]) == pfn + run)
		run++;
	return run;
}

int sg_alloc_table_from_pages_segment(struct sg_table *sgt, struct page **pages,
	unsigned int nr_pages, unsigned int offset, unsigned long size,
	unsigned int max_segment, gfp_t gfp)
{
	struct scatterlist *sg;
	unsigned int nents = 0, run;
	int error;

	max_segment &= (unsigned int)PAGE_MASK;
	if (!max_segment)
		return -EINVAL;
	for (unsigned int i = 0; i < nr_pages;
		i += run_of(pages, i, nr_pages, max_segment))
		nents++;
	error = sg_alloc_table(sgt, nents, gfp);
	if (error)
		return error;
	sg = sgt->sgl;
	for (unsigned int i = 0; i < nr_pages; i += run, sg = sg_next(sg)) {
		unsigned long bytes;

		run = run_of(pages, i, nr_pages, max_segment);
		bytes = ((unsigned long)run << PAGE_SHIFT) - offset;
		bytes = bytes < size ? bytes : size;
		sg_set_page(sg, pages[i], (unsigned int)bytes, offset);
		size -= bytes;
		offset = 0;
	}
	return 0;
}

int sg_alloc_table_from_pages(struct sg_table *sgt, struct page **pages,
	unsigned int nr_pages, unsigned int offset, unsigned long size, gfp_t gfp)
{
	return sg_alloc_table_from_pages_segment(
		sgt, pages, nr_pages, offset, size, UINT_MAX, gfp);
}

/* ------------------------------------------------------------------ by pages */

void __sg_page_iter_start(struct sg_page_iter *it, struct scatterlist *sgl,
	unsigned int nents, unsigned long pgoffset)
{
	*it = (struct sg_page_iter){
		.sg = sgl, .sg_pgoffset = (unsigned int)pgoffset, .qy_nents = nents
	};
}

static bool step(struct sg_page_iter *it, bool of_device)
{
	if (it->qy_begun)
		it->sg_pgoffset++;
	it->qy_begun = true;
	for (; it->sg && it->qy_nents; it->sg = sg_next(it->sg), it->qy_nents--) {
		unsigned int bytes = it->sg->offset +
				     (of_device ? sg_dma_len(it->sg) : it->sg->length);

		if (it->sg_pgoffset < PFN_UP(bytes))
			return true;
		it->sg_pgoffset -= PFN_UP(bytes);
	}
	return false;
}

bool __sg_page_iter_next(struct sg_page_iter *it)
{
	return step(it, false);
}

bool __sg_page_iter_dma_next(struct sg_dma_page_iter *it)
{
	return step(&it->base, true);
}

/* ------------------------------------------------------------------ by pieces of pages */

void sg_miter_start(struct sg_mapping_iter *miter, struct scatterlist *sgl,
	unsigned int nents, unsigned int flags)
{
	memset(miter, 0, sizeof(*miter));
	__sg_page_iter_start(&miter->piter, sgl, nents, 0);
	WARN_ON(!(flags & (SG_MITER_TO_SG | SG_MITER_FROM_SG)));
	miter->qy_flags = flags;
}

/* What is left of a page, or the next one. */
static bool next_piece(struct sg_mapping_iter *miter)
{
	struct sg_page_iter *it = &miter->piter;
	unsigned int begin, end;

	while (!miter->qy_left) {
		if (!__sg_page_iter_next(it))
			return false;
		begin = it->sg_pgoffset << PAGE_SHIFT;
		end = begin + (unsigned int)PAGE_SIZE;
		begin = max(begin, it->sg->offset);
		end = min(end, it->sg->offset + it->sg->length);
		if (begin >= end)
			continue; /* before its first byte */
		miter->qy_offset = begin & (unsigned int)~PAGE_MASK;
		miter->qy_left = end - begin;
	}
	return true;
}

static void consume(struct sg_mapping_iter *miter, size_t bytes)
{
	miter->qy_offset += (unsigned int)bytes;
	miter->qy_left -= (unsigned int)bytes;
}

bool sg_miter_skip(struct sg_mapping_iter *miter, off_t offset)
{
	sg_miter_stop(miter);
	while (offset) {
		size_t bytes;

		if (!next_piece(miter))
			return false;
		bytes = min((size_t)offset, (size_t)miter->qy_left);
		consume(miter, bytes);
		offset -= (off_t)bytes;
	}
	return true;
}

bool sg_miter_next(struct sg_mapping_iter *miter)
{
	sg_miter_stop(miter);
	if (!next_piece(miter))
		return false;
	miter->page = sg_page_iter_page(&miter->piter);
	miter->consumed = miter->length = miter->qy_left;
	miter->addr = (miter->qy_flags & SG_MITER_ATOMIC ? kmap_atomic(miter->page)
							 : kmap(miter->page)) +
		      miter->qy_offset;
	return true;
}

void sg_miter_stop(struct sg_mapping_iter *miter)
{
	WARN_ON(miter->consumed > miter->length);
	if (!miter->addr)
		return;
	consume(miter, miter->consumed);
	if (miter->qy_flags & SG_MITER_ATOMIC) {
		WARN_ON_ONCE(!preempt_count());
		kunmap_atomic(miter->addr);
	}
	miter->page = NULL;
	miter->addr = NULL;
	miter->length = miter->consumed = 0;
}
