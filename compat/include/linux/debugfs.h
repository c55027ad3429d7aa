/* SPDX-License-Identifier: MIT */
/* Files for whoever debugs, as in a kernel without CONFIG_DEBUG_FS: there are none (-ENODEV). No state. */
#ifndef COMPAT_LINUX_DEBUGFS_H
#define COMPAT_LINUX_DEBUGFS_H

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/seq_file.h>

struct dentry;

/* stub: as in a kernel without CONFIG_DEBUG_FS */
static inline struct dentry *debugfs_create_dir(const char *name, struct dentry *parent)
{
	(void)name, (void)parent;
	return ERR_PTR(-ENODEV);
}

/* stub: as in a kernel without CONFIG_DEBUG_FS */
static inline struct dentry *debugfs_create_file(const char *name, umode_t mode,
	struct dentry *parent, void *data, const struct file_operations *fops)
{
	(void)name, (void)mode, (void)parent, (void)data, (void)fops;
	return ERR_PTR(-ENODEV);
}

/* stub: as in a kernel without CONFIG_DEBUG_FS */
#define debugfs_create_u8(name, mode, parent, value)     ((void)(value))
/* stub: as in a kernel without CONFIG_DEBUG_FS */
#define debugfs_create_u16(name, mode, parent, value)    ((void)(value))
/* stub: as in a kernel without CONFIG_DEBUG_FS */
#define debugfs_create_u32(name, mode, parent, value)    ((void)(value))
/* stub: as in a kernel without CONFIG_DEBUG_FS */
#define debugfs_create_u64(name, mode, parent, value)    ((void)(value))
/* stub: as in a kernel without CONFIG_DEBUG_FS */
#define debugfs_create_x32(name, mode, parent, value)    ((void)(value))
/* stub: as in a kernel without CONFIG_DEBUG_FS */
#define debugfs_create_bool(name, mode, parent, value)   ((void)(value))
/* stub: as in a kernel without CONFIG_DEBUG_FS */
#define debugfs_create_atomic_t(name, mode, parent, val) ((void)(val))
/* stub: as in a kernel without CONFIG_DEBUG_FS */
#define debugfs_remove(dentry)                           ((void)(dentry))
/* stub: as in a kernel without CONFIG_DEBUG_FS */
#define debugfs_remove_recursive(dentry)                 ((void)(dentry))
/* stub: as in a kernel without CONFIG_DEBUG_FS */
#define debugfs_initialized()                            false

#endif
