/* SPDX-License-Identifier: MIT */
/*
 * CMA areas of the board. Which there are, where and how large, the device tree and the command line say; a driver takes
 * from them and gives back.
 *
 * A struct cma is a name only: the number of the area, plus one. No state.
 */
#ifndef COMPAT_LINUX_CMA_H
#define COMPAT_LINUX_CMA_H

#include <linux/gfp.h>
#include <linux/types.h>
#include <quarry/cma.h>

struct cma;

static inline struct cma *qy_compat_cma(int area)
{
	return area < 0 ? NULL : (struct cma *)(uintptr_t)(area + 1);
}

static inline struct qy_cma_stats qy_compat_cma_stats(const struct cma *cma)
{
	struct qy_cma_stats stats = { 0 };

	if (cma)
		qy_cma_stats(qy_this_machine(), (uint32_t)(uintptr_t)cma - 1, &stats);
	return stats;
}

static inline phys_addr_t cma_get_base(const struct cma *cma)
{
	return qy_compat_cma_stats(cma).base_pfn << PAGE_SHIFT;
}

static inline unsigned long cma_get_size(const struct cma *cma)
{
	return qy_compat_cma_stats(cma).nr_pages << PAGE_SHIFT;
}

static inline const char *cma_get_name(const struct cma *cma)
{
	const char *name = qy_compat_cma_stats(cma).name;

	return name ? name : "(undefined)";
}

static inline struct page *cma_alloc(
	struct cma *cma, unsigned long count, unsigned int align, bool no_warn)
{
	return cma ? qy_cma_alloc(qy_this_machine(), (uint32_t)(uintptr_t)cma - 1, count,
			     align, no_warn, NULL)
		   : NULL;
}

static inline bool cma_release(
	struct cma *cma, const struct page *pages, unsigned long count)
{
	return cma && qy_cma_release(qy_this_machine(), (uint32_t)(uintptr_t)cma - 1,
			      (struct page *)pages, count);
}

static inline int cma_for_each_area(int (*it)(struct cma *cma, void *data), void *data)
{
	struct qy_cma_stats stats;
	int ret = 0;

	for (int i = 0; !ret && qy_cma_stats(qy_this_machine(), (uint32_t)i, &stats); i++)
		ret = it(qy_compat_cma(i), data);
	return ret;
}

#define QY_UNTIL "by design: areas are data of the board"
QY_ABSENT(int, cma_declare_contiguous,
	(phys_addr_t base, phys_addr_t size, phys_addr_t limit, phys_addr_t alignment,
		unsigned int order_per_bit, bool fixed, const char *name,
		struct cma **res_cma),
	QY_UNTIL);
QY_ABSENT(int, cma_init_reserved_mem,
	(phys_addr_t base, phys_addr_t size, unsigned int order_per_bit, const char *name,
		struct cma **res_cma),
	QY_UNTIL);
#undef QY_UNTIL

#endif
