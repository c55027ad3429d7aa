/* SPDX-License-Identifier: MIT */
/* The small macros that every driver uses. No state. */
#ifndef COMPAT_LINUX_KERNEL_H
#define COMPAT_LINUX_KERNEL_H

#include <asm/byteorder.h>
#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/errno.h>
#include <linux/kconfig.h>
#include <linux/kstrtox.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/sprintf.h>
#include <linux/types.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define ALIGN(x, to)            (((x) + (__typeof__(x))(to)-1) & ~((__typeof__(x))(to)-1))
#define ALIGN_DOWN(x, to)       ((x) & ~((__typeof__(x))(to)-1))
#define PTR_ALIGN(p, to)        ((__typeof__(p))ALIGN((unsigned long)(p), (to)))
#define PTR_ALIGN_DOWN(p, to)   ((__typeof__(p))ALIGN_DOWN((unsigned long)(p), (to)))
#define IS_ALIGNED(x, to)       (((x) & ((__typeof__(x))(to)-1)) == 0)
#define DIV_ROUND_UP(n, d)      (((n) + (d)-1) / (d))
#define DIV_ROUND_CLOSEST(x, d) (((x) + (d) / 2) / (d))
#define roundup(x, to)          ((((x) + ((to)-1)) / (to)) * (to))
#define rounddown(x, to)        ((x) - (x) % (to))
#define round_up(x, to)         ALIGN(x, to)
#define round_down(x, to)       ALIGN_DOWN(x, to)
#define upper_32_bits(n)        ((u32)((n) >> 16 >> 16))
#define lower_32_bits(n)        ((u32)((n)&0xffffffff))
#define abs(x)                           \
	({                               \
		__auto_type abs_ = (x);  \
		abs_ < 0 ? -abs_ : abs_; \
	})

#define U8_MAX     255
#define U16_MAX    65535
#define U32_MAX    4294967295u
#define U64_MAX    (~0ull)
#define S32_MAX    INT_MAX
#define INT_MAX    __INT_MAX__
#define INT_MIN    (-INT_MAX - 1)
#define UINT_MAX   (INT_MAX * 2U + 1U)
#define LONG_MAX   __LONG_MAX__
#define ULONG_MAX  (LONG_MAX * 2UL + 1UL)
#define LLONG_MAX  __LONG_LONG_MAX__
#define ULLONG_MAX (LLONG_MAX * 2ULL + 1ULL)

void qy_compat_might_sleep(const char *file, int line);
#define might_sleep() qy_compat_might_sleep(__FILE__, __LINE__)
#define might_sleep_if(c)              \
	do {                           \
		if (c)                 \
			might_sleep(); \
	} while (0)

#endif
