/* SPDX-License-Identifier: MIT */
/* The smaller and the larger. No state. */
#ifndef COMPAT_LINUX_MINMAX_H
#define COMPAT_LINUX_MINMAX_H

#include <linux/types.h>

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
#define min3(a, b, c) min(min(a, b), c)
#define max3(a, b, c) max(max(a, b), c)
#ifndef MAX /* of constants; the C library has them, too */
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#endif
#define umin(a, b)                min((a) + 0u + 0ul + 0ull, (b) + 0u + 0ul + 0ull)
#define umax(a, b)                max((a) + 0u + 0ul + 0ull, (b) + 0u + 0ul + 0ull)
#define in_range(v, start, len)   ((u64)(v) - (u64)(start) < (u64)(len))
#define in_range64(v, start, len) in_range(v, start, len)
#define in_range32(v, start, len) ((u32)((v) - (start)) < (u32)(len))
#define min_t(type, a, b)         min((type)(a), (type)(b))
#define max_t(type, a, b)         max((type)(a), (type)(b))
#define clamp(v, lo, hi)          min(max(v, lo), hi)
#define clamp_t(type, v, l, h)    clamp((type)(v), (type)(l), (type)(h))
#define clamp_val(v, lo, hi)      clamp_t(__typeof__(v), v, lo, hi)
#define min_not_zero(a, b)                                   \
	({                                                   \
		__auto_type x_ = (a);                        \
		__auto_type y_ = (b);                        \
		x_ == 0 ? y_ : (y_ == 0 ? x_ : min(x_, y_)); \
	})
#define swap(a, b)                    \
	do {                          \
		__auto_type t_ = (a); \
		(a) = (b);            \
		(b) = t_;             \
	} while (0)

#endif
