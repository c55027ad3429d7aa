/* SPDX-License-Identifier: MIT */
/* Readers and a writer that may sleep. No state. */
#ifndef COMPAT_LINUX_RWSEM_H
#define COMPAT_LINUX_RWSEM_H

#include <linux/wait.h>

struct rw_semaphore {
	int count; /* readers; -1: a writer */
	wait_queue_head_t wait;
	const char *name;
	const void *key; /* as of a spinlock */
};

#define __RWSEM_INITIALIZER(s)                                              \
	{                                                                   \
		.wait = __WAIT_QUEUE_HEAD_INITIALIZER((s).wait), .name = #s \
	}
#define DECLARE_RWSEM(s) struct rw_semaphore s = __RWSEM_INITIALIZER(s)

#define init_rwsem(s)                            \
	do {                                     \
		static const char key_;          \
		(s)->count = 0;                  \
		(s)->name = #s;                  \
		(s)->key = &key_;                \
		init_waitqueue_head(&(s)->wait); \
	} while (0)

void down_read(struct rw_semaphore *s) QY_REAL(down_read);
int down_read_trylock(struct rw_semaphore *s) QY_REAL(down_read_trylock);
void up_read(struct rw_semaphore *s) QY_REAL(up_read);
void down_write(struct rw_semaphore *s) QY_REAL(down_write);
int down_write_trylock(struct rw_semaphore *s) QY_REAL(down_write_trylock);
void up_write(struct rw_semaphore *s) QY_REAL(up_write);
void downgrade_write(struct rw_semaphore *s) QY_REAL(downgrade_write);

#endif
