/* SPDX-License-Identifier: MIT */
/* An element of an array that is in order. No state. */
#ifndef COMPAT_LINUX_BSEARCH_H
#define COMPAT_LINUX_BSEARCH_H

#include <linux/sort.h>

/* NULL: none is equal. */
void *bsearch(const void *key, const void *base, size_t nr, size_t size_bytes,
	cmp_func_t cmp) QY_REAL(bsearch);

#endif
