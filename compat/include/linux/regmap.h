/* SPDX-License-Identifier: MIT */
/*
 * Registers by number: of ioremap() memory, of devices on I2C and SPI, of a driver's own functions; with a cache where the driver
 * asks for one. No state.
 */
#ifndef COMPAT_LINUX_REGMAP_H
#define COMPAT_LINUX_REGMAP_H

#include <linux/bug.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/iopoll.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/rbtree.h>

struct i2c_client;
struct regmap;
struct regmap_field;
struct spi_device;

enum regcache_type {
	REGCACHE_NONE,
	REGCACHE_RBTREE,
	REGCACHE_COMPRESSED,
	REGCACHE_FLAT,
	REGCACHE_MAPLE,
};

enum regmap_endian {
	REGMAP_ENDIAN_DEFAULT = 0,
	REGMAP_ENDIAN_BIG,
	REGMAP_ENDIAN_LITTLE,
	REGMAP_ENDIAN_NATIVE,
};

struct reg_default {
	unsigned int reg;
	unsigned int def;
};

struct reg_sequence {
	unsigned int reg;
	unsigned int def;
	unsigned int delay_us;
};
#define REG_SEQ(_reg, _def, _delay_us)                                 \
	{                                                              \
		.reg = (_reg), .def = (_def), .delay_us = (_delay_us), \
	}
#define REG_SEQ0(_reg, _def) REG_SEQ(_reg, _def, 0)

struct regmap_range {
	unsigned int range_min;
	unsigned int range_max;
};
#define regmap_reg_range(low, high)                      \
	{                                                \
		.range_min = (low), .range_max = (high), \
	}

struct regmap_access_table {
	const struct regmap_range *yes_ranges;
	unsigned int n_yes_ranges;
	const struct regmap_range *no_ranges;
	unsigned int n_no_ranges;
};

typedef void (*regmap_lock)(void *arg);
typedef void (*regmap_unlock)(void *arg);

struct regmap_config {
	const char *name;
	int reg_bits;
	int reg_stride; /* 0: 1 */
	int val_bits;   /* 8, 16, 32, 64 */
	bool (*writeable_reg)(struct device *dev, unsigned int reg);
	bool (*readable_reg)(struct device *dev, unsigned int reg);
	bool (*volatile_reg)(struct device *dev, unsigned int reg);
	bool disable_locking;
	regmap_lock lock;
	regmap_unlock unlock;
	void *lock_arg;
	int (*reg_read)(void *context, unsigned int reg, unsigned int *val);
	int (*reg_write)(void *context, unsigned int reg, unsigned int val);
	bool fast_io; /* a spinlock, as always with memory */
	unsigned int max_register;
	const struct regmap_access_table *wr_table;
	const struct regmap_access_table *rd_table;
	const struct regmap_access_table *volatile_table;
	const struct reg_default *reg_defaults;
	unsigned int num_reg_defaults;
	enum regcache_type cache_type; /* one cache, whatever its type */
	unsigned long read_flag_mask;  /* of bytes on a bus that is not there */
	unsigned long write_flag_mask;
	bool use_single_read; /* each register is one access anyway */
	bool use_single_write;
	bool can_multi_write;
	enum regmap_endian reg_format_endian;
	enum regmap_endian val_format_endian;
};

struct regmap_bus {
	bool fast_io;
	int (*reg_write)(void *context, unsigned int reg, unsigned int val);
	int (*reg_read)(void *context, unsigned int reg, unsigned int *val);
	int (*reg_update_bits)(
		void *context, unsigned int reg, unsigned int mask, unsigned int val);
	void (*free_context)(void *context);
};

/* Return: an error pointer: -EINVAL, -ENOMEM. Context: task, may sleep. */
enum qy_regmap_kind {
	QY_REGMAP_OWN, /* functions of a driver */
	QY_REGMAP_MMIO,
	QY_REGMAP_SLAVE, /* a device of linux/i2c.h or linux/spi/spi.h */
};
struct regmap *qy_compat_regmap(struct device *dev, enum qy_regmap_kind kind,
	const struct regmap_bus *bus, void *context, const struct regmap_config *config,
	bool managed);
#define regmap_init(dev, bus, context, config) \
	qy_compat_regmap(dev, QY_REGMAP_OWN, bus, context, config, false)
#define devm_regmap_init(dev, bus, context, config) \
	qy_compat_regmap(dev, QY_REGMAP_OWN, bus, context, config, true)
#define regmap_init_mmio(dev, regs, config) \
	qy_compat_regmap(dev, QY_REGMAP_MMIO, NULL, (void *)(regs), config, false)
#define devm_regmap_init_mmio(dev, regs, config) \
	qy_compat_regmap(dev, QY_REGMAP_MMIO, NULL, (void *)(regs), config, true)
#define regmap_init_i2c(i2c, config) \
	qy_compat_regmap(&(i2c)->dev, QY_REGMAP_SLAVE, NULL, i2c, config, false)
#define devm_regmap_init_i2c(i2c, config) \
	qy_compat_regmap(&(i2c)->dev, QY_REGMAP_SLAVE, NULL, i2c, config, true)
#define regmap_init_spi(spi, config) \
	qy_compat_regmap(&(spi)->dev, QY_REGMAP_SLAVE, NULL, spi, config, false)
#define devm_regmap_init_spi(spi, config) \
	qy_compat_regmap(&(spi)->dev, QY_REGMAP_SLAVE, NULL, spi, config, true)
void regmap_exit(struct regmap *map) QY_REAL(regmap_exit);
/* The map that is managed by @dev, of that name where one is given; NULL: none. */
struct regmap *dev_get_regmap(struct device *dev, const char *name)
	QY_REAL(dev_get_regmap);
