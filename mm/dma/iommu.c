// SPDX-License-Identifier: MIT
/*
 * Devices behind an IOMMU: each has a domain, an address space with a page table of its own, so that frames that lie
 * anywhere are one range to the device.
 *
 *   qy_iommu_attach, _detach        a device's domain
 *   qy_iommu_alloc, _free, _alloc_pages, _free_pages
 *   qy_iommu_map, _unmap, _map_sg, _unmap_sg
 *   qy_iommu_to_phys, _walk         what the device reaches
 *
 * An address is taken, then mapped; unmapped, then given back: nobody else is given one that still leads somewhere. The
 * tables are walked at every access of a device, so nothing is to be flushed.
 *
 * Locking: as iova.h says; of the page table two threads never touch the same range.
 */
#include "mm/dma/internal.h"
#include "mm/dma/iova.h"
#include "mm/page/boot.h"
#include "mm/virt/pgtable.h"
#include <quarry/vmalloc.h>

#define TABLE_GFP   (QY_GFP_ATOMIC | QY___GFP_ZERO | QY___GFP_NOWARN)
#define MOST_BITS   48u
#define GRANULE     QY_PAGE_SIZE
#define SEGMENT_MAX 65536u /* what a device that does not say takes */

struct qy_iommu_domain {
	struct qy_machine *m;
	struct iova_space iova;
	struct pgtable pt;
	u64 last; /* address of the space */
};

/* ------------------------------------------------------------------ its tables */

static u64 alloc_table(void *arg)
{
	struct qy_iommu_domain *domain = arg;
	struct page *page = qy_alloc_pages(domain->m, TABLE_GFP, 0);

	return page ? qy_page_to_phys(domain->m, page) : PGTABLE_NO_PHYS;
}

static void free_table(void *arg, u64 phys)
{
	struct qy_iommu_domain *domain = arg;

	qy_free_pages(domain->m, qy_pfn_to_page(domain->m, PFN_DOWN(phys)), 0);
}

static u64 *table(void *arg, u64 phys)
{
	struct qy_iommu_domain *domain = arg;

	return qy_phys_to_virt(domain->m, phys);
}

static const struct pgtable_ops table_ops = {
	.alloc_table = alloc_table,
	.free_table = free_table,
	.table = table,
};

/* ------------------------------------------------------------------ domains */

static int reserve(struct qy_iommu_domain *domain, const struct qy_board_iommu *iommu)
{
	int err = 0;

	for (u32 i = 0; i < iommu->nr_reserved && !err; i++) {
		const struct qy_range *r = &iommu->reserved[i];

		err = qy_iova_reserve(&domain->iova, PFN_DOWN(r->base),
			PFN_DOWN(r->base + r->size + GRANULE - 1));
	}
	return err;
}

int qy_iommu_attach(struct qy_dma_dev *dev)
{
	const struct qy_board_iommu *iommu = dev->desc->iommu;
	struct qy_machine *m = dev->machine;
	struct qy_iommu_domain *domain;
	u32 bits = iommu->address_bits ? min(iommu->address_bits, MOST_BITS) : MOST_BITS;
	int err = -QY_ENOMEM;

	domain = qy_kzalloc(m, sizeof(*domain), QY_GFP_KERNEL);
	if (!domain)
		return err;
	domain->m = m;
	domain->last = QY_DMA_BIT_MASK(bits);
	if (qy_pgtable_init(&domain->pt,
		    m->board->arch == QY_ARCH_ARM64 ? PGTABLE_ARM64 : PGTABLE_X86_64,
		    &table_ops, domain, true))
		goto free_domain;
	err = qy_iova_init(&domain->iova, m, PFN_DOWN(domain->last) + 1);
	if (err)
		goto exit_table;
	err = reserve(domain, iommu);
	if (err)
		goto exit_iova;
	dev->domain = domain;
	dev->low_first = dev->desc->pci && !m->board->dma.iommu_forcedac;
	return 0;
exit_iova:
	qy_iova_exit(&domain->iova);
exit_table:
	qy_pgtable_exit(&domain->pt);
free_domain:
	qy_kfree(m, domain);
	return err;
}

