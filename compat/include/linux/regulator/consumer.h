/* SPDX-License-Identifier: MIT */
/*
 * Supplies of devices, each a regulator of its own at 3.3 V until somebody sets it. As on Linux there is always one where it is
 * not optional; an optional one exists where the tree has NAME-supply, or the device was made up. What is got and what is on is
 * held.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_REGULATOR_CONSUMER_H
#define COMPAT_LINUX_REGULATOR_CONSUMER_H

#include <asm/quarry.h>
#include <linux/err.h>
#include <linux/types.h>

struct device;
struct regulator;

struct regulator_bulk_data {
	const char *supply;
	struct regulator *consumer;
	int init_load_uA; /* nobody counts loads */
};

struct regulator *qy_compat_regulator(
	struct device *dev, const char *id, bool optional, bool exclusive, bool managed);
#define regulator_get(dev, id)           qy_compat_regulator(dev, id, false, false, false)
#define regulator_get_exclusive(dev, id) qy_compat_regulator(dev, id, true, true, false)
#define regulator_get_optional(dev, id)  qy_compat_regulator(dev, id, true, false, false)
#define devm_regulator_get(dev, id)      qy_compat_regulator(dev, id, false, false, true)
#define devm_regulator_get_exclusive(dev, id) \
	qy_compat_regulator(dev, id, true, true, true)
#define devm_regulator_get_optional(dev, id) \
	qy_compat_regulator(dev, id, true, false, true)
void regulator_put(struct regulator *regulator) QY_REAL(regulator_put);
void devm_regulator_put(struct regulator *regulator) QY_REAL(devm_regulator_put);
int devm_regulator_get_enable(struct device *dev, const char *id)
	QY_REAL(devm_regulator_get_enable);

/* Context: task, may sleep. Return: 0, -EIO: it was not on. */
int regulator_enable(struct regulator *regulator) QY_REAL(regulator_enable) __must_check;
int regulator_disable(struct regulator *regulator) QY_REAL(regulator_disable);
int regulator_force_disable(struct regulator *regulator) QY_REAL(regulator_force_disable);
int regulator_is_enabled(struct regulator *regulator) QY_REAL(regulator_is_enabled);
int regulator_get_voltage(struct regulator *regulator) QY_REAL(regulator_get_voltage);
int regulator_set_voltage(struct regulator *regulator, int min_uV, int max_uV)
	QY_REAL(regulator_set_voltage);

/* stub: nobody counts loads */
static inline int regulator_set_load(struct regulator *regulator, int load_uA)
{
	(void)regulator, (void)load_uA;
	return 0;
}

int qy_compat_regulator_bulk(
	struct device *dev, int nr, struct regulator_bulk_data *consumers, bool managed);
#define regulator_bulk_get(dev, nr, consumers) \
	qy_compat_regulator_bulk(dev, nr, consumers, false)
#define devm_regulator_bulk_get(dev, nr, consumers) \
	qy_compat_regulator_bulk(dev, nr, consumers, true)
int regulator_bulk_enable(int nr, struct regulator_bulk_data *consumers)
	QY_REAL(regulator_bulk_enable) __must_check;
int regulator_bulk_disable(int nr, struct regulator_bulk_data *consumers)
	QY_REAL(regulator_bulk_disable);
void regulator_bulk_free(int nr, struct regulator_bulk_data *consumers)
	QY_REAL(regulator_bulk_free);

#endif
