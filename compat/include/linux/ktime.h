/* SPDX-License-Identifier: MIT */
/* The virtual clock in nanoseconds. Looking at it costs a little time, so that a loop that waits ends. No state. */
#ifndef COMPAT_LINUX_KTIME_H
#define COMPAT_LINUX_KTIME_H

#include <asm/quarry.h>
#include <linux/jiffies.h>
#include <linux/time64.h>
#include <linux/types.h>

#define KTIME_MAX ((s64) ~((u64)1 << 63))

u64 ktime_get_ns(void) QY_REAL(ktime_get_ns);

static inline ktime_t ktime_get(void)
{
	return (ktime_t)ktime_get_ns();
}

#define ktime_get_boottime()    ktime_get()
#define ktime_get_boottime_ns() ktime_get_ns()
#define ktime_get_raw()         ktime_get()

static inline ktime_t ktime_set(s64 secs, unsigned long nsecs)
{
	return secs * NSEC_PER_SEC + (s64)nsecs;
}

static inline ktime_t ns_to_ktime(u64 ns)
{
	return (ktime_t)ns;
}

static inline ktime_t us_to_ktime(u64 us)
{
	return (ktime_t)us * NSEC_PER_USEC;
}

static inline ktime_t ms_to_ktime(u64 ms)
{
	return (ktime_t)ms * NSEC_PER_MSEC;
}

static inline s64 ktime_to_ns(ktime_t kt)
{
	return kt;
}

static inline s64 ktime_to_us(ktime_t kt)
{
	return kt / NSEC_PER_USEC;
}

static inline s64 ktime_to_ms(ktime_t kt)
{
	return kt / NSEC_PER_MSEC;
}

#define ktime_add(a, b)      ((a) + (b))
#define ktime_sub(a, b)      ((a) - (b))
#define ktime_add_ns(kt, ns) ((kt) + (s64)(ns))
#define ktime_add_us(kt, us) ((kt) + (s64)(us)*NSEC_PER_USEC)
#define ktime_add_ms(kt, ms) ((kt) + (s64)(ms)*NSEC_PER_MSEC)

static inline s64 ktime_us_delta(ktime_t later, ktime_t earlier)
{
	return ktime_to_us(later - earlier);
}

static inline s64 ktime_ms_delta(ktime_t later, ktime_t earlier)
{
	return ktime_to_ms(later - earlier);
}

static inline int ktime_compare(ktime_t a, ktime_t b)
{
	return a < b ? -1 : a > b;
}

static inline bool ktime_after(ktime_t a, ktime_t b)
{
	return a > b;
}

static inline bool ktime_before(ktime_t a, ktime_t b)
{
	return a < b;
}

#include <linux/timekeeping.h>

#endif
