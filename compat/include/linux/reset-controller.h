/* SPDX-License-Identifier: MIT */
/* Drivers of reset lines: what their consumers ask of linux/reset.h arrives here. No state. */
#ifndef COMPAT_LINUX_RESET_CONTROLLER_H
#define COMPAT_LINUX_RESET_CONTROLLER_H

#include <linux/list.h>
#include <linux/of.h>
#include <linux/reset.h>

struct module;
struct reset_controller_dev;

struct reset_control_ops {
	int (*reset)(struct reset_controller_dev *rcdev, unsigned long id);
	int (*assert)(struct reset_controller_dev *rcdev, unsigned long id);
	int (*deassert)(struct reset_controller_dev *rcdev, unsigned long id);
	int (*status)(struct reset_controller_dev *rcdev, unsigned long id);
};

struct reset_controller_dev {
	const struct reset_control_ops *ops;
	struct module *owner;
	struct list_head list;
	struct device *dev;
	struct device_node *of_node;
	int of_reset_n_cells; /* 0: 1 */
	int (*of_xlate)(struct reset_controller_dev *rcdev,
		const struct of_phandle_args *reset_spec); /* NULL: the number itself */
	unsigned int nr_resets;
};

int reset_controller_register(struct reset_controller_dev *rcdev)
	QY_REAL(reset_controller_register);
void reset_controller_unregister(struct reset_controller_dev *rcdev)
	QY_REAL(reset_controller_unregister);
int devm_reset_controller_register(struct device *dev, struct reset_controller_dev *rcdev)
	QY_REAL(devm_reset_controller_register);

#endif