void qy_iommu_detach(struct qy_dma_dev *dev)
{
	struct qy_iommu_domain *domain = dev->domain;

	dev->domain = NULL;
	qy_iova_exit(&domain->iova);
	qy_pgtable_exit(&domain->pt);
	qy_kfree(domain->m, domain);
}

bool qy_iommu_validate(const struct qy_dma_dev *dev, char *why, size_t why_size)
{
	return qy_iova_validate(&dev->domain->iova, why, why_size) &&
	       qy_pgtable_validate(&dev->domain->pt, why, why_size);
}

/* ------------------------------------------------------------------ addresses */

enum qy_dma_fault qy_iommu_walk(
	const struct qy_dma_dev *dev, u64 dma, bool write, u64 *phys, size_t *bytes)
{
	struct pgtable_entry entry;

	if (dma > dev->domain->last || !qy_pgtable_walk(&dev->domain->pt, dma, &entry))
		return QY_DMA_FAULT_UNMAPPED;
	if (write && !(entry.prot & PGPROT_WRITE))
		return QY_DMA_FAULT_PERMISSION;
	*phys = entry.phys;
	if (bytes)
		*bytes = entry.bytes - (dma & (entry.bytes - 1));
	return QY_DMA_REACHED;
}

/* ~0: it leads nowhere. */
static u64 iova_to_phys(const struct qy_dma_dev *dev, u64 dma)
{
	u64 phys;

	return qy_iommu_walk(dev, dma, false, &phys, NULL) ? ~0ull : phys;
}

/* @bytes of addresses up to @limit. Return: the first, or QY_DMA_MAPPING_ERROR. */
static u64 take_iova(struct qy_dma_dev *dev, u64 bytes, u64 limit)
{
	struct iova_space *space = &dev->domain->iova;
	u64 nr_pages = bytes >> QY_PAGE_SHIFT, pfn = IOVA_NONE;

	limit = min(min_not_zero(limit, dev->bus_dma_limit), dev->domain->last);
	if (READ_ONCE(dev->low_first) && limit > QY_DMA_BIT_MASK(32)) {
		pfn = qy_iova_alloc_fast(
			space, nr_pages, PFN_DOWN(QY_DMA_BIT_MASK(32)), false);
		if (pfn == IOVA_NONE) {
			WRITE_ONCE(dev->low_first, false);
			qy_dma_dev_say(dev, QY_LOG_NOTICE, "Using %u-bit DMA addresses",
				qy_fls64(limit) + 1);
		}
	}
	if (pfn == IOVA_NONE)
		pfn = qy_iova_alloc_fast(space, nr_pages, PFN_DOWN(limit), true);
	return pfn == IOVA_NONE ? QY_DMA_MAPPING_ERROR : PFN_PHYS(pfn);
}

static void give_iova(struct qy_dma_dev *dev, u64 dma, u64 bytes)
{
	qy_iova_free_fast(&dev->domain->iova, PFN_DOWN(dma), bytes >> QY_PAGE_SHIFT);
}

/* A table has no entry that is written only: what a device may write it may read. */
static u32 prot_of(enum qy_dma_direction dir)
{
	return PGPROT_USER | PGPROT_BLOCKS | (dir == QY_DMA_TO_DEVICE ? 0 : PGPROT_WRITE);
}

static u64 span_of(u64 address, u64 size)
{
	return round_up((address & (GRANULE - 1)) + size, GRANULE);
}

/* @phys need not begin a page: its offset is kept. Return: where it is now, or QY_DMA_MAPPING_ERROR. */
static u64 map_range(struct qy_dma_dev *dev, u64 phys, size_t size,
	enum qy_dma_direction dir, u64 limit)
{
	u64 offset = phys & (GRANULE - 1), bytes = span_of(phys, size);
	u64 dma = take_iova(dev, bytes, limit);

