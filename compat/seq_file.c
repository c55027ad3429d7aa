// SPDX-License-Identifier: MIT
/*
 * Files whose text is written record by record (linux/seq_file.h).
 *
 *   buf[from .. from + count) is what was written and not read yet; the next record is the index-th
 *
 * Locking: the file's mutex.
 */
#include <linux/seq_file.h>
#include <linux/uaccess.h>
#include "compat/world.h"

/* ------------------------------------------------------------------ writing records */

void seq_write(struct seq_file *m, const void *data, size_t n)
{
	if (m->count + n >= m->size) {
		m->count = m->size; /* overflowed */
		return;
	}
	memcpy(m->buf + m->count, data, n);
	m->count += n;
}

void seq_printf(struct seq_file *m, const char *fmt, ...)
{
	va_list args;
	int n = 0;

	if (m->count < m->size) {
		va_start(args, fmt);
		n = vsnprintf(m->buf + m->count, m->size - m->count, fmt, args);
		va_end(args);
	}
	m->count = m->count + (size_t)n < m->size ? m->count + (size_t)n : m->size;
}

struct list_head *seq_list_start(struct list_head *head, loff_t pos)
{
	struct list_head *at;

	list_for_each(at, head) if (!pos--) return at;
	return NULL;
}

struct list_head *seq_list_next(void *v, struct list_head *head, loff_t *pos)
{
	struct list_head *next = ((struct list_head *)v)->next;

	++*pos;
	return next == head ? NULL : next;
}

/* ------------------------------------------------------------------ open and release */

int seq_open(struct file *file, const struct seq_operations *op)
{
	struct seq_file *m = kzalloc(sizeof(*m), GFP_KERNEL);

	if (!m)
		return -ENOMEM;
	mutex_init(&m->lock);
	m->op = op;
	m->file = file;
	file->private_data = m;
	return 0;
}

int seq_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	(void)inode;
	kvfree(m->buf);
	kfree(m);
	return 0;
}

void *__seq_open_private(struct file *file, const struct seq_operations *op, int bytes)
{
	void *private = kzalloc((size_t)bytes, GFP_KERNEL);

	if (!private)
		return NULL;
	if (seq_open(file, op)) {
		kfree(private);
		return NULL;
	}
	((struct seq_file *)file->private_data)->private = private;
	return private;
}

int seq_release_private(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	kfree(m->private);
	m->private = NULL;
	return seq_release(inode, file);
}

static void *single_start(struct seq_file *m, loff_t *pos)
{
	(void)m;
	return *pos ? NULL : SEQ_START_TOKEN;
}

static void *single_next(struct seq_file *m, void *v, loff_t *pos)
{
	(void)m, (void)v;
	++*pos;
	return NULL;
}

static void single_stop(struct seq_file *m, void *v)
{
	(void)m, (void)v;
}

int single_open(struct file *file, int (*show)(struct seq_file *m, void *v), void *data)
{
	struct seq_operations *op = kmalloc(sizeof(*op), GFP_KERNEL);
	int error;

	if (!op)
		return -ENOMEM;
	*op = (struct seq_operations){ single_start, single_stop, single_next, show };
	error = seq_open(file, op);
	if (error)
		kfree(op);
	else
		((struct seq_file *)file->private_data)->private = data;
	return error;
}

int single_release(struct inode *inode, struct file *file)
{
	const struct seq_operations *op = ((struct seq_file *)file->private_data)->op;
	int ret = seq_release(inode, file);

	kfree(op);
	return ret;
}

/* ------------------------------------------------------------------ reading */

/* @bytes of buffer, empty. */
static int make_room(struct seq_file *m, size_t bytes)
{
	kvfree(m->buf);
	m->from = m->count = 0;
	m->buf = kvmalloc(bytes, GFP_KERNEL_ACCOUNT);
	m->size = m->buf ? bytes : 0;
	return m->buf ? 0 : -ENOMEM;
}

/* Records from the index-th on, as many as fit @wanted bytes, at least one. Return: 0, an error. */
static int fill(struct seq_file *m, size_t wanted)
{
	int error = m->buf ? 0 : make_room(m, PAGE_SIZE);
	loff_t pos = m->index;
	void *v;

	m->from = m->count = 0;
	v = error ? NULL : m->op->start(m, &pos);
	while (!error && v && !IS_ERR(v)) {
		size_t before = m->count;
		loff_t at = pos;

		error = m->op->show(m, v);
		if (error > 0)
			m->count = before; /* SEQ_SKIP */
		if (error >= 0 && seq_has_overflowed(m)) {
			error = 0;
			m->count = before;
			if (before)
				break; /* it comes with the next read */
			m->op->stop(m, v);
			error = make_room(m, m->size * 2);
			pos = m->index;
			v = error ? NULL : m->op->start(m, &pos);
			continue;
		}
		if (error < 0)
			break;
		error = 0;
		v = m->op->next(m, v, &pos);
		WARN(pos == at, "a next() of a seq_file did not move on");
		if (pos == at)
			pos++;
		m->index = pos;
		if (m->count >= wanted)
			break;
	}
	if (m->buf)
		m->op->stop(m, v);
	if (!error && IS_ERR(v))
		error = (int)PTR_ERR(v);
	return error;
}

ssize_t seq_read(struct file *file, char *buf, size_t n, loff_t *pos)
{
	struct seq_file *m = file->private_data;
	ssize_t ret = 0;
	size_t left;

	mutex_lock(&m->lock);
	if (!*pos) {
		m->index = 0;
		m->from = m->count = 0;
	}
	if (!m->count && n) {
		ret = fill(m, n);
		if (!m->count)
			goto unlock;
	}
	if (n > m->count)
		n = m->count;
	left = copy_to_user(buf, m->buf + m->from, n);
	ret = left == n && n ? -EFAULT : (ssize_t)(n - left);
	if (ret > 0) {
		m->from += (size_t)ret;
		m->count -= (size_t)ret;
		*pos += ret;
		m->read_pos = *pos;
	}
unlock:
	mutex_unlock(&m->lock);
	return ret;
}

/* Back to the begin, or where it is. */
loff_t seq_lseek(struct file *file, loff_t offset, int whence)
{
	struct seq_file *m = file->private_data;

	if (whence == SEEK_CUR)
		offset += file->f_pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (offset && offset != m->read_pos)
		return -EINVAL;
	if (!offset) {
		m->index = 0;
		m->from = m->count = 0;
	}
	file->f_pos = offset;
	return offset;
}
