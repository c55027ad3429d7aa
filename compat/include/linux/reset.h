/* SPDX-License-Identifier: MIT */
/*
 * Reset lines of devices. A device of the tree has those of its `resets`, and the controller's driver is called where one is
 * registered (linux/reset-controller.h); one that was made up has each that is asked for. What is got is held.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_RESET_H
#define COMPAT_LINUX_RESET_H

#include <asm/quarry.h>
#include <linux/err.h>
#include <linux/types.h>

struct device;
struct device_node;
struct reset_control;

struct reset_control_bulk_data {
	const char *id;
	struct reset_control *rstc;
};

/* Return: an error pointer: -ENOENT, -EBUSY (somebody has it for himself), -ENOMEM; optional, and there is none: NULL. */
struct reset_control *qy_compat_reset(struct device *dev, const char *id, int index,
	bool shared, bool optional, bool managed);
void reset_control_put(struct reset_control *rstc) QY_REAL(reset_control_put);
#define reset_control_get_exclusive(dev, id) \
	qy_compat_reset(dev, id, 0, false, false, false)
#define reset_control_get_shared(dev, id) qy_compat_reset(dev, id, 0, true, false, false)
#define reset_control_get_optional_exclusive(dev, id) \
	qy_compat_reset(dev, id, 0, false, true, false)
#define reset_control_get_optional_shared(dev, id) \
	qy_compat_reset(dev, id, 0, true, true, false)
#define reset_control_get(dev, id)          reset_control_get_exclusive(dev, id)
#define reset_control_get_optional(dev, id) reset_control_get_optional_exclusive(dev, id)
#define devm_reset_control_get_exclusive(dev, id) \
	qy_compat_reset(dev, id, 0, false, false, true)
#define devm_reset_control_get_shared(dev, id) \
	qy_compat_reset(dev, id, 0, true, false, true)
#define devm_reset_control_get_optional_exclusive(dev, id) \
	qy_compat_reset(dev, id, 0, false, true, true)
#define devm_reset_control_get_optional_shared(dev, id) \
	qy_compat_reset(dev, id, 0, true, true, true)
#define devm_reset_control_get(dev, id) devm_reset_control_get_exclusive(dev, id)
#define devm_reset_control_get_optional(dev, id) \
	devm_reset_control_get_optional_exclusive(dev, id)
#define devm_reset_control_get_by_index(dev, index) \
	qy_compat_reset(dev, NULL, index, false, false, true)
#define devm_reset_control_get_exclusive_by_index(dev, index) \
	devm_reset_control_get_by_index(dev, index)

/* NULL: 0. Context: task, may sleep. */
int reset_control_assert(struct reset_control *rstc) QY_REAL(reset_control_assert);
int reset_control_deassert(struct reset_control *rstc) QY_REAL(reset_control_deassert);
int reset_control_reset(struct reset_control *rstc) QY_REAL(reset_control_reset);
/* Return: 1: asserted, 0: not, -errno. */
int reset_control_status(struct reset_control *rstc) QY_REAL(reset_control_status);
int qy_compat_device_reset(struct device *dev, bool optional);
#define device_reset(dev)          qy_compat_device_reset(dev, false)
#define device_reset_optional(dev) qy_compat_device_reset(dev, true)

#endif
