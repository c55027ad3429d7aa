/* SPDX-License-Identifier: MIT */
/*
 * Files below /proc. What is not removed when the module goes is told with who made it. `quarry check` reads each once; programs
 * open them by their path.
 *
 * Context of all that make or remove: may sleep.
 */
#ifndef COMPAT_LINUX_PROC_FS_H
#define COMPAT_LINUX_PROC_FS_H

#include <linux/fs.h>
#include <linux/seq_file.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/version.h>

struct proc_dir_entry;

#define PROC_ENTRY_PERMANENT 1u

struct proc_ops {
	unsigned int proc_flags;
	int (*proc_open)(struct inode *inode, struct file *file);
	ssize_t (*proc_read)(struct file *file, char *buf, size_t n, loff_t *pos);
	ssize_t (*proc_write)(struct file *file, const char *buf, size_t n, loff_t *pos);
	loff_t (*proc_lseek)(struct file *file, loff_t offset, int whence);
	int (*proc_release)(struct inode *inode, struct file *file);
	__poll_t (*proc_poll)(struct file *file, struct poll_table_struct *table);
	long (*proc_ioctl)(struct file *file, unsigned int cmd, unsigned long arg);
	int (*proc_mmap)(struct file *file, struct vm_area_struct *vma);
};

/* NULL: the name is taken (WARNING), its directory is not there, no memory. @parent: NULL is /proc; a name may be "driver/x". */
struct proc_dir_entry *proc_mkdir(const char *name, struct proc_dir_entry *parent)
	QY_REAL(proc_mkdir);
struct proc_dir_entry *proc_mkdir_mode(const char *name, umode_t mode,
	struct proc_dir_entry *parent) QY_REAL(proc_mkdir_mode);
struct proc_dir_entry *proc_mkdir_data(const char *name, umode_t mode,
	struct proc_dir_entry *parent, void *data) QY_REAL(proc_mkdir_data);
struct proc_dir_entry *proc_create(const char *name, umode_t mode,
	struct proc_dir_entry *parent, const struct proc_ops *ops) QY_REAL(proc_create);
struct proc_dir_entry *proc_create_data(const char *name, umode_t mode,
	struct proc_dir_entry *parent, const struct proc_ops *ops, void *data)
	QY_REAL(proc_create_data);
struct proc_dir_entry *proc_create_seq_private(const char *name, umode_t mode,
	struct proc_dir_entry *parent, const struct seq_operations *ops,
	unsigned int state_size, void *data) QY_REAL(proc_create_seq_private);
struct proc_dir_entry *proc_create_single_data(const char *name, umode_t mode,
	struct proc_dir_entry *parent, int (*show)(struct seq_file *m, void *v),
	void *data) QY_REAL(proc_create_single_data);

/* stub: programs of the lab do not ask how long a file is */
#define proc_set_size(entry, size)     ((void)(entry), (void)(size))
/* stub: programs of the lab are root */
#define proc_set_user(entry, uid, gid) ((void)(entry), (void)(uid), (void)(gid))

#define proc_create_seq_data(name, mode, parent, ops, data) \
	proc_create_seq_private(name, mode, parent, ops, 0, data)
#define proc_create_seq(name, mode, parent, ops) \
	proc_create_seq_private(name, mode, parent, ops, 0, NULL)
#define proc_create_single(name, mode, parent, show) \
	proc_create_single_data(name, mode, parent, show, NULL)

/* Files that are open are released first. A name that is not there, and a directory that is not empty, are warned of. */
void remove_proc_entry(const char *name, struct proc_dir_entry *parent)
	QY_REAL(remove_proc_entry);
int remove_proc_subtree(const char *name, struct proc_dir_entry *parent)
	QY_REAL(remove_proc_subtree);
void proc_remove(struct proc_dir_entry *entry) QY_REAL(proc_remove);

static inline void *pde_data(const struct inode *inode)
{
	return inode->i_private;
}

void *proc_get_parent_data(const struct inode *inode) QY_REAL(proc_get_parent_data);

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 17, 0)
#define PDE_DATA(inode) pde_data(inode)
#endif

#define DEFINE_PROC_SHOW_ATTRIBUTE(name)                                \
	static int name##_open(struct inode *inode, struct file *file)  \
	{                                                               \
		return single_open(file, name##_show, pde_data(inode)); \
	}                                                               \
	static const struct proc_ops name##_proc_ops = {                \
		.proc_open = name##_open,                               \
		.proc_read = seq_read,                                  \
		.proc_lseek = seq_lseek,                                \
		.proc_release = single_release,                         \
	}

#endif
