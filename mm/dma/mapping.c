// SPDX-License-Identifier: MIT
/*
 * The doors of the DMA API: what is wrong with a call is said here, who observes is told here, and the way is chosen.
 *
 *   qy_dma_alloc_attrs, _free_attrs, _alloc_pages, _free_pages, _alloc_noncoherent, _free_noncoherent
 *   qy_dma_map_*, _unmap_*, _sync_*, qy_dma_mapping_error
 *
 * No state.
 */
#include "mm/dma/internal.h"

#define ZONE_BITS (QY___GFP_DMA | QY___GFP_DMA32 | QY___GFP_HIGHMEM)

/* ------------------------------------------------------------------ memory for both sides */

/* What every request for memory must be. Says once what is not so. */
static bool request_is_sane(struct qy_dma_dev *dev, size_t size, qy_gfp_t gfp)
{
	if (!dev->coherent_dma_mask &&
		qy_dma_first_time(dev, DMA_WARNED_NO_COHERENT_MASK))
		qy_dma_dev_say(dev, QY_LOG_WARNING,
			"WARNING: coherent_dma_mask is 0: set it before memory is allocated");
	if (gfp & QY___GFP_COMP) {
		if (qy_dma_first_time(dev, DMA_WARNED_COMP))
			qy_dma_dev_say(dev, QY_LOG_WARNING,
				"WARNING: __GFP_COMP: DMA memory is never a compound page");
		return false;
	}
	return size && size <= SIZE_MAX - QY_PAGE_SIZE;
}

static struct qy_dma_record record_of_memory(enum qy_dma_kind kind,
	enum qy_dma_direction dir, u64 dma, size_t size, const void *cpu)
{
	return (struct qy_dma_record){ .kind = kind,
		.dir = dir,
		.dma = dma,
		.size = size,
		.cpu = cpu,
		.phys = ~0ull };
}

static u64 phys_of(struct qy_dma_dev *dev, u64 dma)
{
	u64 phys;

	return qy_dma_to_phys(dev, dma, false, &phys, NULL) ? ~0ull : phys;
}

static void tell_alloc(struct qy_dma_dev *dev, struct qy_dma_record r)
{
	if (likely(!dma_of(dev)->observer))
		return;
	r.phys = phys_of(dev, r.dma);
	observe(dev, alloc, &r);
}

void *qy_dma_alloc_attrs(struct qy_dma_dev *dev, size_t size, uint64_t *dma, qy_gfp_t gfp,
	unsigned long attrs)
{
	struct qy_dma_record r;
	size_t pages;
	void *cpu;

	if (!request_is_sane(dev, size, gfp))
		return NULL;
	gfp &= ~ZONE_BITS;
	if (attrs & QY_DMA_ATTR_NO_WARN)
		gfp |= QY___GFP_NOWARN;
	pages = round_up(size, QY_PAGE_SIZE);
	cpu = dev->area     ? qy_area_alloc(dev, pages, dma)
	      : dev->domain ? qy_iommu_alloc(dev, pages, dma, gfp, attrs)
			    : qy_direct_alloc(dev, pages, dma, gfp, attrs);
	if (!cpu)
		return NULL;
	r = record_of_memory(QY_DMA_COHERENT, QY_DMA_BIDIRECTIONAL, *dma, size, cpu);
	r.attrs = attrs;
	tell_alloc(dev, r);
	return cpu;
}

void qy_dma_free_attrs(
	struct qy_dma_dev *dev, size_t size, void *cpu, uint64_t dma, unsigned long attrs)
{
	struct qy_dma_record r =
		record_of_memory(QY_DMA_COHERENT, QY_DMA_BIDIRECTIONAL, dma, size, cpu);

	if (qy_current()->irqs_disabled && qy_dma_first_time(dev, DMA_WARNED_IRQS))
		qy_dma_dev_say(dev, QY_LOG_WARNING,
			"WARNING: dma_free_attrs with interrupts off: it may have to sleep");
	if (!cpu)
		return;
	r.attrs = attrs;
	observe(dev, free, &r);
	if (dev->area && qy_area_free(dev, round_up(size, QY_PAGE_SIZE), cpu))
		return;
	if (dev->domain)
		qy_iommu_free(dev, round_up(size, QY_PAGE_SIZE), cpu, dma);
	else
		qy_direct_free(dev, round_up(size, QY_PAGE_SIZE), cpu, dma, attrs);
}

