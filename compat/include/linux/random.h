/* SPDX-License-Identifier: MIT */
/* Numbers that nobody foresees, but that are the same in every run of one seed. No state. */
#ifndef COMPAT_LINUX_RANDOM_H
#define COMPAT_LINUX_RANDOM_H

#include <asm/quarry.h>
#include <linux/types.h>

void get_random_bytes(void *buf, size_t n) QY_REAL(get_random_bytes);

static inline u64 get_random_u64(void)
{
	u64 value;

	get_random_bytes(&value, sizeof(value));
	return value;
}

#define get_random_u32()  ((u32)get_random_u64())
#define get_random_u16()  ((u16)get_random_u64())
#define get_random_u8()   ((u8)get_random_u64())
#define get_random_long() ((unsigned long)get_random_u64())
#define get_random_int()  get_random_u32()

/* Below @ceil. */
static inline u32 get_random_u32_below(u32 ceil)
{
	return (u32)(((get_random_u64() & 0xffffffff) * ceil) >> 32);
}

#endif
