/* SPDX-License-Identifier: MIT */
/* Managers of FPGAs: what loads a bitstream, and who asks for that. A device of the class fpga_manager. No state. */
#ifndef COMPAT_LINUX_FPGA_MGR_H
#define COMPAT_LINUX_FPGA_MGR_H

#include <linux/bits.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/scatterlist.h>
#include <linux/types.h>

struct fpga_manager;

enum fpga_mgr_states {
	FPGA_MGR_STATE_UNKNOWN,
	FPGA_MGR_STATE_POWER_OFF,
	FPGA_MGR_STATE_POWER_UP,
	FPGA_MGR_STATE_RESET,
	FPGA_MGR_STATE_FIRMWARE_REQ,
	FPGA_MGR_STATE_FIRMWARE_REQ_ERR,
	FPGA_MGR_STATE_PARSE_HEADER,
	FPGA_MGR_STATE_PARSE_HEADER_ERR,
	FPGA_MGR_STATE_WRITE_INIT,
	FPGA_MGR_STATE_WRITE_INIT_ERR,
	FPGA_MGR_STATE_WRITE,
	FPGA_MGR_STATE_WRITE_ERR,
	FPGA_MGR_STATE_WRITE_COMPLETE,
	FPGA_MGR_STATE_WRITE_COMPLETE_ERR,
	FPGA_MGR_STATE_OPERATING,
};

#define FPGA_MGR_PARTIAL_RECONFIG     BIT(0)
#define FPGA_MGR_EXTERNAL_CONFIG      BIT(1)
#define FPGA_MGR_ENCRYPTED_BITSTREAM  BIT(2)
#define FPGA_MGR_BITSTREAM_LSB_FIRST  BIT(3)
#define FPGA_MGR_COMPRESSED_BITSTREAM BIT(4)

#define FPGA_MGR_STATUS_OPERATION_ERR          BIT(0)
#define FPGA_MGR_STATUS_CRC_ERR                BIT(1)
#define FPGA_MGR_STATUS_INCOMPATIBLE_IMAGE_ERR BIT(2)
#define FPGA_MGR_STATUS_IP_PROTOCOL_ERR        BIT(3)
#define FPGA_MGR_STATUS_FIFO_OVERFLOW_ERR      BIT(4)

/* One of sgt, buf and firmware_name says what is loaded. */
struct fpga_image_info {
	u32 flags;
	u32 enable_timeout_us, disable_timeout_us, config_complete_timeout_us;
	char *firmware_name;
	struct sg_table *sgt;
	const char *buf;
	size_t count, header_size, data_size;
	int region_id;
	struct device *dev;
	struct device_node *overlay;
};

struct fpga_compat_id {
	u64 id_h, id_l;
};

struct fpga_manager_ops {
	size_t initial_header_size;
	bool skip_header;
	enum fpga_mgr_states (*state)(struct fpga_manager *mgr);
	u64 (*status)(struct fpga_manager *mgr);
	int (*parse_header)(struct fpga_manager *mgr, struct fpga_image_info *info,
		const char *buf, size_t count);
	int (*write_init)(struct fpga_manager *mgr, struct fpga_image_info *info,
		const char *buf, size_t count);
	int (*write)(struct fpga_manager *mgr, const char *buf, size_t count);
	int (*write_sg)(struct fpga_manager *mgr, struct sg_table *sgt);
	int (*write_complete)(struct fpga_manager *mgr, struct fpga_image_info *info);
	void (*fpga_remove)(struct fpga_manager *mgr);
	const struct attribute_group **groups;
};

struct fpga_manager_info {
	const char *name;
	struct fpga_compat_id *compat_id;
	const struct fpga_manager_ops *mops;
	void *priv;
};

struct fpga_manager {
	const char *name;
	struct device dev;
	struct mutex ref_mutex;
	enum fpga_mgr_states state;
	struct fpga_compat_id *compat_id;
	const struct fpga_manager_ops *mops;
	void *priv;
};
#define to_fpga_manager(d) container_of(d, struct fpga_manager, dev)

/* @dev manages it. */
struct fpga_image_info *fpga_image_info_alloc(struct device *dev)
	QY_REAL(fpga_image_info_alloc);
void fpga_image_info_free(struct fpga_image_info *info) QY_REAL(fpga_image_info_free);

/* Return: 0, what the driver says, -EINVAL, -ENOENT (no such firmware). Context: task, may sleep; the manager is locked. */
int fpga_mgr_load(struct fpga_manager *mgr, struct fpga_image_info *info)
	QY_REAL(fpga_mgr_load);
int fpga_mgr_lock(struct fpga_manager *mgr) QY_REAL(fpga_mgr_lock);
void fpga_mgr_unlock(struct fpga_manager *mgr) QY_REAL(fpga_mgr_unlock);

/* By its node; by the device that registered it. Return: with a reference; an error pointer: -ENODEV. */
struct fpga_manager *of_fpga_mgr_get(struct device_node *node) QY_REAL(of_fpga_mgr_get);
struct fpga_manager *fpga_mgr_get(struct device *dev) QY_REAL(fpga_mgr_get);
void fpga_mgr_put(struct fpga_manager *mgr) QY_REAL(fpga_mgr_put);

/* Return: an error pointer: -EINVAL, -ENOMEM. Context: task, may sleep. */
struct fpga_manager *fpga_mgr_register_full(struct device *parent,
	const struct fpga_manager_info *info) QY_REAL(fpga_mgr_register_full);
struct fpga_manager *fpga_mgr_register(struct device *parent, const char *name,
	const struct fpga_manager_ops *mops, void *priv) QY_REAL(fpga_mgr_register);
void fpga_mgr_unregister(struct fpga_manager *mgr) QY_REAL(fpga_mgr_unregister);
struct fpga_manager *devm_fpga_mgr_register_full(struct device *parent,
	const struct fpga_manager_info *info) QY_REAL(devm_fpga_mgr_register_full);
struct fpga_manager *devm_fpga_mgr_register(struct device *parent, const char *name,
	const struct fpga_manager_ops *mops, void *priv) QY_REAL(devm_fpga_mgr_register);

#endif
