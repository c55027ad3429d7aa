/* SPDX-License-Identifier: MIT */
/*
 * Bus addresses behind an IOMMU: which are taken.
 *
 *   qy_iova_init, _exit, _reserve   an address space, and what of it is never given out
 *   qy_iova_alloc, _free            ranges of pages, the highest free one, aligned to their size
 *   qy_iova_alloc_fast, _free_fast  the same by way of this CPU's magazines
 *
 * Addresses are in units of 4 KiB (pfn). Up to 32 pages a range is a power of two, and what is freed waits in a magazine
 * of its order: 127 ranges each, two per CPU and order, full ones behind them in a depot.
 *
 *   taken ranges are the nodes of a treap by address; node->gap is the free room right below one, node->max_gap the
 *   largest of its subtree, so that a search visits only where there is room enough
 *   what is in a magazine is taken still
 *
 * Locking: cpu_rcache->lock -> rcache->lock; space->lock is taken alone.
 */
#ifndef QY_DMA_IOVA_H
#define QY_DMA_IOVA_H

#include "mm/machine.h"

#define IOVA_CACHED_ORDERS 6u /* 1..32 pages */
#define IOVA_MAG_SIZE      127u
#define IOVA_NONE          0ull /* page 0 is never given out */

struct iova {
	struct iova *left, *right;
	u64 lo, hi;  /* pfn, half open */
	u64 gap;     /* free pages right below lo */
	u64 max_gap; /* of the subtree */
	u64 priority;
};

struct iova_magazine {
	u64 size; /* ranges in it; in the depot: the next one */
	u64 pfn[IOVA_MAG_SIZE];
};
_Static_assert(sizeof(struct iova_magazine) == 1024, "one object of kmalloc-1k");

struct iova_cpu_rcache {
	struct qy_spinlock lock;
	struct iova_magazine *loaded, *prev; /* NULL until needed */
};

struct iova_rcache {
	struct iova_cpu_rcache *cpu; /* by CPU */
	struct qy_spinlock lock;
	u32 depot_size;
	struct iova_magazine *depot;
};

struct iova_space {
	struct qy_machine *m;
	u64 end_pfn; /* exclusive */
	struct iova_rcache rcache[IOVA_CACHED_ORDERS];
	struct qy_spinlock lock;
	/* lock must be held for these: */
	struct iova *root;
	u64 nr_ranges; /* nodes but the last one, which stands behind the end */
	struct iova anchor;
};

/* pre: 1 < @end_pfn. Return: 0, -ENOMEM. Context: task. */
int qy_iova_init(struct iova_space *space, struct qy_machine *m, u64 end_pfn);
/* Everything is free. Context: task, nobody else is inside. */
void qy_iova_exit(struct iova_space *space);
/* [lo, hi) is taken for good, but for what of it is taken already. Return: 0, -ENOMEM. */
int qy_iova_reserve(struct iova_space *space, u64 lo, u64 hi);

/* @limit_pfn: the last page that may be part of it. Return: the first page, or IOVA_NONE. Context: any. */
u64 qy_iova_alloc(struct iova_space *space, u64 nr_pages, u64 limit_pfn);
u64 qy_iova_alloc_fast(
	struct iova_space *space, u64 nr_pages, u64 limit_pfn, bool flush_caches);
/* pre: taken, and not in a magazine. A range that is not there is ignored: false. Context: any. */
bool qy_iova_free(struct iova_space *space, u64 pfn);
void qy_iova_free_fast(struct iova_space *space, u64 pfn, u64 nr_pages);

bool qy_iova_validate(struct iova_space *space, char *why, size_t why_size);

#endif
