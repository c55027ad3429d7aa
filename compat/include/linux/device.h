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
#include <linux/export.h>
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mod_devicetable.h>
#include <linux/mutex.h>
#include <linux/numa.h>
#include <linux/pm.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/version.h>
#include <quarry/dma.h>

struct device;
struct device_attribute;
struct device_driver;
struct device_type;
struct fwnode_handle;
struct device_node;
struct module;

struct bus_type {
	const char *name;
#if QY_SINCE(6, 11)
	int (*match)(struct device *dev, const struct device_driver *drv);
#else
	int (*match)(struct device *dev, struct device_driver *drv);
#endif
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
	int (*probe)(struct device *dev); /* where the bus has none */
	int (*remove)(struct device *dev);
	bool suppress_bind_attrs; /* nobody but the tests binds by hand */
	const struct of_device_id *of_match_table;
	const struct acpi_device_id
		*acpi_match_table;             /* as in a kernel without CONFIG_ACPI */
	const struct attribute_group **groups; /* of the driver's own directory */
	const struct attribute_group **dev_groups;
	const struct dev_pm_ops *pm;
	enum probe_type probe_type; /* one after the other, always */
	int (*suspend)(struct device *dev, pm_message_t state);
	int (*resume)(struct device *dev);
	void (*shutdown)(struct device *dev);
	struct list_head qy_link;
	struct kobject qy_kobj;
	unsigned int qy_nr_probes;
};

struct driver_attribute {
	struct attribute attr;
	ssize_t (*show)(struct device_driver *driver, char *buf);
	ssize_t (*store)(struct device_driver *driver, const char *buf, size_t n);
};
#define DRIVER_ATTR_RW(_name) \
	struct driver_attribute driver_attr_##_name = __ATTR_RW(_name)
#define DRIVER_ATTR_RO(_name) \
	struct driver_attribute driver_attr_##_name = __ATTR_RO(_name)
#define DRIVER_ATTR_WO(_name) \
	struct driver_attribute driver_attr_##_name = __ATTR_WO(_name)
int driver_create_file(const struct device_driver *driver,
	const struct driver_attribute *attr) QY_REAL(driver_create_file) __must_check;
void driver_remove_file(const struct device_driver *driver,
	const struct driver_attribute *attr) QY_REAL(driver_remove_file);

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

struct device_type {
	const char *name;
	const struct attribute_group **groups;
	void (*release)(struct device *dev);
};

