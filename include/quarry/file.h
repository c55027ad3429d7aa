/* SPDX-License-Identifier: MIT */
/*
 * Files of a board, their page cache, and swap.
 *
 *   qy_file_open/close          a file by its name, for a task
 *   qy_file_read/write          its bytes, through the page cache
 *   qy_file_sync, qy_sync       what is dirty is written
 *   qy_task_map_file            a task's memory that is a file's
 *   qy_swapon/swapoff           room for pages that nobody uses
 *   qy_writeback_step           what the flusher does by itself
 *
 * Bytes go to the files of the port (struct qy_port: file_open ...) and come back from there. A page of the cache may leave
 * at any time when it is clean; a dirty one is written first. A write that fails leaves the page dirty, so no byte is lost,
 * and is told, once, to everybody who has the file open: by his next qy_file_sync() or qy_file_write().
 */
#ifndef QUARRY_FILE_H
#define QUARRY_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qy_machine;
struct task_struct;
struct file; /* opaque: one opening of a file */

#define QY_FILE_NAME 64 /* bytes of a name, with the final NUL */

enum {
	QY_FILE_TMPFS =
		1
		<< 0, /* no file of the port: its pages are shared memory, and go to swap */
};

/**
 * qy_file_open() - a file, made if there is none of that name
 * @task:  who opens it, and acts when it is read or written; NULL: nobody in particular
 * @name:  63 bytes count
 * @bytes: its length, if it is new; an old one keeps its own, but grows to this
 * @flags: QY_FILE_*, of a new one
 * @file:  receives it; closed by qy_file_close(), or when the task exits
 *
 * Context: Task, may sleep.
 * Return: 0; -ENOMEM; -EINVAL: above 16 TiB; -EOPNOTSUPP: the port has no files, or no contents; what the port answered.
 */
int qy_file_open(struct qy_machine *m, struct task_struct *task, const char *name,
	uint64_t bytes, unsigned int flags, struct file **file);
/* Context: task. */
void qy_file_close(struct file *file);

/**
 * qy_file_read() - up to @bytes from @offset on
 * @to: NULL: the pages are read, but nobody looks at them
 *
 * Who reads on from where he stopped has up to 128 KiB read ahead.
 *
 * Context: Task, may sleep. Return: bytes before the end of the file; -ENOMEM; -EINTR: the task was killed; -EIO.
 */
long qy_file_read(struct file *file, uint64_t offset, void *to, size_t bytes);

/**
 * qy_file_write() - @bytes at @offset; the file grows if it must
 * @from: NULL: the pages become dirty as they are
 *
 * Waits while too many pages are dirty (vm.dirty_ratio).
 *
 * Context: Task, may sleep. Return: @bytes; -ENOMEM; -EINTR; -EIO: a part could not be read; or an earlier write to the
 * port failed, with its error. Then an unknown part, from the begin on, has been written.
 */
long qy_file_write(struct file *file, uint64_t offset, const void *from, size_t bytes);

/* Writes all dirty pages of it. Context: task, may sleep. Return: 0, or the error of a write since it was told last. */
int qy_file_sync(struct file *file);
/* Of all files. Context: task, may sleep. */
void qy_sync(struct qy_machine *m);

/* Forgets the file, its pages and what the port has of it. Context: task. Return: 0; -ENOENT; -EBUSY: open or mapped. */
int qy_file_unlink(struct qy_machine *m, const char *name);

/**
 * qy_task_map_file() - [offset, offset + bytes) of a file is memory of the task, shared with whoever maps it
 * @offset: a multiple of 4096
 * @address: receives its begin
 *
 * It stays after the file is closed. An access behind the file's end is -EFAULT.
 *
 * Context: Task, may sleep. Return: as qy_task_map().
 */
int qy_task_map_file(struct qy_machine *m, struct task_struct *task, struct file *file,
	uint64_t offset, uint64_t bytes, uint64_t *address);

/**
 * qy_swapon() - a file of the port becomes swap
 * @prio: higher ones are filled first
 *
 * Context: Task; nobody else is in the machine.
 * Return: 0; -EINVAL: no page, or more than 256 GiB in all; -ENOSPC: eight are there; -EOPNOTSUPP; -ENOMEM; the port's.
 */
int qy_swapon(struct qy_machine *m, const char *name, uint64_t bytes, int prio);
/* Its pages come back first. Context: as qy_swapon(). Return: 0; -EINVAL: no such area; -ENOMEM; -EIO. */
int qy_swapoff(struct qy_machine *m, const char *name);

struct qy_swap_info {
	char name[QY_FILE_NAME];
	uint64_t size_bytes, used_bytes;
	int prio;
};
/* The n-th area; false past the last. Context: any. */
bool qy_swap_info(const struct qy_machine *m, unsigned int n, struct qy_swap_info *out);

/**
 * qy_writeback_step() - what the flusher does by itself now
 *
 * Every vm.dirty_writeback_centisecs it writes what has been dirty for vm.dirty_expire_centisecs; and whenever more is
 * dirty than vm.dirty_background_ratio allows, or it was woken, until that is no more so.
 *
 * Context: Task, may sleep. Return: pages written.
 */
uint64_t qy_writeback_step(struct qy_machine *m);
/* When it is to be called again even if nobody asks for it: in so many ns; ~0: never. Context: any. */
uint64_t qy_writeback_next_ns(struct qy_machine *m);

#endif
