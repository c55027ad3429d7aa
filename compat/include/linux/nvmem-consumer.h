/* SPDX-License-Identifier: MIT */
/* Cells of memory that keeps its content, as a driver reads them (linux/nvmem-provider.h). No state. */
#ifndef COMPAT_LINUX_NVMEM_CONSUMER_H
#define COMPAT_LINUX_NVMEM_CONSUMER_H

#include <asm/quarry.h>
#include <linux/types.h>
#include <linux/version.h>

struct device;
struct device_node;
struct nvmem_cell;
struct nvmem_device;

struct nvmem_cell_info {
	const char *name;
	unsigned int offset, bytes;
	unsigned int bit_offset, nbits; /* nbits 0: whole bytes */
	struct device_node *np;
	/* since 6.3 */
	int (*read_post_process)(void *priv, const char *id, int index,
		unsigned int offset, void *buf, size_t bytes);
	void *priv;
};

/* The node's entry of nvmem-cells that nvmem-cell-names calls @id. Return: an error pointer: -ENOENT, -EPROBE_DEFER, -ENOMEM. */
struct nvmem_cell *nvmem_cell_get(struct device *dev, const char *id)
	QY_REAL(nvmem_cell_get);
struct nvmem_cell *of_nvmem_cell_get(struct device_node *np, const char *id)
	QY_REAL(of_nvmem_cell_get);
void nvmem_cell_put(struct nvmem_cell *cell) QY_REAL(nvmem_cell_put);
struct nvmem_cell *devm_nvmem_cell_get(struct device *dev, const char *id)
	QY_REAL(devm_nvmem_cell_get);
void devm_nvmem_cell_put(struct device *dev, struct nvmem_cell *cell)
	QY_REAL(devm_nvmem_cell_put);
/* Return: a copy, the caller's to kfree(); an error pointer. */
void *nvmem_cell_read(struct nvmem_cell *cell, size_t *len) QY_REAL(nvmem_cell_read);
int nvmem_cell_write(struct nvmem_cell *cell, void *buf, size_t len)
	QY_REAL(nvmem_cell_write);
int nvmem_cell_read_u8(struct device *dev, const char *id, u8 *val)
	QY_REAL(nvmem_cell_read_u8);
int nvmem_cell_read_u16(struct device *dev, const char *id, u16 *val)
	QY_REAL(nvmem_cell_read_u16);
int nvmem_cell_read_u32(struct device *dev, const char *id, u32 *val)
	QY_REAL(nvmem_cell_read_u32);
int nvmem_cell_read_u64(struct device *dev, const char *id, u64 *val)
	QY_REAL(nvmem_cell_read_u64);
int nvmem_cell_read_variable_le_u32(struct device *dev, const char *id, u32 *val)
	QY_REAL(nvmem_cell_read_variable_le_u32);
int nvmem_cell_read_variable_le_u64(struct device *dev, const char *id, u64 *val)
	QY_REAL(nvmem_cell_read_variable_le_u64);

/* By its name; by the node's entry of nvmem that nvmem-names calls @id. */
struct nvmem_device *nvmem_device_get(struct device *dev, const char *name)
	QY_REAL(nvmem_device_get);
struct nvmem_device *of_nvmem_device_get(struct device_node *np, const char *id)
	QY_REAL(of_nvmem_device_get);
struct nvmem_device *devm_nvmem_device_get(struct device *dev, const char *id)
	QY_REAL(devm_nvmem_device_get);
void nvmem_device_put(struct nvmem_device *nvmem) QY_REAL(nvmem_device_put);
const char *nvmem_dev_name(struct nvmem_device *nvmem) QY_REAL(nvmem_dev_name);
/* Return: 0 (read: bytes), -errno of the driver. */
int nvmem_device_read(struct nvmem_device *nvmem, unsigned int offset, size_t bytes,
	void *buf) QY_REAL(nvmem_device_read);
int nvmem_device_write(struct nvmem_device *nvmem, unsigned int offset, size_t bytes,
	void *buf) QY_REAL(nvmem_device_write);
ssize_t nvmem_device_cell_read(struct nvmem_device *nvmem, struct nvmem_cell_info *info,
	void *buf) QY_REAL(nvmem_device_cell_read);
int nvmem_device_cell_write(struct nvmem_device *nvmem, struct nvmem_cell_info *info,
	void *buf) QY_REAL(nvmem_device_cell_write);

#endif
