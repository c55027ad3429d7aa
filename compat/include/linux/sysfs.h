/* SPDX-License-Identifier: MIT */
/* Attributes: files that show and take one value. No state. */
#ifndef COMPAT_LINUX_SYSFS_H
#define COMPAT_LINUX_SYSFS_H

#include <linux/kobject.h>
#include <linux/printk.h>

/* @at bytes stand in the page @buf already. Return: bytes added. */
int sysfs_emit(char *buf, const char *fmt, ...) QY_REAL(sysfs_emit) __printf(2, 3);
int sysfs_emit_at(char *buf, int at, const char *fmt, ...) QY_REAL(sysfs_emit_at)
	__printf(3, 4);

#define __ATTR(_name, _mode, _show, _store)                                   \
	{                                                                     \
		.attr = { .name = #_name, .mode = (_mode) }, .show = (_show), \
		.store = (_store)                                             \
	}
#define __ATTR_RO(_name) __ATTR(_name, 0444, _name##_show, NULL)
#define __ATTR_WO(_name) __ATTR(_name, 0200, NULL, _name##_store)
#define __ATTR_RW(_name) __ATTR(_name, 0644, _name##_show, _name##_store)
#define ATTRIBUTE_GROUPS(_name)                                   \
	static const struct attribute_group _name##_group = {     \
		.attrs = _name##_attrs,                           \
	};                                                        \
	static const struct attribute_group *_name##_groups[] = { \
		&_name##_group,                                   \
		NULL,                                             \
	}

#endif
