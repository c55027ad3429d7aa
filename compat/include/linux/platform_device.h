/* SPDX-License-Identifier: MIT */
/* Devices that the board describes, and their drivers. No state. */
#ifndef COMPAT_LINUX_PLATFORM_DEVICE_H
#define COMPAT_LINUX_PLATFORM_DEVICE_H

#include <linux/device.h>
#include <linux/version.h>

#define PLATFORM_DEVID_NONE (-1)
#define PLATFORM_DEVID_AUTO (-2)

struct platform_device {
	const char *name;
	int id;
	struct device dev;
	u32 num_resources;
	struct resource *resource;
	const struct platform_device_id *id_entry;
};

/* Since 6.11 a remove returns nothing; before, what it returned was ignored. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
typedef void qy_remove_t(struct platform_device *pdev);
#else
typedef int qy_remove_t(struct platform_device *pdev);
#endif

struct platform_driver {
	int (*probe)(struct platform_device *pdev);
	qy_remove_t *remove;
	void (*remove_new)(struct platform_device *pdev);
	void (*shutdown)(struct platform_device *pdev);
	int (*suspend)(struct platform_device *pdev, pm_message_t state);
	int (*resume)(struct platform_device *pdev);
	struct device_driver driver;
	const struct platform_device_id *id_table;
};

#define to_platform_device(x) container_of(x, struct platform_device, dev)
#define to_platform_driver(x) container_of(x, struct platform_driver, driver)

int __platform_driver_register(struct platform_driver *drv, struct module *owner)
	QY_REAL(__platform_driver_register);
#define platform_driver_register(drv) __platform_driver_register(drv, THIS_MODULE)
void platform_driver_unregister(struct platform_driver *drv)
	QY_REAL(platform_driver_unregister);

/* All, or none. */
int __platform_register_drivers(struct platform_driver *const *drivers, unsigned int nr,
	struct module *owner) QY_REAL(__platform_register_drivers);
#define platform_register_drivers(drivers, nr) \
	__platform_register_drivers(drivers, nr, THIS_MODULE)
void platform_unregister_drivers(struct platform_driver *const *drivers, unsigned int nr)
	QY_REAL(platform_unregister_drivers);

#define module_platform_driver(drv) \
	module_driver(drv, platform_driver_register, platform_driver_unregister)

static inline void platform_set_drvdata(struct platform_device *pdev, void *data)
{
	dev_set_drvdata(&pdev->dev, data);
}

static inline void *platform_get_drvdata(const struct platform_device *pdev)
{
	return dev_get_drvdata(&pdev->dev);
}

struct resource *platform_get_resource(struct platform_device *pdev, unsigned int type,
	unsigned int num) QY_REAL(platform_get_resource);
struct resource *platform_get_resource_byname(struct platform_device *pdev,
	unsigned int type, const char *name) QY_REAL(platform_get_resource_byname);
/* Return: the number, -ENXIO: there is none, and that is said. */
int platform_get_irq(struct platform_device *pdev, unsigned int num)
	QY_REAL(platform_get_irq);
int platform_get_irq_optional(struct platform_device *pdev, unsigned int num)
	QY_REAL(platform_get_irq_optional);
int platform_get_irq_byname(struct platform_device *pdev, const char *name)
	QY_REAL(platform_get_irq_byname);
int platform_irq_count(struct platform_device *pdev) QY_REAL(platform_irq_count);
void *devm_platform_ioremap_resource(struct platform_device *pdev, unsigned int index)
	QY_REAL(devm_platform_ioremap_resource);
void *devm_platform_get_and_ioremap_resource(
	struct platform_device *pdev, unsigned int index, struct resource **res)
	QY_REAL(devm_platform_get_and_ioremap_resource);

struct platform_device *platform_device_register_simple(
	const char *name, int id, const struct resource *res, unsigned int nr)
	QY_REAL(platform_device_register_simple);
void platform_device_unregister(struct platform_device *pdev)
	QY_REAL(platform_device_unregister);

/* One in steps. NULL: no memory. Before it is added, or after _del(), it goes with _put(). Context: task, may sleep. */
struct platform_device *platform_device_alloc(const char *name, int id)
	QY_REAL(platform_device_alloc);
int platform_device_add_resources(
	struct platform_device *pdev, const struct resource *res, unsigned int nr)
	QY_REAL(platform_device_add_resources);
int platform_device_add_data(struct platform_device *pdev, const void *data, size_t size)
	QY_REAL(platform_device_add_data);
int platform_device_add(struct platform_device *pdev) QY_REAL(platform_device_add);
void platform_device_del(struct platform_device *pdev) QY_REAL(platform_device_del);
void platform_device_put(struct platform_device *pdev) QY_REAL(platform_device_put);

struct platform_device_info {
	struct device *parent;
	struct fwnode_handle *fwnode;
	const char *name;
	int id;
	const struct resource *res;
	unsigned int num_res;
	const void *data; /* copied */
	size_t size_data;
	u64 dma_mask;
};
/* Return: an error pointer: -ENOMEM, -EBUSY. */
struct platform_device *platform_device_register_full(
	const struct platform_device_info *info) QY_REAL(platform_device_register_full);

/* What would be part of the kernel is a module here, which can be unloaded. */
#define builtin_platform_driver(drv) module_platform_driver(drv)

/* For devices that are there already. Return: -ENODEV: none was bound, and the driver is not registered. */
int __platform_driver_probe(struct platform_driver *drv,
	int (*probe)(struct platform_device *pdev), struct module *owner)
	QY_REAL(__platform_driver_probe);
#define platform_driver_probe(drv, probe) __platform_driver_probe(drv, probe, THIS_MODULE)
#define module_platform_driver_probe(drv, probe_fn)             \
	static int __init drv##_init(void)                      \
	{                                                       \
		return platform_driver_probe(&(drv), probe_fn); \
	}                                                       \
	module_init(drv##_init);                                \
	static void __exit drv##_exit(void)                     \
	{                                                       \
		platform_driver_unregister(&(drv));             \
	}                                                       \
	module_exit(drv##_exit)

/* With a copy of @data as its platform data. */
struct platform_device *platform_device_register_resndata(struct device *parent,
	const char *name, int id, const struct resource *res, unsigned int nr,
	const void *data, size_t size) QY_REAL(platform_device_register_resndata);
#define platform_device_register_data(parent, name, id, data, size) \
	platform_device_register_resndata(parent, name, id, NULL, 0, data, size)

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#include <linux/of_device.h> /* as drivers relied on */
#endif

#endif
