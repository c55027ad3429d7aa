// SPDX-License-Identifier: MIT
/*
 * Devices without an IOMMU: a bus address is a physical one, seen through dma-ranges.
 *
 *   qy_direct_supported, _required_mask, _all_ram_mapped
 *   qy_direct_alloc, _free, _alloc_pages, _free_pages
 *   qy_direct_map, _unmap, _sync, _map_sg, _unmap_sg, _map_resource
 *   qy_cache_for_device, _for_cpu, _uncached
 *
 * Memory comes from CMA where the caller may sleep, else from the page allocator, from the highest zone that the mask may
 * reach; what turns out to be past it goes back, and a lower zone is asked.
 *
 * No state.
 */
#include "mm/dma/internal.h"
#include "mm/page/boot.h"

#define KMALLOC_SAFE \
	256u /* from 2 * ARCH_DMA_MINALIGN on objects have lines of their own */

/* ------------------------------------------------------------------ questions */

static u64 last_page(const struct qy_machine *m)
{
	return PFN_PHYS(m->max_pfn - 1);
}

/* All RAM of the board is in a dma-range. */
bool qy_direct_all_ram_mapped(const struct qy_dma_dev *dev)
{
	const struct qy_board *board = dev->machine->board;

	if (!dev->desc->nr_dma_ranges)
		return true;
	for (u32 i = 0; i < board->nr_banks; i++) {
		u64 at = board->banks[i].base, end = at + board->banks[i].size;

		while (at < end) {
			u64 next = at;

			for (u32 k = 0; k < dev->desc->nr_dma_ranges; k++) {
				const struct qy_dma_range *r = &dev->desc->dma_ranges[k];

				if (at >= r->cpu_start && at - r->cpu_start < r->size)
					next = max(next, r->cpu_start + r->size);
			}
			if (next == at)
				return false;
			at = next;
		}
	}
	return true;
}

/* 32 bits are always enough: what they do not reach is bounced, or the mapping fails. Less must reach the zone DMA. */
bool qy_direct_supported(const struct qy_dma_dev *dev, u64 mask)
{
	u64 must_reach = min(last_page(dev->machine), dma_of(dev)->zone_dma_limit);

	return mask >= QY_DMA_BIT_MASK(32) || mask >= qy_dma_phys_to_bus(dev, must_reach);
}

u64 qy_direct_required_mask(const struct qy_dma_dev *dev)
{
	u64 last = qy_dma_phys_to_bus(dev, last_page(dev->machine));

	return last ? (1ull << qy_fls64(last)) * 2 - 1 : 0;
}

bool qy_direct_need_sync(const struct qy_dma_dev *dev, u64 dma)
{
	return !dev->coherent || qy_swiotlb_has(dev, qy_dma_bus_to_phys(dev, dma));
}

/* ------------------------------------------------------------------ caches */

void qy_cache_for_device(
	const struct qy_dma_dev *dev, u64 phys, size_t size, enum qy_dma_direction dir)
{
	const struct qy_dma_cache *cache = dma_of(dev)->cache;

	if (!dev->coherent && cache)
		cache->for_device(cache->arg, phys, size, dir);
}

void qy_cache_for_cpu(
	const struct qy_dma_dev *dev, u64 phys, size_t size, enum qy_dma_direction dir)
{
	const struct qy_dma_cache *cache = dma_of(dev)->cache;

	if (!dev->coherent && cache)
		cache->for_cpu(cache->arg, phys, size, dir);
}

void qy_cache_uncached(const struct qy_dma_dev *dev, u64 phys, size_t size, bool on)
{
	const struct qy_dma_cache *cache = dma_of(dev)->cache;

	if (!dev->coherent && cache)
		cache->uncached(cache->arg, phys, size, on);
}

/* ------------------------------------------------------------------ memory */

