/* SPDX-License-Identifier: MIT */
/*
 * Devices, their drivers, and what goes with a device when its driver lets go of it (devres).
 *
 * The record of the DMA API (quarry/dma.h) is part of a device; drivers see the masks under Linux's names. Where no world
 * stands around, whoever has a device gives it to the machine with qy_device_add() and takes it away with qy_device_del().
 *
 * No state.
 */
#ifndef COMPAT_LINUX_DEVICE_H
#define COMPAT_LINUX_DEVICE_H

#include <asm/quarry.h>
#include <linux/err.h>
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mod_devicetable.h>
#include <linux/numa.h>
#include <linux/pm.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <quarry/dma.h>

struct device;
struct device_attribute;
struct device_driver;
struct device_node;
struct module;

struct bus_type {
	const char *name;
	int (*match)(struct device *dev, const struct device_driver *drv);
	int (*probe)(struct device *dev);
	void (*remove)(struct device *dev);
	void (*shutdown)(struct device *dev);
};

enum probe_type {
	PROBE_DEFAULT_STRATEGY,
	PROBE_PREFER_ASYNCHRONOUS,
	PROBE_FORCE_SYNCHRONOUS,
};

struct device_driver {
	const char *name;
	const struct bus_type *bus;
	struct module *owner;
	bool suppress_bind_attrs; /* nobody but the tests binds by hand */
	const struct of_device_id *of_match_table;
	const struct attribute_group **dev_groups;
	const struct dev_pm_ops *pm;          /* nobody suspends: linux/pm.h */
	enum probe_type probe_type;           /* one after the other, always */
	void (*shutdown)(struct device *dev); /* no board is shut down */
	struct list_head qy_link;
};

