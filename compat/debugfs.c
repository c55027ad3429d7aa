// SPDX-License-Identifier: MIT
/* Files of drivers below /sys/kernel/debug (linux/debugfs.h). No state but entry.h's. */
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/uaccess.h>
#include "compat/entry.h"

static inline struct entry *of(struct dentry *dentry)
{
	return IS_ERR_OR_NULL(dentry) ? (struct entry *)dentry
				      : container_of(dentry, struct entry, dentry);
}

static struct dentry *dentry_of(struct entry *entry)
{
	return IS_ERR_OR_NULL(entry) ? (struct dentry *)entry : &entry->dentry;
}

/* Return: an error pointer where it cannot be. */
static struct entry *add(
	const char *name, umode_t mode, struct dentry *parent, void *data, bool dir)
{
	struct entry *entry;

	if (IS_ERR(parent))
		return of(parent);
	if (!name || !*name || strchr(name, '/'))
		return ERR_PTR(-EINVAL);
	if (qy_compat_entry_in(ENTRY_DEBUG, of(parent), name)) {
		pr_err("debugfs: %s '%s' %s '%s' already present!\n",
			dir ? "Directory" : "File", name,
			dir ? "with parent" : "in directory",
			parent ? of(parent)->name : "/");
		return ERR_PTR(-EEXIST);
	}
	entry = qy_compat_entry_add(ENTRY_DEBUG, name, mode, of(parent), data);
	if (!entry)
		return ERR_PTR(-ENOMEM);
	entry->dir = dir;
	return entry;
}

struct dentry *debugfs_create_dir(const char *name, struct dentry *parent)
{
	return dentry_of(add(name, 0755, parent, NULL, true));
}

struct dentry *debugfs_create_file(const char *name, umode_t mode, struct dentry *parent,
	void *data, const struct file_operations *fops)
{
	static const struct file_operations nothing;
	struct entry *entry = add(name, mode, parent, data, false);

	if (!IS_ERR(entry))
		entry->fops = fops ? fops : &nothing;
	return dentry_of(entry);
}

void debugfs_create_file_size(const char *name, umode_t mode, struct dentry *parent,
	void *data, const struct file_operations *fops, loff_t size)
{
	(void)size; /* programs of the lab do not stat() */
	debugfs_create_file(name, mode, parent, data, fops);
}

/* ------------------------------------------------------------------ numbers */

static const struct {
	const char *format;
	unsigned int bytes;
} values[] = {
	[QY_DEBUGFS_U8] = { "%llu\n", 1 },
	[QY_DEBUGFS_U16] = { "%llu\n", 2 },
	[QY_DEBUGFS_U32] = { "%llu\n", 4 },
	[QY_DEBUGFS_U64] = { "%llu\n", 8 },
	[QY_DEBUGFS_X8] = { "0x%02llx\n", 1 },
	[QY_DEBUGFS_X16] = { "0x%04llx\n", 2 },
	[QY_DEBUGFS_X32] = { "0x%08llx\n", 4 },
	[QY_DEBUGFS_X64] = { "0x%016llx\n", 8 },
};

static u64 get_value(const void *value, unsigned int bytes)
{
	switch (bytes) {
	case 1:
		return READ_ONCE(*(const u8 *)value);
	case 2:
		return READ_ONCE(*(const u16 *)value);
	case 4:
		return READ_ONCE(*(const u32 *)value);
	default:
		return READ_ONCE(*(const u64 *)value);
	}
}

/* As there: what does not fit is cut. */
static void set_value(void *value, unsigned int bytes, u64 to)
{
	switch (bytes) {
	case 1:
		WRITE_ONCE(*(u8 *)value, (u8)to);
		break;
	case 2:
		WRITE_ONCE(*(u16 *)value, (u16)to);
		break;
	case 4:
		WRITE_ONCE(*(u32 *)value, (u32)to);
		break;
	default:
		WRITE_ONCE(*(u64 *)value, to);
	}
}

static ssize_t read_value(struct file *file, char *buf, size_t n, loff_t *pos)
{
	const struct entry *entry = qy_compat_entry_of(file);
	char text[64];
	int length;

	if (!(entry->mode & S_IRUGO))
		return -EACCES;
	switch (entry->kind) {
	case QY_DEBUGFS_BOOL:
		length = scnprintf(
			text, sizeof(text), "%c\n", *(bool *)entry->data ? 'Y' : 'N');
		break;
	case QY_DEBUGFS_ATOMIC:
		length = scnprintf(text, sizeof(text), "%d\n", atomic_read(entry->data));
		break;
	default:
		length = scnprintf(text, sizeof(text), values[entry->kind].format,
			get_value(entry->data, values[entry->kind].bytes));
	}
	return simple_read_from_buffer(buf, n, pos, text, (size_t)length);
}

static int parse_value(const struct entry *entry, const char *text)
{
	unsigned long long number;
	int error, integer;
	bool yes;

	switch (entry->kind) {
	case QY_DEBUGFS_BOOL:
		error = kstrtobool(text, &yes);
		if (!error)
			*(bool *)entry->data = yes;
		return error;
	case QY_DEBUGFS_ATOMIC:
		error = kstrtoint(text, 0, &integer);
		if (!error)
			atomic_set(entry->data, integer);
		return error;
	default:
		error = kstrtoull(text, 0, &number);
		if (!error)
			set_value(entry->data, values[entry->kind].bytes, number);
		return error;
	}
}

