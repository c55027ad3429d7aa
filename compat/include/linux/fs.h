/* SPDX-License-Identifier: MIT */
/*
 * Files that drivers serve. Programs are tests and scenarios: they open a node by its name (quarry/world.h).
 *
 * No state.
 */
#ifndef COMPAT_LINUX_FS_H
#define COMPAT_LINUX_FS_H

#include <linux/device.h>
#include <linux/ioctl.h>
#include <linux/kdev_t.h>
#include <linux/poll.h>
#include <linux/types.h>

#define FMODE_READ  0x1u
#define FMODE_WRITE 0x2u
#define O_RDONLY    00000000
#define O_WRONLY    00000001
#define O_RDWR      00000002
#define O_ACCMODE   00000003
#define O_NONBLOCK  00004000
#define SEEK_SET    0
#define SEEK_CUR    1
#define SEEK_END    2

struct cdev;
struct file;
struct inode;
struct poll_table_struct;
struct vm_area_struct;

struct inode {
	dev_t i_rdev;
	struct cdev *i_cdev;
	void *i_private;
};

struct file_operations {
	struct module *owner;
	loff_t (*llseek)(struct file *file, loff_t offset, int whence);
	ssize_t (*read)(struct file *file, char *buf, size_t n, loff_t *pos);
	ssize_t (*write)(struct file *file, const char *buf, size_t n, loff_t *pos);
	__poll_t (*poll)(struct file *file, struct poll_table_struct *table);
	long (*unlocked_ioctl)(struct file *file, unsigned int cmd, unsigned long arg);
	long (*compat_ioctl)(struct file *file, unsigned int cmd, unsigned long arg);
	int (*mmap)(struct file *file, struct vm_area_struct *vma);
	int (*open)(struct inode *inode, struct file *file);
	int (*flush)(struct file *file, void *id);
	int (*release)(struct inode *inode, struct file *file);
};

struct file {
	const struct file_operations *f_op;
	struct inode *f_inode;
	unsigned int f_flags;
	fmode_t f_mode;
	loff_t f_pos;
	void *private_data;
};

static inline struct inode *file_inode(const struct file *file)
{
	return file->f_inode;
}

static inline unsigned int iminor(const struct inode *inode)
{
	return MINOR(inode->i_rdev);
}

static inline unsigned int imajor(const struct inode *inode)
{
	return MAJOR(inode->i_rdev);
}

int alloc_chrdev_region(dev_t *dev, unsigned int first, unsigned int nr, const char *name)
	QY_REAL(alloc_chrdev_region);
int register_chrdev_region(dev_t from, unsigned int nr, const char *name)
	QY_REAL(register_chrdev_region);
void unregister_chrdev_region(dev_t from, unsigned int nr)
	QY_REAL(unregister_chrdev_region);

loff_t no_llseek(struct file *file, loff_t offset, int whence) QY_REAL(no_llseek);
int nonseekable_open(struct inode *inode, struct file *file) QY_REAL(nonseekable_open);
ssize_t simple_read_from_buffer(void *to, size_t n, loff_t *pos, const void *from,
	size_t size) QY_REAL(simple_read_from_buffer);
ssize_t simple_write_to_buffer(void *to, size_t size, loff_t *pos, const void *from,
	size_t n) QY_REAL(simple_write_to_buffer);

#endif
