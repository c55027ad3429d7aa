/* SPDX-License-Identifier: MIT */
/* Numbers of the lines that a node of the tree names (linux/gpio.h). No state. */
#ifndef COMPAT_LINUX_OF_GPIO_H
#define COMPAT_LINUX_OF_GPIO_H

#include <linux/gpio.h>
#include <linux/of.h>

/* @property: "reset-gpios". Return: a number, -ENOENT. */
int of_get_named_gpio(const struct device_node *np, const char *property, int index)
	QY_REAL(of_get_named_gpio);

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
enum of_gpio_flags {
	OF_GPIO_ACTIVE_LOW = 1,
};
int of_get_named_gpio_flags(const struct device_node *np, const char *property, int index,
	enum of_gpio_flags *flags) QY_REAL(of_get_named_gpio_flags);
#define of_get_gpio(np, index) of_get_named_gpio(np, "gpios", index)
#define of_get_gpio_flags(np, index, flags) \
	of_get_named_gpio_flags(np, "gpios", index, flags)
#endif

#endif
