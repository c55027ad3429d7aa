// SPDX-License-Identifier: MIT
/*
 * Areas of RAM that belong to devices: a shared-dma-pool of the tree that nobody borrows.
 *
 *   qy_dma_dev_bind_region, _unbind_region
 *   qy_area_alloc, qy_area_free
 *
 * A region may serve several devices, and often it is outside the linear mapping. It has one bit a page; a request takes
 * an aligned power of two of them, the lowest that is free.
 *
 *   bit set <=> handed to a device; nr_used counts them
 *
 * Locking: area->lock for the bits. dev_lock for the table of areas.
 */
#include "mm/dma/internal.h"
#include "mm/page/boot.h"

struct dma_area {
	u64 phys;
	u32 first_frame;
	u32 nr_pages;
	struct qy_spinlock lock;
	/* lock must be held for these: */
	u32 nr_used;
	u64 bits[];
};

/* ------------------------------------------------------------------ bits; area->lock must be held */

static bool test_run(const struct dma_area *area, u32 first, u32 nr)
{
	for (u32 bit = first; bit < first + nr; bit++)
		if (area->bits[bit / 64] >> (bit & 63) & 1)
			return true;
	return false;
}

static void change_run(struct dma_area *area, u32 first, u32 nr, bool set)
{
	for (u32 bit = first; bit < first + nr; bit++)
		area->bits[bit / 64] ^= 1ull << (bit & 63);
	area->nr_used = set ? area->nr_used + nr : area->nr_used - nr;
}

/* ------------------------------------------------------------------ memory */

void *qy_area_alloc(struct qy_dma_dev *dev, size_t size, u64 *dma)
{
	struct dma_area *area = dev->area;
	struct qy_machine *m = dev->machine;
	u32 nr, page = 0;
	void *cpu;

	if (size > (u64)area->nr_pages << QY_PAGE_SHIFT)
		return NULL;
	nr = 1u << order_of(size);
	qy_spin_lock_irqsave(&area->lock);
	while (page + nr <= area->nr_pages && test_run(area, page, nr))
		page += nr;
	if (page + nr <= area->nr_pages)
		change_run(area, page, nr, true);
	qy_spin_unlock_irqrestore(&area->lock);
	if (page + nr > area->nr_pages)
		return NULL;
	*dma = qy_dma_phys_to_bus(dev, area->phys + PFN_PHYS(page));
	cpu = frame_address(m, area->first_frame + page);
	qy_cache_uncached(dev, area->phys + PFN_PHYS(page), size, true);
	if (!m->port->no_contents)
		memset(cpu, 0, size);
	return cpu;
}

bool qy_area_free(struct qy_dma_dev *dev, size_t size, const void *cpu)
{
	struct dma_area *area = dev->area;
	u64 offset = (u64)((uintptr_t)cpu -
			   (uintptr_t)frame_address(dev->machine, area->first_frame));
	u32 page = (u32)(offset >> QY_PAGE_SHIFT), nr = 1u << order_of(size);
	bool taken = false;

	if (offset >= (u64)area->nr_pages << QY_PAGE_SHIFT)
		return false;
	qy_spin_lock_irqsave(&area->lock);
	if (page + nr <= area->nr_pages) {
		taken = true;
		for (u32 bit = page; bit < page + nr; bit++)
			taken &= area->bits[bit / 64] >> (bit & 63) & 1;
	}
	if (taken)
		change_run(area, page, nr, false);
	qy_spin_unlock_irqrestore(&area->lock);
	if (!taken)
		qy_dma_dev_say(dev, QY_LOG_ALERT,
			"BUG: free of %zu bytes of the device's area that are not all handed out: nothing is freed",
			size);
	else
		qy_cache_uncached(dev, area->phys + PFN_PHYS(page), size, false);
	return true;
}

/* ------------------------------------------------------------------ regions become areas */

/* Puts host memory behind the frames. */
static bool commit(struct qy_machine *m, u32 first, u32 nr)
{
	for (u32 frame = round_down(first, BLOCK_FRAMES); frame < first + nr;
		frame += BLOCK_FRAMES) {
		struct zone *zone = zone_of(m, frame);
		bool there;

		qy_spin_lock_irqsave(&zone->lock);
		there = qy_freemap_commit(zone, frame, 0);
		qy_spin_unlock_irqrestore(&zone->lock);
		if (!there)
			return false;
	}
	return true;
}

