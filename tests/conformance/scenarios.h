/* SPDX-License-Identifier: MIT */
/*
 * What the scenario files share. They see public driver APIs and the orc_*() hooks, nothing else.
 *
 * ORC_HAVE_OBJECTS: the build has vmalloc and DMA. A kernel has; a library build that has not defines ORC_PAGES_ONLY and
 * leaves scenarios_objects.c out.
 */
#ifndef SCENARIOS_H
#define SCENARIOS_H

#include <linux/module.h>
#include <linux/kernel.h>
#include <linux/version.h>
#include <linux/slab.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/cache.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <linux/mempool.h>
#include <linux/dma-mapping.h>
#include <linux/dmapool.h>
#include <linux/poison.h>
#include <linux/log2.h>
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/preempt.h>
#include "oracle.h"

#ifndef ORC_PAGES_ONLY
#define ORC_HAVE_OBJECTS
#endif

/* Before 6.8 MAX_ORDER was the name; exclusive before 6.4. */
#ifndef MAX_PAGE_ORDER
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
#define MAX_PAGE_ORDER (MAX_ORDER - 1)
#else
#define MAX_PAGE_ORDER MAX_ORDER
#endif
#endif

#define QUIET (__GFP_NOWARN | __GFP_NORETRY)

/* Keeps the optimiser from proving sizes constant (alloc_size attributes, -Walloc-size-larger-than). */
static inline size_t hide(size_t v)
{
	OPTIMIZER_HIDE_VAR(v);
	return v;
}

/* The place of the lowest bit; 64 = none. */
static inline unsigned int lowbit(unsigned long v)
{
	return v ? __ffs(v) : 64;
}

static inline int all_zero(const void *p, size_t n)
{
	return !n || !memchr_inv(p, 0, n);
}

#endif
