// SPDX-License-Identifier: MIT
/* References and numbers that nobody gives back, or gives back twice, all in one driver: each goes on to the next. */
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_platform.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

static bool bug;
module_param(bug, bool, 0444);

static int l_node_path(struct platform_device *p, bool bad)
{
	struct device_node *np = of_find_node_by_path("/cpus");
	int nr = np ? of_property_count_strings(np, "compatible") : -ENODEV;

	dev_dbg(&p->dev, "%d names\n", nr);
	if (!bad)
		of_node_put(np);
	return 0;
}

static int l_node_compatible(struct platform_device *p, bool bad)
{
	struct device_node *np = of_find_compatible_node(NULL, NULL, "arm,armv8-timer");

	if (!np)
		return -ENODEV;
	if (!bad)
		of_node_put(np);
	return 0;
}

static int l_node_loop_left(struct platform_device *p, bool bad)
{
	struct device_node *cpus = of_find_node_by_path("/cpus"), *child;
	u32 reg;

	for_each_child_of_node(cpus, child)
	{
		if (of_property_read_u32(child, "reg", &reg))
			continue;
		if (!bad)
			of_node_put(child);
		break;
	}
	of_node_put(cpus);
	return 0;
}

static int l_node_scoped(struct platform_device *p, bool bad)
{
	struct device_node *cpus __free(device_node) = of_find_node_by_path("/cpus");
	u32 reg;

	for_each_child_of_node_scoped(cpus, child)
	{
		if (of_property_read_u32(child, "reg", &reg))
			continue;
		if (bad)
			of_node_get(child);
		break;
	}
	return 0;
}

static int l_node_parent(struct platform_device *p, bool bad)
{
	struct device_node *cpus = of_find_node_by_path("/cpus"), *root;

	root = of_get_parent(cpus);
	of_node_put(cpus);
	if (!bad)
		of_node_put(root);
	return 0;
}

static int l_node_phandle(struct platform_device *p, bool bad)
{
	struct device_node *root = of_find_node_by_path("/"), *gic;

	gic = of_parse_phandle(root, "interrupt-parent", 0);
	of_node_put(root);
	if (!gic)
		return -ENODEV;
	if (!bad)
		of_node_put(gic);
	return 0;
}

static int l_node_put_twice(struct platform_device *p, bool bad)
{
	struct device_node *np = of_find_compatible_node(NULL, NULL, "arm,pl031");

	of_node_put(np);
	if (bad)
		of_node_put(np);
	return 0;
}

static int l_device_found(struct platform_device *p, bool bad)
{
	struct platform_device *self = of_find_device_by_node(p->dev.of_node);

	if (!self)
		return -EPROBE_DEFER;
	if (!bad)
		put_device(&self->dev);
	return 0;
}

static int l_device_put_twice(struct platform_device *p, bool bad)
{
	struct platform_device *child =
		platform_device_register_simple("set-child", 1, NULL, 0);

	if (IS_ERR(child))
		return PTR_ERR(child);
	get_device(&child->dev);
	put_device(&child->dev);
	if (bad)
		put_device(&child->dev);
	platform_device_unregister(child);
	return 0;
}

struct child {
	struct device dev;
};

static void child_release(struct device *dev)
{
	kfree(container_of(dev, struct child, dev));
}

static int l_device_freed(struct platform_device *p, bool bad)
{
	struct child *child = kzalloc(sizeof(*child), GFP_KERNEL);

	if (!child)
		return -ENOMEM;
	device_initialize(&child->dev);
	child->dev.release = child_release;
	dev_set_name(&child->dev, "child");
	if (bad)
		kfree(child);
	else
		put_device(&child->dev);
	return 0;
}

static DEFINE_IDA(numbers);

static int l_number(struct platform_device *p, bool bad)
{
	int id = ida_alloc(&numbers, GFP_KERNEL);

	if (id < 0)
		return id;
	if (!bad)
		ida_free(&numbers, (unsigned int)id);
	return 0;
}

static void end_numbers(void *ida)
{
	ida_destroy(ida);
}

/* All that are out go with the ida: no mistake. */
static int l_number_with_ida(struct platform_device *p, bool bad)
{
	static DEFINE_IDA(ida);
	int error = devm_add_action_or_reset(&p->dev, end_numbers, &ida);
	int id = error ? error : ida_alloc_min(&ida, 1000, GFP_KERNEL);

	return id < 0 ? id : 0;
}

typedef int (*step_fn)(struct platform_device *p, bool bad);
static const step_fn steps[] = { l_node_path, l_node_compatible, l_node_loop_left,
	l_node_scoped, l_node_parent, l_node_phandle, l_node_put_twice, l_device_found,
	l_device_put_twice, l_device_freed, l_number, l_number_with_ida };

#include "set.h"
