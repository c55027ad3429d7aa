/* SPDX-License-Identifier: MIT */
/* Mutexes: their holder may sleep. No state. */
#ifndef COMPAT_LINUX_MUTEX_H
#define COMPAT_LINUX_MUTEX_H

#include <linux/wait.h>

struct mutex {
	struct task_struct *owner;
	wait_queue_head_t wait;
	const char *name;
	const void *key; /* as of a spinlock */
};

#define __MUTEX_INITIALIZER(m)                                              \
	{                                                                   \
		.wait = __WAIT_QUEUE_HEAD_INITIALIZER((m).wait), .name = #m \
	}
#define DEFINE_MUTEX(m) struct mutex m = __MUTEX_INITIALIZER(m)
#define mutex_init(m)                            \
	do {                                     \
		static const char key_;          \
		(m)->key = &key_;                \
		(m)->owner = NULL;               \
		init_waitqueue_head(&(m)->wait); \
		(m)->name = #m;                  \
	} while (0)

void mutex_lock(struct mutex *m) QY_REAL(mutex_lock);
void mutex_lock_nested(struct mutex *m, unsigned int subclass) QY_REAL(mutex_lock_nested);
int mutex_lock_interruptible(struct mutex *m) QY_REAL(mutex_lock_interruptible);
int mutex_lock_killable(struct mutex *m) QY_REAL(mutex_lock_killable);
int mutex_trylock(struct mutex *m) QY_REAL(mutex_trylock);
void mutex_unlock(struct mutex *m) QY_REAL(mutex_unlock);
void mutex_destroy(struct mutex *m) QY_REAL(mutex_destroy);

static inline bool mutex_is_locked(struct mutex *m)
{
	return m->owner != NULL;
}

#endif