	if (dma == QY_DMA_MAPPING_ERROR)
		return dma;
	if (qy_pgtable_map(&dev->domain->pt, dma, phys - offset, bytes, prot_of(dir))) {
		give_iova(dev, dma, bytes);
		return QY_DMA_MAPPING_ERROR;
	}
	return dma + offset;
}

static void unmap_range(struct qy_dma_dev *dev, u64 dma, size_t size)
{
	u64 offset = dma & (GRANULE - 1), bytes = span_of(dma, size);

	/* an address that still leads somewhere is given to nobody */
	if (!qy_pgtable_unmap(&dev->domain->pt, dma - offset, bytes))
		give_iova(dev, dma - offset, bytes);
}

/* ------------------------------------------------------------------ mappings */

u64 qy_iommu_map(struct qy_dma_dev *dev, u64 phys, size_t size, enum qy_dma_direction dir,
	unsigned long attrs)
{
	if (!(attrs & QY_DMA_ATTR_SKIP_CPU_SYNC))
		qy_cache_for_device(dev, phys, size, dir);
	return map_range(dev, phys, size, dir, *dev->dma_mask);
}

u64 qy_iommu_map_resource(
	struct qy_dma_dev *dev, u64 phys, size_t size, enum qy_dma_direction dir)
{
	return map_range(dev, phys, size, dir, *dev->dma_mask);
}

/* Where a mapping leads, which a driver says is one; ~0 after a line that it is not. */
static u64 phys_of_mapping(struct qy_dma_dev *dev, u64 dma)
{
	u64 phys = iova_to_phys(dev, dma);

	if (phys == ~0ull && qy_dma_first_time(dev, DMA_WARNED_NOT_MAPPED))
		qy_dma_dev_say(dev, QY_LOG_WARNING,
			"WARNING: unmap or sync of 0x%llx, which is not mapped",
			(unsigned long long)dma);
	return phys;
}

void qy_iommu_unmap(struct qy_dma_dev *dev, u64 dma, size_t size,
	enum qy_dma_direction dir, unsigned long attrs)
{
	u64 phys = phys_of_mapping(dev, dma);

	if (phys == ~0ull)
		return;
	if (!(attrs & QY_DMA_ATTR_SKIP_CPU_SYNC))
		qy_cache_for_cpu(dev, phys, size, dir);
	unmap_range(dev, dma, size);
}

void qy_iommu_unmap_resource(struct qy_dma_dev *dev, u64 dma, size_t size)
{
	if (phys_of_mapping(dev, dma) != ~0ull)
		unmap_range(dev, dma, size);
}

void qy_iommu_sync(struct qy_dma_dev *dev, u64 dma, size_t size,
	enum qy_dma_direction dir, bool for_cpu)
{
	u64 phys;

	if (dev->coherent)
		return;
	phys = phys_of_mapping(dev, dma);
	if (phys == ~0ull)
		return;
	if (for_cpu)
		qy_cache_for_cpu(dev, phys, size, dir);
	else
		qy_cache_for_device(dev, phys, size, dir);
}

/* ------------------------------------------------------------------ lists */

static u64 phys_of_piece(const struct qy_dma_dev *dev, const struct scatterlist *s)
{
	return qy_page_to_phys(dev->machine, qy_sg_page(s)) + s->offset;
}

/*
 * Where piece after piece goes: each begins a page, and none crosses the device's segment boundary, as far as room between
 * them can help. dma_address: from the start of the list's range. Return: bytes of all.
 */
static u64 lay_out(struct qy_dma_dev *dev, struct scatterlist *sg, unsigned int nents)
{
	u64 mask = dev->segment_boundary_mask ? dev->segment_boundary_mask : ~0ull;
	u64 at = 0;

	for (struct scatterlist *s = sg; nents && s; nents--, s = qy_sg_next(s)) {
		u64 bytes = span_of(phys_of_piece(dev, s), s->length);
		u64 pad = (mask - at + 1) & mask;

		if (pad && pad < bytes - 1)
			at += pad;
		s->dma_address = at;
		at += bytes;
	}
	return at;
}

