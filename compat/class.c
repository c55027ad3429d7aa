// SPDX-License-Identifier: MIT
/*
 * Devices that drivers bring along, and the classes that they are of: their files, their nodes below /dev.
 *
 * Locking: none; see world.h.
 */
#include <linux/kdev_t.h>
#include <linux/module.h>
#include "compat/model.h"

/* ------------------------------------------------------------------ attributes of devices */

static ssize_t show_attr(struct kobject *kobj, struct attribute *attr, char *buf)
{
	struct device_attribute *da = container_of(attr, struct device_attribute, attr);

	return da->show ? da->show(kobj_to_dev(kobj), da, buf) : -EIO;
}

static ssize_t store_attr(
	struct kobject *kobj, struct attribute *attr, const char *buf, size_t n)
{
	struct device_attribute *da = container_of(attr, struct device_attribute, attr);

	return da->store ? da->store(kobj_to_dev(kobj), da, buf, n) : -EIO;
}

static const struct sysfs_ops device_sysfs_ops = { show_attr, store_attr };
static const struct kobj_type device_ktype = { .sysfs_ops = &device_sysfs_ops };

void qy_compat_device_kobject(struct device *dev)
{
	memset(&dev->kobj, 0, sizeof(dev->kobj));
	kobject_init(&dev->kobj, &device_ktype);
	dev->kobj.name = dev_name(dev);
}

int device_create_file(struct device *dev, const struct device_attribute *attr)
{
	return sysfs_create_file(&dev->kobj, &attr->attr);
}

void device_remove_file(struct device *dev, const struct device_attribute *attr)
{
	sysfs_remove_file(&dev->kobj, &attr->attr);
}

static struct dev_ext_attribute *variable(struct device_attribute *attr)
{
	return container_of(attr, struct dev_ext_attribute, attr);
}

ssize_t device_show_int(struct device *dev, struct device_attribute *attr, char *buf)
{
	(void)dev;
	return sysfs_emit(buf, "%d\n", *(int *)variable(attr)->var);
}

ssize_t device_store_int(
	struct device *dev, struct device_attribute *attr, const char *buf, size_t n)
{
	int error = kstrtoint(buf, 0, variable(attr)->var);

	(void)dev;
	return error ? error : (ssize_t)n;
}

ssize_t device_show_ulong(struct device *dev, struct device_attribute *attr, char *buf)
{
	(void)dev;
	return sysfs_emit(buf, "%lx\n", *(unsigned long *)variable(attr)->var);
}

ssize_t device_store_ulong(
	struct device *dev, struct device_attribute *attr, const char *buf, size_t n)
{
	int error = kstrtoul(buf, 0, variable(attr)->var);

	(void)dev;
	return error ? error : (ssize_t)n;
}

ssize_t device_show_bool(struct device *dev, struct device_attribute *attr, char *buf)
{
	(void)dev;
	return sysfs_emit(buf, "%d\n", *(bool *)variable(attr)->var);
}

ssize_t device_store_bool(
	struct device *dev, struct device_attribute *attr, const char *buf, size_t n)
{
	int error = kstrtobool(buf, variable(attr)->var);

	(void)dev;
	return error ? error : (ssize_t)n;
}

struct managed_groups {
	const struct attribute_group **groups;
	const struct attribute_group *one[2];
};

static void remove_groups(struct device *dev, void *res)
{
	sysfs_remove_groups(&dev->kobj, ((struct managed_groups *)res)->groups);
}

static int add_managed(struct device *dev, struct managed_groups *managed)
{
	int error;

	if (!managed)
		return -ENOMEM;
	error = sysfs_create_groups(&dev->kobj, managed->groups);
	if (error)
		devres_free(managed);
	else
		devres_add(dev, managed);
	return error;
}

int devm_device_add_groups(struct device *dev, const struct attribute_group **groups)
{
	struct managed_groups *managed = qy_compat_devres_alloc(
		remove_groups, sizeof(*managed), GFP_KERNEL, "devm_device_add_groups");

	if (managed)
		managed->groups = groups;
	return add_managed(dev, managed);
}

