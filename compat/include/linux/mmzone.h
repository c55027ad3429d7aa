/* SPDX-License-Identifier: MIT */
/* Orders, pageblocks, migratetypes. struct zone is opaque. No state. */
#ifndef COMPAT_LINUX_MMZONE_H
#define COMPAT_LINUX_MMZONE_H

#include <linux/numa.h>
#include <linux/version.h>
#include <linux/cache.h>
#include <linux/mm_types.h>
#include <quarry/stats.h>

#define MAX_PAGE_ORDER          QY_MAX_PAGE_ORDER
#define NR_PAGE_ORDERS          QY_NR_PAGE_ORDERS
#define MAX_ORDER_NR_PAGES      (1 << MAX_PAGE_ORDER)
#define PAGE_ALLOC_COSTLY_ORDER 3
#define pageblock_order         QY_PAGEBLOCK_ORDER
#define pageblock_nr_pages      (1UL << pageblock_order)
#define MAX_NR_ZONES            QY_MAX_NR_ZONES

enum migratetype {
	MIGRATE_UNMOVABLE,
	MIGRATE_MOVABLE,
	MIGRATE_RECLAIMABLE,
	MIGRATE_PCPTYPES,
	MIGRATE_HIGHATOMIC = MIGRATE_PCPTYPES,
	MIGRATE_CMA,
	MIGRATE_ISOLATE,
	MIGRATE_TYPES,
};

struct zone;

/* Until 6.3 it was a count. */
#if LINUX_VERSION_CODE < ((6 << 16) + (4 << 8))
#define MAX_ORDER (MAX_PAGE_ORDER + 1)
#elif LINUX_VERSION_CODE < ((6 << 16) + (8 << 8))
#define MAX_ORDER MAX_PAGE_ORDER
#endif

#endif
