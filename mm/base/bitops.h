/* SPDX-License-Identifier: MIT */
/* Bit arithmetic on 64-bit words. No state. */
#ifndef QY_BASE_BITOPS_H
#define QY_BASE_BITOPS_H

#include "mm/base/types.h"

/* Index of the lowest / highest set bit. pre: w != 0 */
static inline unsigned int qy_ffs64(u64 w)
{
	return (unsigned int)__builtin_ctzll(w);
}

static inline unsigned int qy_fls64(u64 w)
{
	return 63u - (unsigned int)__builtin_clzll(w);
}

/* Number of set bits; the builtin would call a library function where the CPU has no instruction for it. */
static inline unsigned int qy_popcount64(u64 w)
{
	w -= w >> 1 & 0x5555555555555555ull;
	w = (w & 0x3333333333333333ull) + (w >> 2 & 0x3333333333333333ull);
	w = (w + (w >> 4)) & 0x0f0f0f0f0f0f0f0full;
	return (unsigned int)(w * 0x0101010101010101ull >> 56);
}

/* The lowest n bits, n in 0..64. */
static inline u64 qy_low_bits(unsigned int n)
{
	return n >= 64 ? ~0ull : (1ull << n) - 1;
}

/* Largest power of two <= v. pre: v != 0 */
static inline u64 qy_rounddown_pow2(u64 v)
{
	return 1ull << qy_fls64(v);
}

/* floor(sqrt(v)) */
static inline u64 qy_isqrt(u64 v)
{
	u64 root = 0;

	for (u64 bit = 1ull << 62; bit; bit >>= 2) {
		if (v >= root + bit) {
			v -= root + bit;
			root = (root >> 1) + bit;
		} else {
			root >>= 1;
		}
	}
	return root;
}

#endif