/* The bits of the highest zone that is sure to be reached; *limit: the last physical address that may be. */
static qy_gfp_t optimal_gfp(const struct qy_dma_dev *dev, u64 *limit)
{
	*limit = qy_dma_bus_to_phys(
		dev, min_not_zero(dev->coherent_dma_mask, dev->bus_dma_limit));
	if (*limit <= dma_of(dev)->zone_dma_limit)
		return QY_GFP_DMA;
	return *limit <= QY_DMA_BIT_MASK(32) ? QY_GFP_DMA32 : 0;
}

bool qy_direct_coherent_ok(const struct qy_dma_dev *dev, u64 phys, size_t size)
{
	u64 bus = qy_dma_phys_to_bus(dev, phys);

	return bus != QY_DMA_MAPPING_ERROR &&
	       bus + size - 1 <= min_not_zero(dev->coherent_dma_mask, dev->bus_dma_limit);
}

/* CMA, where that is allowed: its own area, or above one page the default one. */
static struct page *alloc_from_cma(struct qy_dma_dev *dev, size_t size, qy_gfp_t gfp)
{
	struct qy_machine *m = dev->machine;
	u64 nr_pages = size >> QY_PAGE_SHIFT;
	int area = dev->cma;

	if (!may_block(gfp))
		return NULL;
	if (area < 0 && nr_pages > 1)
		area = qy_cma_default(m);
	if (area < 0)
		return NULL;
	return qy_cma_alloc(m, (u32)area, nr_pages, qy_cma_alignment(nr_pages),
		gfp & QY___GFP_NOWARN, NULL);
}

struct page *qy_alloc_contiguous(struct qy_dma_dev *dev, size_t size, qy_gfp_t gfp)
{
	struct page *page = alloc_from_cma(dev, size, gfp &= ~QY___GFP_ZERO);

	return page ? page
		    : qy_alloc_pages_node(
			      dev->machine, (int)dev->desc->node, gfp, order_of(size));
}

void qy_free_contiguous(struct qy_dma_dev *dev, struct page *page, size_t size)
{
	struct qy_machine *m = dev->machine;
	u64 nr_pages = size >> QY_PAGE_SHIFT;

	if (dev->cma >= 0 && qy_cma_release(m, (u32)dev->cma, page, nr_pages))
		return;
	/* the default area's index, or none: the release then says that it is not of it */
	if (qy_cma_release(m, (u32)qy_cma_default(m), page, nr_pages))
		return;
	qy_free_pages(m, page, order_of(size));
}

/* The zone to try when the last answer was past the mask; false: there is no lower one. */
static bool lower_zone(const struct qy_dma_dev *dev, u64 limit, qy_gfp_t *gfp)
{
	const struct qy_board *board = dev->machine->board;

	if (board->has_zone_dma32 && limit < ~0ull &&
		!(*gfp & (QY_GFP_DMA32 | QY_GFP_DMA))) {
		*gfp |= QY_GFP_DMA32;
		return true;
	}
	if (board->has_zone_dma && !(*gfp & QY_GFP_DMA)) {
		*gfp = (*gfp & ~QY_GFP_DMA32) | QY_GFP_DMA;
		return true;
	}
	return false;
}

static struct page *alloc_frames(struct qy_dma_dev *dev, size_t size, qy_gfp_t gfp)
{
	struct qy_machine *m = dev->machine;
	struct page *page;
	u64 limit;

	gfp &= ~QY___GFP_ZERO;
	gfp |= optimal_gfp(dev, &limit);
	page = alloc_from_cma(dev, size, gfp);
	if (page && qy_direct_coherent_ok(dev, qy_page_to_phys(m, page), size))
		return page;
	if (page)
		qy_free_contiguous(dev, page, size);
	do {
		page = qy_alloc_pages_node(m, (int)dev->desc->node, gfp, order_of(size));
		if (!page || qy_direct_coherent_ok(dev, qy_page_to_phys(m, page), size))
			return page;
		qy_free_pages(m, page, order_of(size));
	} while (lower_zone(dev, limit, &gfp));
	return NULL;
}

