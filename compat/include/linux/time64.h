/* SPDX-License-Identifier: MIT */
/* Seconds and nanoseconds. No state. */
#ifndef COMPAT_LINUX_TIME64_H
#define COMPAT_LINUX_TIME64_H

#include <linux/types.h>

#define NSEC_PER_USEC 1000L
#define NSEC_PER_MSEC 1000000L
#define NSEC_PER_SEC  1000000000L
#define USEC_PER_MSEC 1000L
#define USEC_PER_SEC  1000000L
#define MSEC_PER_SEC  1000L

struct timespec64 {
	time64_t tv_sec;
	long tv_nsec; /* of a second, not negative */
};

static inline s64 timespec64_to_ns(const struct timespec64 *ts)
{
	return ts->tv_sec * NSEC_PER_SEC + ts->tv_nsec;
}

static inline struct timespec64 ns_to_timespec64(s64 ns)
{
	s64 seconds = ns / NSEC_PER_SEC;
	long rest = (long)(ns - seconds * NSEC_PER_SEC);

	if (rest < 0) {
		seconds--;
		rest += NSEC_PER_SEC;
	}
	return (struct timespec64){ .tv_sec = seconds, .tv_nsec = rest };
}

static inline struct timespec64 timespec64_add(struct timespec64 a, struct timespec64 b)
{
	return ns_to_timespec64(timespec64_to_ns(&a) + timespec64_to_ns(&b));
}

static inline struct timespec64 timespec64_sub(struct timespec64 a, struct timespec64 b)
{
	return ns_to_timespec64(timespec64_to_ns(&a) - timespec64_to_ns(&b));
}

static inline int timespec64_compare(
	const struct timespec64 *a, const struct timespec64 *b)
{
	s64 left = timespec64_to_ns(a), right = timespec64_to_ns(b);

	return left < right ? -1 : left > right;
}

static inline bool timespec64_equal(
	const struct timespec64 *a, const struct timespec64 *b)
{
	return !timespec64_compare(a, b);
}

static inline void timespec64_add_ns(struct timespec64 *ts, u64 ns)
{
	*ts = ns_to_timespec64(timespec64_to_ns(ts) + (s64)ns);
}

static inline void set_normalized_timespec64(
	struct timespec64 *ts, time64_t seconds, s64 ns)
{
	*ts = ns_to_timespec64(seconds * NSEC_PER_SEC + ns);
}

static inline bool timespec64_valid(const struct timespec64 *ts)
{
	return ts->tv_sec >= 0 && (unsigned long)ts->tv_nsec < NSEC_PER_SEC;
}

#define ktime_to_timespec64(kt) ns_to_timespec64(ktime_to_ns(kt))
#define timespec64_to_ktime(ts) ns_to_ktime(timespec64_to_ns(&(ts)))

#endif