struct device {
	union {
		struct qy_dma_dev qy;
		struct {
			u64 *dma_mask;
			u64 coherent_dma_mask;
			u64 bus_dma_limit;
		};
	};
	struct kobject kobj; /* its files */
	struct device *parent;
	const char *init_name;
	const struct device_type *type;
	const struct bus_type *bus;
	struct device_driver *driver;
	void *platform_data;
	void *driver_data;
	struct device_node *of_node;
	struct fwnode_handle *fwnode; /* of linux/property.h: its node in the tree */
	struct class *class;
	u32 id;
	struct mutex mutex; /* of device_lock() */
	u32 devt; /* a dev_t of the kernel: where the C library's came first, that is another type */
	void (*release)(struct device *dev);
	const struct attribute_group **groups;
	struct list_head dma_pools; /* of a dmapool.c that is linked in place of ours */
	struct qy_board_device qy_desc; /* where the board has none of its name */
	char qy_name[48];
	int qy_refs;
	bool qy_added, qy_dma_added, qy_deferred;
	bool qy_of_driver;          /* device_initialize() made it one */
	struct list_head qy_devres; /* newest first */
	struct list_head qy_link;
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
	INIT_LIST_HEAD(&dev->kobj.qy_files);
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
#define DEVICE_ATTR_ADMIN_RW(_name) \
	struct device_attribute dev_attr_##_name = __ATTR_RW_MODE(_name, 0600)
#define DEVICE_ATTR_ADMIN_RO(_name) \
	struct device_attribute dev_attr_##_name = __ATTR_RO_MODE(_name, 0400)

/* Attributes that are a variable. */
struct dev_ext_attribute {
	struct device_attribute attr;
	void *var;
};
ssize_t device_show_int(struct device *dev, struct device_attribute *attr, char *buf)
	QY_REAL(device_show_int);
ssize_t device_store_int(struct device *dev, struct device_attribute *attr,
	const char *buf, size_t n) QY_REAL(device_store_int);
ssize_t device_show_ulong(struct device *dev, struct device_attribute *attr, char *buf)
	QY_REAL(device_show_ulong);
ssize_t device_store_ulong(struct device *dev, struct device_attribute *attr,
	const char *buf, size_t n) QY_REAL(device_store_ulong);
ssize_t device_show_bool(struct device *dev, struct device_attribute *attr, char *buf)
	QY_REAL(device_show_bool);
ssize_t device_store_bool(struct device *dev, struct device_attribute *attr,
	const char *buf, size_t n) QY_REAL(device_store_bool);
#define QY_DEVICE_VARIABLE(_name, _mode, _show, _store, _var)  \
	struct dev_ext_attribute dev_attr_##_name = {          \
		{ .attr = { .name = #_name, .mode = (_mode) }, \
			.show = (_show),                       \
			.store = (_store) },                   \
		&(_var)                                        \
	}
#define DEVICE_INT_ATTR(_name, _mode, _var) \
	QY_DEVICE_VARIABLE(_name, _mode, device_show_int, device_store_int, _var)
#define DEVICE_ULONG_ATTR(_name, _mode, _var) \
	QY_DEVICE_VARIABLE(_name, _mode, device_show_ulong, device_store_ulong, _var)
#define DEVICE_BOOL_ATTR(_name, _mode, _var) \
	QY_DEVICE_VARIABLE(_name, _mode, device_show_bool, device_store_bool, _var)

static inline int device_create_bin_file(
	struct device *dev, const struct bin_attribute *attr)
{
	return sysfs_create_bin_file(&dev->kobj, attr);
}

static inline void device_remove_bin_file(
	struct device *dev, const struct bin_attribute *attr)
{
	sysfs_remove_bin_file(&dev->kobj, attr);
}

static inline int device_add_groups(
	struct device *dev, const struct attribute_group **groups)
{
	return sysfs_create_groups(&dev->kobj, groups);
}

static inline void device_remove_groups(
	struct device *dev, const struct attribute_group **groups)
{
	sysfs_remove_groups(&dev->kobj, groups);
}

static inline int device_add_group(
	struct device *dev, const struct attribute_group *group)
{
	return sysfs_create_group(&dev->kobj, group);
}

static inline void device_remove_group(
	struct device *dev, const struct attribute_group *group)
{
	sysfs_remove_group(&dev->kobj, group);
}

int devm_device_add_groups(struct device *dev, const struct attribute_group **groups)
	QY_REAL(devm_device_add_groups) __must_check;
int devm_device_add_group(struct device *dev, const struct attribute_group *group)
	QY_REAL(devm_device_add_group) __must_check;

#define kobj_to_dev(k) container_of(k, struct device, kobj)

static inline void device_lock(struct device *dev)
{
	mutex_lock(&dev->mutex);
}

static inline int device_trylock(struct device *dev)
{
	return mutex_trylock(&dev->mutex);
}

static inline void device_unlock(struct device *dev)
{
	mutex_unlock(&dev->mutex);
}

/* ------------------------------------------------------------------ devices that a driver brings along */

void device_initialize(struct device *dev) QY_REAL(device_initialize);
/* Also after a failure the reference is the caller's, to be put. */
int device_add(struct device *dev) QY_REAL(device_add) __must_check;
void device_del(struct device *dev) QY_REAL(device_del);
int device_register(struct device *dev) QY_REAL(device_register) __must_check;
void device_unregister(struct device *dev) QY_REAL(device_unregister);

static inline int device_is_registered(struct device *dev)
{
	return dev->kobj.state_in_sysfs || dev->qy_added;
}

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
#define dev_notice_ratelimited(dev, fmt, ...) \
	qy_dev_ratelimited(dev_notice, dev, fmt, ##__VA_ARGS__)
#define dev_crit_ratelimited(dev, fmt, ...) \
	qy_dev_ratelimited(dev_crit, dev, fmt, ##__VA_ARGS__)
#define dev_dbg_ratelimited(dev, fmt, ...) \
	qy_dev_ratelimited(dev_dbg, dev, fmt, ##__VA_ARGS__)
#define dev_vdbg(dev, fmt, ...) dev_dbg(dev, fmt, ##__VA_ARGS__)
#define qy_dev_once(say, dev, fmt, ...)               \
	do {                                          \
		static bool said_;                    \
		if (!said_) {                         \
			said_ = true;                 \
			say(dev, fmt, ##__VA_ARGS__); \
		}                                     \
	} while (0)
#define dev_err_once(dev, fmt, ...)    qy_dev_once(dev_err, dev, fmt, ##__VA_ARGS__)
#define dev_warn_once(dev, fmt, ...)   qy_dev_once(dev_warn, dev, fmt, ##__VA_ARGS__)
#define dev_notice_once(dev, fmt, ...) qy_dev_once(dev_notice, dev, fmt, ##__VA_ARGS__)
#define dev_info_once(dev, fmt, ...)   qy_dev_once(dev_info, dev, fmt, ##__VA_ARGS__)
#define dev_dbg_once(dev, fmt, ...)    qy_dev_once(dev_dbg, dev, fmt, ##__VA_ARGS__)
#define dev_WARN_ONCE(dev, condition, fmt, ...)                                    \
	WARN_ONCE(condition, "%s %s: " fmt, dev_driver_string(dev), dev_name(dev), \
		##__VA_ARGS__)
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
#define devm_ioremap_wc(dev, offset, size) devm_ioremap(dev, offset, size)
#define devm_ioremap_uc(dev, offset, size) devm_ioremap(dev, offset, size)
#define devm_ioremap_np(dev, offset, size) devm_ioremap(dev, offset, size)
void devm_iounmap(struct device *dev, void *addr) QY_REAL(devm_iounmap);
/* Asks for the range first: -EBUSY. */
void *devm_ioremap_resource(struct device *dev, const struct resource *res)
	QY_REAL(devm_ioremap_resource);
#define devm_ioremap_resource_wc(dev, res) devm_ioremap_resource(dev, res)
void *devm_memremap(struct device *dev, resource_size_t offset, size_t size,
	unsigned long flags) QY_REAL(devm_memremap);
void devm_memunmap(struct device *dev, void *addr) QY_REAL(devm_memunmap);
void *devm_ioport_map(struct device *dev, unsigned long port, unsigned int nr)
	QY_REAL(devm_ioport_map);

/* ------------------------------------------------------------------ classes: nodes below /dev */

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
typedef char *qy_devnode_t(const struct device *dev, umode_t *mode);
#else
typedef char *qy_devnode_t(struct device *dev, umode_t *mode);
#endif

struct class
{
	const char *name;
#if QY_SINCE(6, 4)
	struct module *qy_owner;
#else
	struct module *owner;
#endif
	const struct attribute_group **class_groups;
	const struct attribute_group **dev_groups;
	qy_devnode_t *devnode; /* below /dev; NULL: the device's name */
	void (*class_release)(struct class *class);
	void (*dev_release)(struct device *dev);
	const struct dev_pm_ops *pm; /* nobody suspends: linux/pm.h */
	struct kobject qy_kobj;
};

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
struct class_attribute;
typedef const struct class qy_class_arg_t;
typedef const struct class_attribute qy_class_attr_t;
#else
struct class_attribute;
typedef struct class qy_class_arg_t;
typedef struct class_attribute qy_class_attr_t;
#endif

struct class_attribute {
	struct attribute attr;
	ssize_t (*show)(qy_class_arg_t *class, qy_class_attr_t *attr, char *buf);
	ssize_t (*store)(
		qy_class_arg_t *class, qy_class_attr_t *attr, const char *buf, size_t n);
};
#define CLASS_ATTR_RW(_name) struct class_attribute class_attr_##_name = __ATTR_RW(_name)
#define CLASS_ATTR_RO(_name) struct class_attribute class_attr_##_name = __ATTR_RO(_name)
#define CLASS_ATTR_WO(_name) struct class_attribute class_attr_##_name = __ATTR_WO(_name)

int class_register(struct class *class) QY_REAL(class_register) __must_check;
void class_unregister(struct class *class) QY_REAL(class_unregister);
struct class *qy_compat_class_create(const char *name);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define class_create(name) qy_compat_class_create(name)
#else
#define class_create(owner, name) qy_compat_class_create(name)
#endif
void class_destroy(struct class *class) QY_REAL(class_destroy);
int class_create_file(struct class *class, const struct class_attribute *attr)
	QY_REAL(class_create_file) __must_check;
void class_remove_file(struct class *class, const struct class_attribute *attr)
	QY_REAL(class_remove_file);
struct device *device_create(struct class *class, struct device *parent, u32 devt,
	void *data, const char *fmt, ...) QY_REAL(device_create) __printf(5, 6);
struct device *device_create_with_groups(struct class *class, struct device *parent,
	u32 devt, void *data, const struct attribute_group **groups, const char *fmt, ...)
	QY_REAL(device_create_with_groups) __printf(6, 7);
void device_destroy(struct class *class, u32 devt) QY_REAL(device_destroy);
/* The first for which @fn says something other than 0. Return: that, or 0. */
int class_for_each_device(struct class *class, struct device *start, void *data,
	int (*fn)(struct device *dev, void *data)) QY_REAL(class_for_each_device);
/* With a reference; NULL: there is none. */
struct device *class_find_device(struct class *class, struct device *start,
	const void *data, int (*match)(struct device *dev, const void *data))
	QY_REAL(class_find_device);

#include <asm/along.h>

#endif