/* The init and exit of a module that is nothing but @drv. */
#define module_driver(drv, reg, unreg)      \
	static int __init drv##_init(void)  \
	{                                   \
		return reg(&(drv));         \
	}                                   \
	module_init(drv##_init);            \
	static void __exit drv##_exit(void) \
	{                                   \
		unreg(&(drv));              \
	}                                   \
	module_exit(drv##_exit)

struct device {
	union {
		struct qy_dma_dev qy;
		struct {
			u64 *dma_mask;
			u64 coherent_dma_mask;
			u64 bus_dma_limit;
		};
	};
	struct device *parent;
	const char *init_name;
	const struct bus_type *bus;
	struct device_driver *driver;
	void *platform_data;
	void *driver_data;
	struct device_node *of_node;
	u32 devt; /* a dev_t of the kernel: where the C library's came first, that is another type */
	void (*release)(struct device *dev);
	const struct attribute_group **groups;
	struct list_head dma_pools; /* of a dmapool.c that is linked in place of ours */
	struct qy_board_device qy_desc; /* where the board has none of its name */
	char qy_name[48];
	int qy_refs;
	bool qy_added, qy_dma_added, qy_deferred;
	struct list_head qy_devres; /* newest first */
	struct list_head qy_link;
	struct list_head qy_attrs;
};
_Static_assert(
	offsetof(struct device, dma_mask) == offsetof(struct qy_dma_dev, dma_mask) &&
		offsetof(struct device, coherent_dma_mask) ==
			offsetof(struct qy_dma_dev, coherent_dma_mask) &&
		offsetof(struct device, bus_dma_limit) ==
			offsetof(struct qy_dma_dev, bus_dma_limit),
	"the first fields have two names");

static inline int qy_device_add(struct device *dev, const struct qy_board_device *desc)
{
	*dev = (struct device){ .init_name = desc->name };
	INIT_LIST_HEAD(&dev->qy_devres);
	INIT_LIST_HEAD(&dev->qy_link);
	INIT_LIST_HEAD(&dev->qy_attrs);
	INIT_LIST_HEAD(&dev->dma_pools);
	return qy_dma_dev_init(qy_this_machine(), &dev->qy, desc);
}

static inline void qy_device_del(struct device *dev)
{
	qy_dma_dev_remove(&dev->qy);
}

static inline const char *dev_name(const struct device *dev)
{
	return dev->init_name ? dev->init_name : dev->qy_name;
}

int dev_set_name(struct device *dev, const char *fmt, ...) QY_REAL(dev_set_name)
	__printf(2, 3);

static inline const char *dev_driver_string(const struct device *dev)
{
	if (dev->driver)
		return dev->driver->name;
	if (dev->bus)
		return dev->bus->name;
	return dev->qy.driver ? dev->qy.driver : "";
}

static inline int dev_to_node(struct device *dev)
{
	return dev->qy.desc ? (int)dev->qy.desc->node : NUMA_NO_NODE;
}

static inline void dev_set_drvdata(struct device *dev, void *data)
{
	dev->driver_data = data;
}

static inline void *dev_get_drvdata(const struct device *dev)
{
	return dev->driver_data;
}

static inline void *dev_get_platdata(const struct device *dev)
{
	return dev->platform_data;
}

static inline struct device_node *dev_of_node(struct device *dev)
{
	return dev->of_node;
}

struct device *get_device(struct device *dev) QY_REAL(get_device);
void put_device(struct device *dev) QY_REAL(put_device);

/* The table's entry that matches. Return: its data, NULL. */
const void *device_get_match_data(const struct device *dev)
	QY_REAL(device_get_match_data);
int device_create_file(struct device *dev, const struct device_attribute *attr)
	QY_REAL(device_create_file);
void device_remove_file(struct device *dev, const struct device_attribute *attr)
	QY_REAL(device_remove_file);

struct device_attribute {
	struct attribute attr;
	ssize_t (*show)(struct device *dev, struct device_attribute *attr, char *buf);
	ssize_t (*store)(struct device *dev, struct device_attribute *attr,
		const char *buf, size_t count);
};
#define DEVICE_ATTR(_name, _mode, _show, _store) \
	struct device_attribute dev_attr_##_name = __ATTR(_name, _mode, _show, _store)
#define DEVICE_ATTR_RO(_name) struct device_attribute dev_attr_##_name = __ATTR_RO(_name)
#define DEVICE_ATTR_WO(_name) struct device_attribute dev_attr_##_name = __ATTR_WO(_name)
#define DEVICE_ATTR_RW(_name) struct device_attribute dev_attr_##_name = __ATTR_RW(_name)

/* ------------------------------------------------------------------ what is said of a device */

#define dev_printk(level, dev, fmt, ...) \
	printk(level "%s %s: " fmt, dev_driver_string(dev), dev_name(dev), ##__VA_ARGS__)
#ifndef dev_fmt
#define dev_fmt(fmt) fmt
#endif
#define dev_emerg(dev, fmt, ...) dev_printk(KERN_EMERG, dev, dev_fmt(fmt), ##__VA_ARGS__)
#define dev_crit(dev, fmt, ...)  dev_printk(KERN_CRIT, dev, dev_fmt(fmt), ##__VA_ARGS__)
#define dev_err(dev, fmt, ...)   dev_printk(KERN_ERR, dev, dev_fmt(fmt), ##__VA_ARGS__)
#define dev_warn(dev, fmt, ...)  dev_printk(KERN_WARNING, dev, dev_fmt(fmt), ##__VA_ARGS__)
#define dev_notice(dev, fmt, ...) \
	dev_printk(KERN_NOTICE, dev, dev_fmt(fmt), ##__VA_ARGS__)
#define dev_info(dev, fmt, ...) dev_printk(KERN_INFO, dev, dev_fmt(fmt), ##__VA_ARGS__)
#ifdef DEBUG
#define dev_dbg(dev, fmt, ...) dev_printk(KERN_DEBUG, dev, dev_fmt(fmt), ##__VA_ARGS__)
#else
#define dev_dbg(dev, fmt, ...)                                                    \
	do {                                                                      \
		if (0)                                                            \
			dev_printk(KERN_DEBUG, dev, dev_fmt(fmt), ##__VA_ARGS__); \
	} while (0)
#endif
#define qy_dev_ratelimited(say, dev, fmt, ...)                                \
	do {                                                                  \
		static struct ratelimit_state rs_ = RATELIMIT_STATE_INIT(     \
			DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST); \
		rs_.func = __func__;                                          \
		if (__printk_ratelimit(&rs_))                                 \
			say(dev, fmt, ##__VA_ARGS__);                         \
	} while (0)
#define dev_err_ratelimited(dev, fmt, ...) \
	qy_dev_ratelimited(dev_err, dev, fmt, ##__VA_ARGS__)
#define dev_warn_ratelimited(dev, fmt, ...) \
	qy_dev_ratelimited(dev_warn, dev, fmt, ##__VA_ARGS__)
#define dev_info_ratelimited(dev, fmt, ...) \
	qy_dev_ratelimited(dev_info, dev, fmt, ##__VA_ARGS__)
#define dev_WARN(dev, fmt, ...) \
	WARN(1, "%s %s: " fmt, dev_driver_string(dev), dev_name(dev), ##__VA_ARGS__)
/* Says nothing of -EPROBE_DEFER. Return: @err. */
int dev_err_probe(const struct device *dev, int err, const char *fmt, ...)
	QY_REAL(dev_err_probe) __printf(3, 4);

/* ------------------------------------------------------------------ devres */

typedef void (*dr_release_t)(struct device *dev, void *res);
typedef int (*dr_match_t)(struct device *dev, void *res, void *match_data);

void *qy_compat_devres_alloc(
	dr_release_t release, size_t size, gfp_t gfp, const char *name);
#define devres_alloc(release, size, gfp) \
	qy_compat_devres_alloc(release, size, gfp, #release)
#define devres_alloc_node(release, size, gfp, nid) devres_alloc(release, size, gfp)
void devres_free(void *res) QY_REAL(devres_free);
void devres_add(struct device *dev, void *res) QY_REAL(devres_add);
void *devres_find(struct device *dev, dr_release_t release, dr_match_t match,
	void *match_data) QY_REAL(devres_find);
void *devres_remove(struct device *dev, dr_release_t release, dr_match_t match,
	void *match_data) QY_REAL(devres_remove);
int devres_destroy(struct device *dev, dr_release_t release, dr_match_t match,
	void *match_data) QY_REAL(devres_destroy);
int devres_release(struct device *dev, dr_release_t release, dr_match_t match,
	void *match_data) QY_REAL(devres_release);

/* A group; NULL as @id: one of its own. Return: its id, NULL without memory. */
void *devres_open_group(struct device *dev, void *id, gfp_t gfp)
	QY_REAL(devres_open_group);
void devres_close_group(struct device *dev, void *id) QY_REAL(devres_close_group);
void devres_remove_group(struct device *dev, void *id) QY_REAL(devres_remove_group);
int devres_release_group(struct device *dev, void *id) QY_REAL(devres_release_group);

void *devm_kmalloc(struct device *dev, size_t size, gfp_t gfp) QY_REAL(devm_kmalloc);
void *devm_krealloc(struct device *dev, void *p, size_t size, gfp_t gfp)
	QY_REAL(devm_krealloc);
void devm_kfree(struct device *dev, const void *p) QY_REAL(devm_kfree);
char *devm_kstrdup(struct device *dev, const char *s, gfp_t gfp) QY_REAL(devm_kstrdup);
void *devm_kmemdup(struct device *dev, const void *from, size_t n, gfp_t gfp)
	QY_REAL(devm_kmemdup);
char *devm_kasprintf(struct device *dev, gfp_t gfp, const char *fmt, ...)
	QY_REAL(devm_kasprintf) __printf(3, 4);
unsigned long devm_get_free_pages(struct device *dev, gfp_t gfp, unsigned int order)
	QY_REAL(devm_get_free_pages);

static inline void *devm_kzalloc(struct device *dev, size_t size, gfp_t gfp)
{
	return devm_kmalloc(dev, size, gfp | __GFP_ZERO);
}

static inline void *devm_kmalloc_array(
	struct device *dev, size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	return __builtin_mul_overflow(n, size, &bytes) ? NULL
						       : devm_kmalloc(dev, bytes, gfp);
}

static inline void *devm_kcalloc(struct device *dev, size_t n, size_t size, gfp_t gfp)
{
	return devm_kmalloc_array(dev, n, size, gfp | __GFP_ZERO);
}

int devm_add_action(struct device *dev, void (*action)(void *data), void *data)
	QY_REAL(devm_add_action);
int devm_add_action_or_reset(struct device *dev, void (*action)(void *data), void *data)
	QY_REAL(devm_add_action_or_reset);
void devm_remove_action(struct device *dev, void (*action)(void *data), void *data)
	QY_REAL(devm_remove_action);
void devm_release_action(struct device *dev, void (*action)(void *data), void *data)
	QY_REAL(devm_release_action);

void *devm_ioremap(struct device *dev, resource_size_t offset, resource_size_t size)
	QY_REAL(devm_ioremap);
void *devm_ioremap_resource(struct device *dev, const struct resource *res)
	QY_REAL(devm_ioremap_resource);

/* ------------------------------------------------------------------ classes: nodes below /dev */

struct class
{
	const char *name;
};

struct class *class_create(const char *name) QY_REAL(class_create);
void class_destroy(struct class *class) QY_REAL(class_destroy);
struct device *device_create(struct class *class, struct device *parent, u32 devt,
	void *data, const char *fmt, ...) QY_REAL(device_create) __printf(5, 6);
void device_destroy(struct class *class, u32 devt) QY_REAL(device_destroy);

#endif