int devm_device_add_group(struct device *dev, const struct attribute_group *group)
{
	struct managed_groups *managed = qy_compat_devres_alloc(
		remove_groups, sizeof(*managed), GFP_KERNEL, "devm_device_add_group");

	if (managed) {
		managed->one[0] = group;
		managed->groups = managed->one;
	}
	return add_managed(dev, managed);
}

/* ------------------------------------------------------------------ attributes of drivers */

static ssize_t show_driver(struct kobject *kobj, struct attribute *attr, char *buf)
{
	struct driver_attribute *da = container_of(attr, struct driver_attribute, attr);

	return da->show ? da->show(container_of(kobj, struct device_driver, qy_kobj), buf)
			: -EIO;
}

static ssize_t store_driver(
	struct kobject *kobj, struct attribute *attr, const char *buf, size_t n)
{
	struct driver_attribute *da = container_of(attr, struct driver_attribute, attr);

	return da->store ? da->store(container_of(kobj, struct device_driver, qy_kobj),
				   buf, n)
			 : -EIO;
}

static const struct sysfs_ops driver_sysfs_ops = { show_driver, store_driver };
static const struct kobj_type driver_ktype = { .sysfs_ops = &driver_sysfs_ops };

int qy_compat_driver_files(struct device_driver *driver)
{
	memset(&driver->qy_kobj, 0, sizeof(driver->qy_kobj));
	kobject_init(&driver->qy_kobj, &driver_ktype);
	driver->qy_kobj.name = driver->name;
	list_add_tail(&driver->qy_kobj.qy_link, &model_of(qy_compat_world())->kobjects);
	return sysfs_create_groups(&driver->qy_kobj, driver->groups);
}

void qy_compat_driver_files_down(struct device_driver *driver)
{
	qy_compat_files_down(&driver->qy_kobj);
	list_del(&driver->qy_kobj.qy_link);
}

int driver_create_file(
	const struct device_driver *driver, const struct driver_attribute *attr)
{
	return sysfs_create_file(
		&((struct device_driver *)(uintptr_t)driver)->qy_kobj, &attr->attr);
}

void driver_remove_file(
	const struct device_driver *driver, const struct driver_attribute *attr)
{
	sysfs_remove_file(
		&((struct device_driver *)(uintptr_t)driver)->qy_kobj, &attr->attr);
}

/* ------------------------------------------------------------------ classes */

static ssize_t show_class(struct kobject *kobj, struct attribute *attr, char *buf)
{
	struct class_attribute *ca = container_of(attr, struct class_attribute, attr);

	return ca->show ? ca->show(container_of(kobj, struct class, qy_kobj), ca, buf)
			: -EIO;
}

static ssize_t store_class(
	struct kobject *kobj, struct attribute *attr, const char *buf, size_t n)
{
	struct class_attribute *ca = container_of(attr, struct class_attribute, attr);

	return ca->store
		       ? ca->store(container_of(kobj, struct class, qy_kobj), ca, buf, n)
		       : -EIO;
}

static const struct sysfs_ops class_sysfs_ops = { show_class, store_class };
static const struct kobj_type class_ktype = { .sysfs_ops = &class_sysfs_ops };

int class_register(struct class *class)
{
	int error;

	might_sleep();
	if (qy_refuses(QY_HELD_DEVICE, GFP_KERNEL, 0))
		return -ENOMEM;
	memset(&class->qy_kobj, 0, sizeof(class->qy_kobj));
	kobject_init(&class->qy_kobj, &class_ktype);
	class->qy_kobj.name = class->name;
	error = sysfs_create_groups(&class->qy_kobj, class->class_groups);
	if (error)
		return error;
	list_add_tail(&class->qy_kobj.qy_link, &model_of(qy_compat_world())->kobjects);
	qy_hold(QY_HELD_DEVICE, class, 0);
	return 0;
}

void class_unregister(struct class *class)
{
	qy_compat_files_down(&class->qy_kobj);
	list_del(&class->qy_kobj.qy_link);
	qy_let_go(QY_HELD_DEVICE, class);
	if (class->class_release)
		class->class_release(class);
}