struct page *qy_dma_alloc_pages(struct qy_dma_dev *dev, size_t size, uint64_t *dma,
	enum qy_dma_direction dir, qy_gfp_t gfp)
{
	struct page *page;
	size_t pages;

	if (!request_is_sane(dev, size, gfp) || !dev->coherent_dma_mask)
		return NULL;
	if (gfp & ZONE_BITS) {
		if (qy_dma_first_time(dev, DMA_WARNED_ZONE_BITS))
			qy_dma_dev_say(dev, QY_LOG_WARNING,
				"WARNING: dma_alloc_pages: the mask says which zone, not the flags");
		return NULL;
	}
	pages = round_up(size, QY_PAGE_SIZE);
	page = dev->domain ? qy_iommu_alloc_pages(dev, pages, dma, dir, gfp)
			   : qy_direct_alloc_pages(dev, pages, dma, gfp);
	if (page)
		tell_alloc(dev, record_of_memory(QY_DMA_NONCOHERENT, dir, *dma, size,
					qy_page_address(dev->machine, page)));
	return page;
}

void qy_dma_free_pages(struct qy_dma_dev *dev, size_t size, struct page *page,
	uint64_t dma, enum qy_dma_direction dir)
{
	struct qy_dma_record r = record_of_memory(
		QY_DMA_NONCOHERENT, dir, dma, size, qy_page_address(dev->machine, page));

	observe(dev, free, &r);
	if (dev->domain)
		qy_iommu_free_pages(dev, round_up(size, QY_PAGE_SIZE), page, dma);
	else
		qy_direct_free_pages(dev, round_up(size, QY_PAGE_SIZE), page);
}

void *qy_dma_alloc_noncoherent(struct qy_dma_dev *dev, size_t size, uint64_t *dma,
	enum qy_dma_direction dir, qy_gfp_t gfp)
{
	struct page *page = qy_dma_alloc_pages(dev, size, dma, dir, gfp);

	return page ? qy_page_address(dev->machine, page) : NULL;
}

void qy_dma_free_noncoherent(struct qy_dma_dev *dev, size_t size, void *cpu, uint64_t dma,
	enum qy_dma_direction dir)
{
	qy_dma_free_pages(dev, size, qy_virt_to_page(dev->machine, cpu), dma, dir);
}

/* ------------------------------------------------------------------ mappings */

static void check_direction(enum qy_dma_direction dir)
{
	BUG_ON((unsigned int)dir > QY_DMA_FROM_DEVICE);
}

/* The device does DMA, and there is something to map. */
static bool mapping_is_sane(struct qy_dma_dev *dev, size_t size)
{
	if (!dev->dma_mask) {
		if (qy_dma_first_time(dev, DMA_WARNED_NO_MASK))
			qy_dma_dev_say(dev, QY_LOG_WARNING,
				"WARNING: a mapping for a device without dma_mask");
		return false;
	}
	return size != 0;
}

static struct qy_dma_record record_of_mapping(enum qy_dma_kind kind,
	enum qy_dma_direction dir, u64 dma, size_t size, unsigned long attrs)
{
	return (struct qy_dma_record){ .kind = kind,
		.dir = dir,
		.dma = dma,
		.size = size,
		.attrs = attrs,
		.phys = ~0ull };
}

static u64 map_phys(struct qy_dma_dev *dev, u64 phys, size_t size,
	enum qy_dma_direction dir, unsigned long attrs)
{
	struct qy_dma_record r;
	u64 dma;

	check_direction(dir);
	if (!mapping_is_sane(dev, size))
		return QY_DMA_MAPPING_ERROR;
	dma = dev->domain ? qy_iommu_map(dev, phys, size, dir, attrs)
			  : qy_direct_map(dev, phys, size, dir, attrs);
	if (dma == QY_DMA_MAPPING_ERROR || likely(!dma_of(dev)->observer))
		return dma;
	r = record_of_mapping(QY_DMA_SINGLE, dir, dma, size, attrs);
	r.phys = phys;
	observe(dev, map, &r);
	return dma;
}

uint64_t qy_dma_map_page(struct qy_dma_dev *dev, struct page *page, size_t offset,
	size_t size, enum qy_dma_direction dir, unsigned long attrs)
{
	return map_phys(
		dev, qy_page_to_phys(dev->machine, page) + offset, size, dir, attrs);
}

