/* SPDX-License-Identifier: MIT */
/* Files whose text is written record by record when somebody reads. No state. */
#ifndef COMPAT_LINUX_SEQ_FILE_H
#define COMPAT_LINUX_SEQ_FILE_H

#include <linux/fs.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/string.h>

#define SEQ_SKIP        1
#define SEQ_START_TOKEN ((void *)1)

struct seq_operations;

struct seq_file {
	char *buf;
	size_t size;
	size_t from, count; /* of what is in the buffer and not read yet */
	loff_t index;       /* of the next record */
	loff_t read_pos;
	struct mutex lock;
	const struct seq_operations *op;
	const struct file *file;
	void *private;
};

struct seq_operations {
	void *(*start)(struct seq_file *m, loff_t *pos);
	void (*stop)(struct seq_file *m, void *v);
	void *(*next)(struct seq_file *m, void *v, loff_t *pos);
	int (*show)(struct seq_file *m, void *v);
};

/* It did not fit: the record is written again into a larger buffer. */
static inline bool seq_has_overflowed(struct seq_file *m)
{
	return m->count == m->size;
}

void seq_printf(struct seq_file *m, const char *fmt, ...) QY_REAL(seq_printf)
	__printf(2, 3);
void seq_write(struct seq_file *m, const void *data, size_t n) QY_REAL(seq_write);

static inline void seq_puts(struct seq_file *m, const char *s)
{
	seq_write(m, s, strlen(s));
}

static inline void seq_putc(struct seq_file *m, char c)
{
	seq_write(m, &c, 1);
}

int seq_open(struct file *file, const struct seq_operations *op) QY_REAL(seq_open);
void *__seq_open_private(struct file *file, const struct seq_operations *op, int bytes)
	QY_REAL(__seq_open_private);
int seq_release(struct inode *inode, struct file *file) QY_REAL(seq_release);
int seq_release_private(struct inode *inode, struct file *file)
	QY_REAL(seq_release_private);
ssize_t seq_read(struct file *file, char *buf, size_t n, loff_t *pos) QY_REAL(seq_read);
loff_t seq_lseek(struct file *file, loff_t offset, int whence) QY_REAL(seq_lseek);
/* One record. */
int single_open(struct file *file, int (*show)(struct seq_file *m, void *v), void *data)
	QY_REAL(single_open);
int single_release(struct inode *inode, struct file *file) QY_REAL(single_release);
struct list_head *seq_list_start(struct list_head *head, loff_t pos)
	QY_REAL(seq_list_start);
struct list_head *seq_list_next(void *v, struct list_head *head, loff_t *pos)
	QY_REAL(seq_list_next);

#define DEFINE_SHOW_ATTRIBUTE(name)                                      \
	static int name##_open(struct inode *inode, struct file *file)   \
	{                                                                \
		return single_open(file, name##_show, inode->i_private); \
	}                                                                \
	static const struct file_operations name##_fops = {              \
		.owner = THIS_MODULE,                                    \
		.open = name##_open,                                     \
		.read = seq_read,                                        \
		.llseek = seq_lseek,                                     \
		.release = single_release,                               \
	}
#define DEFINE_SEQ_ATTRIBUTE(name)                                         \
	static int name##_open(struct inode *inode, struct file *file)     \
	{                                                                  \
		int error = seq_open(file, &name##_sops);                  \
		if (!error && inode->i_private)                            \
			((struct seq_file *)file->private_data)->private = \
				inode->i_private;                          \
		return error;                                              \
	}                                                                  \
	static const struct file_operations name##_fops = {                \
		.owner = THIS_MODULE,                                      \
		.open = name##_open,                                       \
		.read = seq_read,                                          \
		.llseek = seq_lseek,                                       \
		.release = seq_release,                                    \
	}

#endif
