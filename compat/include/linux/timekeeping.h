/* SPDX-License-Identifier: MIT */
/*
 * The clock. What time it is in the world is that of the release of Linux 6.12 when a board boots, so that a seed gives the same
 * run; no clock is ever set.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_TIMEKEEPING_H
#define COMPAT_LINUX_TIMEKEEPING_H

#include <linux/ktime.h>
#include <linux/time64.h>

#define QY_BOOTED_AT_S 1731880940ll /* seconds since 1970 */

static inline ktime_t ktime_get_real(void)
{
	return ktime_add_ns(ktime_get(), QY_BOOTED_AT_S * NSEC_PER_SEC);
}

#define ktime_get_real_ns()          ((u64)ktime_to_ns(ktime_get_real()))
#define ktime_get_clocktai()         ktime_get_real()
#define ktime_get_raw()              ktime_get()
#define ktime_get_raw_ns()           ktime_get_ns()
#define ktime_get_coarse()           ktime_get()
#define ktime_get_coarse_ns()        ktime_get_ns()
#define ktime_get_mono_fast_ns()     ktime_get_ns()
#define ktime_get_real_fast_ns()     ktime_get_real_ns()
#define ktime_get_real_seconds()     ((time64_t)(ktime_get_real_ns() / NSEC_PER_SEC))
#define ktime_get_seconds()          ((time64_t)(ktime_get_ns() / NSEC_PER_SEC))
#define ktime_get_boottime_seconds() ktime_get_seconds()

static inline void ktime_get_ts64(struct timespec64 *ts)
{
	*ts = ktime_to_timespec64(ktime_get());
}

static inline void ktime_get_real_ts64(struct timespec64 *ts)
{
	*ts = ktime_to_timespec64(ktime_get_real());
}

#define ktime_get_boottime_ts64(ts)    ktime_get_ts64(ts)
#define ktime_get_raw_ts64(ts)         ktime_get_ts64(ts)
#define ktime_get_coarse_ts64(ts)      ktime_get_ts64(ts)
#define ktime_get_coarse_real_ts64(ts) ktime_get_real_ts64(ts)

#endif
