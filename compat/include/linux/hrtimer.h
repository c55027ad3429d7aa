/* SPDX-License-Identifier: MIT */
/* Timers in nanoseconds; their functions run in interrupts. No state. */
#ifndef COMPAT_LINUX_HRTIMER_H
#define COMPAT_LINUX_HRTIMER_H

#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/version.h>

enum hrtimer_restart {
	HRTIMER_NORESTART,
	HRTIMER_RESTART,
};

enum hrtimer_mode {
	HRTIMER_MODE_ABS = 0x00,
	HRTIMER_MODE_REL = 0x01,
	HRTIMER_MODE_PINNED = 0x02,
	HRTIMER_MODE_ABS_PINNED = 0x02,
	HRTIMER_MODE_REL_PINNED = 0x03,
};

#define CLOCK_MONOTONIC 1
#define CLOCK_BOOTTIME  7

struct hrtimer {
	ktime_t qy_expires;
	enum hrtimer_restart (*function)(struct hrtimer *timer);
	struct qy_alarm qy_alarm;
	bool qy_running;
};

#if !QY_SINCE(6, 15)
void hrtimer_init(struct hrtimer *timer, int clock, enum hrtimer_mode mode)
	QY_REAL(hrtimer_init);
#endif
#if QY_SINCE(6, 13)
void hrtimer_setup(struct hrtimer *timer,
	enum hrtimer_restart (*function)(struct hrtimer *timer), int clock,
	enum hrtimer_mode mode) QY_REAL(hrtimer_setup);
#endif
void hrtimer_start(struct hrtimer *timer, ktime_t when, enum hrtimer_mode mode)
	QY_REAL(hrtimer_start);
int hrtimer_cancel(struct hrtimer *timer) QY_REAL(hrtimer_cancel);
int hrtimer_try_to_cancel(struct hrtimer *timer) QY_REAL(hrtimer_try_to_cancel);
/* Return: how many intervals it was late. */
u64 hrtimer_forward(struct hrtimer *timer, ktime_t now, ktime_t interval)
	QY_REAL(hrtimer_forward);

static inline u64 hrtimer_forward_now(struct hrtimer *timer, ktime_t interval)
{
	return hrtimer_forward(timer, ktime_get(), interval);
}

static inline bool hrtimer_active(const struct hrtimer *timer)
{
	return timer->qy_alarm.set || timer->qy_running;
}

static inline ktime_t hrtimer_get_expires(const struct hrtimer *timer)
{
	return timer->qy_expires;
}

#endif
