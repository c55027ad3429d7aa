/* SPDX-License-Identifier: MIT */
/*
 * Files of drivers that are no devices: below /proc (procfs.c), /sys/kernel/debug (debugfs.c), /sys (nvmem.c and its like). One list of a world's entries,
 * each with the directory that it lies in.
 *
 * Locking: none; see world.h.
 */
#ifndef COMPAT_ENTRY_H
#define COMPAT_ENTRY_H

#include <linux/fs.h>
#include <linux/seq_file.h>
#include "compat/model.h"

enum entry_root {
	ENTRY_PROC,
	ENTRY_DEBUG,
	ENTRY_SYS, /* of frames of drivers; the name may have directories in it */
};

#define ENTRY_PATH 128

struct entry {
	struct dentry dentry; /* what drivers see of it */
	struct list_head link;
	struct list_head files; /* that are open: qy_world_file.of_entry */
	enum entry_root root;
	struct entry *parent; /* NULL: the root */
	char name[64];
	umode_t mode;
	bool dir;
	bool gone;  /* it is kept for who has it open */
	void *data; /* inode->i_private */
	const struct file_operations *fops;
	struct file_operations ops; /* where they are not the driver's own */
	/* of a file whose ops are ours */
	int (*show)(struct seq_file *m, void *v);
	const struct seq_operations *seq;
	unsigned int state_size;
	unsigned int kind;
};

/* NULL: no memory, or a request that was to fail. It is held. */
struct entry *qy_compat_entry_add(enum entry_root root, const char *name, umode_t mode,
	struct entry *parent, void *data);
struct entry *qy_compat_entry_in(
	enum entry_root root, const struct entry *parent, const char *name);
/* And all below it. */
void qy_compat_entry_remove(struct entry *entry);
/* "/proc/driver/x". Returns @path. */
char *qy_compat_entry_path(const struct entry *entry, char *path, size_t size);
struct entry *qy_compat_entry_find(const struct qy_world *w, const char *path);
/* The n-th that is no directory. */
struct entry *qy_compat_entry_file(const struct qy_world *w, unsigned int n);
/* chardev.c: who has it open gets -EIO from now on. The last of them has closed it. */
void qy_compat_entry_release(struct entry *entry);
void qy_compat_entry_closed(struct entry *entry);
/* Of an open file. */
struct entry *qy_compat_entry_of(const struct file *file);

#endif