void qy_dma_clear(const struct qy_dma_dev *dev, struct page *page, size_t size)
{
	if (!dev->machine->port->no_contents)
		memset(qy_page_address(dev->machine, page), 0, size);
}

void *qy_direct_alloc(
	struct qy_dma_dev *dev, size_t size, u64 *dma, qy_gfp_t gfp, unsigned long attrs)
{
	struct qy_machine *m = dev->machine;
	struct page *page;
	u64 phys, limit;

	/* what is uncached must have been made so by somebody who may sleep */
	if (!dev->coherent && !may_block(gfp) &&
		!(attrs & QY_DMA_ATTR_NO_KERNEL_MAPPING)) {
		void *cpu =
			qy_atomic_pool_alloc(dev, size, &phys, optimal_gfp(dev, &limit));

		*dma = cpu ? qy_dma_phys_to_bus(dev, phys) : QY_DMA_MAPPING_ERROR;
		return cpu;
	}
	page = alloc_frames(dev, size, gfp);
	if (!page)
		return NULL;
	phys = qy_page_to_phys(m, page);
	*dma = qy_dma_phys_to_bus(dev, phys);
	qy_cache_uncached(dev, phys, size, true);
	if (attrs & QY_DMA_ATTR_NO_KERNEL_MAPPING)
		return page;
	qy_dma_clear(dev, page, size);
	return qy_page_address(m, page);
}

/* The frames at a bus address; NULL: it is none of RAM. */
static struct page *bus_to_page(const struct qy_dma_dev *dev, u64 dma)
{
	return qy_pfn_to_page(
		dev->machine, qy_dma_bus_to_phys(dev, dma) >> QY_PAGE_SHIFT);
}

void qy_direct_free(
	struct qy_dma_dev *dev, size_t size, void *cpu, u64 dma, unsigned long attrs)
{
	struct page *page =
		attrs & QY_DMA_ATTR_NO_KERNEL_MAPPING ? cpu : bus_to_page(dev, dma);

	if (!dev->coherent && !(attrs & QY_DMA_ATTR_NO_KERNEL_MAPPING) &&
		qy_atomic_pool_free(dev, size, cpu))
		return;
	if (!page) {
		qy_dma_dev_say(dev, QY_LOG_ALERT,
			"BUG: dma_free_attrs: no memory at bus address 0x%llx: nothing is freed",
			(unsigned long long)dma);
		return;
	}
	qy_cache_uncached(dev, qy_page_to_phys(dev->machine, page), size, false);
	qy_free_contiguous(dev, page, size);
}

struct page *qy_direct_alloc_pages(
	struct qy_dma_dev *dev, size_t size, u64 *dma, qy_gfp_t gfp)
{
	struct page *page = alloc_frames(dev, size, gfp);

	if (!page)
		return NULL;
	qy_dma_clear(dev, page, size);
	*dma = qy_dma_phys_to_bus(dev, qy_page_to_phys(dev->machine, page));
	return page;
}

void qy_direct_free_pages(struct qy_dma_dev *dev, size_t size, struct page *page)
{
	qy_free_contiguous(dev, page, size);
}

/* ------------------------------------------------------------------ mappings */

static u64 overflow(struct qy_dma_dev *dev, u64 bus, size_t size)
{
	if (qy_dma_first_time(dev, DMA_WARNED_OVERFLOW))
		qy_dma_dev_say(dev, QY_LOG_WARNING,
			"DMA addr 0x%016llx+%zu overflow (mask %llx, bus limit %llx).",
			(unsigned long long)bus, size, (unsigned long long)*dev->dma_mask,
			(unsigned long long)dev->bus_dma_limit);
	return QY_DMA_MAPPING_ERROR;
}

