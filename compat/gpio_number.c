// SPDX-License-Identifier: MIT
/*
 * GPIO lines by their numbers (linux/gpio.h). The number of a line of the tree says where it is: its controller's phandle and
 * the line there; so it is the supply that linux/gpio/consumer.h knows.
 *
 * State: what each supply says of who has it by its number.
 */
#include <linux/device.h>
#include <linux/gpio.h>
#include <linux/of_gpio.h>
#include "compat/supply.h"

#define LINES_OF_ONE 1024 /* below: lines that were made up */

static struct supply *find_line(unsigned int number, char *key, size_t size)
{
	struct supply *s;

	if (number < LINES_OF_ONE)
		scnprintf(key, size, "gpio-%u", number);
	else
		scnprintf(
			key, size, "%u:%u", number / LINES_OF_ONE, number % LINES_OF_ONE);
	list_for_each_entry(s, &model_of(qy_compat_world())->supplies, link)
		if (s->type == GPIO && !strcmp(s->key, key))
			return s;
	return NULL;
}

bool gpio_is_valid(int number)
{
	return number >= 0;
}

struct gpio_desc *gpio_to_desc(unsigned int number)
{
	char key[32];
	struct supply *s = find_line(number, key, sizeof(key));

	return s ? s->by_number : NULL;
}

int gpio_request_one(unsigned int number, unsigned long flags, const char *label)
{
	char key[32];
	const struct supply_wanted want = { .type = GPIO, .id = label ? label : "gpio" };
	struct supply_handle *h;

	if (!gpio_is_valid((int)number))
		return -EINVAL;
	find_line(number, key, sizeof(key));
	h = qy_supply_get_key(&want, key, true);
	if (IS_ERR(h))
		return (int)PTR_ERR(h);
	h->s->by_number = h;
	if (flags & GPIOF_IN)
		gpio_direction_input(number);
	else
		gpio_direction_output(number, (flags & GPIOF_INIT_HIGH) != 0);
	return 0;
}

int gpio_request(unsigned int number, const char *label)
{
	return gpio_request_one(number, GPIOF_IN, label);
}

void gpio_free(unsigned int number)
{
	struct supply_handle *h = (void *)gpio_to_desc(number);

	if (!gpio_is_valid((int)number) || WARN_ON(!h))
		return;
	h->s->by_number = NULL;
	qy_supply_put(h);
}

static void free_line(struct device *dev, void *res)
{
	(void)dev;
	gpio_free(*(unsigned int *)res);
}

int devm_gpio_request_one(
	struct device *dev, unsigned int number, unsigned long flags, const char *label)
{
	unsigned int *res = devres_alloc(free_line, sizeof(*res), GFP_KERNEL);
	int error;

	if (!res)
		return -ENOMEM;
	*res = number;
	error = gpio_request_one(number, flags, label);
	if (error)
		devres_free(res);
	else
		devres_add(dev, res);
	return error;
}

int devm_gpio_request(struct device *dev, unsigned int number, const char *label)
{
	return devm_gpio_request_one(dev, number, GPIOF_IN, label);
}

void gpio_free_array(const struct gpio *array, size_t nr) QY_REAL(gpio_free_array);
int gpio_request_array(const struct gpio *array, size_t nr) QY_REAL(gpio_request_array);

void gpio_free_array(const struct gpio *array, size_t nr)
{
	while (nr--)
		gpio_free(array[nr].gpio);
}

int gpio_request_array(const struct gpio *array, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		int error =
			gpio_request_one(array[i].gpio, array[i].flags, array[i].label);

		if (error) {
			gpio_free_array(array, i);
			return error;
		}
	}
	return 0;
}

/* ------------------------------------------------------------------ of the tree */

int of_get_named_gpio_flags(const struct device_node *np, const char *property, int index,
	unsigned int *flags) QY_REAL(of_get_named_gpio_flags);

/* A device that was made up has each line that its driver asks for. Its number: of its name, the same each time. */
static int made_up_line(const struct device_node *np, const char *property, int index)
{
	struct made_node *made;
	u32 hash = 2166136261u;

	list_for_each_entry(made, &model_of(qy_compat_world())->made_nodes, link) {
		if (&made->np != np)
			continue;
		for (const char *at = np->full_name; *at; at++)
			hash = (hash ^ (u8)*at) * 16777619u;
		for (const char *at = property; *at; at++)
			hash = (hash ^ (u8)*at) * 16777619u;
		return (int)((hash + (u32)index) % LINES_OF_ONE);
	}
	return -ENOENT;
}

int of_get_named_gpio_flags(const struct device_node *np, const char *property, int index,
	unsigned int *flags)
{
	struct of_phandle_args args;
	int error = qy_compat_of_args(np, property, "#gpio-cells", -1, index, &args);

	if (error) {
		if (flags)
			*flags = 0;
		return made_up_line(np, property, index);
	}
	if (!args.args_count || args.args[0] >= LINES_OF_ONE ||
		args.np->phandle > INT_MAX / LINES_OF_ONE)
		return -EINVAL;
	if (flags)
		*flags = args.args_count > 1 ? args.args[1] & 1 : 0;
	return (int)(args.np->phandle * LINES_OF_ONE + args.args[0]);
}

int of_get_named_gpio(const struct device_node *np, const char *property, int index)
{
	return of_get_named_gpio_flags(np, property, index, NULL);
}
