/* SPDX-License-Identifier: MIT */
/* Suspend and resume, as in a kernel without CONFIG_PM: nobody calls these functions. No state. */
#ifndef COMPAT_LINUX_PM_H
#define COMPAT_LINUX_PM_H

#include <linux/types.h>

struct device;

typedef struct pm_message {
	int event;
} pm_message_t;

struct dev_pm_ops {
	int (*prepare)(struct device *dev);
	void (*complete)(struct device *dev);
	int (*suspend)(struct device *dev);
	int (*resume)(struct device *dev);
	int (*freeze)(struct device *dev);
	int (*thaw)(struct device *dev);
	int (*poweroff)(struct device *dev);
	int (*restore)(struct device *dev);
	int (*runtime_suspend)(struct device *dev);
	int (*runtime_resume)(struct device *dev);
	int (*runtime_idle)(struct device *dev);
};

/* stub: as in a kernel without CONFIG_PM */
#define SET_SYSTEM_SLEEP_PM_OPS(suspend_fn, resume_fn)
/* stub: as in a kernel without CONFIG_PM */
#define SET_RUNTIME_PM_OPS(suspend_fn, resume_fn, idle_fn)
/* stub: as in a kernel without CONFIG_PM */
#define SYSTEM_SLEEP_PM_OPS(suspend_fn, resume_fn) \
	.suspend = (suspend_fn), .resume = (resume_fn)
/* stub: as in a kernel without CONFIG_PM */
#define RUNTIME_PM_OPS(suspend_fn, resume_fn, idle_fn)                  \
	.runtime_suspend = (suspend_fn), .runtime_resume = (resume_fn), \
	.runtime_idle = (idle_fn)
/* stub: as in a kernel without CONFIG_PM */
#define SIMPLE_DEV_PM_OPS(name, suspend_fn, resume_fn) \
	const struct dev_pm_ops __attribute__((unused)) name = { 0 }
/* stub: as in a kernel without CONFIG_PM */
#define DEFINE_SIMPLE_DEV_PM_OPS(name, suspend_fn, resume_fn) \
	const struct dev_pm_ops name = { SYSTEM_SLEEP_PM_OPS(suspend_fn, resume_fn) }
/* stub: as in a kernel without CONFIG_PM: NULL */
#define pm_ptr(ptr)       (0 ? (ptr) : NULL)
/* stub: as in a kernel without CONFIG_PM: NULL */
#define pm_sleep_ptr(ptr) pm_ptr(ptr)

#endif