/*
 * A small object may share its cache line with another: what the device writes would be lost, or the neighbour's bytes.
 * An arm64 kernel lets kmalloc go below a line and bounces such mappings instead.
 */
static bool object_bounces(
	const struct qy_dma_dev *dev, size_t size, enum qy_dma_direction dir)
{
	if (likely(dev->coherent) || dir == QY_DMA_TO_DEVICE || size >= KMALLOC_SAFE)
		return false;
	return qy_kmalloc_size_roundup(size) &
	       (qy_dma_get_cache_alignment(dev->machine) - 1);
}

u64 qy_direct_map(struct qy_dma_dev *dev, u64 phys, size_t size,
	enum qy_dma_direction dir, unsigned long attrs)
{
	u64 bus = qy_dma_phys_to_bus(dev, phys);

	if (unlikely(qy_swiotlb_forced(dev)))
		return qy_swiotlb_map(dev, phys, size, dir, attrs);
	if (unlikely(!dma_capable(dev, bus, size) || object_bounces(dev, size, dir)))
		return qy_swiotlb_active(dev)
			       ? qy_swiotlb_map(dev, phys, size, dir, attrs)
			       : overflow(dev, bus, size);
	if (!(attrs & QY_DMA_ATTR_SKIP_CPU_SYNC))
		qy_cache_for_device(dev, phys, size, dir);
	return bus;
}

void qy_direct_sync(struct qy_dma_dev *dev, u64 dma, size_t size,
	enum qy_dma_direction dir, bool for_cpu)
{
	u64 phys = qy_dma_bus_to_phys(dev, dma);
	bool bounced = qy_swiotlb_has(dev, phys);

	if (for_cpu)
		qy_cache_for_cpu(dev, phys, size, dir);
	if (unlikely(bounced))
		qy_swiotlb_sync(dev, phys, size, dir, for_cpu);
	if (!for_cpu)
		qy_cache_for_device(dev, phys, size, dir);
}

void qy_direct_unmap(struct qy_dma_dev *dev, u64 dma, size_t size,
	enum qy_dma_direction dir, unsigned long attrs)
{
	u64 phys = qy_dma_bus_to_phys(dev, dma);

	if (!(attrs & QY_DMA_ATTR_SKIP_CPU_SYNC))
		qy_direct_sync(dev, dma, size, dir, true);
	if (unlikely(qy_swiotlb_has(dev, phys)))
		qy_swiotlb_unmap(dev, phys);
}

u64 qy_direct_map_resource(struct qy_dma_dev *dev, u64 phys, size_t size)
{
	/* registers are addressed as the CPU does: no dma-range is of RAM */
	if (!dma_capable(dev, phys, size))
		return overflow(dev, phys, size);
	return phys;
}

int qy_direct_map_sg(struct qy_dma_dev *dev, struct scatterlist *sg, unsigned int nents,
	enum qy_dma_direction dir, unsigned long attrs)
{
	struct scatterlist *s = sg;

	for (unsigned int i = 0; i < nents; i++, s = qy_sg_next(s)) {
		u64 phys = qy_page_to_phys(dev->machine, qy_sg_page(s)) + s->offset;

		s->dma_address = qy_direct_map(dev, phys, s->length, dir, attrs);
		if (s->dma_address == QY_DMA_MAPPING_ERROR) {
			qy_direct_unmap_sg(
				dev, sg, i, dir, attrs | QY_DMA_ATTR_SKIP_CPU_SYNC);
			return -QY_EIO;
		}
		s->dma_length = s->length;
	}
	return (int)nents;
}

void qy_direct_unmap_sg(struct qy_dma_dev *dev, struct scatterlist *sg,
	unsigned int nents, enum qy_dma_direction dir, unsigned long attrs)
{
	for (; nents; nents--, sg = qy_sg_next(sg))
		qy_direct_unmap(dev, sg->dma_address, sg->dma_length, dir, attrs);
}
