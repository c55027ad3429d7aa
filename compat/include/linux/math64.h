/* SPDX-License-Identifier: MIT */
/* Divisions of numbers of 64 bits. No state. */
#ifndef COMPAT_LINUX_MATH64_H
#define COMPAT_LINUX_MATH64_H

#include <linux/math.h>
#include <linux/types.h>

/* @n becomes the quotient. Return: the rest. */
#define do_div(n, base)                              \
	({                                           \
		u32 base_ = (base);                  \
		u32 rest_ = (u32)((u64)(n) % base_); \
		(n) = (u64)(n) / base_;              \
		rest_;                               \
	})

#define div64_long(a, b) div64_s64(a, b)
#define div64_ul(a, b)   div64_u64(a, b)

static inline u64 div_u64_rem(u64 dividend, u32 divisor, u32 *rest)
{
	*rest = (u32)(dividend % divisor);
	return dividend / divisor;
}

static inline s64 div_s64_rem(s64 dividend, s32 divisor, s32 *rest)
{
	*rest = (s32)(dividend % divisor);
	return dividend / divisor;
}

static inline u64 div64_u64_rem(u64 dividend, u64 divisor, u64 *rest)
{
	*rest = dividend % divisor;
	return dividend / divisor;
}

static inline u64 div64_u64(u64 dividend, u64 divisor)
{
	return dividend / divisor;
}

static inline s64 div64_s64(s64 dividend, s64 divisor)
{
	return dividend / divisor;
}

static inline u64 div_u64(u64 dividend, u32 divisor)
{
	return dividend / divisor;
}

static inline s64 div_s64(s64 dividend, s32 divisor)
{
	return dividend / divisor;
}

static inline u64 mul_u32_u32(u32 a, u32 b)
{
	return (u64)a * b;
}

static inline u64 mul_u64_u32_shr(u64 a, u32 mul, unsigned int shift)
{
	return (u64)(((unsigned __int128)a * mul) >> shift);
}

static inline u64 mul_u64_u64_shr(u64 a, u64 mul, unsigned int shift)
{
	return (u64)(((unsigned __int128)a * mul) >> shift);
}

/* The quotient of 128 bits is cut to 64; ~0 where it does not fit. */
u64 mul_u64_u64_div_u64(u64 a, u64 mul, u64 div) QY_REAL(mul_u64_u64_div_u64);
#define mul_u64_u32_div(a, mul, div) mul_u64_u64_div_u64(a, mul, div)

#define DIV64_U64_ROUND_UP(a, b)      div64_u64((a) + (b)-1, b)
#define DIV_U64_ROUND_UP(a, b)        div_u64((a) + (b)-1, b)
#define DIV64_U64_ROUND_CLOSEST(a, b) div64_u64((a) + (b) / 2, b)
#define DIV_U64_ROUND_CLOSEST(a, b)   div_u64((a) + (b) / 2, b)
#define DIV_S64_ROUND_CLOSEST(a, b)                                             \
	({                                                                      \
		s64 a_ = (a);                                                   \
		s32 b_ = (b);                                                   \
		(a_ > 0) == (b_ > 0) ? (a_ + b_ / 2) / b_ : (a_ - b_ / 2) / b_; \
	})

#endif
