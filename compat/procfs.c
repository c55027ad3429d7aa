// SPDX-License-Identifier: MIT
/* Files of drivers below /proc (linux/proc_fs.h). No state but entry.h's. */
#include <linux/proc_fs.h>
#include "compat/entry.h"

static inline struct entry *of(struct proc_dir_entry *pde)
{
	return (struct entry *)pde;
}

static struct proc_dir_entry *pde_of(struct entry *entry)
{
	return (struct proc_dir_entry *)entry;
}

/* What Linux has there itself and drivers put files into. */
static bool is_of_the_kernel(const struct entry *parent, const char *name, size_t length)
{
	static const char *const names[] = { "driver", "bus", "fs", "irq", "tty", "sys" };

	for (size_t i = 0; !parent && i < ARRAY_SIZE(names); i++)
		if (strlen(names[i]) == length && !strncmp(names[i], name, length))
			return true;
	return false;
}

/*
 * "driver/x": the directory of x, and what is left of the name. One of the kernel's is part of the name: nobody has made it.
 * Return: false: no such directory.
 */
static bool walk(const char **name, struct entry **parent)
{
	const char *slash, *from = *name;

	while ((slash = strchr(from, '/'))) {
		char part[48];
		size_t length = (size_t)(slash - from);

		if (is_of_the_kernel(*parent, from, length) && from == *name) {
			from = slash + 1;
			continue;
		}
		scnprintf(part, sizeof(part), "%.*s", (int)(slash - *name), *name);
		*parent = qy_compat_entry_in(ENTRY_PROC, *parent, part);
		if (!*parent || !(*parent)->dir)
			return false;
		*name = from = slash + 1;
	}
	return **name;
}

static struct entry *add(
	const char *name, umode_t mode, struct proc_dir_entry *parent, void *data)
{
	struct entry *in = of(parent), *entry;

	if (!walk(&name, &in)) {
		WARN(1, "name '%s'\n", name);
		return NULL;
	}
	if (qy_compat_entry_in(ENTRY_PROC, in, name)) {
		WARN(1, "proc_dir_entry '%s/%s' already registered\n",
			in ? in->name : "/proc", name);
		return NULL;
	}
	entry = qy_compat_entry_add(ENTRY_PROC, name, mode, in, data);
	if (entry)
		entry->fops = &entry->ops;
	return entry;
}

struct proc_dir_entry *proc_mkdir_data(
	const char *name, umode_t mode, struct proc_dir_entry *parent, void *data)
{
	struct entry *entry = add(name, mode ? mode : 0555, parent, data);

	if (entry)
		entry->dir = true;
	return pde_of(entry);
}

struct proc_dir_entry *proc_mkdir_mode(
	const char *name, umode_t mode, struct proc_dir_entry *parent)
{
	return proc_mkdir_data(name, mode, parent, NULL);
}

struct proc_dir_entry *proc_mkdir(const char *name, struct proc_dir_entry *parent)
{
	return proc_mkdir_data(name, 0, parent, NULL);
}

struct proc_dir_entry *proc_create_data(const char *name, umode_t mode,
	struct proc_dir_entry *parent, const struct proc_ops *ops, void *data)
{
	struct entry *entry = add(name, mode & 0777 ? mode : 0444, parent, data);

	if (entry)
		entry->ops = (struct file_operations){
			.open = ops->proc_open,
			.read = ops->proc_read,
			.write = ops->proc_write,
			.llseek = ops->proc_lseek,
			.release = ops->proc_release,
			.poll = ops->proc_poll,
			.unlocked_ioctl = ops->proc_ioctl,
			.mmap = ops->proc_mmap,
		};
	return pde_of(entry);
}

struct proc_dir_entry *proc_create(const char *name, umode_t mode,
	struct proc_dir_entry *parent, const struct proc_ops *ops)
{
	return proc_create_data(name, mode, parent, ops, NULL);
}

/* ------------------------------------------------------------------ files of records */

static int open_seq(struct inode *inode, struct file *file)
{
	const struct entry *entry = qy_compat_entry_of(file);

	(void)inode;
	if (!entry->state_size)
		return seq_open(file, entry->seq);
	return __seq_open_private(file, entry->seq, (int)entry->state_size) ? 0 : -ENOMEM;
}

static int release_seq(struct inode *inode, struct file *file)
{
	return qy_compat_entry_of(file)->state_size ? seq_release_private(inode, file)
						    : seq_release(inode, file);
}

struct proc_dir_entry *proc_create_seq_private(const char *name, umode_t mode,
	struct proc_dir_entry *parent, const struct seq_operations *ops,
	unsigned int state_size, void *data)
{
	static const struct proc_ops proc_ops = { .proc_open = open_seq,
		.proc_read = seq_read,
		.proc_lseek = seq_lseek,
		.proc_release = release_seq };
	struct entry *entry = of(proc_create_data(name, mode, parent, &proc_ops, data));

	if (entry) {
		entry->seq = ops;
		entry->state_size = state_size;
	}
	return pde_of(entry);
}

static int open_single(struct inode *inode, struct file *file)
{
	return single_open(file, qy_compat_entry_of(file)->show, pde_data(inode));
}

struct proc_dir_entry *proc_create_single_data(const char *name, umode_t mode,
	struct proc_dir_entry *parent, int (*show)(struct seq_file *m, void *v),
	void *data)
{
	static const struct proc_ops proc_ops = { .proc_open = open_single,
		.proc_read = seq_read,
		.proc_lseek = seq_lseek,
		.proc_release = single_release };
	struct entry *entry = of(proc_create_data(name, mode, parent, &proc_ops, data));

	if (entry)
		entry->show = show;
	return pde_of(entry);
}

void *proc_get_parent_data(const struct inode *inode)
{
	const struct entry *entry = inode->qy_entry;

	return entry && entry->parent ? entry->parent->data : NULL;
}

/* ------------------------------------------------------------------ and back */

void proc_remove(struct proc_dir_entry *pde)
{
	might_sleep();
	if (pde)
		qy_compat_entry_remove(of(pde));
}

static struct entry *wanted(const char *name, struct proc_dir_entry *parent)
{
	struct entry *in = of(parent);
	const char *last = name;
	struct entry *entry =
		walk(&last, &in) ? qy_compat_entry_in(ENTRY_PROC, in, last) : NULL;

	WARN(!entry, "name '%s'\n", name);
	return entry;
}

void remove_proc_entry(const char *name, struct proc_dir_entry *parent)
{
	struct entry *entry = wanted(name, parent), *below;

	if (!entry)
		return;
	list_for_each_entry(below, &model_of(qy_compat_world())->entries, link) {
		if (below->parent != entry || below->gone)
			continue;
		WARN(1, "remove_proc_entry: removing non-empty directory '%s/%s', leaking at least '%s'\n",
			entry->parent ? entry->parent->name : "/proc", entry->name,
			below->name);
		return; /* what is below keeps it */
	}
	qy_compat_entry_remove(entry);
}

int remove_proc_subtree(const char *name, struct proc_dir_entry *parent)
{
	struct entry *entry = wanted(name, parent);

	if (!entry)
		return -ENOENT;
	qy_compat_entry_remove(entry);
	return 0;
}