uint64_t qy_dma_map_single(struct qy_dma_dev *dev, const void *addr, size_t size,
	enum qy_dma_direction dir, unsigned long attrs)
{
	struct qy_machine *m = dev->machine;

	observe(dev, map_address, addr, size, dir);
	/* Linux has stacks in vmalloc memory, too */
	if (unlikely(!qy_virt_to_page(m, addr))) {
		if (qy_dma_first_time(dev, DMA_WARNED_VMALLOC))
			qy_dma_dev_say(dev, QY_LOG_WARNING,
				"rejecting DMA map of vmalloc memory");
		return QY_DMA_MAPPING_ERROR;
	}
	return map_phys(dev, qy_virt_to_phys(m, addr), size, dir, attrs);
}

void qy_dma_unmap_page(struct qy_dma_dev *dev, uint64_t dma, size_t size,
	enum qy_dma_direction dir, unsigned long attrs)
{
	struct qy_dma_record r = record_of_mapping(QY_DMA_SINGLE, dir, dma, size, attrs);

	check_direction(dir);
	observe(dev, unmap, &r);
	if (dev->domain)
		qy_iommu_unmap(dev, dma, size, dir, attrs);
	else
		qy_direct_unmap(dev, dma, size, dir, attrs);
}

void qy_dma_unmap_single(struct qy_dma_dev *dev, uint64_t dma, size_t size,
	enum qy_dma_direction dir, unsigned long attrs)
{
	qy_dma_unmap_page(dev, dma, size, dir, attrs);
}

uint64_t qy_dma_map_resource(struct qy_dma_dev *dev, uint64_t phys, size_t size,
	enum qy_dma_direction dir, unsigned long attrs)
{
	struct qy_dma_record r;
	u64 dma;

	check_direction(dir);
	if (!mapping_is_sane(dev, size))
		return QY_DMA_MAPPING_ERROR;
	if (qy_pfn_to_page(dev->machine, phys >> QY_PAGE_SHIFT)) {
		if (qy_dma_first_time(dev, DMA_WARNED_RESOURCE_RAM))
			qy_dma_dev_say(dev, QY_LOG_WARNING,
				"WARNING: dma_map_resource of RAM at 0x%llx",
				(unsigned long long)phys);
		return QY_DMA_MAPPING_ERROR;
	}
	dma = dev->domain ? qy_iommu_map_resource(dev, phys, size, dir)
			  : qy_direct_map_resource(dev, phys, size);
	if (dma == QY_DMA_MAPPING_ERROR)
		return dma;
	r = record_of_mapping(QY_DMA_RESOURCE, dir, dma, size, attrs);
	r.phys = phys;
	observe(dev, map, &r);
	return dma;
}

void qy_dma_unmap_resource(struct qy_dma_dev *dev, uint64_t dma, size_t size,
	enum qy_dma_direction dir, unsigned long attrs)
{
	struct qy_dma_record r =
		record_of_mapping(QY_DMA_RESOURCE, dir, dma, size, attrs);

	check_direction(dir);
	observe(dev, unmap, &r);
	if (dev->domain)
		qy_iommu_unmap_resource(dev, dma, size);
}

int qy_dma_mapping_error(struct qy_dma_dev *dev, uint64_t dma)
{
	observe(dev, mapping_error, dma);
	return dma == QY_DMA_MAPPING_ERROR ? -QY_ENOMEM : 0;
}

/* ------------------------------------------------------------------ lists */

enum sg_event {
	SG_MAP,
	SG_UNMAP,
	SG_SYNC_FOR_CPU,
	SG_SYNC_FOR_DEVICE,
};

/* Tells of each segment. Those behind what a map returned have no length, but for a list of which nothing was joined. */
static void tell_sg(struct qy_dma_dev *dev, enum sg_event event, struct scatterlist *sg,
	unsigned int nents, unsigned int mapped, enum qy_dma_direction dir,
	unsigned long attrs)
{
	unsigned int nr = event == SG_MAP ? mapped : nents;

	for (unsigned int i = 0; sg && i < nr; i++, sg = qy_sg_next(sg)) {
		struct qy_dma_record r = record_of_mapping(
			QY_DMA_SG, dir, sg->dma_address, sg->dma_length, attrs);

		if (i && !sg->dma_length)
			break;
		r.index = i;
		r.nents = nents;
		if (event == SG_MAP) {
			r.mapped = mapped;
			r.phys = phys_of(dev, r.dma);
			observe(dev, map, &r);
		} else if (event == SG_UNMAP) {
			observe(dev, unmap, &r);
		} else {
			observe(dev, sync, &r, event == SG_SYNC_FOR_CPU);
		}
	}
}

