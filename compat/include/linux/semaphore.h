/* SPDX-License-Identifier: MIT */
/* Counting semaphores. No state. */
#ifndef COMPAT_LINUX_SEMAPHORE_H
#define COMPAT_LINUX_SEMAPHORE_H

#include <linux/wait.h>

struct semaphore {
	unsigned int count;
	wait_queue_head_t wait;
};

#define __SEMAPHORE_INITIALIZER(s, n)                                       \
	{                                                                   \
		.count = n, .wait = __WAIT_QUEUE_HEAD_INITIALIZER((s).wait) \
	}
#define DEFINE_SEMAPHORE(s, n) struct semaphore s = __SEMAPHORE_INITIALIZER(s, n)

static inline void sema_init(struct semaphore *s, int count)
{
	s->count = (unsigned int)count;
	init_waitqueue_head(&s->wait);
}

void down(struct semaphore *s) QY_REAL(down);
int down_interruptible(struct semaphore *s) QY_REAL(down_interruptible);
int down_trylock(struct semaphore *s) QY_REAL(down_trylock);
int down_timeout(struct semaphore *s, long timeout) QY_REAL(down_timeout);
void up(struct semaphore *s) QY_REAL(up);

#endif