/* Return: 0; -EINVAL: no RAM is behind it, or not in one piece of a zone. */
static int make_area(
	struct qy_machine *m, const struct qy_range *range, struct dma_area **out)
{
	u64 first_pfn = PFN_DOWN(range->base + QY_PAGE_SIZE - 1);
	u64 nr = PFN_DOWN(range->base + range->size) - first_pfn;
	struct dma_area *area;
	u32 first, last;

	if (!nr || nr > UINT32_MAX)
		return -QY_EINVAL;
	first = qy_pfn_to_frame(m, first_pfn);
	last = qy_pfn_to_frame(m, first_pfn + nr - 1);
	if (first == NO_FRAME || last == NO_FRAME || last - first != nr - 1)
		return -QY_EINVAL;
	area = qy_kzalloc(m, sizeof(*area) + round_up(nr, 64ull) / 8, QY_GFP_KERNEL);
	if (!area)
		return -QY_ENOMEM;
	if (!commit(m, first, (u32)nr)) {
		qy_kfree(m, area);
		return -QY_ENOMEM;
	}
	area->phys = PFN_PHYS(first_pfn);
	area->first_frame = first;
	area->nr_pages = (u32)nr;
	*out = area;
	return 0;
}

/* The area of a region, made for the first device that has it. */
static int area_of_region(struct qy_dma_dev *dev, u32 region)
{
	struct qy_dma *dma = dma_of(dev);
	struct dma_area *mine = NULL;
	int err;

	if (!load_acquire(&dma->areas[region])) {
		err = make_area(dev->machine, &dma->regions[region], &mine);
		if (err)
			return err;
		qy_spin_lock_irqsave(&dma->dev_lock);
		if (!dma->areas[region]) {
			/* release: who sees the area sees what is in it */
			store_release(&dma->areas[region], mine);
			mine = NULL;
		}
		qy_spin_unlock_irqrestore(&dma->dev_lock);
		qy_kfree(dev->machine, mine);
	}
	dev->area = dma->areas[region];
	return 0;
}

/* The index of the CMA area at @base; -1: there is none. */
static int cma_at(struct qy_machine *m, u64 base)
{
	struct qy_cma_stats stats;

	for (u32 i = 0; qy_cma_stats(m, i, &stats); i++)
		if (PFN_PHYS(stats.base_pfn) == base)
			return (int)i;
	return -1;
}

int qy_dma_dev_bind_region(struct qy_dma_dev *dev, uint32_t region)
{
	const struct qy_board *board = dev->machine->board;
	const struct qy_reserved *r;
	int err = -QY_EINVAL;

	if (region >= board->nr_reserved || dev->cma >= 0 || dev->area)
		return -QY_EINVAL;
	r = &board->reserved[region];
	if (!(r->flags & QY_RESERVED_DMA_POOL) || !dma_of(dev)->regions[region].size)
		goto fail;
	if (!(r->flags & QY_RESERVED_REUSABLE)) {
		err = area_of_region(dev, region);
	} else {
		dev->cma = cma_at(dev->machine, dma_of(dev)->regions[region].base);
		err = dev->cma < 0 ? -QY_EINVAL : 0;
	}
	if (!err) {
		qy_dma_dev_say(
			dev, QY_LOG_INFO, "assigned reserved memory node %s", r->name);
		return 0;
	}
fail:
	qy_dma_dev_say(dev, QY_LOG_WARNING,
		"reserved memory node %s serves no device: %s", r->name,
		err == -QY_ENOMEM ? "out of memory"
				  : "it is no shared-dma-pool with RAM behind it");
	return err;
}

void qy_dma_dev_unbind_region(struct qy_dma_dev *dev)
{
	dev->cma = -1;
	dev->area = NULL;
}

bool qy_dma_region_stats(struct qy_machine *m, uint32_t region, uint64_t *used_pages)
{
	struct dma_area *area = region < m->board->nr_reserved
					? load_acquire(&m->dma->areas[region])
					: NULL;

	if (area)
		*used_pages = READ_ONCE(area->nr_used);
	return area;
}
