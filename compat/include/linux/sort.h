/* SPDX-License-Identifier: MIT */
/* Arrays in order, in place; equal elements in any. No state. */
#ifndef COMPAT_LINUX_SORT_H
#define COMPAT_LINUX_SORT_H

#include <asm/quarry.h>
#include <linux/types.h>

typedef int (*cmp_func_t)(const void *a, const void *b);
typedef int (*cmp_r_func_t)(const void *a, const void *b, const void *priv);
typedef void (*swap_func_t)(void *a, void *b, int size);
typedef void (*swap_r_func_t)(void *a, void *b, int size, const void *priv);

/* @swap_func: NULL: bytes are exchanged. At most n log n steps, whatever the order. */
void sort(void *base, size_t nr, size_t size_bytes, cmp_func_t cmp, swap_func_t swap_func)
	QY_REAL(sort);
void sort_r(void *base, size_t nr, size_t size_bytes, cmp_r_func_t cmp,
	swap_r_func_t swap_func, const void *priv) QY_REAL(sort_r);

#endif
