/* SPDX-License-Identifier: MIT */
/* Integer names, sizes and the small macros of the core. Compiler headers only. No state. */
#ifndef QY_BASE_TYPES_H
#define QY_BASE_TYPES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

#define likely(x)     __builtin_expect(!!(x), 1)
#define unlikely(x)   __builtin_expect(!!(x), 0)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define __must_check  __attribute__((warn_unused_result))
#define noinline      __attribute__((noinline))
#define QY_CACHELINE  64

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
#define clamp(v, lo, hi) min(max(v, lo), hi)

#define round_down(v, to) ((v) & ~((__typeof__(v))(to)-1)) /* @to: power of two */
#define round_up(v, to)   round_down((v) + (__typeof__(v))(to)-1, to)

/* errno values that cross the interface; Linux's numbers */
#define QY_ENOENT     2
#define QY_ESRCH      3
#define QY_EINTR      4
#define QY_EIO        5
#define QY_EAGAIN     11
#define QY_ENOMEM     12
#define QY_EACCES     13
#define QY_EFAULT     14
#define QY_EBUSY      16
#define QY_EEXIST     17
#define QY_EINVAL     22
#define QY_ENOSPC     28
#define QY_EOPNOTSUPP 95

/* The four memory functions that a C compiler may call on its own; the port's environment has them. */
void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);

#endif
