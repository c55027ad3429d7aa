/* SPDX-License-Identifier: MIT */
/*
 * Objects with references, a name and files (linux/sysfs.h). Nobody listens to uevents.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_KOBJECT_H
#define COMPAT_LINUX_KOBJECT_H

#include <asm/quarry.h>
#include <linux/version.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct file;
struct kobject;
struct module;

struct attribute {
	const char *name;
	umode_t mode;
};

struct bin_attribute {
	struct attribute attr;
	size_t size;
	void *private;
	ssize_t (*read)(struct file *file, struct kobject *kobj,
		struct bin_attribute *attr, char *buf, loff_t offset, size_t n);
	ssize_t (*write)(struct file *file, struct kobject *kobj,
		struct bin_attribute *attr, char *buf, loff_t offset, size_t n);
};

struct attribute_group {
	const char *name; /* of a directory of its own; NULL: none */
	/* The mode of the n-th; 0: it is left out. */
	umode_t (*is_visible)(struct kobject *kobj, struct attribute *attr, int n);
	umode_t (*is_bin_visible)(
		struct kobject *kobj, struct bin_attribute *attr, int n);
	struct attribute **attrs;
	struct bin_attribute **bin_attrs;
};

struct sysfs_ops {
	ssize_t (*show)(struct kobject *kobj, struct attribute *attr, char *buf);
	ssize_t (*store)(
		struct kobject *kobj, struct attribute *attr, const char *buf, size_t n);
};

struct kobj_type {
	void (*release)(struct kobject *kobj);
	const struct sysfs_ops *sysfs_ops;
	const struct attribute_group **default_groups;
#if QY_SINCE(5, 18)
	struct attribute **qy_default_attrs;
#else
	struct attribute **default_attrs;
#endif
};

struct kset;

struct kobject {
	const char *name;
	struct list_head entry; /* of its set */
	struct kobject *parent;
	struct kset *kset;
	const struct kobj_type *ktype;
	struct kref kref;
	unsigned int state_initialized : 1;
	unsigned int state_in_sysfs : 1;
	bool qy_owns_name;
	struct list_head qy_files;
	struct list_head qy_link; /* of all that are in sysfs */
};

struct kset_uevent_ops; /* nobody listens */

struct kset {
	struct list_head list;
	spinlock_t list_lock;
	struct kobject kobj;
	const struct kset_uevent_ops *uevent_ops;
};

struct kobj_attribute {
	struct attribute attr;
	ssize_t (*show)(struct kobject *kobj, struct kobj_attribute *attr, char *buf);
	ssize_t (*store)(struct kobject *kobj, struct kobj_attribute *attr,
		const char *buf, size_t n);
};

extern const struct sysfs_ops kobj_sysfs_ops QY_REAL(kobj_sysfs_ops);

void kobject_init(struct kobject *kobj, const struct kobj_type *ktype)
	QY_REAL(kobject_init);
/* Also after a failure the reference is the caller's, to be put. */
int kobject_add(struct kobject *kobj, struct kobject *parent, const char *fmt, ...)
	QY_REAL(kobject_add) __printf(3, 4) __must_check;
int kobject_init_and_add(struct kobject *kobj, const struct kobj_type *ktype,
	struct kobject *parent, const char *fmt, ...) QY_REAL(kobject_init_and_add)
	__printf(4, 5) __must_check;
int kobject_set_name(struct kobject *kobj, const char *fmt, ...) QY_REAL(kobject_set_name)
	__printf(2, 3);
void kobject_del(struct kobject *kobj) QY_REAL(kobject_del);
struct kobject *kobject_create_and_add(const char *name, struct kobject *parent)
	QY_REAL(kobject_create_and_add) __must_check;
struct kobject *kobject_get(struct kobject *kobj) QY_REAL(kobject_get);
void kobject_put(struct kobject *kobj) QY_REAL(kobject_put);

static inline const char *kobject_name(const struct kobject *kobj)
{
	return kobj->name;
}

struct kset *kset_create_and_add(const char *name, const struct kset_uevent_ops *u,
	struct kobject *parent) QY_REAL(kset_create_and_add) __must_check;
int kset_register(struct kset *kset) QY_REAL(kset_register) __must_check;
void kset_unregister(struct kset *kset) QY_REAL(kset_unregister);

static inline struct kset *kset_get(struct kset *kset)
{
	return kset ? container_of(kobject_get(&kset->kobj), struct kset, kobj) : NULL;
}

static inline void kset_put(struct kset *kset)
{
	if (kset)
		kobject_put(&kset->kobj);
}

/* The directories that every kernel has; all are the root here. */
#define kernel_kobj     ((struct kobject *)NULL)
#define firmware_kobj   ((struct kobject *)NULL)
#define hypervisor_kobj ((struct kobject *)NULL)

enum kobject_action {
	KOBJ_ADD,
	KOBJ_REMOVE,
	KOBJ_CHANGE,
	KOBJ_MOVE,
	KOBJ_ONLINE,
	KOBJ_OFFLINE,
	KOBJ_BIND,
	KOBJ_UNBIND,
};
/* stub: nobody listens to uevents */
#define kobject_uevent(kobj, action)          ((void)(kobj), 0)
/* stub: nobody listens to uevents */
#define kobject_uevent_env(kobj, action, env) ((void)(kobj), (void)(env), 0)
/* stub: nobody listens to uevents */
#define add_uevent_var(env, ...)              ((void)(env), 0)
struct kobj_uevent_env;

#endif
