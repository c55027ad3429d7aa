/* SPDX-License-Identifier: MIT */
/*
 * Lines of devices that are 0 or 1. A device of the tree has those of NAME-gpios; one that was made up has each that is asked
 * for. A line that is read is what was last driven, or what the outside says (qy_world_gpio()). What is got is held.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_GPIO_CONSUMER_H
#define COMPAT_LINUX_GPIO_CONSUMER_H

#include <asm/quarry.h>
#include <linux/bits.h>
#include <linux/err.h>
#include <linux/types.h>

struct device;
struct gpio_desc;

struct gpio_descs {
	unsigned int ndescs;
	struct gpio_desc *desc[];
};

#define GPIOD_FLAGS_BIT_DIR_SET BIT(0)
#define GPIOD_FLAGS_BIT_DIR_OUT BIT(1)
#define GPIOD_FLAGS_BIT_DIR_VAL BIT(2)
enum gpiod_flags {
	GPIOD_ASIS = 0,
	GPIOD_IN = GPIOD_FLAGS_BIT_DIR_SET,
	GPIOD_OUT_LOW = GPIOD_FLAGS_BIT_DIR_SET | GPIOD_FLAGS_BIT_DIR_OUT,
	GPIOD_OUT_HIGH = GPIOD_FLAGS_BIT_DIR_SET | GPIOD_FLAGS_BIT_DIR_OUT |
			 GPIOD_FLAGS_BIT_DIR_VAL,
};

#define GPIO_LINE_DIRECTION_IN  1
#define GPIO_LINE_DIRECTION_OUT 0

/* @id: NULL: "gpios". Return: an error pointer: -ENOENT, -EBUSY, -ENOMEM; optional, and there is none: NULL. */
struct gpio_desc *qy_compat_gpio(struct device *dev, const char *id, unsigned int index,
	unsigned int flags, bool optional, bool managed);
#define gpiod_get(dev, id, flags)          qy_compat_gpio(dev, id, 0, flags, false, false)
#define gpiod_get_optional(dev, id, flags) qy_compat_gpio(dev, id, 0, flags, true, false)
#define gpiod_get_index(dev, id, index, flags) \
	qy_compat_gpio(dev, id, index, flags, false, false)
#define gpiod_get_index_optional(dev, id, index, flags) \
	qy_compat_gpio(dev, id, index, flags, true, false)
#define devm_gpiod_get(dev, id, flags) qy_compat_gpio(dev, id, 0, flags, false, true)
#define devm_gpiod_get_optional(dev, id, flags) \
	qy_compat_gpio(dev, id, 0, flags, true, true)
#define devm_gpiod_get_index(dev, id, index, flags) \
	qy_compat_gpio(dev, id, index, flags, false, true)
#define devm_gpiod_get_index_optional(dev, id, index, flags) \
	qy_compat_gpio(dev, id, index, flags, true, true)
void gpiod_put(struct gpio_desc *desc) QY_REAL(gpiod_put);
void devm_gpiod_put(struct device *dev, struct gpio_desc *desc) QY_REAL(devm_gpiod_put);
/* Lines that the tree has under @id; -ENOENT. */
int gpiod_count(struct device *dev, const char *id) QY_REAL(gpiod_count);

/* Of an active-low line a value is turned around, but in _raw. NULL: 0. Context: any; _cansleep: task, may sleep. */
int gpiod_direction_input(struct gpio_desc *desc) QY_REAL(gpiod_direction_input);
int gpiod_direction_output(struct gpio_desc *desc, int value)
	QY_REAL(gpiod_direction_output);
int gpiod_direction_output_raw(struct gpio_desc *desc, int value)
	QY_REAL(gpiod_direction_output_raw);
int gpiod_get_direction(struct gpio_desc *desc) QY_REAL(gpiod_get_direction);
int gpiod_get_value(const struct gpio_desc *desc) QY_REAL(gpiod_get_value);
void gpiod_set_value(struct gpio_desc *desc, int value) QY_REAL(gpiod_set_value);
int gpiod_get_raw_value(const struct gpio_desc *desc) QY_REAL(gpiod_get_raw_value);
void gpiod_set_raw_value(struct gpio_desc *desc, int value) QY_REAL(gpiod_set_raw_value);
int gpiod_get_value_cansleep(const struct gpio_desc *desc)
	QY_REAL(gpiod_get_value_cansleep);
void gpiod_set_value_cansleep(struct gpio_desc *desc, int value)
	QY_REAL(gpiod_set_value_cansleep);
int gpiod_is_active_low(const struct gpio_desc *desc) QY_REAL(gpiod_is_active_low);
int gpiod_cansleep(const struct gpio_desc *desc) QY_REAL(gpiod_cansleep);
/* The line's interrupt. Return: its number, -EINVAL: of NULL. */
int gpiod_to_irq(const struct gpio_desc *desc) QY_REAL(gpiod_to_irq);
/* stub: nothing prints who uses a line */
#define gpiod_set_consumer_name(desc, name) ((void)(desc), (void)(name), 0)
/* stub: no line bounces */
#define gpiod_set_debounce(desc, us)        ((void)(desc), (void)(us), 0)

#endif
