/* SPDX-License-Identifier: MIT */
/* What the files of the dma room share. Order of the floor: coherent, atomic_pool, swiotlb, direct, iommu, device, mapping, managed, dmapool. */
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
	DMA_WARNED_ATOMIC_POOL = 1 << 9,
	DMA_WARNED_SWIOTLB_OVERFLOW = 1 << 10,
};

/* what is made for the first device that may need it */
enum {
	DMA_MADE_ATOMIC_POOLS = 1 << 0,
	DMA_MADE_SWIOTLB = 1 << 1,
};

/* In the order in which they are tried. */
enum atomic_pool_kind {
	ATOMIC_POOL_KERNEL,
	ATOMIC_POOL_DMA32,
	ATOMIC_POOL_DMA,
	NR_ATOMIC_POOLS,
};

struct chunk;
struct atomic_pool {
	struct qy_spinlock lock;
	/* lock must be held for these: */
	struct chunk *chunks; /* newest first */
	u64 nr_pages, nr_free;
};

struct qy_swiotlb;

struct qy_dma {
	const struct qy_dma_observer *observer; /* NULL: nobody follows */
	const struct qy_dma_cache *cache;       /* NULL: all see RAM */
	u64 zone_dma_limit;       /* last physical address of the zone DMA's kind */
	u32 warned;               /* DMA_WARNED_*; atomic */
	struct qy_range *regions; /* by board->reserved: where it is; size 0 = nowhere */
	struct dma_area **areas;  /* by board->reserved; NULL until a device has it */
	u64 arm64_limit_pfn;   /* what the least capable bus of an arm64 board reaches */
	u32 made;              /* DMA_MADE_*; atomic */
	u64 atomic_pool_bytes; /* of each, at first */
	struct atomic_pool atomic_pool[NR_ATOMIC_POOLS];
	struct qy_swiotlb *swiotlb; /* NULL: no bounce buffers */

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

/*
 * "isp 15a00000.isp: text", as dev_warn() has it; text that begins with BUG or WARNING keeps that in front. The second says it
 * only once a machine, by a bit of DMA_WARNED_*.
 */
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

/* ------------------------------------------------------------------ coherent.c: areas of devices */

/* @size: whole pages. Return: NULL: exhausted. */
void *qy_area_alloc(struct qy_dma_dev *dev, size_t size, u64 *dma);
/* Return: false: it is not of the device's area. */
bool qy_area_free(struct qy_dma_dev *dev, size_t size, const void *cpu);

/* ------------------------------------------------------------------ atomic_pool.c */

void qy_atomic_pools_init(struct qy_machine *m);
void qy_atomic_pools_grow(struct qy_machine *m);
/* @size: whole pages. @zone_bits: where the mask of the device wants it. */
void *qy_atomic_pool_alloc(
	struct qy_dma_dev *dev, size_t size, u64 *phys, qy_gfp_t zone_bits);
/* Return: false: it is of none of them. */
bool qy_atomic_pool_free(struct qy_dma_dev *dev, size_t size, const void *cpu);
bool qy_atomic_pools_validate(struct qy_machine *m, char *why, size_t why_size);

/* ------------------------------------------------------------------ swiotlb.c: bounce buffers */

void qy_swiotlb_init(struct qy_machine *m);
bool qy_swiotlb_active(const struct qy_dma_dev *dev);
bool qy_swiotlb_forced(const struct qy_dma_dev *dev);
/* Is that physical address one of the pool? */
bool qy_swiotlb_has(const struct qy_dma_dev *dev, u64 phys);
size_t qy_swiotlb_max_mapping_size(const struct qy_dma_dev *dev);
/* pre of the first: active; of the others: the pool has @phys */
u64 qy_swiotlb_map(struct qy_dma_dev *dev, u64 phys, size_t size,
	enum qy_dma_direction dir, unsigned long attrs);
void qy_swiotlb_unmap(struct qy_dma_dev *dev, u64 phys);
void qy_swiotlb_sync(struct qy_dma_dev *dev, u64 phys, size_t size,
	enum qy_dma_direction dir, bool for_cpu);
bool qy_swiotlb_validate(struct qy_machine *m, char *why, size_t why_size);

/* ------------------------------------------------------------------ dmapool.c */

bool qy_dma_pools_validate(struct qy_dma_dev *dev, char *why, size_t why_size);

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
bool qy_direct_coherent_ok(const struct qy_dma_dev *dev, u64 phys, size_t size);
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

void *qy_iommu_alloc(
	struct qy_dma_dev *dev, size_t size, u64 *dma, qy_gfp_t gfp, unsigned long attrs);
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