static void free_class(struct class *class)
{
	qy_host_free(class);
}

struct class *qy_compat_class_create(const char *name)
{
	struct class *class = qy_host_zalloc(sizeof(*class));
	int error;

	if (!class)
		return ERR_PTR(-ENOMEM);
	class->name = name;
	class->class_release = free_class;
	error = class_register(class);
	if (!error)
		return class;
	qy_host_free(class);
	return ERR_PTR(error);
}

void class_destroy(struct class *class)
{
	if (!IS_ERR_OR_NULL(class))
		class_unregister(class);
}

int class_create_file(struct class *class, const struct class_attribute *attr)
{
	return sysfs_create_file(&class->qy_kobj, &attr->attr);
}

void class_remove_file(struct class *class, const struct class_attribute *attr)
{
	sysfs_remove_file(&class->qy_kobj, &attr->attr);
}

/* ------------------------------------------------------------------ devices */

void qy_compat_device_initialize(struct device *dev)
{
	qy_compat_device_init(dev, dev->bus);
	dev->qy_of_driver = true;
}

void device_initialize(struct device *dev)
{
	qy_compat_device_initialize(dev);
	qy_hold(QY_HELD_REFERENCE, dev, 0); /* the first one is the caller's */
}

static int add_dev_node(struct device *dev)
{
	umode_t mode = 0;
	char *name = NULL;
	int error;

	if (!MAJOR(dev->devt))
		return 0;
	if (dev->class && dev->class->devnode)
		name = dev->class->devnode(dev, &mode);
	error = qy_compat_node_add(
		qy_compat_world(), name ? name : dev_name(dev), dev->devt);
	kfree(name);
	return error;
}

static int add_files(struct device *dev)
{
	int error = dev->class ? device_add_groups(dev, dev->class->dev_groups) : 0;

	if (error)
		return error;
	error = dev->type ? device_add_groups(dev, dev->type->groups) : 0;
	if (!error)
		error = device_add_groups(dev, dev->groups);
	return error;
}

/* It has no masks but those that were set: memory comes to it when its driver has said how far it reaches. */
static int add_dma(struct device *dev)
{
	u64 *mask = dev->dma_mask, coherent_mask = dev->coherent_dma_mask;
	int error = qy_compat_device_add(dev);

	dev->dma_mask = mask;
	dev->coherent_dma_mask = coherent_mask;
	return error;
}

int qy_compat_device_enter(struct device *dev)
{
	struct qy_model *model = model_of(qy_compat_world());
	int error;

	dev->kobj.name = dev_name(dev);
	error = add_dma(dev);
	if (!error)
		error = add_files(dev);
	if (!error)
		error = add_dev_node(dev);
	if (error) {
		qy_compat_files_down(&dev->kobj);
		qy_compat_device_del(dev);
		return error;
	}
	qy_compat_get_device(dev->parent);
	dev->kobj.state_in_sysfs = 1;
	list_add_tail(&dev->qy_link, &model->classed);
	return 0;
}

int device_add(struct device *dev)
{
	int error;

	might_sleep();
	if (!*dev_name(dev))
		return -EINVAL;
	if (qy_refuses(QY_HELD_DEVICE, GFP_KERNEL, 0))
		return -ENOMEM;
	error = qy_compat_device_enter(dev);
	if (!error)
		qy_hold(QY_HELD_DEVICE, dev, 0);
	return error;
}

void device_del(struct device *dev)
{
	if (MAJOR(dev->devt))
		qy_compat_node_del(qy_compat_world(), dev->devt);
	qy_compat_files_down(&dev->kobj);
	qy_compat_release_all(dev);
	qy_compat_device_del(dev);
	list_del_init(&dev->qy_link);
	dev->kobj.state_in_sysfs = 0;
	qy_let_go(QY_HELD_DEVICE, dev);
	qy_compat_put_device(dev->parent);
}

int device_register(struct device *dev)
{
	device_initialize(dev);
	return device_add(dev);
}

void device_unregister(struct device *dev)
{
	device_del(dev);
	put_device(dev);
}

void qy_compat_get_device(struct device *dev)
{
	if (dev)
		dev->qy_refs++;
}

