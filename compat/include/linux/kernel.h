/* SPDX-License-Identifier: MIT */
/* The small macros that every driver uses. No state. */
#ifndef COMPAT_LINUX_KERNEL_H
#define COMPAT_LINUX_KERNEL_H

#include <linux/compiler.h>
#include <linux/log2.h>
#include <linux/printk.h>
#include <linux/sprintf.h>
#include <linux/types.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define container_of(ptr, type, member) \
	((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#define min(a, b)                     \
	({                            \
		__auto_type a_ = (a); \
		__auto_type b_ = (b); \
		a_ < b_ ? a_ : b_;    \
	})
#define max(a, b)                     \
	({                            \
		__auto_type a_ = (a); \
		__auto_type b_ = (b); \
		a_ > b_ ? a_ : b_;    \
	})
#define min_t(type, a, b) min((type)(a), (type)(b))
#define max_t(type, a, b) max((type)(a), (type)(b))
#define clamp(v, lo, hi)  min(max(v, lo), hi)

#define ALIGN(x, to)       (((x) + (__typeof__(x))(to)-1) & ~((__typeof__(x))(to)-1))
#define ALIGN_DOWN(x, to)  ((x) & ~((__typeof__(x))(to)-1))
#define IS_ALIGNED(x, to)  (((x) & ((__typeof__(x))(to)-1)) == 0)
#define DIV_ROUND_UP(n, d) (((n) + (d)-1) / (d))
#define roundup(x, to)     ((((x) + ((to)-1)) / (to)) * (to))
#define round_up(x, to)    ALIGN(x, to)
#define round_down(x, to)  ALIGN_DOWN(x, to)
#define upper_32_bits(n)   ((u32)((n) >> 16 >> 16))
#define lower_32_bits(n)   ((u32)((n)&0xffffffff))

#define INT_MAX   __INT_MAX__
#define UINT_MAX  (INT_MAX * 2U + 1U)
#define LONG_MAX  __LONG_MAX__
#define ULONG_MAX (LONG_MAX * 2UL + 1UL)

#endif