static int map_pieces(struct qy_dma_dev *dev, struct scatterlist *sg, unsigned int nents,
	u64 base, enum qy_dma_direction dir)
{
	for (struct scatterlist *s = sg; nents && s; nents--, s = qy_sg_next(s)) {
		u64 phys = phys_of_piece(dev, s), offset = phys & (GRANULE - 1);

		if (qy_pgtable_map(&dev->domain->pt, base + s->dma_address, phys - offset,
			    span_of(phys, s->length), prot_of(dir)))
			return -QY_ENOMEM;
	}
	return 0;
}

/* Pieces that follow each other without a hole become one segment, as long as the device takes it. */
static int join_segments(
	struct qy_dma_dev *dev, struct scatterlist *sg, unsigned int nents, u64 base)
{
	u64 mask = dev->segment_boundary_mask ? dev->segment_boundary_mask : ~0ull;
	u64 longest = dev->max_segment_size ? dev->max_segment_size : SEGMENT_MAX;
	u64 end = 0, length = 0;
	struct scatterlist *segment = NULL;
	int nr = 0;

	for (struct scatterlist *s = sg; nents && s; nents--, s = qy_sg_next(s)) {
		u64 offset = phys_of_piece(dev, s) & (GRANULE - 1);
		u64 at = base + s->dma_address + offset;

		s->dma_address = QY_DMA_MAPPING_ERROR;
		s->dma_length = 0;
		if (segment && at == end && at & mask && length + s->length <= longest) {
			length += s->length;
		} else {
			segment = segment ? qy_sg_next(segment) : sg;
			segment->dma_address = at;
			length = s->length;
			nr++;
		}
		segment->dma_length = (unsigned int)length;
		end = at + s->length;
	}
	return nr;
}

int qy_iommu_map_sg(struct qy_dma_dev *dev, struct scatterlist *sg, unsigned int nents,
	enum qy_dma_direction dir, unsigned long attrs)
{
	u64 bytes = lay_out(dev, sg, nents), base;
	struct scatterlist *s = sg;

	for (unsigned int i = 0; i < nents && s; i++, s = qy_sg_next(s)) {
		if (!s->length)
			return -QY_EINVAL;
		if (!(attrs & QY_DMA_ATTR_SKIP_CPU_SYNC))
			qy_cache_for_device(dev, phys_of_piece(dev, s), s->length, dir);
	}
	base = take_iova(dev, bytes, *dev->dma_mask);
	if (base == QY_DMA_MAPPING_ERROR)
		return -QY_ENOMEM;
	if (map_pieces(dev, sg, nents, base, dir)) {
		unmap_range(dev, base, bytes);
		return -QY_ENOMEM;
	}
	return join_segments(dev, sg, nents, base);
}

void qy_iommu_unmap_sg(struct qy_dma_dev *dev, struct scatterlist *sg, unsigned int nents,
	enum qy_dma_direction dir, unsigned long attrs)
{
	struct scatterlist *s = sg;
	u64 start = sg->dma_address, end = start;

	if (phys_of_mapping(dev, start) == ~0ull)
		return;
	for (unsigned int i = 0; i < nents && s; i++, s = qy_sg_next(s)) {
		if (!(attrs & QY_DMA_ATTR_SKIP_CPU_SYNC))
			qy_cache_for_cpu(dev, phys_of_piece(dev, s), s->length, dir);
		if (s->dma_length)
			end = s->dma_address + s->dma_length;
	}
	unmap_range(dev, start, end - start);
}

/* ------------------------------------------------------------------ memory */

