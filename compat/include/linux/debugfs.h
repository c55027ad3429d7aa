/* SPDX-License-Identifier: MIT */
/*
 * Files below /sys/kernel/debug, as in a kernel with CONFIG_DEBUG_FS. What is not removed when the module goes is told with
 * who made it. `quarry check` reads each once; programs open them by their path.
 *
 * An entry that could not be made is an error pointer, which is also a parent: nothing comes below it.
 *
 * Context of all that make or remove: may sleep.
 */
#ifndef COMPAT_LINUX_DEBUGFS_H
#define COMPAT_LINUX_DEBUGFS_H

#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/seq_file.h>

struct dentry;
struct device;

/* stub: an entry is there until it is removed, whoever looked it up */
#define dput(dentry) ((void)(dentry))

struct debugfs_blob_wrapper {
	void *data;
	unsigned long size; /* bytes */
};

struct debugfs_reg32 {
	char *name;
	unsigned long offset; /* bytes from the base */
};

struct debugfs_regset32 {
	const struct debugfs_reg32 *regs;
	int nregs;
	void __iomem *base;
	struct device *dev;
};

struct debugfs_u32_array {
	u32 *array;
	u32 n_elements;
};

static inline bool debugfs_initialized(void)
{
	return true;
}

struct dentry *debugfs_create_dir(const char *name, struct dentry *parent)
	QY_REAL(debugfs_create_dir);
struct dentry *debugfs_create_file(const char *name, umode_t mode, struct dentry *parent,
	void *data, const struct file_operations *fops) QY_REAL(debugfs_create_file);
void debugfs_create_file_size(const char *name, umode_t mode, struct dentry *parent,
	void *data, const struct file_operations *fops, loff_t size)
	QY_REAL(debugfs_create_file_size);
struct dentry *debugfs_create_blob(const char *name, umode_t mode, struct dentry *parent,
	struct debugfs_blob_wrapper *blob) QY_REAL(debugfs_create_blob);
void debugfs_create_regset32(const char *name, umode_t mode, struct dentry *parent,
	struct debugfs_regset32 *regset) QY_REAL(debugfs_create_regset32);
void debugfs_print_regs32(struct seq_file *m, const struct debugfs_reg32 *regs, int nregs,
	void __iomem *base, char *prefix) QY_REAL(debugfs_print_regs32);
void debugfs_create_u32_array(const char *name, umode_t mode, struct dentry *parent,
	struct debugfs_u32_array *array) QY_REAL(debugfs_create_u32_array);
void debugfs_create_devm_seqfile(struct device *dev, const char *name,
	struct dentry *parent, int (*read)(struct seq_file *m, void *data))
	QY_REAL(debugfs_create_devm_seqfile);

#define debugfs_create_file_unsafe debugfs_create_file

/* A number of the driver's: read as text, written as text where @mode says so. */
enum qy_debugfs_value {
	QY_DEBUGFS_U8,
	QY_DEBUGFS_U16,
	QY_DEBUGFS_U32,
	QY_DEBUGFS_U64,
	QY_DEBUGFS_X8,
	QY_DEBUGFS_X16,
	QY_DEBUGFS_X32,
	QY_DEBUGFS_X64,
	QY_DEBUGFS_BOOL,
	QY_DEBUGFS_ATOMIC,
	QY_DEBUGFS_STR,
};
void qy_debugfs_value(const char *name, umode_t mode, struct dentry *parent, void *value,
	enum qy_debugfs_value kind) QY_REAL(qy_debugfs_value);

static inline void debugfs_create_u8(
	const char *name, umode_t mode, struct dentry *parent, u8 *value)
{
	qy_debugfs_value(name, mode, parent, value, QY_DEBUGFS_U8);
}

static inline void debugfs_create_u16(
	const char *name, umode_t mode, struct dentry *parent, u16 *value)
{
	qy_debugfs_value(name, mode, parent, value, QY_DEBUGFS_U16);
}

static inline void debugfs_create_u32(
	const char *name, umode_t mode, struct dentry *parent, u32 *value)
{
	qy_debugfs_value(name, mode, parent, value, QY_DEBUGFS_U32);
}

static inline void debugfs_create_u64(
	const char *name, umode_t mode, struct dentry *parent, u64 *value)
{
	qy_debugfs_value(name, mode, parent, value, QY_DEBUGFS_U64);
}

static inline void debugfs_create_x8(
	const char *name, umode_t mode, struct dentry *parent, u8 *value)
{
	qy_debugfs_value(name, mode, parent, value, QY_DEBUGFS_X8);
}

static inline void debugfs_create_x16(
	const char *name, umode_t mode, struct dentry *parent, u16 *value)
{
	qy_debugfs_value(name, mode, parent, value, QY_DEBUGFS_X16);
}

static inline void debugfs_create_x32(
	const char *name, umode_t mode, struct dentry *parent, u32 *value)
{
	qy_debugfs_value(name, mode, parent, value, QY_DEBUGFS_X32);
}

static inline void debugfs_create_x64(
	const char *name, umode_t mode, struct dentry *parent, u64 *value)
{
	qy_debugfs_value(name, mode, parent, value, QY_DEBUGFS_X64);
}

static inline void debugfs_create_size_t(
	const char *name, umode_t mode, struct dentry *parent, size_t *value)
{
	qy_debugfs_value(name, mode, parent, value, QY_DEBUGFS_U64);
}

static inline void debugfs_create_ulong(
	const char *name, umode_t mode, struct dentry *parent, unsigned long *value)
{
	qy_debugfs_value(name, mode, parent, value, QY_DEBUGFS_U64);
}

static inline void debugfs_create_bool(
	const char *name, umode_t mode, struct dentry *parent, bool *value)
{
	qy_debugfs_value(name, mode, parent, value, QY_DEBUGFS_BOOL);
}

static inline void debugfs_create_atomic_t(
	const char *name, umode_t mode, struct dentry *parent, atomic_t *value)
{
	qy_debugfs_value(name, mode, parent, value, QY_DEBUGFS_ATOMIC);
}

static inline void debugfs_create_str(
	const char *name, umode_t mode, struct dentry *parent, char **value)
{
	qy_debugfs_value(name, mode, parent, value, QY_DEBUGFS_STR);
}

/* Whatever lies below goes as well. NULL and error pointers are no entry. */
void debugfs_remove(struct dentry *entry) QY_REAL(debugfs_remove);
#define debugfs_remove_recursive debugfs_remove
struct dentry *debugfs_lookup(const char *name, struct dentry *parent)
	QY_REAL(debugfs_lookup);
void debugfs_lookup_and_remove(const char *name, struct dentry *parent)
	QY_REAL(debugfs_lookup_and_remove);

#define DEFINE_DEBUGFS_ATTRIBUTE DEFINE_SIMPLE_ATTRIBUTE
#define debugfs_attr_read        simple_attr_read
#define debugfs_attr_write       simple_attr_write

#endif
