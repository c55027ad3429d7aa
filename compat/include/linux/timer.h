/* SPDX-License-Identifier: MIT */
/* Timers in jiffies; their functions run in softirq context. No state. */
#ifndef COMPAT_LINUX_TIMER_H
#define COMPAT_LINUX_TIMER_H

#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/version.h>

struct timer_list {
	struct hlist_node entry; /* hashed: it is going to run */
	unsigned long expires;
	void (*function)(struct timer_list *timer);
	u32 flags;
	struct qy_alarm qy_alarm;
	bool qy_is_shut; /* for good */
};

/* stub: an idle CPU is not kept asleep */
#define TIMER_DEFERRABLE 0x00080000u
/* stub: timers do not move to other CPUs */
#define TIMER_PINNED     0x00100000u

#define __TIMER_INITIALIZER(fn, f)             \
	{                                      \
		.function = (fn), .flags = (f) \
	}
#define DEFINE_TIMER(name, fn) struct timer_list name = __TIMER_INITIALIZER(fn, 0)

void timer_setup(struct timer_list *timer, void (*function)(struct timer_list *timer),
	unsigned int flags) QY_REAL(timer_setup);
#define timer_setup_on_stack(timer, fn, flags) timer_setup(timer, fn, flags)
#define destroy_timer_on_stack(timer)          timer_delete_sync(timer)
void add_timer(struct timer_list *timer) QY_REAL(add_timer);
/* Return: was it pending? Context: any. */
int mod_timer(struct timer_list *timer, unsigned long expires) QY_REAL(mod_timer);
int timer_reduce(struct timer_list *timer, unsigned long expires) QY_REAL(timer_reduce);
int timer_delete(struct timer_list *timer) QY_REAL(timer_delete);
/* Afterwards its function does not run. Context: task, or softirq; not in the function itself. */
int timer_delete_sync(struct timer_list *timer) QY_REAL(timer_delete_sync);
/* And it cannot be started again. */
int timer_shutdown_sync(struct timer_list *timer) QY_REAL(timer_shutdown_sync);

#if !QY_SINCE(6, 15)
#define del_timer(timer)      timer_delete(timer)
#define del_timer_sync(timer) timer_delete_sync(timer)
#endif

static inline int timer_pending(const struct timer_list *timer)
{
	return timer->qy_alarm.set || timer->entry.pprev;
}

#if QY_SINCE(6, 16)
#define timer_container_of(var, callback_timer, field) \
	container_of(callback_timer, __typeof__(*var), field)
#else
#define from_timer(var, callback_timer, field) \
	container_of(callback_timer, __typeof__(*var), field)
#endif

#endif