/* What is uncached must have been made so by somebody who may sleep. */
static void *alloc_atomic(struct qy_dma_dev *dev, size_t size, u64 *dma)
{
	u64 phys;
	void *cpu = qy_atomic_pool_alloc(dev, size, &phys, 0);

	if (!cpu)
		return NULL;
	*dma = map_range(dev, phys, size, QY_DMA_BIDIRECTIONAL, dev->coherent_dma_mask);
	if (*dma != QY_DMA_MAPPING_ERROR)
		return cpu;
	qy_atomic_pool_free(dev, size, cpu);
	return NULL;
}

/* ------------------------------------------------------------------ scattered memory */

static void free_singles(struct qy_machine *m, struct page **pages, u32 nr)
{
	while (nr--)
		qy_free_pages(m, pages[nr], 0);
	qy_kvfree(m, pages);
}

/* Single frames, @nr of them, from the largest blocks that are easily had. Return: them, or NULL. */
static struct page **take_singles(
	struct qy_dma_dev *dev, u32 nr, qy_gfp_t gfp, bool single_pages)
{
	const qy_gfp_t easily = QY___GFP_NORETRY | QY___GFP_NOWARN;
	struct qy_machine *m = dev->machine;
	struct page **pages = qy_kvmalloc_array(m, nr, sizeof(*pages), QY_GFP_KERNEL);
	unsigned int order = single_pages ? 0 : QY_MAX_PAGE_ORDER;
	u32 at = 0;

	while (pages && at < nr) {
		struct page *page;

		order = min(order, qy_fls64(nr - at));
		page = qy_alloc_pages_node(
			m, (int)dev->desc->node, order ? gfp | easily : gfp, order);
		if (!page && !order) {
			free_singles(m, pages, at);
			return NULL;
		}
		if (!page) {
			order--;
			continue;
		}
		if (order)
			qy_split_page(m, page, order);
		for (u32 i = 0; i < 1u << order; i++)
			pages[at++] = frame_to_page(m, page_to_frame(m, page) + i);
	}
	return pages;
}

/* Runs of frames that follow each other, one entry each. Return: 0, -ENOMEM. */
static int map_singles(struct qy_dma_dev *dev, struct page **pages, u32 nr, u64 dma)
{
	struct qy_machine *m = dev->machine;

	for (u32 first = 0, next; first < nr; first = next) {
		u64 phys = qy_page_to_phys(m, pages[first]);

		next = first + 1;
		while (next < nr &&
			qy_page_to_phys(m, pages[next]) == phys + PFN_PHYS(next - first))
			next++;
		if (qy_pgtable_map(&dev->domain->pt, dma + PFN_PHYS(first), phys,
			    PFN_PHYS(next - first), prot_of(QY_DMA_BIDIRECTIONAL)))
			return -QY_ENOMEM;
		qy_cache_uncached(dev, phys, PFN_PHYS(next - first), true);
	}
	return 0;
}

/*
 * Frames from anywhere, one range for the device and one for the CPU. NULL: no frames, no address, or the host has no
 * mapping left; then one run of frames may still do.
 */
static void *alloc_scattered(
	struct qy_dma_dev *dev, size_t size, u64 *dma, qy_gfp_t gfp, unsigned long attrs)
{
	struct qy_machine *m = dev->machine;
	u32 nr = (u32)(size >> QY_PAGE_SHIFT);
	struct page **pages = take_singles(
		dev, nr, gfp & ~QY___GFP_ZERO, attrs & QY_DMA_ATTR_ALLOC_SINGLE_PAGES);
	void *cpu;

	if (!pages)
		return NULL;
	*dma = take_iova(dev, size, dev->coherent_dma_mask);
	if (*dma == QY_DMA_MAPPING_ERROR)
		goto free_pages;
	if (map_singles(dev, pages, nr, *dma))
		goto unmap;
	cpu = qy_vmap(m, pages, nr, QY_VM_MAP | QY_VM_DMA_COHERENT | QY_VM_MAP_PUT_PAGES,
		QY_PAGE_KERNEL);
	if (!cpu)
		goto unmap;
	memset(cpu, 0, size);
	return cpu;
unmap:
	for (u32 i = 0; i < nr; i++)
		qy_cache_uncached(dev, qy_page_to_phys(m, pages[i]), QY_PAGE_SIZE, false);
	unmap_range(dev, *dma, size);
free_pages:
	free_singles(m, pages, nr);
	return NULL;
}

