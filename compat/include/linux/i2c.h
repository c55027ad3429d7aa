/* SPDX-License-Identifier: MIT */
/*
 * Devices on I2C. Each is simulated: 65536 registers, zero at first, and a place that the next byte is read from or written to.
 * A register is as wide as the access.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_I2C_H
#define COMPAT_LINUX_I2C_H

#include <linux/device.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/of.h>
#include <linux/version.h>

#define I2C_M_RD            0x0001
#define I2C_M_TEN           0x0010
#define I2C_SMBUS_BLOCK_MAX 32

#define I2C_FUNC_I2C                    0x00000001
#define I2C_FUNC_10BIT_ADDR             0x00000002
#define I2C_FUNC_SMBUS_QUICK            0x00010000
#define I2C_FUNC_SMBUS_READ_BYTE        0x00020000
#define I2C_FUNC_SMBUS_WRITE_BYTE       0x00040000
#define I2C_FUNC_SMBUS_READ_BYTE_DATA   0x00080000
#define I2C_FUNC_SMBUS_WRITE_BYTE_DATA  0x00100000
#define I2C_FUNC_SMBUS_READ_WORD_DATA   0x00200000
#define I2C_FUNC_SMBUS_WRITE_WORD_DATA  0x00400000
#define I2C_FUNC_SMBUS_READ_BLOCK_DATA  0x01000000
#define I2C_FUNC_SMBUS_WRITE_BLOCK_DATA 0x02000000
#define I2C_FUNC_SMBUS_READ_I2C_BLOCK   0x04000000
#define I2C_FUNC_SMBUS_WRITE_I2C_BLOCK  0x08000000
#define I2C_FUNC_SMBUS_BYTE             (I2C_FUNC_SMBUS_READ_BYTE | I2C_FUNC_SMBUS_WRITE_BYTE)
#define I2C_FUNC_SMBUS_BYTE_DATA \
	(I2C_FUNC_SMBUS_READ_BYTE_DATA | I2C_FUNC_SMBUS_WRITE_BYTE_DATA)
#define I2C_FUNC_SMBUS_WORD_DATA \
	(I2C_FUNC_SMBUS_READ_WORD_DATA | I2C_FUNC_SMBUS_WRITE_WORD_DATA)
#define I2C_FUNC_SMBUS_BLOCK_DATA \
	(I2C_FUNC_SMBUS_READ_BLOCK_DATA | I2C_FUNC_SMBUS_WRITE_BLOCK_DATA)
#define I2C_FUNC_SMBUS_I2C_BLOCK \
	(I2C_FUNC_SMBUS_READ_I2C_BLOCK | I2C_FUNC_SMBUS_WRITE_I2C_BLOCK)
#define I2C_FUNC_SMBUS_EMUL                                                      \
	(I2C_FUNC_SMBUS_QUICK | I2C_FUNC_SMBUS_BYTE | I2C_FUNC_SMBUS_BYTE_DATA | \
		I2C_FUNC_SMBUS_WORD_DATA | I2C_FUNC_SMBUS_WRITE_BLOCK_DATA |     \
		I2C_FUNC_SMBUS_I2C_BLOCK)

struct i2c_msg {
	u16 addr;
	u16 flags;
	u16 len;
	u8 *buf;
};

struct i2c_adapter {
	struct device dev;
	int nr;
	char name[48];
};

struct i2c_client {
	unsigned short flags;
	unsigned short addr;
	char name[I2C_NAME_SIZE];
	struct i2c_adapter *adapter;
	struct device dev;
	int irq;
};

struct i2c_board_info {
	char type[I2C_NAME_SIZE];
	unsigned short flags;
	unsigned short addr;
	const char *dev_name;
	void *platform_data;
	struct device_node *of_node;
	int irq;
};
#define I2C_BOARD_INFO(dev_type, dev_addr) .type = dev_type, .addr = (dev_addr)

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
typedef int qy_i2c_probe_t(struct i2c_client *client);
#else
typedef int qy_i2c_probe_t(struct i2c_client *client, const struct i2c_device_id *id);
#endif
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 0)
typedef void qy_i2c_remove_t(struct i2c_client *client);
#else
typedef int qy_i2c_remove_t(struct i2c_client *client);
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#define probe_new qy_probe_new /* the kernels between had both */
#endif

/* The same in memory for each version. */
struct i2c_driver {
	unsigned int class; /* nobody scans a bus */
	qy_i2c_probe_t *probe;
	int (*qy_probe_new)(struct i2c_client *client);
	qy_i2c_remove_t *remove;
	void (*shutdown)(struct i2c_client *client); /* no board is shut down */
	struct device_driver driver;
	const struct i2c_device_id *id_table;
};

#define to_i2c_client(d)  container_of(d, struct i2c_client, dev)
#define to_i2c_driver(d)  container_of(d, struct i2c_driver, driver)
#define to_i2c_adapter(d) container_of(d, struct i2c_adapter, dev)

