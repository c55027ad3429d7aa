/* SPDX-License-Identifier: MIT */
/* Character devices. No state. */
#ifndef COMPAT_LINUX_CDEV_H
#define COMPAT_LINUX_CDEV_H

#include <linux/fs.h>

struct cdev {
	struct module *owner;
	const struct file_operations *ops;
	dev_t dev;
	unsigned int count;
	struct list_head list;
	bool qy_allocated;
};

void cdev_init(struct cdev *cdev, const struct file_operations *ops) QY_REAL(cdev_init);
struct cdev *cdev_alloc(void) QY_REAL(cdev_alloc);
int cdev_add(struct cdev *cdev, dev_t dev, unsigned int nr) QY_REAL(cdev_add);
void cdev_del(struct cdev *cdev) QY_REAL(cdev_del);

#endif