struct device *get_device(struct device *dev)
{
	qy_compat_get_device(dev);
	return qy_hold(QY_HELD_REFERENCE, dev, 0);
}

void put_device(struct device *dev)
{
	if (!dev)
		return;
	if (WARN(dev->qy_refs <= 1 && device_is_registered(dev),
		    "refcount_t: underflow; use-after-free.\n"))
		return; /* the reference is not the caller's: the device is there, and has one */
	qy_let_go(QY_HELD_REFERENCE, dev);
	qy_compat_put_device(dev);
}

void qy_compat_put_device(struct device *dev)
{
	if (!dev || --dev->qy_refs)
		return;
	if (dev->release)
		dev->release(dev);
	else if (dev->type && dev->type->release)
		dev->type->release(dev);
	else if (dev->class && dev->class->dev_release)
		dev->class->dev_release(dev);
	else if (dev->qy_of_driver)
		WARN(1, "Device '%s' does not have a release() function, it is broken and must be fixed. See Documentation/core-api/kobject.rst.",
			dev_name(dev));
}

struct device *qy_compat_find_classed(const struct qy_world *w, const char *name)
{
	struct device *dev;

	list_for_each_entry(dev, &model_of(w)->classed, qy_link)
		if (!strcmp(dev_name(dev), name))
			return dev;
	return NULL;
}

/* ------------------------------------------------------------------ devices of a class */

static void free_created(struct device *dev)
{
	qy_host_free(dev);
}

static struct device *create(struct class *class, struct device *parent, dev_t devt,
	void *data, const struct attribute_group **groups, const char *fmt, va_list args)
{
	struct device *dev = qy_host_zalloc(sizeof(*dev));
	int error;

	if (!dev)
		return ERR_PTR(-ENOMEM);
	qy_compat_device_initialize(dev);
	vscnprintf(dev->qy_name, sizeof(dev->qy_name), fmt, args);
	dev->release = free_created;
	dev->class = class;
	dev->parent = parent;
	dev->devt = devt;
	dev->driver_data = data;
	dev->groups = groups;
	error = device_add(dev);
	if (!error)
		return dev;
	qy_compat_put_device(dev);
	return ERR_PTR(error);
}

struct device *device_create(struct class *class, struct device *parent, dev_t devt,
	void *data, const char *fmt, ...)
{
	struct device *dev;
	va_list args;

	va_start(args, fmt);
	dev = create(class, parent, devt, data, NULL, fmt, args);
	va_end(args);
	return dev;
}

struct device *device_create_with_groups(struct class *class, struct device *parent,
	dev_t devt, void *data, const struct attribute_group **groups, const char *fmt,
	...)
{
	struct device *dev;
	va_list args;

	va_start(args, fmt);
	dev = create(class, parent, devt, data, groups, fmt, args);
	va_end(args);
	return dev;
}

void device_destroy(struct class *class, dev_t devt)
{
	struct device *dev;

	list_for_each_entry(dev, &model_of(qy_compat_world())->classed, qy_link)
		if (dev->class == class && dev->devt == devt) {
			device_unregister(dev);
			return;
		}
}

static struct device *next_of(struct class *class, struct device *after)
{
	struct qy_model *model = model_of(qy_compat_world());
	struct list_head *at = after ? after->qy_link.next : model->classed.next;

	for (; at != &model->classed; at = at->next)
		if (list_entry(at, struct device, qy_link)->class == class)
			return list_entry(at, struct device, qy_link);
	return NULL;
}

int class_for_each_device(struct class *class, struct device *start, void *data,
	int (*fn)(struct device *dev, void *data))
{
	int ret = 0;

	for (struct device *dev = next_of(class, start); dev && !ret;
		dev = next_of(class, dev))
		ret = fn(dev, data);
	return ret;
}

struct device *class_find_device(struct class *class, struct device *start,
	const void *data, int (*match)(struct device *dev, const void *data))
{
	for (struct device *dev = next_of(class, start); dev; dev = next_of(class, dev))
		if (match(dev, data))
			return get_device(dev);
	return NULL;
}
