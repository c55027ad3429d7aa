/* SPDX-License-Identifier: MIT */
/* What the files of the dma room share. Order of the floor: direct, iommu, device, mapping, managed. */
#ifndef QY_DMA_INTERNAL_H
#define QY_DMA_INTERNAL_H

#include "mm/dma/dma.h"
#include <quarry/cma.h>
#include <quarry/dma.h>

/* what a machine says once */
enum {
	DMA_WARNED_OVERFLOW = 1 << 0,
	DMA_WARNED_NO_MASK = 1 << 1,
	DMA_WARNED_NO_COHERENT_MASK = 1 << 2,
	DMA_WARNED_COMP = 1 << 3,
	DMA_WARNED_VMALLOC = 1 << 4,
	DMA_WARNED_ZONE_BITS = 1 << 5,
	DMA_WARNED_IRQS = 1 << 6,
	DMA_WARNED_RESOURCE_RAM = 1 << 7,
	DMA_WARNED_NOT_MAPPED = 1 << 8,
};

struct qy_dma {
	const struct qy_dma_observer *observer; /* NULL: nobody follows */
	const struct qy_dma_cache *cache;       /* NULL: all see RAM */
	u64 zone_dma_limit;       /* last physical address of the zone DMA's kind */
	u32 warned;               /* DMA_WARNED_*; atomic */
	struct qy_range *regions; /* by board->reserved: where it is; size 0 = nowhere */

	struct qy_spinlock dev_lock; /* of the list, and of the devices' own; a leaf */
	struct qy_dma_dev *devices;
};

static inline struct qy_dma *dma_of(const struct qy_dma_dev *dev)
{
	return dev->machine->dma;
}