struct device *regmap_get_device(struct regmap *map) QY_REAL(regmap_get_device);
int regmap_get_val_bytes(struct regmap *map) QY_REAL(regmap_get_val_bytes);
int regmap_get_max_register(struct regmap *map) QY_REAL(regmap_get_max_register);
int regmap_get_reg_stride(struct regmap *map) QY_REAL(regmap_get_reg_stride);

/* Return: 0; -EINVAL: not a multiple of the stride; -EIO: not to be read or written, or the device says so. */
int regmap_read(struct regmap *map, unsigned int reg, unsigned int *val)
	QY_REAL(regmap_read);
int regmap_write(struct regmap *map, unsigned int reg, unsigned int val)
	QY_REAL(regmap_write);
/* Written where that changes something, or @force. */
int regmap_update_bits_base(struct regmap *map, unsigned int reg, unsigned int mask,
	unsigned int val, bool *change, bool async, bool force)
	QY_REAL(regmap_update_bits_base);
int regmap_bulk_read(struct regmap *map, unsigned int reg, void *val, size_t nr)
	QY_REAL(regmap_bulk_read);
int regmap_bulk_write(struct regmap *map, unsigned int reg, const void *val, size_t nr)
	QY_REAL(regmap_bulk_write);
/* @bytes, as they go over the bus. */
int regmap_raw_read(struct regmap *map, unsigned int reg, void *val, size_t bytes)
	QY_REAL(regmap_raw_read);
int regmap_raw_write(struct regmap *map, unsigned int reg, const void *val, size_t bytes)
	QY_REAL(regmap_raw_write);
/* One register, again and again. */
int regmap_noinc_read(struct regmap *map, unsigned int reg, void *val, size_t bytes)
	QY_REAL(regmap_noinc_read);
int regmap_noinc_write(struct regmap *map, unsigned int reg, const void *val,
	size_t bytes) QY_REAL(regmap_noinc_write);
int regmap_multi_reg_write(struct regmap *map, const struct reg_sequence *regs, int nr)
	QY_REAL(regmap_multi_reg_write);

static inline int regmap_update_bits(
	struct regmap *map, unsigned int reg, unsigned int mask, unsigned int val)
{
	return regmap_update_bits_base(map, reg, mask, val, NULL, false, false);
}

static inline int regmap_update_bits_check(struct regmap *map, unsigned int reg,
	unsigned int mask, unsigned int val, bool *change)
{
	return regmap_update_bits_base(map, reg, mask, val, change, false, false);
}

static inline int regmap_write_bits(
	struct regmap *map, unsigned int reg, unsigned int mask, unsigned int val)
{
	return regmap_update_bits_base(map, reg, mask, val, NULL, false, true);
}

static inline int regmap_set_bits(struct regmap *map, unsigned int reg, unsigned int bits)
{
	return regmap_update_bits(map, reg, bits, bits);
}

static inline int regmap_clear_bits(
	struct regmap *map, unsigned int reg, unsigned int bits)
{
	return regmap_update_bits(map, reg, bits, 0);
}

static inline int regmap_assign_bits(
	struct regmap *map, unsigned int reg, unsigned int bits, bool value)
{
	return regmap_update_bits(map, reg, bits, value ? bits : 0);
}

/* Return: 1: all are set, 0, -errno. */
static inline int regmap_test_bits(
	struct regmap *map, unsigned int reg, unsigned int bits)
{
	unsigned int val;
	int error = regmap_read(map, reg, &val);

	return error ? error : (val & bits) == bits;
}

#define regmap_read_poll_timeout(map, reg, val, cond, sleep_us, timeout_us)          \
	({                                                                           \
		int poll_error_ = 0,                                                 \
		    timed_out_ = read_poll_timeout(regmap_read, poll_error_,         \
			    poll_error_ || (cond), sleep_us, timeout_us, false, map, \
			    reg, &(val));                                            \
		poll_error_ ? poll_error_ : timed_out_;                              \
	})

/* ------------------------------------------------------------------ the cache */

/* Reads and writes go no further than the cache; they pass it by. */
void regcache_cache_only(struct regmap *map, bool enable) QY_REAL(regcache_cache_only);
void regcache_cache_bypass(struct regmap *map, bool enable)
	QY_REAL(regcache_cache_bypass);
/* The device has lost what is in the cache; it gets it again. */
void regcache_mark_dirty(struct regmap *map) QY_REAL(regcache_mark_dirty);
int regcache_sync(struct regmap *map) QY_REAL(regcache_sync);
int regcache_drop_region(struct regmap *map, unsigned int min, unsigned int max)
	QY_REAL(regcache_drop_region);

/* ------------------------------------------------------------------ fields */

struct reg_field {
	unsigned int reg;
	unsigned int lsb;
	unsigned int msb;
};
#define REG_FIELD(_reg, _lsb, _msb)                          \
	{                                                    \
		.reg = (_reg), .lsb = (_lsb), .msb = (_msb), \
	}

struct regmap_field *regmap_field_alloc(struct regmap *map, struct reg_field field)
	QY_REAL(regmap_field_alloc);
void regmap_field_free(struct regmap_field *field) QY_REAL(regmap_field_free);
struct regmap_field *devm_regmap_field_alloc(struct device *dev, struct regmap *map,
	struct reg_field field) QY_REAL(devm_regmap_field_alloc);
int regmap_field_read(struct regmap_field *field, unsigned int *val)
	QY_REAL(regmap_field_read);
int regmap_field_write(struct regmap_field *field, unsigned int val)
	QY_REAL(regmap_field_write);

#endif
