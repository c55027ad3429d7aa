/* SPDX-License-Identifier: MIT */
/*
 * Lines by their numbers, as drivers asked for them before linux/gpio/consumer.h. Numbers of the tree's lines come from
 * of_get_named_gpio(); every other one below 1024 is a line that was made up, with nothing at its end. Levels are those of
 * the wire. What is requested is held.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_GPIO_H
#define COMPAT_LINUX_GPIO_H

#include <linux/bits.h>
#include <linux/gpio/consumer.h>
#include <linux/types.h>
#include <linux/version.h>

struct device;

#define GPIOF_IN            BIT(0)
#define GPIOF_DIR_IN        BIT(0)
#define GPIOF_DIR_OUT       0
#define GPIOF_OUT_INIT_LOW  0
#define GPIOF_INIT_LOW      0
#define GPIOF_OUT_INIT_HIGH BIT(1)
#define GPIOF_INIT_HIGH     BIT(1)

struct gpio {
	unsigned int gpio;
	unsigned long flags;
	const char *label;
};

bool gpio_is_valid(int number) QY_REAL(gpio_is_valid);
/* Return: 0, -EINVAL, -EBUSY, -ENOMEM. Context: task, may sleep. */
int gpio_request(unsigned int number, const char *label) QY_REAL(gpio_request);
int gpio_request_one(unsigned int number, unsigned long flags, const char *label)
	QY_REAL(gpio_request_one);
void gpio_free(unsigned int number) QY_REAL(gpio_free);
int devm_gpio_request(struct device *dev, unsigned int number, const char *label)
	QY_REAL(devm_gpio_request);
int devm_gpio_request_one(struct device *dev, unsigned int number, unsigned long flags,
	const char *label) QY_REAL(devm_gpio_request_one);
/* NULL: nobody has requested it. */
struct gpio_desc *gpio_to_desc(unsigned int number) QY_REAL(gpio_to_desc);

#define gpio_direction_input(n)           gpiod_direction_input(gpio_to_desc(n))
#define gpio_direction_output(n, value)   gpiod_direction_output_raw(gpio_to_desc(n), value)
#define gpio_get_value(n)                 gpiod_get_raw_value(gpio_to_desc(n))
#define gpio_set_value(n, value)          gpiod_set_raw_value(gpio_to_desc(n), value)
#define gpio_get_value_cansleep(n)        (might_sleep(), gpio_get_value(n))
#define gpio_set_value_cansleep(n, value) (might_sleep(), gpio_set_value(n, value))
#define gpio_to_irq(n)                    gpiod_to_irq(gpio_to_desc(n))
#define gpio_cansleep(n)                  gpiod_cansleep(gpio_to_desc(n))

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
/* All, or none. */
int gpio_request_array(const struct gpio *array, size_t nr) QY_REAL(gpio_request_array);
void gpio_free_array(const struct gpio *array, size_t nr) QY_REAL(gpio_free_array);
#endif
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
/* stub: a program sees no lines */
#define gpio_export(n, may_change) ((void)(n), (void)(may_change), 0)
/* stub: as above */
#define gpio_unexport(n)           ((void)(n))
#define GPIOF_EXPORT               0
#define GPIOF_EXPORT_DIR_FIXED     0
#endif

#endif
