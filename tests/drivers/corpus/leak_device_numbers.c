// SPDX-License-Identifier: MIT
/* A character device of the old kind. Where cdev_add() fails its numbers stayed reserved. */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/module.h>

static bool bug;
module_param(bug, bool, 0444);

static dev_t port_devt;
static struct cdev port_cdev;
static struct class *port_class;

static ssize_t port_read(struct file *file, char __user *buf, size_t n, loff_t *pos)
{
	static const char text[] = "idle\n";

	return simple_read_from_buffer(buf, n, pos, text, sizeof(text) - 1);
}

static const struct file_operations port_fops = { .owner = THIS_MODULE,
	.read = port_read };

static int __init port_init(void)
{
	struct device *dev;
	int error;

	error = alloc_chrdev_region(&port_devt, 0, 1, "port");
	if (error)
		return error;
	cdev_init(&port_cdev, &port_fops);
	error = cdev_add(&port_cdev, port_devt, 1);
	if (error)
		goto unregister;
	port_class = class_create("port");
	if (IS_ERR(port_class)) {
		error = PTR_ERR(port_class);
		goto del;
	}
	dev = device_create(port_class, NULL, port_devt, NULL, "port%d", 0);
	if (IS_ERR(dev)) {
		error = PTR_ERR(dev);
		goto destroy_class;
	}
	return 0;

destroy_class:
	class_destroy(port_class);
del:
	cdev_del(&port_cdev);
unregister:
	if (!bug)
		unregister_chrdev_region(port_devt, 1);
	return error;
}

static void __exit port_exit(void)
{
	device_destroy(port_class, port_devt);
	class_destroy(port_class);
	cdev_del(&port_cdev);
	unregister_chrdev_region(port_devt, 1);
}

module_init(port_init);
module_exit(port_exit);
MODULE_LICENSE("Dual MIT/GPL");