/* Calls one entry of whoever observes. */
#define observe(dev, entry, ...)                                                \
	do {                                                                    \
		const struct qy_dma_observer *watcher_ = dma_of(dev)->observer; \
                                                                                \
		if (unlikely(watcher_) && watcher_->entry)                      \
			watcher_->entry(watcher_->arg, dev, ##__VA_ARGS__);     \
	} while (0)

static inline u64 min_not_zero(u64 a, u64 b)
{
	return !a ? b : !b ? a : min(a, b);
}

static inline bool may_block(qy_gfp_t gfp)
{
	return gfp & QY___GFP_DIRECT_RECLAIM;
}

/* Smallest order whose block holds @size bytes. pre: size != 0 */
static inline unsigned int order_of(size_t size)
{
	u64 nr_pages = (size - 1) >> QY_PAGE_SHIFT;

	return nr_pages ? qy_fls64(nr_pages) + 1 : 0;
}

/* "isp 15a00000.isp: text", as dev_warn() has it; the second says it only once a machine, by a bit of DMA_WARNED_*. */
void qy_dma_dev_say(const struct qy_dma_dev *dev, enum qy_log_level level,
	const char *fmt, ...) __attribute__((format(printf, 3, 4)));
bool qy_dma_first_time(const struct qy_dma_dev *dev, u32 warning);

/* ------------------------------------------------------------------ device.c */

/* The addresses of the bus, not through an IOMMU. ~0: no dma-range leads there. */
u64 qy_dma_phys_to_bus(const struct qy_dma_dev *dev, u64 phys);
u64 qy_dma_bus_to_phys(const struct qy_dma_dev *dev, u64 bus);

static inline u64 dma_get_mask(const struct qy_dma_dev *dev)
{
	return dev->dma_mask && *dev->dma_mask ? *dev->dma_mask : QY_DMA_BIT_MASK(32);
}

/* The last byte of a mapping is within what the device claims and its bus carries. */
static inline bool dma_capable(const struct qy_dma_dev *dev, u64 bus, size_t size)
{
	return bus != QY_DMA_MAPPING_ERROR && bus + size - 1 >= bus &&
	       bus + size - 1 <= min_not_zero(*dev->dma_mask, dev->bus_dma_limit);
}

/* ------------------------------------------------------------------ managed.c: what goes with its device */

struct qy_dma_managed {
	struct qy_dma_managed *next;
	void (*release)(struct qy_dma_dev *dev, struct qy_dma_managed *managed);
	void *what;
	u64 dma;
	size_t size;
	unsigned long attrs;
};
void qy_dma_manage(struct qy_dma_dev *dev, struct qy_dma_managed *managed);
/* Takes the last entry for @what off the list; NULL: there is none. */
struct qy_dma_managed *qy_dma_forget(struct qy_dma_dev *dev, const void *what);

/* ------------------------------------------------------------------ direct.c: no IOMMU in between */

bool qy_direct_supported(const struct qy_dma_dev *dev, u64 mask);
u64 qy_direct_required_mask(const struct qy_dma_dev *dev);
/* The whole of RAM has bus addresses. */
bool qy_direct_all_ram_mapped(const struct qy_dma_dev *dev);

/* @size: whole pages. */
void *qy_direct_alloc(
	struct qy_dma_dev *dev, size_t size, u64 *dma, qy_gfp_t gfp, unsigned long attrs);
void qy_direct_free(
	struct qy_dma_dev *dev, size_t size, void *cpu, u64 dma, unsigned long attrs);
struct page *qy_direct_alloc_pages(
	struct qy_dma_dev *dev, size_t size, u64 *dma, qy_gfp_t gfp);
void qy_direct_free_pages(struct qy_dma_dev *dev, size_t size, struct page *page);

u64 qy_direct_map(struct qy_dma_dev *dev, u64 phys, size_t size,
	enum qy_dma_direction dir, unsigned long attrs);
void qy_direct_unmap(struct qy_dma_dev *dev, u64 dma, size_t size,
	enum qy_dma_direction dir, unsigned long attrs);
u64 qy_direct_map_resource(struct qy_dma_dev *dev, u64 phys, size_t size);
int qy_direct_map_sg(struct qy_dma_dev *dev, struct scatterlist *sg, unsigned int nents,
	enum qy_dma_direction dir, unsigned long attrs);
void qy_direct_unmap_sg(struct qy_dma_dev *dev, struct scatterlist *sg,
	unsigned int nents, enum qy_dma_direction dir, unsigned long attrs);
void qy_direct_sync(struct qy_dma_dev *dev, u64 dma, size_t size,
	enum qy_dma_direction dir, bool for_cpu);
bool qy_direct_need_sync(const struct qy_dma_dev *dev, u64 dma);

/* Contiguous frames, from CMA where that is allowed, with no regard to masks; and back. */
struct page *qy_alloc_contiguous(struct qy_dma_dev *dev, size_t size, qy_gfp_t gfp);
void qy_free_contiguous(struct qy_dma_dev *dev, struct page *page, size_t size);
void qy_dma_clear(const struct qy_dma_dev *dev, struct page *page, size_t size);

/* The caches of the CPU, for a device that does not see them. */
void qy_cache_for_device(
	const struct qy_dma_dev *dev, u64 phys, size_t size, enum qy_dma_direction dir);
void qy_cache_for_cpu(
	const struct qy_dma_dev *dev, u64 phys, size_t size, enum qy_dma_direction dir);
void qy_cache_uncached(const struct qy_dma_dev *dev, u64 phys, size_t size, bool on);

/* ------------------------------------------------------------------ iommu.c: a domain in between */

int qy_iommu_attach(struct qy_dma_dev *dev);
void qy_iommu_detach(struct qy_dma_dev *dev);
bool qy_iommu_validate(const struct qy_dma_dev *dev, char *why, size_t why_size);

enum qy_dma_fault qy_iommu_walk(
	const struct qy_dma_dev *dev, u64 dma, bool write, u64 *phys, size_t *bytes);

void *qy_iommu_alloc(struct qy_dma_dev *dev, size_t size, u64 *dma, qy_gfp_t gfp);
void qy_iommu_free(struct qy_dma_dev *dev, size_t size, void *cpu, u64 dma);
struct page *qy_iommu_alloc_pages(struct qy_dma_dev *dev, size_t size, u64 *dma,
	enum qy_dma_direction dir, qy_gfp_t gfp);
void qy_iommu_free_pages(struct qy_dma_dev *dev, size_t size, struct page *page, u64 dma);

u64 qy_iommu_map(struct qy_dma_dev *dev, u64 phys, size_t size, enum qy_dma_direction dir,
	unsigned long attrs);
void qy_iommu_unmap(struct qy_dma_dev *dev, u64 dma, size_t size,
	enum qy_dma_direction dir, unsigned long attrs);
u64 qy_iommu_map_resource(
	struct qy_dma_dev *dev, u64 phys, size_t size, enum qy_dma_direction dir);
void qy_iommu_unmap_resource(struct qy_dma_dev *dev, u64 dma, size_t size);
int qy_iommu_map_sg(struct qy_dma_dev *dev, struct scatterlist *sg, unsigned int nents,
	enum qy_dma_direction dir, unsigned long attrs);
void qy_iommu_unmap_sg(struct qy_dma_dev *dev, struct scatterlist *sg, unsigned int nents,
	enum qy_dma_direction dir, unsigned long attrs);
void qy_iommu_sync(struct qy_dma_dev *dev, u64 dma, size_t size,
	enum qy_dma_direction dir, bool for_cpu);

#endif
