/* SPDX-License-Identifier: MIT */
/* Which entry of a driver's table a device is. No state. */
#ifndef COMPAT_LINUX_OF_DEVICE_H
#define COMPAT_LINUX_OF_DEVICE_H

#include <linux/device.h>
#include <linux/of.h>
#include <linux/version.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#include <linux/of_platform.h> /* as its header did */
#endif

#define of_device_get_match_data(dev) device_get_match_data(dev)

static inline const struct of_device_id *of_match_device(
	const struct of_device_id *table, const struct device *dev)
{
	return of_match_node(table, dev->of_node);
}

#endif