int i2c_register_driver(struct module *owner, struct i2c_driver *drv)
	QY_REAL(i2c_register_driver);
void i2c_del_driver(struct i2c_driver *drv) QY_REAL(i2c_del_driver);
#define i2c_add_driver(drv)    i2c_register_driver(THIS_MODULE, drv)
#define module_i2c_driver(drv) module_driver(drv, i2c_add_driver, i2c_del_driver)

static inline void *i2c_get_clientdata(const struct i2c_client *client)
{
	return dev_get_drvdata(&client->dev);
}

static inline void i2c_set_clientdata(struct i2c_client *client, void *data)
{
	dev_set_drvdata(&client->dev, data);
}

static inline void *i2c_get_adapdata(const struct i2c_adapter *adapter)
{
	return dev_get_drvdata(&adapter->dev);
}

static inline int i2c_adapter_id(struct i2c_adapter *adapter)
{
	return adapter->nr;
}

const struct i2c_device_id *i2c_match_id(const struct i2c_device_id *table,
	const struct i2c_client *client) QY_REAL(i2c_match_id);
const struct i2c_device_id *i2c_client_get_device_id(const struct i2c_client *client)
	QY_REAL(i2c_client_get_device_id);
/* Of the tree's table, else of the driver's. */
const void *i2c_get_match_data(const struct i2c_client *client)
	QY_REAL(i2c_get_match_data);

static inline u32 i2c_get_functionality(struct i2c_adapter *adapter)
{
	(void)adapter;
	return I2C_FUNC_I2C | I2C_FUNC_SMBUS_EMUL | I2C_FUNC_SMBUS_READ_BLOCK_DATA;
}

static inline int i2c_check_functionality(struct i2c_adapter *adapter, u32 wanted)
{
	return (i2c_get_functionality(adapter) & wanted) == wanted;
}

/* Context of all transfers: task, may sleep. Return: messages, bytes, the value; -ENXIO: nobody has that address. */
int i2c_transfer(struct i2c_adapter *adapter, struct i2c_msg *msgs, int nr)
	QY_REAL(i2c_transfer);
int i2c_master_send(const struct i2c_client *client, const char *buf, int n)
	QY_REAL(i2c_master_send);
int i2c_master_recv(const struct i2c_client *client, char *buf, int n)
	QY_REAL(i2c_master_recv);
s32 i2c_smbus_read_byte(const struct i2c_client *client) QY_REAL(i2c_smbus_read_byte);
s32 i2c_smbus_write_byte(const struct i2c_client *client, u8 value)
	QY_REAL(i2c_smbus_write_byte);
s32 i2c_smbus_read_byte_data(const struct i2c_client *client, u8 command)
	QY_REAL(i2c_smbus_read_byte_data);
s32 i2c_smbus_write_byte_data(const struct i2c_client *client, u8 command, u8 value)
	QY_REAL(i2c_smbus_write_byte_data);
s32 i2c_smbus_read_word_data(const struct i2c_client *client, u8 command)
	QY_REAL(i2c_smbus_read_word_data);
s32 i2c_smbus_write_word_data(const struct i2c_client *client, u8 command, u16 value)
	QY_REAL(i2c_smbus_write_word_data);
s32 i2c_smbus_read_block_data(const struct i2c_client *client, u8 command, u8 *values)
	QY_REAL(i2c_smbus_read_block_data);
s32 i2c_smbus_write_block_data(const struct i2c_client *client, u8 command, u8 n,
	const u8 *values) QY_REAL(i2c_smbus_write_block_data);
s32 i2c_smbus_read_i2c_block_data(const struct i2c_client *client, u8 command, u8 n,
	u8 *values) QY_REAL(i2c_smbus_read_i2c_block_data);
s32 i2c_smbus_write_i2c_block_data(const struct i2c_client *client, u8 command, u8 n,
	const u8 *values) QY_REAL(i2c_smbus_write_i2c_block_data);

static inline s32 i2c_smbus_read_word_swapped(const struct i2c_client *client, u8 command)
{
	s32 value = i2c_smbus_read_word_data(client, command);

	return value < 0 ? value : __builtin_bswap16((u16)value);
}

static inline s32 i2c_smbus_write_word_swapped(
	const struct i2c_client *client, u8 command, u16 value)
{
	return i2c_smbus_write_word_data(client, command, __builtin_bswap16(value));
}

/* Another address of the same bus. Return: an error pointer: -EBUSY: somebody has it; -ENOMEM. Context: task, may sleep. */
struct i2c_client *i2c_new_dummy_device(struct i2c_adapter *adapter, u16 address)
	QY_REAL(i2c_new_dummy_device);
struct i2c_client *devm_i2c_new_dummy_device(struct device *dev,
	struct i2c_adapter *adapter, u16 address) QY_REAL(devm_i2c_new_dummy_device);
void i2c_unregister_device(struct i2c_client *client) QY_REAL(i2c_unregister_device);

#endif
