/* SPDX-License-Identifier: MIT */
/* Numbers that nobody foresees, but that are the same in every run of one seed. No state. */
#ifndef COMPAT_LINUX_RANDOM_H
#define COMPAT_LINUX_RANDOM_H

#include <asm/quarry.h>
#include <linux/types.h>
#include <linux/version.h>

/* stub: the numbers here come from the seed alone */
#define add_device_randomness(buf, nr) ((void)(buf), (void)(nr))
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

#if !QY_SINCE(6, 1)
#define prandom_u32() get_random_u32()
#endif
/* Once: of the same value for ever. */
#define get_random_once(buf, nr)                   \
	({                                         \
		static bool done_;                 \
		bool first_ = !done_;              \
		if (first_) {                      \
			done_ = true;              \
			get_random_bytes(buf, nr); \
		}                                  \
		first_;                            \
	})

/* Below @ceil. */
static inline u32 get_random_u32_below(u32 ceil)
{
	return (u32)(((get_random_u64() & 0xffffffff) * ceil) >> 32);
}

static inline u32 get_random_u32_above(u32 floor)
{
	return floor + 1 + get_random_u32_below(0xffffffffu - floor);
}

/* Both ends are possible. */
static inline u32 get_random_u32_inclusive(u32 floor, u32 ceil)
{
	return floor +
	       (u32)(((get_random_u64() & 0xffffffff) * ((u64)ceil - floor + 1)) >> 32);
}

#include <linux/prandom.h>

#endif