static void free_scattered(struct qy_dma_dev *dev, size_t size, void *cpu, u64 dma)
{
	u64 phys;

	for (size_t at = 0; !dev->coherent && at < size; at += QY_PAGE_SIZE) {
		phys = iova_to_phys(dev, dma + at);
		if (phys != ~0ull)
			qy_cache_uncached(dev, phys, QY_PAGE_SIZE, false);
	}
	unmap_range(dev, dma, size);
	qy_vfree(dev->machine, cpu); /* with its pages */
}

void *qy_iommu_alloc(
	struct qy_dma_dev *dev, size_t size, u64 *dma, qy_gfp_t gfp, unsigned long attrs)
{
	struct qy_machine *m = dev->machine;
	struct page *page;
	u64 phys;

	if (!dev->coherent && !may_block(gfp))
		return alloc_atomic(dev, size, dma);
	/* what has only one page, or must, is one run of frames; so is what cannot be mapped for the CPU otherwise */
	if (size > QY_PAGE_SIZE && may_block(gfp) && m->port->vm_space &&
		!m->port->no_contents && !(attrs & QY_DMA_ATTR_FORCE_CONTIGUOUS)) {
		void *cpu = alloc_scattered(dev, size, dma, gfp, attrs);

		if (cpu)
			return cpu;
	}
	page = qy_alloc_contiguous(dev, size, gfp);
	if (!page)
		return NULL;
	phys = qy_page_to_phys(m, page);
	*dma = map_range(dev, phys, size, QY_DMA_BIDIRECTIONAL, dev->coherent_dma_mask);
	if (*dma == QY_DMA_MAPPING_ERROR) {
		qy_free_contiguous(dev, page, size);
		return NULL;
	}
	qy_cache_uncached(dev, phys, size, true);
	qy_dma_clear(dev, page, size);
	return qy_page_address(m, page);
}

void qy_iommu_free(struct qy_dma_dev *dev, size_t size, void *cpu, u64 dma)
{
	struct page *page = qy_virt_to_page(dev->machine, cpu);
	bool scattered = qy_is_vmalloc_addr(dev->machine, cpu);

	if ((!page && !scattered) || phys_of_mapping(dev, dma) == ~0ull)
		return;
	if (scattered) {
		free_scattered(dev, size, cpu, dma);
		return;
	}
	unmap_range(dev, dma, size);
	if (!dev->coherent && qy_atomic_pool_free(dev, size, cpu))
		return;
	qy_cache_uncached(dev, qy_page_to_phys(dev->machine, page), size, false);
	qy_free_contiguous(dev, page, size);
}

struct page *qy_iommu_alloc_pages(struct qy_dma_dev *dev, size_t size, u64 *dma,
	enum qy_dma_direction dir, qy_gfp_t gfp)
{
	struct page *page = qy_alloc_contiguous(dev, size, gfp);

	if (!page)
		return NULL;
	*dma = map_range(
		dev, qy_page_to_phys(dev->machine, page), size, dir, *dev->dma_mask);
	if (*dma == QY_DMA_MAPPING_ERROR) {
		qy_free_contiguous(dev, page, size);
		return NULL;
	}
	qy_dma_clear(dev, page, size);
	return page;
}

void qy_iommu_free_pages(struct qy_dma_dev *dev, size_t size, struct page *page, u64 dma)
{
	if (phys_of_mapping(dev, dma) == ~0ull)
		return;
	unmap_range(dev, dma, size);
	qy_free_contiguous(dev, page, size);
}
