/* SPDX-License-Identifier: MIT */
/* Lists in order; equal entries stay as they were. No state. */
#ifndef COMPAT_LINUX_LIST_SORT_H
#define COMPAT_LINUX_LIST_SORT_H

#include <asm/quarry.h>
#include <linux/types.h>

struct list_head;

/* > 0: @a belongs behind @b. */
typedef int __attribute__((nonnull(2, 3))) (*list_cmp_func_t)(
	void *priv, const struct list_head *a, const struct list_head *b);

void list_sort(void *priv, struct list_head *head, list_cmp_func_t cmp)
	QY_REAL(list_sort);

#endif
