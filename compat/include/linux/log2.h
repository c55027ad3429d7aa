/* SPDX-License-Identifier: MIT */
/* Powers of two. No state. */
#ifndef COMPAT_LINUX_LOG2_H
#define COMPAT_LINUX_LOG2_H

#include <linux/types.h>

static inline int ilog2(unsigned long n)
{
	return 63 - __builtin_clzl(n);
}

static inline bool is_power_of_2(unsigned long n)
{
	return n && !(n & (n - 1));
}

static inline unsigned long roundup_pow_of_two(unsigned long n)
{
	return n > 1 ? 1ul << (ilog2(n - 1) + 1) : 1;
}

static inline unsigned long rounddown_pow_of_two(unsigned long n)
{
	return 1ul << ilog2(n);
}

/* The order of the power of two that holds @n. */
static inline int order_base_2(unsigned long n)
{
	return n > 1 ? ilog2(n - 1) + 1 : 0;
}

#endif
