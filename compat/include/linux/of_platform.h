/* SPDX-License-Identifier: MIT */
/* Nodes of the tree and the platform devices that they have become. No state. */
#ifndef COMPAT_LINUX_OF_PLATFORM_H
#define COMPAT_LINUX_OF_PLATFORM_H

#include <linux/of.h>
#include <linux/of_device.h>
#include <linux/platform_device.h>

/* With a reference, put_device(). NULL: the node is no device. */
struct platform_device *of_find_device_by_node(struct device_node *np)
	QY_REAL(of_find_device_by_node);

#endif
