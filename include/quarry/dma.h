/* SPDX-License-Identifier: MIT */
/*
 * Memory that devices reach: the DMA API.
 *
 *   qy_dma_dev_init, _remove          a device on a machine, described by a struct qy_board_device
 *   qy_dma_set_mask ...               which bus addresses it drives
 *   qy_dma_alloc_attrs, _alloc_pages  memory for both sides
 *   qy_dma_map_* , unmap, sync        memory of the CPU, lent to a device
 *   qy_dma_to_phys                    where a bus address leads: what a device that does DMA asks at every access
 *   qy_dma_observe, qy_dma_set_cache  who follows every call; what a cache that is not coherent does
 *
 * Names, numbers and the order of sources are Linux's of 6.12, with QY_ and qy_ in front. A bus address (u64 `dma`) is
 * what the device is given; it is a physical address only where neither dma-ranges nor an IOMMU lie between.
 *
 * Contexts: a thread that has entered the machine. Mapping, unmapping, syncing and questions never sleep and may come
 * from an interrupt; an allocation may sleep if its flags say so.
 */
#ifndef QUARRY_DMA_H
#define QUARRY_DMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <quarry/board.h>
#include <quarry/gfp.h>

#ifdef __cplusplus
extern "C" {
#endif

struct qy_machine;
struct page;

enum qy_dma_direction {
	QY_DMA_BIDIRECTIONAL,
	QY_DMA_TO_DEVICE,
	QY_DMA_FROM_DEVICE,
	QY_DMA_NONE, /* never of a mapping */
};

#define QY_DMA_MAPPING_ERROR (~0ull) /* no bus address: the mapping failed */
#define QY_DMA_BIT_MASK(n)   ((n) == 64 ? ~0ull : (1ull << ((n)&63)) - 1)

/* attributes; Linux's values */
#define QY_DMA_ATTR_WEAK_ORDERING (1ul << 1) /* no effect, as on every board here */
#define QY_DMA_ATTR_WRITE_COMBINE (1ul << 2) /* no effect on content */
#define QY_DMA_ATTR_NO_KERNEL_MAPPING \
	(1ul << 4) /* the CPU does not look: a struct page * is returned */
#define QY_DMA_ATTR_SKIP_CPU_SYNC      (1ul << 5) /* the caller keeps caches in order */
#define QY_DMA_ATTR_FORCE_CONTIGUOUS   (1ul << 6) /* in RAM too, behind an IOMMU */
#define QY_DMA_ATTR_ALLOC_SINGLE_PAGES (1ul << 7) /* no large blocks, behind an IOMMU */
#define QY_DMA_ATTR_NO_WARN            (1ul << 8)
#define QY_DMA_ATTR_PRIVILEGED         (1ul << 9)

/* ------------------------------------------------------------------ devices */

struct qy_dma_pool;
struct qy_dma_managed;
struct qy_iommu_domain;
struct dma_area;

/*
 * What the DMA API knows of a device: a part of the embedder's own record of it, who owns the memory. The first five are
 * read and written by drivers under these names.
 */
struct qy_dma_dev {
	uint64_t *dma_mask; /* bus addresses of mappings; NULL: the device does no DMA */
	uint64_t coherent_dma_mask; /* the same for qy_dma_alloc_*() */
	uint64_t bus_dma_limit;     /* the last address that its bus carries; 0 = all */
	unsigned int max_segment_size;  /* bytes of one segment; 0 = 64 KiB */
	uint64_t segment_boundary_mask; /* no segment crosses it; 0 = none */
	unsigned int
		min_align_mask; /* low bits of an address that a bounce buffer keeps */

	/* set by qy_dma_dev_init(); read only */
	struct qy_machine *machine;
	const struct qy_board_device *desc;
	const char
		*driver; /* who drives it, for reports; "platform" or "pci" before that */
	uint64_t own_mask;     /* where dma_mask points at first */
	struct dma_area *area; /* RAM of its own; NULL = none */
	int cma;               /* index of the CMA area of its own; -1 = none */
	bool coherent;         /* the CPU's cache is kept in step with it */
	bool mask_set;         /* a driver has set a mask */
	bool low_first; /* behind its IOMMU it is given addresses below 4 GiB while there are any */
	struct qy_iommu_domain *domain; /* NULL: no IOMMU */

	/* dev_lock must be held for these: */
	struct qy_dma_managed *managed; /* what goes with the device, last first */
	struct qy_dma_pool *pools;      /* last first */
	struct qy_dma_dev *next;        /* on the machine's list */

	void *observer; /* of whoever observes; starts as NULL */
};

/**
 * qy_dma_dev_init() - a device comes to the machine
 * @dev:  the caller's memory, until qy_dma_dev_remove(); whatever it holds is overwritten
 * @desc: what it is; must live as long
 *
 * Both masks are 32 bits, and less where its bus is narrower. The region that @desc names is its. What the board keeps for
 * such devices is made with the first of them: bounce buffers by Linux's rule, pools for who may not sleep.
 *
 * Context: Task, may sleep.
 * Return: 0; -EINVAL: the description does not fit the board (it names a memory region that is not there); -ENOMEM: for
 * the tables of its IOMMU.
 */
int qy_dma_dev_init(
	struct qy_machine *m, struct qy_dma_dev *dev, const struct qy_board_device *desc);

/**
 * qy_dma_dev_remove() - the driver lets go of the device, and the device goes
 *
 * Managed memory is given back, last first. Then whoever observes is told, who knows what is still mapped.
 *
 * Context: Task, may sleep. The memory is the caller's again.
 */
void qy_dma_dev_remove(struct qy_dma_dev *dev);

/* The driver lets go of the device, which stays: managed memory is given back. Context: task, may sleep. */
void qy_dma_dev_release_managed(struct qy_dma_dev *dev);

/*
 * A region of board->reserved becomes the device's (of_reserved_mem_device_init_by_idx()): a CMA area where it is reusable,
 * else RAM of its own, which it may share with other devices: that is all it is given then. 0, -EINVAL: the device
 * has one already, or it is no shared-dma-pool with RAM behind it; -ENOMEM. Unbind: memory of it must have been freed.
 * Context: task, may sleep.
 */
int qy_dma_dev_bind_region(struct qy_dma_dev *dev, uint32_t region);
void qy_dma_dev_unbind_region(struct qy_dma_dev *dev);
/* Pages of a region that devices have. Context: any. Return: false: it is the area of no device. */
bool qy_dma_region_stats(struct qy_machine *m, uint32_t region, uint64_t *used_pages);

/* What the board knows by that name; NULL: nothing. Context: any. */
const struct qy_board_device *qy_board_device(
	const struct qy_board *board, const char *name);
/* A device of the machine by its name; the n-th of all, last one first. NULL: none. Context: any; no device comes or goes. */
struct qy_dma_dev *qy_dma_dev_find(struct qy_machine *m, const char *name);
struct qy_dma_dev *qy_dma_dev_nth(struct qy_machine *m, unsigned int n);

/* ------------------------------------------------------------------ masks */

/*
 * 0, or -EIO: the machine has memory that no zone keeps below that mask. Coherent: of qy_dma_alloc_*(). Coerce: dma_mask
 * is made to point at the coherent one first.
 * Context: any.
 */
int qy_dma_set_mask(struct qy_dma_dev *dev, uint64_t mask);
int qy_dma_set_coherent_mask(struct qy_dma_dev *dev, uint64_t mask);
int qy_dma_set_mask_and_coherent(struct qy_dma_dev *dev, uint64_t mask);
int qy_dma_coerce_mask_and_coherent(struct qy_dma_dev *dev, uint64_t mask);

/*
 * Questions. qy_dma_supported(): would that mask do? _required_mask(): the smallest that covers all RAM.
 * _addressing_limited(): is there RAM that it cannot reach? _max_mapping_size(): bytes of the longest mapping;
 * _opt_mapping_size(): of the longest that is fast. _merge_boundary(): segments of a list are joined at multiples of
 * it + 1; 0 = they are not. _cache_alignment(): bytes that a buffer shares with nothing else.
 * _need_sync(): do syncs of that mapping do anything?
 * Context: any.
 */
bool qy_dma_supported(struct qy_dma_dev *dev, uint64_t mask);
uint64_t qy_dma_get_required_mask(struct qy_dma_dev *dev);
bool qy_dma_addressing_limited(struct qy_dma_dev *dev);
size_t qy_dma_max_mapping_size(struct qy_dma_dev *dev);
size_t qy_dma_opt_mapping_size(struct qy_dma_dev *dev);
uint64_t qy_dma_get_merge_boundary(struct qy_dma_dev *dev);
unsigned int qy_dma_get_cache_alignment(const struct qy_machine *m);
bool qy_dma_need_sync(struct qy_dma_dev *dev, uint64_t dma);

/* ------------------------------------------------------------------ memory for both sides */

/**
 * qy_dma_alloc_attrs() - memory that CPU and device see alike
 * @size:  bytes, rounded up to pages
 * @dma:   receives the bus address
 * @gfp:   may it sleep? Zone bits are ignored: the mask says which zone
 * @attrs: QY_DMA_ATTR_*
 *
 * Zeroed. Aligned to its size, up to 1 MiB at least. Taken from the first of: the device's area, and nowhere else then;
 * an atomic pool, if it may not sleep and the device does not see the cache; CMA, its own or, above one page, the
 * default one; the page allocator. Without the right to sleep there is no CMA.
 *
 * Context: May sleep if @gfp has __GFP_DIRECT_RECLAIM; else also in interrupts.
 * Return: the address (with NO_KERNEL_MAPPING the struct page *), or NULL.
 */
void *qy_dma_alloc_attrs(struct qy_dma_dev *dev, size_t size, uint64_t *dma, qy_gfp_t gfp,
	unsigned long attrs);

/* As it was allocated; a NULL @cpu is ignored. Context: task, interrupts on. */
void qy_dma_free_attrs(struct qy_dma_dev *dev, size_t size, void *cpu, uint64_t dma,
	unsigned long attrs);

/* Without attributes. Context: as above. */
static inline void *qy_dma_alloc_coherent(
	struct qy_dma_dev *dev, size_t size, uint64_t *dma, qy_gfp_t gfp)
{
	return qy_dma_alloc_attrs(
		dev, size, dma, gfp, gfp & QY___GFP_NOWARN ? QY_DMA_ATTR_NO_WARN : 0);
}

static inline void qy_dma_free_coherent(
	struct qy_dma_dev *dev, size_t size, void *cpu, uint64_t dma)
{
	qy_dma_free_attrs(dev, size, cpu, dma, 0);
}

/**
 * qy_dma_alloc_pages() - memory that is mapped for @dir from the start: it wants syncs like a mapping
 *
 * _noncoherent(): the same, by its address.
 *
 * Context: As qy_dma_alloc_attrs().
 * Return: the first page, zeroed; NULL.
 */
struct page *qy_dma_alloc_pages(struct qy_dma_dev *dev, size_t size, uint64_t *dma,
	enum qy_dma_direction dir, qy_gfp_t gfp);
void qy_dma_free_pages(struct qy_dma_dev *dev, size_t size, struct page *page,
	uint64_t dma, enum qy_dma_direction dir);
void *qy_dma_alloc_noncoherent(struct qy_dma_dev *dev, size_t size, uint64_t *dma,
	enum qy_dma_direction dir, qy_gfp_t gfp);
void qy_dma_free_noncoherent(struct qy_dma_dev *dev, size_t size, void *cpu, uint64_t dma,
	enum qy_dma_direction dir);

/* Given back with the device, or before by dmam_free. Context: as qy_dma_alloc_attrs(); the free in a task. */
void *qy_dmam_alloc_attrs(struct qy_dma_dev *dev, size_t size, uint64_t *dma,
	qy_gfp_t gfp, unsigned long attrs);
void qy_dmam_free_coherent(struct qy_dma_dev *dev, size_t size, void *cpu, uint64_t dma);

/* ------------------------------------------------------------------ pools of small blocks */

/**
 * qy_dma_pool_create() - blocks of one size that CPU and device see alike
 * @name:     31 bytes of it are kept
 * @size:     bytes of a block, 1..INT_MAX; made at least 16, and a multiple of @align
 * @align:    a power of two; 0 = 1
 * @boundary: a power of two that no block crosses; 0 = a page, or @size where that is more
 *
 * Context: Task, may sleep.
 * Return: the pool, or NULL: a bad argument, no memory.
 */
struct qy_dma_pool *qy_dma_pool_create(const char *name, struct qy_dma_dev *dev,
	size_t size, size_t align, size_t boundary);
/* Blocks that are still out stay so, with all of the pool's memory, and that is reported. NULL is ignored. Context: task. */
void qy_dma_pool_destroy(struct qy_dma_pool *pool);
/* A block, not cleared; the last freed first. _zalloc: cleared. Context: may sleep if @gfp says so. */
void *qy_dma_pool_alloc(struct qy_dma_pool *pool, qy_gfp_t gfp, uint64_t *dma);
void *qy_dma_pool_zalloc(struct qy_dma_pool *pool, qy_gfp_t gfp, uint64_t *dma);
/* As it was given. With slab debugging what is wrong is reported, and nothing freed. Context: any. */
void qy_dma_pool_free(struct qy_dma_pool *pool, void *cpu, uint64_t dma);
/* Destroyed with the device, or before. Context: task, may sleep. */
struct qy_dma_pool *qy_dmam_pool_create(const char *name, struct qy_dma_dev *dev,
	size_t size, size_t align, size_t boundary);
void qy_dmam_pool_destroy(struct qy_dma_pool *pool);
/* The device's file `pools`. Context: any. Return: its length, as snprintf. */
size_t qy_dma_pools_show(struct qy_dma_dev *dev, char *buf, size_t size);

/* ------------------------------------------------------------------ mappings */

/*
 * A list of pieces of memory; the fields and the two low bits of page_link are Linux's. What is in dma_* was written by
 * the last map: as many entries from the front as it returned.
 */
struct scatterlist {
	unsigned long page_link; /* struct page * | QY_SG_* */
	unsigned int offset;     /* bytes from the page's start */
	unsigned int length;     /* bytes */
	unsigned long long dma_address;
	unsigned int dma_length;
	unsigned int dma_flags;
};
#define QY_SG_CHAIN 1ul /* the list goes on at the address in page_link */
#define QY_SG_END   2ul /* the last entry */

static inline struct page *qy_sg_page(const struct scatterlist *sg)
{
	return (struct page *)(sg->page_link & ~(QY_SG_CHAIN | QY_SG_END));
}

/* The entry behind it; NULL behind the last. */
static inline struct scatterlist *qy_sg_next(struct scatterlist *sg)
{
	if (sg->page_link & QY_SG_END)
		return NULL;
	sg++;
	if (sg->page_link & QY_SG_CHAIN)
		sg = (struct scatterlist *)(sg->page_link & ~(QY_SG_CHAIN | QY_SG_END));
	return sg;
}

/**
 * qy_dma_map_page() - lend memory to a device
 * @page:   of the machine; @offset bytes behind its start, and @size bytes from there, may lie in pages behind it
 * @dir:    who writes it
 *
 * What the device does not reach goes by way of a bounce buffer, up to 256 KiB, where the board has them.
 *
 * Until the unmap the memory is the device's; in between a sync lends it back. _single(): the same by an address, which
 * must be one of the linear window: vmalloc memory and stacks are refused. _resource(): of registers, by physical
 * address; never bounced, and behind no cache.
 *
 * Context: Any.
 * Return: the bus address, or QY_DMA_MAPPING_ERROR: ask qy_dma_mapping_error().
 */
uint64_t qy_dma_map_page(struct qy_dma_dev *dev, struct page *page, size_t offset,
	size_t size, enum qy_dma_direction dir, unsigned long attrs);
uint64_t qy_dma_map_single(struct qy_dma_dev *dev, const void *addr, size_t size,
	enum qy_dma_direction dir, unsigned long attrs);
uint64_t qy_dma_map_resource(struct qy_dma_dev *dev, uint64_t phys, size_t size,
	enum qy_dma_direction dir, unsigned long attrs);

/* As it was mapped. _single takes what _map_page and _map_single returned. Context: any. */
void qy_dma_unmap_page(struct qy_dma_dev *dev, uint64_t dma, size_t size,
	enum qy_dma_direction dir, unsigned long attrs);
void qy_dma_unmap_single(struct qy_dma_dev *dev, uint64_t dma, size_t size,
	enum qy_dma_direction dir, unsigned long attrs);
void qy_dma_unmap_resource(struct qy_dma_dev *dev, uint64_t dma, size_t size,
	enum qy_dma_direction dir, unsigned long attrs);

/* 0, or -ENOMEM when @dma is no mapping. Context: any. */
int qy_dma_mapping_error(struct qy_dma_dev *dev, uint64_t dma);

/**
 * qy_dma_map_sg() - lend the pieces of a list
 * @nents: entries of the list
 *
 * All or nothing.
 *
 * Context: Any.
 * Return: segments that the device sees, at most @nents; -EINVAL, -ENOMEM, -EIO, -EREMOTEIO.
 */
int qy_dma_map_sg(struct qy_dma_dev *dev, struct scatterlist *sg, unsigned int nents,
	enum qy_dma_direction dir, unsigned long attrs);
/* @nents: as it was given to the map, not what that returned. Context: any. */
void qy_dma_unmap_sg(struct qy_dma_dev *dev, struct scatterlist *sg, unsigned int nents,
	enum qy_dma_direction dir, unsigned long attrs);

/*
 * Lends [dma, dma + size) of a mapping back to the CPU, and to the device again.
 * Context: any.
 */
void qy_dma_sync_single_for_cpu(
	struct qy_dma_dev *dev, uint64_t dma, size_t size, enum qy_dma_direction dir);
void qy_dma_sync_single_for_device(
	struct qy_dma_dev *dev, uint64_t dma, size_t size, enum qy_dma_direction dir);
void qy_dma_sync_sg_for_cpu(struct qy_dma_dev *dev, struct scatterlist *sg,
	unsigned int nents, enum qy_dma_direction dir);
void qy_dma_sync_sg_for_device(struct qy_dma_dev *dev, struct scatterlist *sg,
	unsigned int nents, enum qy_dma_direction dir);

/* ------------------------------------------------------------------ bounce buffers */

struct qy_swiotlb_stats {
	uint64_t base;                                /* physical */
	uint32_t nr_slots, used_slots, hiwater_slots; /* of 2 KiB */
};

/* Context: any. Return: false: the board has none, or no device has needed them yet. */
bool qy_swiotlb_stats(struct qy_machine *m, struct qy_swiotlb_stats *out);

/* ------------------------------------------------------------------ the device's side */

enum qy_dma_fault {
	QY_DMA_REACHED,
	QY_DMA_FAULT_WIDTH,      /* the device does not drive that many address lines */
	QY_DMA_FAULT_BUS,        /* no dma-range of its bus leads there */
	QY_DMA_FAULT_UNMAPPED,   /* the IOMMU has no translation */
	QY_DMA_FAULT_PERMISSION, /* it has one, but not for this direction */
};

/**
 * qy_dma_to_phys() - where a bus address leads when the device accesses it now
 * @write: the device writes
 * @phys:  receives the physical address
 * @bytes: receives how many bytes from there on lie behind each other; at least 1. May be NULL
 *
 * The masks of the driver are its claim and are not asked; the width is the hardware's.
 *
 * Context: Any.
 * Return: QY_DMA_REACHED, or what went wrong.
 */
enum qy_dma_fault qy_dma_to_phys(
	struct qy_dma_dev *dev, uint64_t dma, bool write, uint64_t *phys, size_t *bytes);
/* "does not drive that many address lines", ... Context: any. */
const char *qy_dma_fault_text(enum qy_dma_fault fault);

/*
 * Where the byte of RAM at @phys lies in this process, no-map regions included; up to the end of its page. NULL: there
 * is no RAM, or nobody has used it yet.
 * Context: any.
 */
void *qy_dma_ram(const struct qy_machine *m, uint64_t phys);

/* ------------------------------------------------------------------ who follows */

enum qy_dma_kind {
	QY_DMA_SINGLE, /* of qy_dma_map_page() and _map_single() */
	QY_DMA_SG,     /* one segment of a list */
	QY_DMA_COHERENT,
	QY_DMA_RESOURCE,
	QY_DMA_NONCOHERENT, /* of qy_dma_alloc_pages() */
};

/* One mapping, or what a driver says of one when it unmaps or syncs: then nothing of it need be true. */
struct qy_dma_record {
	enum qy_dma_kind kind;
	enum qy_dma_direction dir;
	uint64_t dma;
	size_t size;
	unsigned long attrs;
	uint64_t phys;       /* of a map and an alloc; else ~0 */
	const void *cpu;     /* of an alloc and a free; else NULL */
	unsigned int index;  /* which segment of a list ... */
	unsigned int nents;  /* ... of how many entries, as the driver says */
	unsigned int mapped; /* of how many segments; 0 when it is not a map */
};

/*
 * Called in the context of the caller, without locks. A successful map and alloc: after it; unmap, sync and free: before
 * anything is done. NULL entries are not called.
 */
struct qy_dma_observer {
	void *arg;
	/* a mapping by address is going to be tried; @addr may be anything */
	void (*map_address)(void *arg, struct qy_dma_dev *dev, const void *addr,
		size_t size, enum qy_dma_direction dir);
	void (*map)(void *arg, struct qy_dma_dev *dev, const struct qy_dma_record *r);
	void (*unmap)(void *arg, struct qy_dma_dev *dev, const struct qy_dma_record *r);
	void (*sync)(void *arg, struct qy_dma_dev *dev, const struct qy_dma_record *r,
		bool for_cpu);
	void (*alloc)(void *arg, struct qy_dma_dev *dev, const struct qy_dma_record *r);
	void (*free)(void *arg, struct qy_dma_dev *dev, const struct qy_dma_record *r);
	void (*mapping_error)(void *arg, struct qy_dma_dev *dev, uint64_t dma);
	/* @err: what the driver is told */
	void (*set_mask)(
		void *arg, struct qy_dma_dev *dev, bool coherent, uint64_t mask, int err);
	/* of qy_dma_dev_init(), and of _remove() after managed memory has gone */
	void (*add)(void *arg, struct qy_dma_dev *dev);
	void (*remove)(void *arg, struct qy_dma_dev *dev);
};

/* NULL: nobody. Context: no other thread is in the machine. */
void qy_dma_observe(struct qy_machine *m, const struct qy_dma_observer *observer);

/*
 * A CPU cache that devices with coherent == false do not see. Called for those only. All ranges are of RAM, in bytes.
 */
struct qy_dma_cache {
	void *arg;
	/* what the CPU wrote reaches RAM; its lines are dropped unless the device only reads */
	void (*for_device)(
		void *arg, uint64_t phys, size_t size, enum qy_dma_direction dir);
	/* what RAM holds reaches the CPU */
	void (*for_cpu)(void *arg, uint64_t phys, size_t size, enum qy_dma_direction dir);
	/* whole pages: from now on the CPU reads and writes RAM itself, and not any more */
	void (*uncached)(void *arg, uint64_t phys, size_t size, bool on);
};

/* NULL: every access reaches RAM at once. Context: no other thread is in the machine, nothing is mapped. */
void qy_dma_set_cache(struct qy_machine *m, const struct qy_dma_cache *cache);

#ifdef __cplusplus
}
#endif

#endif
