/* SPDX-License-Identifier: MIT */
/* Page sizes. No state. */
#ifndef COMPAT_ASM_PAGE_H
#define COMPAT_ASM_PAGE_H

#include <asm/quarry.h>
#include <linux/types.h>

#define PAGE_SHIFT QY_PAGE_SHIFT
#define PAGE_SIZE  (1UL << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))

#define PAGE_ALIGN(x)   ((((unsigned long)(x)) + PAGE_SIZE - 1) & PAGE_MASK)
#define PAGE_ALIGNED(x) (!((unsigned long)(x) & ~PAGE_MASK))

#define PFN_UP(x)   (((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define PFN_DOWN(x) ((x) >> PAGE_SHIFT)
#define PFN_PHYS(x) ((phys_addr_t)(x) << PAGE_SHIFT)
#define PHYS_PFN(x) ((unsigned long)((x) >> PAGE_SHIFT))

/* Undefined for 0, as there: 52. */
static inline int get_order(unsigned long size_bytes)
{
	unsigned long last_page = (size_bytes - 1) >> PAGE_SHIFT;

	return last_page ? 64 - __builtin_clzl(last_page) : 0;
}

#define offset_in_page(p) ((unsigned long)(p) & ~PAGE_MASK)

#endif
