/* SPDX-License-Identifier: MIT */
/* The two files of an attribute. There is no tree of objects. No state. */
#ifndef COMPAT_LINUX_KOBJECT_H
#define COMPAT_LINUX_KOBJECT_H

#include <linux/types.h>

struct attribute {
	const char *name;
	umode_t mode;
};

struct attribute_group {
	const char *name;
	struct attribute **attrs;
};

#endif
