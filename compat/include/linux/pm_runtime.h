/* SPDX-License-Identifier: MIT */
/* Power of devices while they run, as in a kernel without CONFIG_PM: they always have it. No state. */
#ifndef COMPAT_LINUX_PM_RUNTIME_H
#define COMPAT_LINUX_PM_RUNTIME_H

#include <linux/pm.h>

/* stub: as in a kernel without CONFIG_PM */
#define pm_runtime_enable(dev)      ((void)(dev))
/* stub: as in a kernel without CONFIG_PM */
#define pm_runtime_disable(dev)     ((void)(dev))
/* stub: as in a kernel without CONFIG_PM */
#define devm_pm_runtime_enable(dev) ((void)(dev), 0)
/* stub: as in a kernel without CONFIG_PM */
#define pm_runtime_get_sync(dev) \
	({                       \
		(void)(dev);     \
		1;               \
	})
/* stub: as in a kernel without CONFIG_PM */
#define pm_runtime_resume_and_get(dev) \
	({                             \
		(void)(dev);           \
		0;                     \
	})
/* stub: as in a kernel without CONFIG_PM */
#define pm_runtime_get_noresume(dev) ((void)(dev))
/* stub: as in a kernel without CONFIG_PM */
#define pm_runtime_put(dev)  \
	({                   \
		(void)(dev); \
		0;           \
	})
/* stub: as in a kernel without CONFIG_PM */
#define pm_runtime_put_sync(dev) \
	({                       \
		(void)(dev);     \
		0;               \
	})
/* stub: as in a kernel without CONFIG_PM */
#define pm_runtime_put_noidle(dev) ((void)(dev))
/* stub: as in a kernel without CONFIG_PM */
#define pm_runtime_put_autosuspend(dev) \
	({                              \
		(void)(dev);            \
		0;                      \
	})
/* stub: as in a kernel without CONFIG_PM */
#define pm_runtime_mark_last_busy(dev)               ((void)(dev))
/* stub: as in a kernel without CONFIG_PM */
#define pm_runtime_use_autosuspend(dev)              ((void)(dev))
/* stub: as in a kernel without CONFIG_PM */
#define pm_runtime_dont_use_autosuspend(dev)         ((void)(dev))
/* stub: as in a kernel without CONFIG_PM */
#define pm_runtime_set_autosuspend_delay(dev, delay) ((void)(dev))
/* stub: as in a kernel without CONFIG_PM */
#define pm_runtime_set_active(dev) \
	({                         \
		(void)(dev);       \
		0;                 \
	})
/* stub: as in a kernel without CONFIG_PM */
#define pm_runtime_allow(dev)     ((void)(dev))
/* stub: as in a kernel without CONFIG_PM */
#define pm_runtime_forbid(dev)    ((void)(dev))
/* stub: as in a kernel without CONFIG_PM */
#define pm_runtime_suspended(dev) ((void)(dev), false)

/* stub: as in a kernel without CONFIG_PM */
#define pm_runtime_set_suspended(dev) \
	({                            \
		(void)(dev);          \
		0;                    \
	})
/* stub: as in a kernel without CONFIG_PM */
#define pm_runtime_active(dev)           ((void)(dev), true)
/* stub: as in a kernel without CONFIG_PM */
#define pm_runtime_enabled(dev)          ((void)(dev), false)
/* stub: as in a kernel without CONFIG_PM */
#define pm_runtime_status_suspended(dev) ((void)(dev), false)
/* stub: as in a kernel without CONFIG_PM */
#define pm_runtime_get(dev)  \
	({                   \
		(void)(dev); \
		1;           \
	})
/* stub: as in a kernel without CONFIG_PM */
#define pm_runtime_get_if_in_use(dev) ((void)(dev), -22)
/* stub: as in a kernel without CONFIG_PM */
#define pm_runtime_put_sync_suspend(dev) \
	({                               \
		(void)(dev);             \
		0;                       \
	})
/* stub: as in a kernel without CONFIG_PM */
#define pm_runtime_autosuspend_expiration(dev) ((void)(dev), 0ul)

/* stub: as in a kernel without CONFIG_PM */
#define pm_runtime_put_sync_autosuspend(dev) \
	({                                   \
		(void)(dev);                 \
		0;                           \
	})

/* Functions, since drivers have them in their struct dev_pm_ops. */
/* stub: as in a kernel without CONFIG_PM */
static inline int pm_runtime_force_suspend(struct device *dev)
{
	(void)dev;
	return 0;
}

/* stub: as in a kernel without CONFIG_PM */
static inline int pm_runtime_force_resume(struct device *dev)
{
	(void)dev;
	return 0;
}

#endif
