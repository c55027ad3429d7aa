/* SPDX-License-Identifier: MIT */
/*
 * Watchdogs: /dev/watchdog0 ... for a program, a driver's start, stop and ping behind it. Nothing reboots when one is not
 * fed. No state.
 */
#ifndef COMPAT_LINUX_WATCHDOG_H
#define COMPAT_LINUX_WATCHDOG_H

#include <linux/bitops.h>
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/ioctl.h>
#include <linux/notifier.h>

#define WATCHDOG_IOCTL_BASE 'W'
#define WDIOC_GETSUPPORT    _IOR(WATCHDOG_IOCTL_BASE, 0, struct watchdog_info)
#define WDIOC_GETSTATUS     _IOR(WATCHDOG_IOCTL_BASE, 1, int)
#define WDIOC_GETBOOTSTATUS _IOR(WATCHDOG_IOCTL_BASE, 2, int)
#define WDIOC_GETTEMP       _IOR(WATCHDOG_IOCTL_BASE, 3, int)
#define WDIOC_SETOPTIONS    _IOR(WATCHDOG_IOCTL_BASE, 4, int)
#define WDIOC_KEEPALIVE     _IOR(WATCHDOG_IOCTL_BASE, 5, int)
#define WDIOC_SETTIMEOUT    _IOWR(WATCHDOG_IOCTL_BASE, 6, int)
#define WDIOC_GETTIMEOUT    _IOR(WATCHDOG_IOCTL_BASE, 7, int)
#define WDIOC_SETPRETIMEOUT _IOWR(WATCHDOG_IOCTL_BASE, 8, int)
#define WDIOC_GETPRETIMEOUT _IOR(WATCHDOG_IOCTL_BASE, 9, int)
#define WDIOC_GETTIMELEFT   _IOR(WATCHDOG_IOCTL_BASE, 10, int)

#define WDIOF_OVERHEAT      0x0001
#define WDIOF_FANFAULT      0x0002
#define WDIOF_EXTERN1       0x0004
#define WDIOF_EXTERN2       0x0008
#define WDIOF_POWERUNDER    0x0010
#define WDIOF_CARDRESET     0x0020
#define WDIOF_POWEROVER     0x0040
#define WDIOF_SETTIMEOUT    0x0080
#define WDIOF_MAGICCLOSE    0x0100
#define WDIOF_PRETIMEOUT    0x0200
#define WDIOF_ALARMONLY     0x0400
#define WDIOF_KEEPALIVEPING 0x8000
#define WDIOS_DISABLECARD   0x0001
#define WDIOS_ENABLECARD    0x0002
#define WDIOS_TEMPPANIC     0x0004
#define WDIOF_UNKNOWN       (-1)
#define WDIOS_UNKNOWN       (-1)

struct watchdog_info {
	u32 options;
	u32 firmware_version;
	u8 identity[32];
};

struct watchdog_device;

struct watchdog_ops {
	struct module *owner;
	int (*start)(struct watchdog_device *wdd);
	int (*stop)(struct watchdog_device *wdd);
	int (*ping)(struct watchdog_device *wdd);
	unsigned int (*status)(struct watchdog_device *wdd);
	int (*set_timeout)(struct watchdog_device *wdd, unsigned int timeout);
	int (*set_pretimeout)(struct watchdog_device *wdd, unsigned int pretimeout);
	unsigned int (*get_timeleft)(struct watchdog_device *wdd);
	int (*restart)(struct watchdog_device *wdd, unsigned long action, void *data);
	long (*ioctl)(struct watchdog_device *wdd, unsigned int cmd, unsigned long arg);
};

struct watchdog_device {
	int id;
	struct device *parent;
	const struct attribute_group **groups;
	const struct watchdog_info *info;
	const struct watchdog_ops *ops;
	unsigned int bootstatus;
	unsigned int timeout, pretimeout, min_timeout, max_timeout; /* seconds */
	unsigned int min_hw_heartbeat_ms, max_hw_heartbeat_ms;
	void *driver_data;
	unsigned long status;
#define WDOG_ACTIVE             0
#define WDOG_NO_WAY_OUT         1
#define WDOG_STOP_ON_REBOOT     2
#define WDOG_HW_RUNNING         3
#define WDOG_STOP_ON_UNREGISTER 4
	struct cdev qy_cdev;
	bool qy_open, qy_expects_close;
};

#define WATCHDOG_NOWAYOUT             0
#define WATCHDOG_NOWAYOUT_INIT_STATUS 0

static inline bool watchdog_active(struct watchdog_device *wdd)
{
	return test_bit(WDOG_ACTIVE, &wdd->status);
}

static inline bool watchdog_hw_running(struct watchdog_device *wdd)
{
	return test_bit(WDOG_HW_RUNNING, &wdd->status);
}

static inline void watchdog_set_nowayout(struct watchdog_device *wdd, bool nowayout)
{
	if (nowayout)
		set_bit(WDOG_NO_WAY_OUT, &wdd->status);
}

static inline void watchdog_stop_on_reboot(struct watchdog_device *wdd)
{
	set_bit(WDOG_STOP_ON_REBOOT, &wdd->status);
}

static inline void watchdog_stop_on_unregister(struct watchdog_device *wdd)
{
	set_bit(WDOG_STOP_ON_UNREGISTER, &wdd->status);
}

/* stub: no board is rebooted */
#define watchdog_set_restart_priority(wdd, priority) ((void)(wdd))

static inline bool watchdog_timeout_invalid(struct watchdog_device *wdd, unsigned int t)
{
	return t < wdd->min_timeout ||
	       (!wdd->max_hw_heartbeat_ms && wdd->max_timeout && t > wdd->max_timeout);
}

static inline void watchdog_set_drvdata(struct watchdog_device *wdd, void *data)
{
	wdd->driver_data = data;
}

static inline void *watchdog_get_drvdata(struct watchdog_device *wdd)
{
	return wdd->driver_data;
}

/* From a parameter of the module, else timeout-sec of the device's node. Return: 0, -EINVAL. */
int watchdog_init_timeout(struct watchdog_device *wdd, unsigned int timeout,
	const struct device *dev) QY_REAL(watchdog_init_timeout);
/* Return: 0, -EINVAL, -ENOMEM. Context: task, may sleep. */
int watchdog_register_device(struct watchdog_device *wdd)
	QY_REAL(watchdog_register_device);
void watchdog_unregister_device(struct watchdog_device *wdd)
	QY_REAL(watchdog_unregister_device);
int devm_watchdog_register_device(struct device *dev, struct watchdog_device *wdd)
	QY_REAL(devm_watchdog_register_device);

/* As with the governor noop: it is said. Context: any. */
static inline void watchdog_notify_pretimeout(struct watchdog_device *wdd)
{
	printk(KERN_ALERT "watchdog%d: pretimeout event\n", wdd->id);
}

static inline bool watchdog_pretimeout_invalid(
	struct watchdog_device *wdd, unsigned int t)
{
	return t && wdd->timeout && t >= wdd->timeout;
}

/* stub: nobody pings for a program that does not */
#define watchdog_stop_ping_on_suspend(wdd) ((void)(wdd))

#endif
