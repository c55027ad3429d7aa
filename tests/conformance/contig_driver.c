// SPDX-License-Identifier: MIT
/*
 * A driver that wants contiguous memory: what it sees of linux/cma.h and linux/gfp.h. Compiled against compat/include.
 *
 * contig_driver_run() returns NULL, or the step that went wrong. No state.
 */
#include <linux/cma.h>
#include <linux/dma-map-ops.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/string.h>

const char *contig_driver_run(void);

static int count_area(struct cma *cma, void *data)
{
	int *nr = data;

	++*nr;
	return cma_get_size(cma) ? 0 : -1;
}

static const char *use_area(void)
{
	struct cma *cma = dma_contiguous_default_area;
	struct page *page;
	int nr = 0;

	if (!cma || cma_for_each_area(count_area, &nr) || nr != 1)
		return "the default area is not the only one";
	if (strcmp(cma_get_name(cma), "reserved"))
		return "the name of the default area";
	page = cma_alloc(cma, 256, 8, false);
	if (!page || page_to_phys(page) < cma_get_base(cma) ||
		page_to_phys(page) + (256 << PAGE_SHIFT) >
			cma_get_base(cma) + cma_get_size(cma))
		return "cma_alloc";
	if (page_to_pfn(page) & 255)
		return "the alignment";
	memset(page_address(page), 0x5a, 256 << PAGE_SHIFT);
	if (cma_alloc(cma, cma_get_size(cma) >> PAGE_SHIFT, 0, true))
		return "more than there is";
	if (!cma_release(cma, page, 256))
		return "cma_release";
	if (cma_alloc(NULL, 1, 0, true) || cma_release(NULL, page, 1))
		return "no area";
	return NULL;
}

static const char *use_range(void)
{
	/* 3 MiB are no power of two: what a block cannot be */
	struct page *page = alloc_contig_pages(768, GFP_KERNEL | __GFP_ZERO, -1, NULL);
	unsigned long pfn;
	struct cma *cma = dma_contiguous_default_area;

	if (!page)
		return "alloc_contig_pages";
	pfn = page_to_pfn(page);
	if (pfn & 1023)
		return "alignment of alloc_contig_pages";
	if (page_to_phys(page) + (768 << PAGE_SHIFT) > cma_get_base(cma) &&
		page_to_phys(page) < cma_get_base(cma) + cma_get_size(cma))
		return "alloc_contig_pages took of CMA";
	if (*((char *)page_address(page) + (768 << PAGE_SHIFT) - 1))
		return "__GFP_ZERO";
	free_contig_range(pfn, 768);
	if (alloc_contig_range(pfn + 1, pfn + 700, MIGRATE_MOVABLE, GFP_KERNEL))
		return "alloc_contig_range";
	free_contig_range(pfn + 1, 699);
	return NULL;
}

const char *contig_driver_run(void)
{
	const char *wrong = use_area();

	return wrong ? wrong : use_range();
}
