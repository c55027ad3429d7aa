// SPDX-License-Identifier: MIT
/*
 * Devices that a program drives (linux/uio_driver.h).
 *
 * What a program has open keeps the record, not the driver's: after its unregistration info is NULL, and the program is told.
 *
 * Locking: none; see world.h.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/uaccess.h>
#include <linux/uio_driver.h>
#include "compat/model.h"

#define MAX_DEVICES 32

static struct uio_device *uio_of(struct device *dev)
{
	return container_of(dev, struct uio_device, dev);
}

/* ------------------------------------------------------------------ its file */

struct listener {
	struct uio_device *idev;
	s32 seen; /* events */
};

static int uio_open(struct inode *inode, struct file *file)
{
	struct uio_device *idev = container_of(inode->i_cdev, struct uio_device, qy_cdev);
	struct listener *listener;
	int error = 0;

	if (!qy_compat_module_get(idev->owner))
		return -ENODEV;
	listener = kmalloc(sizeof(*listener), GFP_KERNEL);
	if (!listener) {
		qy_compat_module_put(idev->owner);
		return -ENOMEM;
	}
	listener->idev = idev;
	listener->seen = atomic_read(&idev->event);
	qy_compat_get_device(&idev->dev);
	file->private_data = listener;
	if (idev->info->open)
		error = idev->info->open(idev->info, inode);
	if (error) {
		qy_compat_put_device(&idev->dev);
		qy_compat_module_put(idev->owner);
		kfree(listener);
	}
	return error;
}

static int uio_release(struct inode *inode, struct file *file)
{
	struct listener *listener = file->private_data;
	struct uio_device *idev = listener->idev;
	int error = 0;

	if (idev->info && idev->info->release)
		error = idev->info->release(idev->info, inode);
	qy_compat_module_put(idev->owner);
	kfree(listener);
	qy_compat_put_device(&idev->dev);
	return error;
}

static ssize_t uio_read(struct file *file, char *buf, size_t n, loff_t *pos)
{
	struct listener *listener = file->private_data;
	struct uio_device *idev = listener->idev;
	s32 count;
	int error;

	(void)pos;
	if (!idev->info || !idev->info->irq)
		return -EIO;
	if (n != sizeof(count))
		return -EINVAL;
	if (atomic_read(&idev->event) == listener->seen && file->f_flags & O_NONBLOCK)
		return -EAGAIN;
	error = wait_event_interruptible(
		idev->wait, !idev->info || atomic_read(&idev->event) != listener->seen);
	if (error || !idev->info)
		return error ? error : -EIO;
	count = atomic_read(&idev->event);
	if (copy_to_user(buf, &count, sizeof(count)))
		return -EFAULT;
	listener->seen = count;
	return sizeof(count);
}

static ssize_t uio_write(struct file *file, const char *buf, size_t n, loff_t *pos)
{
	struct listener *listener = file->private_data;
	struct uio_info *info = listener->idev->info;
	s32 on;
	int error;

	(void)pos;
	if (n != sizeof(on))
		return -EINVAL;
	if (copy_from_user(&on, buf, n))
		return -EFAULT;
	if (!info || !info->irq)
		return -EIO;
	if (!info->irqcontrol)
		return -ENOSYS;
	error = info->irqcontrol(info, on);
	return error ? error : (ssize_t)sizeof(on);
}

static __poll_t uio_poll(struct file *file, struct poll_table_struct *wait)
{
	struct listener *listener = file->private_data;
	struct uio_device *idev = listener->idev;

	if (!idev->info || !idev->info->irq)
		return EPOLLERR;
	poll_wait(file, &idev->wait, wait);
	return listener->seen != atomic_read(&idev->event) ? EPOLLIN | EPOLLRDNORM : 0;
}

/* The offset names the map, in pages. */
static int uio_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct listener *listener = file->private_data;
	struct uio_info *info = listener->idev->info;
	unsigned long n = vma->vm_pgoff, bytes = vma->vm_end - vma->vm_start;
	const struct uio_mem *mem;
	phys_addr_t phys;

	if (!info || n >= MAX_UIO_MAPS || !info->mem[n].size)
		return -EINVAL;
	mem = &info->mem[n];
	if (bytes > PAGE_ALIGN((mem->addr & ~PAGE_MASK) + mem->size))
		return -EINVAL;
	if (info->mmap)
		return info->mmap(info, vma);
	phys = mem->memtype == UIO_MEM_LOGICAL
		       ? qy_virt_to_phys(qy_this_machine(), (void *)(uintptr_t)mem->addr)
		       : mem->addr;
	if (mem->memtype != UIO_MEM_PHYS && mem->memtype != UIO_MEM_IOVA &&
		mem->memtype != UIO_MEM_LOGICAL)
		return -EINVAL;
	return remap_pfn_range(
		vma, vma->vm_start, phys >> PAGE_SHIFT, bytes, vma->vm_page_prot);
}

static int uio_fasync(int fd, struct file *file, int on)
{
	struct listener *listener = file->private_data;

	return fasync_helper(fd, file, on, &listener->idev->async_queue);
}

static const struct file_operations uio_fops = { .open = uio_open,
	.release = uio_release,
	.read = uio_read,
	.write = uio_write,
	.poll = uio_poll,
	.mmap = uio_mmap,
	.fasync = uio_fasync };

/* ------------------------------------------------------------------ its attributes */

