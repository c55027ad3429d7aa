/* SPDX-License-Identifier: MIT */
/* Regions of an FPGA: a manager, the bridges around, and what is loaded. A device of the class fpga_region. No state. */
#ifndef COMPAT_LINUX_FPGA_REGION_H
#define COMPAT_LINUX_FPGA_REGION_H

#include <linux/device.h>
#include <linux/fpga/fpga-bridge.h>
#include <linux/fpga/fpga-mgr.h>

struct fpga_region;

struct fpga_region_info {
	struct fpga_manager *mgr;
	struct fpga_compat_id *compat_id;
	void *priv;
	int (*get_bridges)(struct fpga_region *region);
};

struct fpga_region {
	struct device dev;
	struct mutex mutex; /* of its one user */
	struct list_head bridge_list;
	struct fpga_manager *mgr;
	struct fpga_image_info *info;
	struct fpga_compat_id *compat_id;
	void *priv;
	int (*get_bridges)(struct fpga_region *region);
};
#define to_fpga_region(d) container_of(d, struct fpga_region, dev)

/* With a reference to its device; NULL. */
struct fpga_region *fpga_region_class_find(struct device *start, const void *data,
	int (*match)(struct device *dev, const void *data))
	QY_REAL(fpga_region_class_find);
/* Loads region->info. Return: 0, -EBUSY, what is said on the way. Context: task, may sleep. */
int fpga_region_program_fpga(struct fpga_region *region)
	QY_REAL(fpga_region_program_fpga);
struct fpga_region *fpga_region_register_full(struct device *parent,
	const struct fpga_region_info *info) QY_REAL(fpga_region_register_full);
struct fpga_region *fpga_region_register(struct device *parent, struct fpga_manager *mgr,
	int (*get_bridges)(struct fpga_region *region)) QY_REAL(fpga_region_register);
void fpga_region_unregister(struct fpga_region *region) QY_REAL(fpga_region_unregister);

#endif
