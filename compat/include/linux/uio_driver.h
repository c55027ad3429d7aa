/* SPDX-License-Identifier: MIT */
/*
 * Devices that a program drives: /dev/uioN, whose read waits for interrupts and whose write switches them. The attributes name,
 * version and event are those of the device. No state.
 */
#ifndef COMPAT_LINUX_UIO_DRIVER_H
#define COMPAT_LINUX_UIO_DRIVER_H

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/interrupt.h>
#include <linux/wait.h>

struct uio_info;
struct vm_area_struct;

struct uio_mem {
	const char *name;
	phys_addr_t addr;
	unsigned long offs;
	resource_size_t size;
	int memtype;
	void *internal_addr; /* the driver's own mapping */
};
#define MAX_UIO_MAPS 5

struct uio_port {
	const char *name;
	unsigned long start, size;
	int porttype;
};
#define MAX_UIO_PORT_REGIONS 5

struct uio_device {
	struct module *owner;
	struct device dev;
	int minor;
	atomic_t event;
	struct fasync_struct *async_queue;
	wait_queue_head_t wait;
	struct uio_info *info; /* NULL: it is unregistered */
	struct mutex info_lock;
	struct cdev qy_cdev;
};

struct uio_info {
	struct uio_device *uio_dev;
	const char *name, *version;
	struct uio_mem mem[MAX_UIO_MAPS];
	struct uio_port port[MAX_UIO_PORT_REGIONS];
	long irq;
	unsigned long irq_flags;
	void *priv;
	irqreturn_t (*handler)(int irq, struct uio_info *info);
	int (*mmap)(struct uio_info *info, struct vm_area_struct *vma);
	int (*open)(struct uio_info *info, struct inode *inode);
	int (*release)(struct uio_info *info, struct inode *inode);
	int (*irqcontrol)(struct uio_info *info, s32 irq_on);
};

#define UIO_IRQ_CUSTOM (-1)
#define UIO_IRQ_NONE   0

#define UIO_MEM_NONE    0
#define UIO_MEM_PHYS    1
#define UIO_MEM_LOGICAL 2
#define UIO_MEM_VIRTUAL 3
#define UIO_MEM_IOVA    4

#define UIO_PORT_NONE  0
#define UIO_PORT_X86   1
#define UIO_PORT_GPIO  2
#define UIO_PORT_OTHER 3

/* Return: 0, -EINVAL, -ENOMEM, what request_irq() says. Context: task, may sleep. */
int __uio_register_device(struct module *owner, struct device *parent,
	struct uio_info *info) QY_REAL(__uio_register_device) __must_check;
#define uio_register_device(parent, info) __uio_register_device(THIS_MODULE, parent, info)
/* Who has it open gets -EIO from now on. */
void uio_unregister_device(struct uio_info *info) QY_REAL(uio_unregister_device);
int __devm_uio_register_device(struct module *owner, struct device *parent,
	struct uio_info *info) QY_REAL(__devm_uio_register_device) __must_check;
#define devm_uio_register_device(parent, info) \
	__devm_uio_register_device(THIS_MODULE, parent, info)
/* Readers are woken. Context: any. */
void uio_event_notify(struct uio_info *info) QY_REAL(uio_event_notify);

#endif
