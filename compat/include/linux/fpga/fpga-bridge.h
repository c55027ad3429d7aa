/* SPDX-License-Identifier: MIT */
/* Bridges, which keep a bus away from a part of an FPGA while that is loaded. A device of the class fpga_bridge. No state. */
#ifndef COMPAT_LINUX_FPGA_BRIDGE_H
#define COMPAT_LINUX_FPGA_BRIDGE_H

#include <linux/device.h>
#include <linux/fpga/fpga-mgr.h>

struct fpga_bridge;

struct fpga_bridge_ops {
	int (*enable_show)(struct fpga_bridge *bridge);
	int (*enable_set)(struct fpga_bridge *bridge, bool enable);
	void (*fpga_bridge_remove)(struct fpga_bridge *bridge);
	const struct attribute_group **groups;
};

struct fpga_bridge_info {
	const char *name;
	const struct fpga_bridge_ops *br_ops;
	void *priv;
};

struct fpga_bridge {
	const char *name;
	struct device dev;
	struct mutex mutex; /* of its one user */
	const struct fpga_bridge_ops *br_ops;
	struct fpga_image_info *info;
	struct list_head node;
	void *priv;
};
#define to_fpga_bridge(d) container_of(d, struct fpga_bridge, dev)

/* Return: an error pointer: -ENODEV, -EBUSY. */
struct fpga_bridge *of_fpga_bridge_get(struct device_node *node,
	struct fpga_image_info *info) QY_REAL(of_fpga_bridge_get);
struct fpga_bridge *fpga_bridge_get(struct device *dev, struct fpga_image_info *info)
	QY_REAL(fpga_bridge_get);
void fpga_bridge_put(struct fpga_bridge *bridge) QY_REAL(fpga_bridge_put);
int fpga_bridge_enable(struct fpga_bridge *bridge) QY_REAL(fpga_bridge_enable);
int fpga_bridge_disable(struct fpga_bridge *bridge) QY_REAL(fpga_bridge_disable);
int fpga_bridges_enable(struct list_head *bridges) QY_REAL(fpga_bridges_enable);
int fpga_bridges_disable(struct list_head *bridges) QY_REAL(fpga_bridges_disable);
void fpga_bridges_put(struct list_head *bridges) QY_REAL(fpga_bridges_put);
int fpga_bridge_get_to_list(struct device *dev, struct fpga_image_info *info,
	struct list_head *bridges) QY_REAL(fpga_bridge_get_to_list);
int of_fpga_bridge_get_to_list(struct device_node *np, struct fpga_image_info *info,
	struct list_head *bridges) QY_REAL(of_fpga_bridge_get_to_list);
struct fpga_bridge *fpga_bridge_register(struct device *parent, const char *name,
	const struct fpga_bridge_ops *br_ops, void *priv) QY_REAL(fpga_bridge_register);
void fpga_bridge_unregister(struct fpga_bridge *bridge) QY_REAL(fpga_bridge_unregister);

#endif