static ssize_t name_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	(void)attr;
	return sysfs_emit(buf, "%s\n", uio_of(dev)->info->name);
}

static ssize_t version_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	(void)attr;
	return sysfs_emit(buf, "%s\n", uio_of(dev)->info->version);
}

static ssize_t event_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	(void)attr;
	return sysfs_emit(buf, "%u\n", (unsigned int)atomic_read(&uio_of(dev)->event));
}

static const struct device_attribute name_attr = __ATTR_RO(name),
				     version_attr = __ATTR_RO(version),
				     event_attr = __ATTR_RO(event);
static struct attribute *const uio_attrs[] = {
	(struct attribute *)(uintptr_t)&name_attr.attr,
	(struct attribute *)(uintptr_t)&version_attr.attr,
	(struct attribute *)(uintptr_t)&event_attr.attr, NULL
};
static const struct attribute_group uio_group = {
	.attrs = (struct attribute **)(uintptr_t)uio_attrs
};
static const struct attribute_group *uio_groups[] = { &uio_group, NULL };

/* ------------------------------------------------------------------ it comes and goes */

static void free_uio(struct device *dev)
{
	kfree(uio_of(dev));
}

static const struct class uio_class = {
	.name = "uio", .dev_groups = uio_groups, .dev_release = free_uio
};

void uio_event_notify(struct uio_info *info)
{
	struct uio_device *idev = info->uio_dev;

	atomic_inc(&idev->event);
	wake_up_interruptible(&idev->wait);
	kill_fasync(&idev->async_queue, SIGIO, POLL_IN);
}

static irqreturn_t uio_interrupt(int irq, void *dev_id)
{
	struct uio_device *idev = dev_id;
	irqreturn_t ret = idev->info->handler(irq, idev->info);

	if (ret == IRQ_HANDLED)
		uio_event_notify(idev->info);
	return ret;
}

static bool has_irq(const struct uio_info *info)
{
	return info->irq && info->irq != UIO_IRQ_CUSTOM;
}

/* -ENOSPC: all numbers are taken. */
static int take_minor(struct qy_model *model)
{
	int minor = 0;

	while (minor < MAX_DEVICES && model->uios >> minor & 1)
		minor++;
	if (minor == MAX_DEVICES)
		return -ENOSPC;
	if (!model->uio_major)
		model->uio_major = model->next_major--;
	model->uios |= 1u << minor;
	return minor;
}

static int enter(struct uio_device *idev)
{
	struct qy_model *model = model_of(qy_compat_world());
	int error;

	idev->dev.devt = MKDEV(model->uio_major, (unsigned int)idev->minor);
	dev_set_name(&idev->dev, "uio%d", idev->minor);
	error = device_add(&idev->dev);
	if (error)
		return error;
	cdev_init(&idev->qy_cdev, &uio_fops);
	idev->qy_cdev.dev = idev->dev.devt;
	idev->qy_cdev.count = 1;
	list_add_tail(&idev->qy_cdev.list, &model->cdevs);
	return 0;
}

static void leave(struct uio_device *idev)
{
	list_del_init(&idev->qy_cdev.list);
	device_del(&idev->dev);
}

int __uio_register_device(
	struct module *owner, struct device *parent, struct uio_info *info)
{
	struct qy_model *model = model_of(qy_compat_world());
	struct uio_device *idev;
	int error;

	might_sleep();
	if (!parent || !info || !info->name || !info->version)
		return -EINVAL;
	info->uio_dev = NULL;
	idev = kzalloc(sizeof(*idev), GFP_KERNEL);
	if (!idev)
		return -ENOMEM;
	idev->owner = owner;
	idev->info = info;
	mutex_init(&idev->info_lock);
	init_waitqueue_head(&idev->wait);
	idev->minor = take_minor(model);
	if (idev->minor < 0) {
		error = idev->minor;
		kfree(idev);
		return error;
	}
	qy_compat_device_initialize(&idev->dev);
	idev->dev.class = (struct class *)(uintptr_t)&uio_class;
	idev->dev.parent = parent;
	idev->dev.driver_data = idev;
	error = enter(idev);
	if (!error) {
		info->uio_dev = idev;
		if (has_irq(info))
			error = request_irq((unsigned int)info->irq, uio_interrupt,
				info->irq_flags, info->name, idev);
		if (!error)
			return 0;
		info->uio_dev = NULL;
		leave(idev);
	}
	model->uios &= ~(1u << idev->minor);
	qy_compat_put_device(&idev->dev);
	return error;
}

void uio_unregister_device(struct uio_info *info)
{
	struct uio_device *idev;

	if (!info || !info->uio_dev)
		return;
	might_sleep();
	idev = info->uio_dev;
	if (has_irq(info))
		free_irq((unsigned int)info->irq, idev);
	leave(idev);
	idev->info = NULL;
	model_of(qy_compat_world())->uios &= ~(1u << idev->minor);
	wake_up_interruptible(&idev->wait);
	kill_fasync(&idev->async_queue, SIGIO, POLL_IN);
	qy_compat_put_device(&idev->dev);
}

static void unregister(void *info)
{
	uio_unregister_device(info);
}

int __devm_uio_register_device(
	struct module *owner, struct device *parent, struct uio_info *info)
{
	int error = __uio_register_device(owner, parent, info);

	return error ? error : devm_add_action_or_reset(parent, unregister, info);
}
