/* SPDX-License-Identifier: MIT */
/* Attributes: files that show and take one value; binary ones have an offset. No state. */
#ifndef COMPAT_LINUX_SYSFS_H
#define COMPAT_LINUX_SYSFS_H

#include <linux/kobject.h>
#include <linux/printk.h>
#include <linux/stat.h>

/* @at bytes stand in the page @buf already. Return: bytes added. */
int sysfs_emit(char *buf, const char *fmt, ...) QY_REAL(sysfs_emit) __printf(2, 3);
int sysfs_emit_at(char *buf, int at, const char *fmt, ...) QY_REAL(sysfs_emit_at)
	__printf(3, 4);

#define __ATTR(_name, _mode, _show, _store)                                   \
	{                                                                     \
		.attr = { .name = #_name, .mode = (_mode) }, .show = (_show), \
		.store = (_store)                                             \
	}
#define __ATTR_RO(_name)             __ATTR(_name, 0444, _name##_show, NULL)
#define __ATTR_RO_MODE(_name, _mode) __ATTR(_name, _mode, _name##_show, NULL)
#define __ATTR_WO(_name)             __ATTR(_name, 0200, NULL, _name##_store)
#define __ATTR_RW(_name)             __ATTR(_name, 0644, _name##_show, _name##_store)
#define __ATTR_RW_MODE(_name, _mode) __ATTR(_name, _mode, _name##_show, _name##_store)
#define __ATTR_NULL                       \
	{                                 \
		.attr = { .name = NULL }, \
	}
#define __ATTRIBUTE_GROUPS(_name)                                 \
	static const struct attribute_group *_name##_groups[] = { \
		&_name##_group,                                   \
		NULL,                                             \
	}
#define ATTRIBUTE_GROUPS(_name)                               \
	static const struct attribute_group _name##_group = { \
		.attrs = _name##_attrs,                       \
	};                                                    \
	__ATTRIBUTE_GROUPS(_name)
#define BIN_ATTRIBUTE_GROUPS(_name)                           \
	static const struct attribute_group _name##_group = { \
		.bin_attrs = _name##_attrs,                   \
	};                                                    \
	__ATTRIBUTE_GROUPS(_name)

#define __BIN_ATTR(_name, _mode, _read, _write, _size)                        \
	{                                                                     \
		.attr = { .name = #_name, .mode = (_mode) }, .read = (_read), \
		.write = (_write), .size = (_size),                           \
	}
#define BIN_ATTR(_name, _mode, _read, _write, _size) \
	struct bin_attribute bin_attr_##_name =      \
		__BIN_ATTR(_name, _mode, _read, _write, _size)
#define BIN_ATTR_RO(_name, _size) BIN_ATTR(_name, 0444, _name##_read, NULL, _size)
#define BIN_ATTR_WO(_name, _size) BIN_ATTR(_name, 0200, NULL, _name##_write, _size)
#define BIN_ATTR_RW(_name, _size) \
	BIN_ATTR(_name, 0644, _name##_read, _name##_write, _size)
/* stub: no lock class of an attribute is looked at */
#define sysfs_attr_init(attr)     ((void)(attr))
/* stub: no lock class of an attribute is looked at */
#define sysfs_bin_attr_init(attr) ((void)(attr))

/* Return: 0, -EEXIST, -ENOMEM. Context: task, may sleep. */
int sysfs_create_file(struct kobject *kobj, const struct attribute *attr)
	QY_REAL(sysfs_create_file) __must_check;
void sysfs_remove_file(struct kobject *kobj, const struct attribute *attr)
	QY_REAL(sysfs_remove_file);
int sysfs_create_files(struct kobject *kobj, const struct attribute *const *attrs)
	QY_REAL(sysfs_create_files) __must_check;
void sysfs_remove_files(struct kobject *kobj, const struct attribute *const *attrs)
	QY_REAL(sysfs_remove_files);
int sysfs_create_bin_file(struct kobject *kobj, const struct bin_attribute *attr)
	QY_REAL(sysfs_create_bin_file) __must_check;
void sysfs_remove_bin_file(struct kobject *kobj, const struct bin_attribute *attr)
	QY_REAL(sysfs_remove_bin_file);
/* All of it or nothing. */
int sysfs_create_group(struct kobject *kobj, const struct attribute_group *group)
	QY_REAL(sysfs_create_group) __must_check;
void sysfs_remove_group(struct kobject *kobj, const struct attribute_group *group)
	QY_REAL(sysfs_remove_group);
int sysfs_create_groups(struct kobject *kobj, const struct attribute_group **groups)
	QY_REAL(sysfs_create_groups) __must_check;
void sysfs_remove_groups(struct kobject *kobj, const struct attribute_group **groups)
	QY_REAL(sysfs_remove_groups);
/* stub: a program here waits for no attribute */
#define sysfs_notify(kobj, dir, attr) ((void)(kobj), (void)(dir), (void)(attr))

#endif