static ssize_t write_value(struct file *file, const char *buf, size_t n, loff_t *pos)
{
	char text[64];
	int error;

	(void)pos;
	if (!(qy_compat_entry_of(file)->mode & S_IWUGO))
		return -EACCES;
	if (n >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, buf, n))
		return -EFAULT;
	text[n] = '\0';
	error = parse_value(qy_compat_entry_of(file), text);
	return error ? error : (ssize_t)n;
}

static ssize_t read_string(struct file *file, char *buf, size_t n, loff_t *pos)
{
	char *const *string = qy_compat_entry_of(file)->data;
	size_t length = *string ? strlen(*string) : 0;
	char *copy = kmalloc(length + 1, GFP_KERNEL);
	ssize_t ret;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, *string ? *string : "", length);
	copy[length] = '\n';
	ret = simple_read_from_buffer(buf, n, pos, copy, length + 1);
	kfree(copy);
	return ret;
}

void qy_debugfs_value(const char *name, umode_t mode, struct dentry *parent, void *value,
	enum qy_debugfs_value kind)
{
	static const struct file_operations number = {
		.read = read_value,
		.write = write_value,
	};
	static const struct file_operations string = { .read = read_string };
	struct entry *entry = of(debugfs_create_file(
		name, mode, parent, value, kind == QY_DEBUGFS_STR ? &string : &number));

	if (!IS_ERR(entry))
		entry->kind = kind;
}

/* ------------------------------------------------------------------ blocks of memory, registers, records */

static ssize_t read_blob(struct file *file, char *buf, size_t n, loff_t *pos)
{
	const struct debugfs_blob_wrapper *blob = qy_compat_entry_of(file)->data;

	return simple_read_from_buffer(buf, n, pos, blob->data, blob->size);
}

struct dentry *debugfs_create_blob(const char *name, umode_t mode, struct dentry *parent,
	struct debugfs_blob_wrapper *blob)
{
	static const struct file_operations fops = { .read = read_blob };

	return debugfs_create_file(name, mode & 0444, parent, blob, &fops);
}

void debugfs_print_regs32(struct seq_file *m, const struct debugfs_reg32 *regs, int nregs,
	void __iomem *base, char *prefix)
{
	for (int i = 0; i < nregs && !seq_has_overflowed(m); i++) {
		if (prefix)
			seq_printf(m, "%s", prefix);
		seq_printf(m, "%s = 0x%08x\n", regs[i].name,
			readl((u8 __iomem *)base + regs[i].offset));
	}
}

static int show_regset(struct seq_file *m, void *v)
{
	const struct debugfs_regset32 *set = m->private;

	(void)v;
	debugfs_print_regs32(m, set->regs, set->nregs, set->base, "");
	return 0;
}

static int show_array(struct seq_file *m, void *v)
{
	const struct debugfs_u32_array *array = m->private;

	(void)v;
	for (u32 i = 0; i < array->n_elements; i++)
		seq_printf(m, "%u%c", array->array[i],
			i + 1 < array->n_elements ? ' ' : '\n');
	return 0;
}

static int open_single(struct inode *inode, struct file *file)
{
	return single_open(file, qy_compat_entry_of(file)->show, inode->i_private);
}

static struct entry *add_single(const char *name, umode_t mode, struct dentry *parent,
	void *data, int (*show)(struct seq_file *m, void *v))
{
	static const struct file_operations fops = { .open = open_single,
		.read = seq_read,
		.llseek = seq_lseek,
		.release = single_release };
	struct entry *entry = of(debugfs_create_file(name, mode, parent, data, &fops));

	if (!IS_ERR(entry))
		entry->show = show;
	return entry;
}

void debugfs_create_regset32(const char *name, umode_t mode, struct dentry *parent,
	struct debugfs_regset32 *regset)
{
	add_single(name, mode, parent, regset, show_regset);
}

void debugfs_create_u32_array(const char *name, umode_t mode, struct dentry *parent,
	struct debugfs_u32_array *array)
{
	add_single(name, mode, parent, array, show_array);
}

/* As there, it is the directory's, and goes with that. */
void debugfs_create_devm_seqfile(struct device *dev, const char *name,
	struct dentry *parent, int (*read)(struct seq_file *m, void *data))
{
	add_single(name, S_IRUGO, parent, dev, read);
}

/* ------------------------------------------------------------------ and back */

void debugfs_remove(struct dentry *dentry)
{
	might_sleep();
	if (!IS_ERR_OR_NULL(dentry))
		qy_compat_entry_remove(of(dentry));
}

struct dentry *debugfs_lookup(const char *name, struct dentry *parent)
{
	if (IS_ERR(parent) || !name)
		return NULL;
	return dentry_of(qy_compat_entry_in(ENTRY_DEBUG, of(parent), name));
}

void debugfs_lookup_and_remove(const char *name, struct dentry *parent)
{
	debugfs_remove(debugfs_lookup(name, parent));
}
