/* SPDX-License-Identifier: MIT */
/*
 * Files that drivers serve. Programs are tests and scenarios: they open a node by its name (quarry/world.h).
 *
 * No state.
 */
#ifndef COMPAT_LINUX_FS_H
#define COMPAT_LINUX_FS_H

#include <linux/capability.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/ioctl.h>
#include <linux/kdev_t.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/stat.h>
#include <linux/types.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <linux/version.h>

#define FMODE_READ  0x1u
#define FMODE_WRITE 0x2u
#define FMODE_LSEEK 0x4u
#define SEEK_SET    0
#define SEEK_CUR    1
#define SEEK_END    2

struct cdev;
struct fasync_struct;
struct file;
struct inode;
struct poll_table_struct;
struct vm_area_struct;

/* What of a node is mapped, by whoever has opened it. */
struct address_space {
	struct inode *host;
};

struct inode {
	dev_t i_rdev;
	struct address_space *i_mapping;
	struct address_space i_data; /* where nothing else is */
	struct cdev *i_cdev;
	void *i_private;
	const void *qy_entry; /* of a file that is no device's */
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
	int (*fasync)(int fd, struct file *file, int on);
};

struct qstr {
	u32 len; /* bytes */
	const unsigned char *name;
};

#define DNAME_INLINE_LEN 40

struct dentry {
	struct qstr d_name; /* without its directories */
	struct inode *d_inode;
	struct dentry *
		d_parent; /* itself: the root of what is there, also of an open node of a device */
	unsigned char d_iname[DNAME_INLINE_LEN];
};

struct path {
	struct dentry *dentry;
};

struct file {
	const struct file_operations *f_op;
	struct path f_path;
	struct inode *f_inode;
	struct address_space *f_mapping; /* a driver may put in one for all its nodes */
	unsigned int f_flags;
	fmode_t f_mode;
	loff_t f_pos;
	void *private_data;
	unsigned int qy_signals; /* that kill_fasync() sent */
};

static inline struct dentry *file_dentry(const struct file *file)
{
	return file->f_path.dentry;
}

static inline struct inode *d_inode(const struct dentry *dentry)
{
	return dentry->d_inode;
}

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

/* Numbers 0..255 of @major, all with @ops; 0: the kernel picks one. Return: 0, or what it picked; -EBUSY, -ENOMEM. */
int register_chrdev(unsigned int major, const char *name,
	const struct file_operations *ops) QY_REAL(register_chrdev);
void unregister_chrdev(unsigned int major, const char *name) QY_REAL(unregister_chrdev);

/* ------------------------------------------------------------------ what file_operations are filled with */

loff_t noop_llseek(struct file *file, loff_t offset, int whence) QY_REAL(noop_llseek);
loff_t default_llseek(struct file *file, loff_t offset, int whence)
	QY_REAL(default_llseek);
loff_t fixed_size_llseek(struct file *file, loff_t offset, int whence, loff_t size)
	QY_REAL(fixed_size_llseek);
loff_t no_seek_end_llseek(struct file *file, loff_t offset, int whence)
	QY_REAL(no_seek_end_llseek);
int simple_open(struct inode *inode, struct file *file) QY_REAL(simple_open);
int stream_open(struct inode *inode, struct file *file) QY_REAL(stream_open);
/* The driver's ioctl with a pointer of a 32-bit program; programs here have 64 bits. */
long compat_ptr_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
	QY_REAL(compat_ptr_ioctl);

/* Who is sent a signal when something comes in. @on: 1 enters @file into the list, 0 takes it out. Return: changed? -ENOMEM. */
struct fasync_struct {
	struct fasync_struct *fa_next;
	struct file *fa_file;
	int fa_fd;
};
int fasync_helper(int fd, struct file *file, int on, struct fasync_struct **list)
	QY_REAL(fasync_helper);
void kill_fasync(struct fasync_struct **list, int signal, int band) QY_REAL(kill_fasync);
#define SIGIO    29
#define POLL_IN  0x20001
#define POLL_OUT 0x20002

#if !QY_SINCE(6, 12)
loff_t no_llseek(struct file *file, loff_t offset, int whence) QY_REAL(no_llseek);
#endif
int nonseekable_open(struct inode *inode, struct file *file) QY_REAL(nonseekable_open);
ssize_t simple_read_from_buffer(void *to, size_t n, loff_t *pos, const void *from,
	size_t size) QY_REAL(simple_read_from_buffer);
ssize_t simple_write_to_buffer(void *to, size_t size, loff_t *pos, const void *from,
	size_t n) QY_REAL(simple_write_to_buffer);

/* ------------------------------------------------------------------ a number that functions of the driver know */

struct simple_attr;

int simple_attr_open(struct inode *inode, struct file *file,
	int (*get)(void *data, u64 *value), int (*set)(void *data, u64 value),
	const char *fmt) QY_REAL(simple_attr_open);
int simple_attr_release(struct inode *inode, struct file *file)
	QY_REAL(simple_attr_release);
ssize_t simple_attr_read(struct file *file, char *buf, size_t n, loff_t *pos)
	QY_REAL(simple_attr_read);
ssize_t simple_attr_write(struct file *file, const char *buf, size_t n, loff_t *pos)
	QY_REAL(simple_attr_write);

#define DEFINE_SIMPLE_ATTRIBUTE(name, get, set, fmt)                   \
	static int name##_open(struct inode *inode, struct file *file) \
	{                                                              \
		return simple_attr_open(inode, file, get, set, fmt);   \
	}                                                              \
	static const struct file_operations name = {                   \
		.owner = THIS_MODULE,                                  \
		.open = name##_open,                                   \
		.release = simple_attr_release,                        \
		.read = simple_attr_read,                              \
		.write = simple_attr_write,                            \
	}

#endif
