// SPDX-License-Identifier: MIT
/* GPIO lines (linux/gpio/consumer.h). No state but supply.h's. */
#include <linux/gpio/consumer.h>
#include "compat/supply.h"

struct gpio_desc {
	struct supply_handle h;
};

static void put_gpio(void *desc)
{
	gpiod_put(desc);
}

struct gpio_desc *qy_compat_gpio(struct device *dev, const char *id, unsigned int index,
	unsigned int flags, bool optional, bool managed)
{
	const struct supply_wanted want = { GPIO, dev, dev ? dev->of_node : NULL, id,
		index };
	struct gpio_desc *desc = supply_or_null(qy_supply_get(&want, true), optional);

	if (!IS_ERR_OR_NULL(desc)) {
		if (flags & GPIOD_FLAGS_BIT_DIR_OUT)
			gpiod_direction_output(
				desc, (flags & GPIOD_FLAGS_BIT_DIR_VAL) != 0);
		else if (flags & GPIOD_FLAGS_BIT_DIR_SET)
			gpiod_direction_input(desc);
	}
	return managed ? qy_supply_manage(dev, desc, put_gpio) : desc;
}

void gpiod_put(struct gpio_desc *desc)
{
	if (!IS_ERR_OR_NULL(desc))
		qy_supply_put(&desc->h);
}

void devm_gpiod_put(struct device *dev, struct gpio_desc *desc)
{
	WARN_ON(!qy_supply_unmanage(dev, desc));
}

int gpiod_count(struct device *dev, const char *id)
{
	struct supply_wanted want = { GPIO, dev, dev->of_node, id, 0 };
	struct of_phandle_args args;

	while (!qy_supply_entry(&want, &args))
		want.index++;
	return want.index ? (int)want.index : -ENOENT;
}

static bool turned(const struct gpio_desc *desc, int value)
{
	return !value == desc->h.s->active_low;
}

int gpiod_direction_input(struct gpio_desc *desc)
{
	if (desc)
		desc->h.s->out = false;
	return 0;
}

int gpiod_direction_output_raw(struct gpio_desc *desc, int value)
{
	if (desc) {
		desc->h.s->out = true;
		desc->h.s->value = value != 0;
	}
	return 0;
}

int gpiod_direction_output(struct gpio_desc *desc, int value)
{
	return desc ? gpiod_direction_output_raw(desc, turned(desc, value)) : 0;
}

int gpiod_get_direction(struct gpio_desc *desc)
{
	if (!desc)
		return -EINVAL;
	return desc->h.s->out ? GPIO_LINE_DIRECTION_OUT : GPIO_LINE_DIRECTION_IN;
}

int gpiod_get_raw_value(const struct gpio_desc *desc)
{
	return desc ? (int)desc->h.s->value : 0;
}

int gpiod_get_value(const struct gpio_desc *desc)
{
	return desc ? turned(desc, (int)desc->h.s->value) : 0;
}

/* A line that is an input has no value to be set. */
void gpiod_set_raw_value(struct gpio_desc *desc, int value)
{
	if (desc && desc->h.s->out)
		desc->h.s->value = value != 0;
}

void gpiod_set_value(struct gpio_desc *desc, int value)
{
	if (desc)
		gpiod_set_raw_value(desc, turned(desc, value));
}

int gpiod_get_value_cansleep(const struct gpio_desc *desc)
{
	might_sleep();
	return gpiod_get_value(desc);
}

void gpiod_set_value_cansleep(struct gpio_desc *desc, int value)
{
	might_sleep();
	gpiod_set_value(desc, value);
}

int gpiod_is_active_low(const struct gpio_desc *desc)
{
	return desc && desc->h.s->active_low;
}

int gpiod_cansleep(const struct gpio_desc *desc)
{
	(void)desc;
	return 0;
}

int gpiod_to_irq(const struct gpio_desc *desc)
{
	if (!desc)
		return -EINVAL;
	if (!desc->h.s->irq)
		desc->h.s->irq = NR_IRQS - (++model_of(qy_compat_world())->next_irq - 32);
	return (int)desc->h.s->irq;
}

int qy_world_gpio(struct qy_world *w, const char *device, const char *id, int level)
{
	struct supply *s;
	char key[96];

	scnprintf(key, sizeof(key), "%s/%s/0", device, id);
	list_for_each_entry(s, &model_of(w)->supplies, link)
		if (s->type == GPIO && !strcmp(s->key, key)) {
			if (level >= 0 && !s->out)
				s->value = level != 0;
			return (int)s->value;
		}
	return -ENOENT;
}
