/* SPDX-License-Identifier: MIT */
/* Numbers scattered by a multiplication. No state. */
#ifndef COMPAT_LINUX_HASH_H
#define COMPAT_LINUX_HASH_H

#include <linux/compiler.h>
#include <linux/types.h>

#define GOLDEN_RATIO_32    0x61c88647
#define GOLDEN_RATIO_64    0x61c8864680b583ebull
#define GOLDEN_RATIO_PRIME GOLDEN_RATIO_64

static inline u32 __hash_32(u32 value)
{
	return value * GOLDEN_RATIO_32;
}

/* The upper @bits of the product: those that depend on all. */
static inline u32 hash_32(u32 value, unsigned int bits)
{
	return __hash_32(value) >> (32 - bits);
}

static inline u32 hash_64(u64 value, unsigned int bits)
{
	return (u32)((value * GOLDEN_RATIO_64) >> (64 - bits));
}

#define hash_long(value, bits) hash_64(value, bits)

static inline u32 hash_ptr(const void *p, unsigned int bits)
{
	return hash_long((unsigned long)p, bits);
}

static inline u32 hash32_ptr(const void *p)
{
	unsigned long value = (unsigned long)p;

	return (u32)(value ^ value >> 32);
}

#endif
