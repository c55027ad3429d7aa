/* SPDX-License-Identifier: MIT */
/*
 * Memory that keeps its content: fuses, EEPROMs. A device of its own, with the file /sys/bus/nvmem/devices/NAME/nvmem, and cells
 * for other drivers (linux/nvmem-consumer.h). No state.
 */
#ifndef COMPAT_LINUX_NVMEM_PROVIDER_H
#define COMPAT_LINUX_NVMEM_PROVIDER_H

#include <linux/device.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/nvmem-consumer.h>

typedef int (*nvmem_reg_read_t)(void *priv, unsigned int offset, void *val, size_t bytes);
typedef int (*nvmem_reg_write_t)(
	void *priv, unsigned int offset, void *val, size_t bytes);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
typedef int (*nvmem_cell_post_process_t)(void *priv, const char *id, int index,
	unsigned int offset, void *buf, size_t bytes);
#else
typedef int (*nvmem_cell_post_process_t)(
	void *priv, const char *id, unsigned int offset, void *buf, size_t bytes);
#endif

enum nvmem_type {
	NVMEM_TYPE_UNKNOWN = 0,
	NVMEM_TYPE_EEPROM,
	NVMEM_TYPE_OTP,
	NVMEM_TYPE_BATTERY_BACKED,
	NVMEM_TYPE_FRAM,
};

#define NVMEM_DEVID_NONE (-1)
#define NVMEM_DEVID_AUTO (-2)

/* [start, end) is not asked of the driver: it reads as @value. */
struct nvmem_keepout {
	unsigned int start, end;
	unsigned char value;
};

struct nvmem_config {
	struct device *dev;
	const char *name;
	int id;
	struct module *owner;
	const struct nvmem_cell_info *cells;
	int ncells;
	bool add_legacy_fixed_of_cells; /* since 6.7; before, of all */
	const struct nvmem_keepout *keepout;
	unsigned int nkeepout;
	enum nvmem_type type;
	bool read_only, root_only, ignore_wp;
	struct device_node *of_node;
	bool no_of_node;
	/* until 6.2; then each cell has its own */
	int (*cell_post_process)(
		void *priv, const char *id, unsigned int offset, void *buf, size_t bytes);
	nvmem_reg_read_t reg_read;
	nvmem_reg_write_t reg_write;
	int size, word_size, stride; /* bytes */
	void *priv;
	bool compat; /* one more file, named eeprom, of base_dev */
	struct device *base_dev;
};

/* Since 6.7 children of the node are cells where this is said, or below its child nvmem-layout. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
#define QY_NVMEM_CHILDREN(config) ((config)->add_legacy_fixed_of_cells)
#else
#define QY_NVMEM_CHILDREN(config) true
#endif
struct nvmem_device *qy_compat_nvmem_register(
	const struct nvmem_config *config, bool children);
struct nvmem_device *qy_compat_devm_nvmem_register(
	struct device *dev, const struct nvmem_config *config, bool children);
/* Return: an error pointer: -EINVAL, -ENOMEM. Context: task, may sleep. */
#define nvmem_register(config) qy_compat_nvmem_register(config, QY_NVMEM_CHILDREN(config))
#define devm_nvmem_register(dev, config) \
	qy_compat_devm_nvmem_register(dev, config, QY_NVMEM_CHILDREN(config))
/* Who has cells of it keeps the record until they are put. */
void nvmem_unregister(struct nvmem_device *nvmem) QY_REAL(nvmem_unregister);

#endif
