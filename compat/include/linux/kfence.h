/* SPDX-License-Identifier: MIT */
/*
 * KFENCE: is it an object on a page of its own? See quarry/kfence.h.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_KFENCE_H
#define COMPAT_LINUX_KFENCE_H

#include <linux/mm.h>
#include <linux/types.h>
#include <quarry/kfence.h>

static inline bool is_kfence_address(const void *addr)
{
	return qy_is_kfence_address(qy_this_machine(), addr);
}

static inline char *qy_compat_kfence_pool(void)
{
	size_t bytes;

	return qy_kfence_pool(qy_this_machine(), &bytes);
}

#define __kfence_pool          qy_compat_kfence_pool()
/* in milliseconds */
#define kfence_sample_interval ((unsigned long)qy_kfence_interval_ms(qy_this_machine()))

#endif
