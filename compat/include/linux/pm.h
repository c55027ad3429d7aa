/* SPDX-License-Identifier: MIT */
/*
 * Suspend and resume of the whole board, as `echo mem > /sys/power/state` does them. What freezes and restores is of hibernation,
 * which no board here does; power of devices while they run is linux/pm_runtime.h.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_PM_H
#define COMPAT_LINUX_PM_H

#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct device;

typedef struct pm_message {
	int event;
} pm_message_t;

#define PM_EVENT_ON        0x0000
#define PM_EVENT_FREEZE    0x0001
#define PM_EVENT_SUSPEND   0x0002
#define PM_EVENT_HIBERNATE 0x0004
#define PM_EVENT_RESUME    0x0010
#define PM_EVENT_SLEEP     (PM_EVENT_SUSPEND | PM_EVENT_HIBERNATE)
#define PMSG_ON            ((struct pm_message){ PM_EVENT_ON })
#define PMSG_SUSPEND       ((struct pm_message){ PM_EVENT_SUSPEND })
#define PMSG_RESUME        ((struct pm_message){ PM_EVENT_RESUME })

struct dev_pm_ops {
	int (*prepare)(struct device *dev);
	void (*complete)(struct device *dev);
	int (*suspend)(struct device *dev);
	int (*resume)(struct device *dev);
	int (*freeze)(struct device *dev);
	int (*thaw)(struct device *dev);
	int (*poweroff)(struct device *dev);
	int (*restore)(struct device *dev);
	int (*suspend_late)(struct device *dev);
	int (*resume_early)(struct device *dev);
	int (*freeze_late)(struct device *dev);
	int (*thaw_early)(struct device *dev);
	int (*poweroff_late)(struct device *dev);
	int (*restore_early)(struct device *dev);
	int (*suspend_noirq)(struct device *dev);
	int (*resume_noirq)(struct device *dev);
	int (*freeze_noirq)(struct device *dev);
	int (*thaw_noirq)(struct device *dev);
	int (*poweroff_noirq)(struct device *dev);
	int (*restore_noirq)(struct device *dev);
	int (*runtime_suspend)(struct device *dev);
	int (*runtime_resume)(struct device *dev);
	int (*runtime_idle)(struct device *dev);
};

#define SYSTEM_SLEEP_PM_OPS(suspend_fn, resume_fn)                              \
	.suspend = (suspend_fn), .resume = (resume_fn), .freeze = (suspend_fn), \
	.thaw = (resume_fn), .poweroff = (suspend_fn), .restore = (resume_fn),
#define LATE_SYSTEM_SLEEP_PM_OPS(suspend_fn, resume_fn)            \
	.suspend_late = (suspend_fn), .resume_early = (resume_fn), \
	.freeze_late = (suspend_fn), .thaw_early = (resume_fn),    \
	.poweroff_late = (suspend_fn), .restore_early = (resume_fn),
#define NOIRQ_SYSTEM_SLEEP_PM_OPS(suspend_fn, resume_fn)            \
	.suspend_noirq = (suspend_fn), .resume_noirq = (resume_fn), \
	.freeze_noirq = (suspend_fn), .thaw_noirq = (resume_fn),    \
	.poweroff_noirq = (suspend_fn), .restore_noirq = (resume_fn),
#define RUNTIME_PM_OPS(suspend_fn, resume_fn, idle_fn)                  \
	.runtime_suspend = (suspend_fn), .runtime_resume = (resume_fn), \
	.runtime_idle = (idle_fn),
#define SET_SYSTEM_SLEEP_PM_OPS(suspend_fn, resume_fn) \
	SYSTEM_SLEEP_PM_OPS(suspend_fn, resume_fn)
#define SET_LATE_SYSTEM_SLEEP_PM_OPS(suspend_fn, resume_fn) \
	LATE_SYSTEM_SLEEP_PM_OPS(suspend_fn, resume_fn)
#define SET_NOIRQ_SYSTEM_SLEEP_PM_OPS(suspend_fn, resume_fn) \
	NOIRQ_SYSTEM_SLEEP_PM_OPS(suspend_fn, resume_fn)
#define SET_RUNTIME_PM_OPS(suspend_fn, resume_fn, idle_fn) \
	RUNTIME_PM_OPS(suspend_fn, resume_fn, idle_fn)
#define SIMPLE_DEV_PM_OPS(name, suspend_fn, resume_fn)  \
	const struct dev_pm_ops __attribute__((unused)) \
	name = { SYSTEM_SLEEP_PM_OPS(suspend_fn, resume_fn) }
#define DEFINE_SIMPLE_DEV_PM_OPS(name, suspend_fn, resume_fn) \
	const struct dev_pm_ops name = { SYSTEM_SLEEP_PM_OPS(suspend_fn, resume_fn) }
#define UNIVERSAL_DEV_PM_OPS(name, suspend_fn, resume_fn, idle_fn)                    \
	const struct dev_pm_ops __attribute__((unused)) name = { SYSTEM_SLEEP_PM_OPS( \
		suspend_fn, resume_fn) RUNTIME_PM_OPS(suspend_fn, resume_fn, idle_fn) }
#define DEFINE_RUNTIME_DEV_PM_OPS(name, suspend_fn, resume_fn, idle_fn) \
	const struct dev_pm_ops name = { RUNTIME_PM_OPS(suspend_fn, resume_fn, idle_fn) }
#define pm_ptr(ptr)       (ptr)
#define pm_sleep_ptr(ptr) (ptr)

/* stub: a device never wakes a board */
#define device_init_wakeup(dev, enable)         ((void)(dev), (void)(enable), 0)
/* stub: a device never wakes a board */
#define device_set_wakeup_capable(dev, capable) ((void)(dev), (void)(capable))
/* stub: a device never wakes a board */
#define device_set_wakeup_enable(dev, enable)   ((void)(dev), (void)(enable), 0)
/* stub: a device never wakes a board */
#define device_wakeup_enable(dev)               ((void)(dev), 0)
/* stub: a device never wakes a board */
#define device_wakeup_disable(dev)              ((void)(dev))
/* stub: a device never wakes a board */
#define device_may_wakeup(dev)                  ((void)(dev), false)
/* stub: a device never wakes a board */
#define device_can_wakeup(dev)                  ((void)(dev), false)

/* stub: a device never wakes a board */
#define pm_wakeup_event(dev, ms) ((void)(dev), (void)(ms))
/* stub: a device never wakes a board */
#define pm_stay_awake(dev)       ((void)(dev))
/* stub: a device never wakes a board */
#define pm_relax(dev)            ((void)(dev))
/* stub: a device never wakes a board */
#define enable_irq_wake(irq)     ((void)(irq), 0)
/* stub: a device never wakes a board */
#define disable_irq_wake(irq)    ((void)(irq), 0)

#endif