int qy_dma_map_sg(struct qy_dma_dev *dev, struct scatterlist *sg, unsigned int nents,
	enum qy_dma_direction dir, unsigned long attrs)
{
	int nr;

	check_direction(dir);
	if (!mapping_is_sane(dev, nents))
		return -QY_EINVAL;
	nr = dev->domain ? qy_iommu_map_sg(dev, sg, nents, dir, attrs)
			 : qy_direct_map_sg(dev, sg, nents, dir, attrs);
	if (nr > 0 && unlikely(dma_of(dev)->observer))
		tell_sg(dev, SG_MAP, sg, nents, (unsigned int)nr, dir, attrs);
	return nr;
}

void qy_dma_unmap_sg(struct qy_dma_dev *dev, struct scatterlist *sg, unsigned int nents,
	enum qy_dma_direction dir, unsigned long attrs)
{
	check_direction(dir);
	if (unlikely(dma_of(dev)->observer))
		tell_sg(dev, SG_UNMAP, sg, nents, 0, dir, attrs);
	if (dev->domain)
		qy_iommu_unmap_sg(dev, sg, nents, dir, attrs);
	else
		qy_direct_unmap_sg(dev, sg, nents, dir, attrs);
}

/* ------------------------------------------------------------------ syncs */

static void sync_single(struct qy_dma_dev *dev, u64 dma, size_t size,
	enum qy_dma_direction dir, bool for_cpu)
{
	struct qy_dma_record r = record_of_mapping(QY_DMA_SINGLE, dir, dma, size, 0);

	check_direction(dir);
	observe(dev, sync, &r, for_cpu);
	if (dev->domain)
		qy_iommu_sync(dev, dma, size, dir, for_cpu);
	else
		qy_direct_sync(dev, dma, size, dir, for_cpu);
}

void qy_dma_sync_single_for_cpu(
	struct qy_dma_dev *dev, uint64_t dma, size_t size, enum qy_dma_direction dir)
{
	sync_single(dev, dma, size, dir, true);
}

void qy_dma_sync_single_for_device(
	struct qy_dma_dev *dev, uint64_t dma, size_t size, enum qy_dma_direction dir)
{
	sync_single(dev, dma, size, dir, false);
}

/* Behind an IOMMU segments are not pieces: the CPU's side is asked. */
static void sync_piece(struct qy_dma_dev *dev, const struct scatterlist *sg,
	enum qy_dma_direction dir, bool for_cpu)
{
	u64 phys = qy_page_to_phys(dev->machine, qy_sg_page(sg)) + sg->offset;

	if (for_cpu)
		qy_cache_for_cpu(dev, phys, sg->length, dir);
	else
		qy_cache_for_device(dev, phys, sg->length, dir);
}

static void sync_sg(struct qy_dma_dev *dev, struct scatterlist *sg, unsigned int nents,
	enum qy_dma_direction dir, bool for_cpu)
{
	check_direction(dir);
	if (unlikely(dma_of(dev)->observer))
		tell_sg(dev, for_cpu ? SG_SYNC_FOR_CPU : SG_SYNC_FOR_DEVICE, sg, nents, 0,
			dir, 0);
	for (; nents && sg; nents--, sg = qy_sg_next(sg)) {
		if (dev->domain)
			sync_piece(dev, sg, dir, for_cpu);
		else
			qy_direct_sync(
				dev, sg->dma_address, sg->dma_length, dir, for_cpu);
	}
}

void qy_dma_sync_sg_for_cpu(struct qy_dma_dev *dev, struct scatterlist *sg,
	unsigned int nents, enum qy_dma_direction dir)
{
	sync_sg(dev, sg, nents, dir, true);
}

void qy_dma_sync_sg_for_device(struct qy_dma_dev *dev, struct scatterlist *sg,
	unsigned int nents, enum qy_dma_direction dir)
{
	sync_sg(dev, sg, nents, dir, false);
}
