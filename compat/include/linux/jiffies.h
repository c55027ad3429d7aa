/* SPDX-License-Identifier: MIT */
/* The virtual clock in ticks of 4 ms. As there it starts five minutes before it wraps around 32 bits. No state. */
#ifndef COMPAT_LINUX_JIFFIES_H
#define COMPAT_LINUX_JIFFIES_H

#include <asm/quarry.h>
#include <linux/kernel.h>

#define HZ               250
#define INITIAL_JIFFIES  ((unsigned long)(unsigned int)(-300 * HZ))
#define MAX_JIFFY_OFFSET ((LONG_MAX >> 1) - 1)

unsigned long qy_compat_jiffies(void);
#define jiffies    qy_compat_jiffies()
#define jiffies_64 ((u64)qy_compat_jiffies())

static inline u64 get_jiffies_64(void)
{
	return jiffies_64;
}

#define time_after(a, b)          ((long)((b) - (a)) < 0)
#define time_before(a, b)         time_after(b, a)
#define time_after_eq(a, b)       ((long)((a) - (b)) >= 0)
#define time_before_eq(a, b)      time_after_eq(b, a)
#define time_is_before_jiffies(a) time_after(jiffies, a)
#define time_is_after_jiffies(a)  time_before(jiffies, a)

static inline unsigned long msecs_to_jiffies(unsigned int ms)
{
	return (int)ms < 0 ? (unsigned long)MAX_JIFFY_OFFSET
			   : ((unsigned long)ms + 1000 / HZ - 1) / (1000 / HZ);
}

static inline unsigned long usecs_to_jiffies(unsigned int us)
{
	return ((unsigned long)us + 1000000 / HZ - 1) / (1000000 / HZ);
}

static inline unsigned long nsecs_to_jiffies(u64 ns)
{
	return (unsigned long)(ns / (1000000000 / HZ));
}

static inline unsigned int jiffies_to_msecs(unsigned long j)
{
	return (unsigned int)(j * (1000 / HZ));
}

static inline unsigned int jiffies_to_usecs(unsigned long j)
{
	return (unsigned int)(j * (1000000 / HZ));
}

static inline u64 jiffies_to_nsecs(unsigned long j)
{
	return (u64)j * (1000000000 / HZ);
}

#define round_jiffies(j)          (((j) + HZ - 1) / HZ * HZ)
#define round_jiffies_relative(j) (round_jiffies((j) + jiffies) - jiffies)

#endif
