/* SPDX-License-Identifier: MIT */
/*
 * A device, as far as its memory is concerned. Whoever has the device gives it to the machine with qy_device_add() and
 * takes it away with qy_device_del(); drivers see the fields by their Linux names.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_DEVICE_H
#define COMPAT_LINUX_DEVICE_H

#include <asm/quarry.h>
#include <linux/compiler.h>
#include <linux/types.h>
#include <quarry/dma.h>

struct device {
	union {
		struct qy_dma_dev qy;
		struct {
			u64 *dma_mask;
			u64 coherent_dma_mask;
			u64 bus_dma_limit;
		};
	};
	void *driver_data;
};
_Static_assert(
	offsetof(struct device, dma_mask) == offsetof(struct qy_dma_dev, dma_mask) &&
		offsetof(struct device, coherent_dma_mask) ==
			offsetof(struct qy_dma_dev, coherent_dma_mask) &&
		offsetof(struct device, bus_dma_limit) ==
			offsetof(struct qy_dma_dev, bus_dma_limit),
	"the first fields have two names");

static inline int qy_device_add(struct device *dev, const struct qy_board_device *desc)
{
	dev->driver_data = NULL;
	return qy_dma_dev_init(qy_this_machine(), &dev->qy, desc);
}

static inline void qy_device_del(struct device *dev)
{
	qy_dma_dev_remove(&dev->qy);
}

static inline const char *dev_name(const struct device *dev)
{
	return dev->qy.desc->name;
}

static inline const char *dev_driver_string(const struct device *dev)
{
	return dev->qy.driver;
}

static inline int dev_to_node(struct device *dev)
{
	return (int)dev->qy.desc->node;
}

static inline void *dev_get_drvdata(const struct device *dev)
{
	return dev->driver_data;
}

static inline void dev_set_drvdata(struct device *dev, void *data)
{
	dev->driver_data = data;
}

#endif
