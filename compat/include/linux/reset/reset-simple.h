/* SPDX-License-Identifier: MIT */
/* Reset lines that are bits of registers: the record that drivers share; its functions are those of reset-simple.c. No state. */
#ifndef COMPAT_LINUX_RESET_SIMPLE_H
#define COMPAT_LINUX_RESET_SIMPLE_H

#include <linux/io.h>
#include <linux/reset-controller.h>
#include <linux/spinlock.h>

struct reset_simple_data {
	spinlock_t lock;
	void *membase;
	struct reset_controller_dev rcdev;
	bool active_low, status_active_low;
	unsigned int reset_us;
};

extern const struct reset_control_ops reset_simple_ops;

#endif
