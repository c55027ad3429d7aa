// SPDX-License-Identifier: MIT
/*
 * Files that are a number: read and written as text, kept by two functions of the driver (linux/fs.h).
 *
 * Locking: the attribute's mutex.
 */
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "compat/model.h"

struct simple_attr {
	int (*get)(void *data, u64 *value);
	int (*set)(void *data, u64 value);
	void *data;
	const char *fmt;
	char read[24], written[24]; /* 64 bits in text */
	struct mutex lock;
};

int simple_attr_open(struct inode *inode, struct file *file,
	int (*get)(void *data, u64 *value), int (*set)(void *data, u64 value),
	const char *fmt)
{
	struct simple_attr *attr = kzalloc(sizeof(*attr), GFP_KERNEL);

	if (!attr)
		return -ENOMEM;
	attr->get = get;
	attr->set = set;
	attr->data = inode->i_private;
	attr->fmt = fmt;
	mutex_init(&attr->lock);
	file->private_data = attr;
	return nonseekable_open(inode, file);
}

int simple_attr_release(struct inode *inode, struct file *file)
{
	(void)inode;
	kfree(file->private_data);
	return 0;
}

/* The number is asked for once, however small the pieces in which it is read. */
ssize_t simple_attr_read(struct file *file, char *buf, size_t n, loff_t *pos)
{
	struct simple_attr *attr = file->private_data;
	ssize_t ret = 0;
	u64 value;

	if (!attr->get)
		return -EACCES;
	mutex_lock(&attr->lock);
	if (!*pos || !*attr->read) {
		ret = attr->get(attr->data, &value);
		if (!ret)
			scnprintf(attr->read, sizeof(attr->read), attr->fmt,
				(unsigned long long)value);
	}
	if (!ret)
		ret = simple_read_from_buffer(
			buf, n, pos, attr->read, strlen(attr->read));
	mutex_unlock(&attr->lock);
	return ret;
}

ssize_t simple_attr_write(struct file *file, const char *buf, size_t n, loff_t *pos)
{
	struct simple_attr *attr = file->private_data;
	size_t size = min(sizeof(attr->written) - 1, n);
	unsigned long long value;
	ssize_t ret;

	(void)pos;
	if (!attr->set)
		return -EACCES;
	mutex_lock(&attr->lock);
	ret = copy_from_user(attr->written, buf, size) ? -EFAULT : 0;
	if (!ret) {
		attr->written[size] = '\0';
		ret = kstrtoull(attr->written, 0, &value);
	}
	if (!ret)
		ret = attr->set(attr->data, value);
	mutex_unlock(&attr->lock);
	return ret ? ret : (ssize_t)n;
}
