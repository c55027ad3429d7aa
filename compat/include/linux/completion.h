/* SPDX-License-Identifier: MIT */
/* A condition that becomes true once, or a number of times. Times are in jiffies. No state. */
#ifndef COMPAT_LINUX_COMPLETION_H
#define COMPAT_LINUX_COMPLETION_H

#include <linux/wait.h>

struct completion {
	unsigned int done;
	wait_queue_head_t wait;
};

#define COMPLETION_INITIALIZER(work)                          \
	{                                                     \
		0, __WAIT_QUEUE_HEAD_INITIALIZER((work).wait) \
	}
#define DECLARE_COMPLETION(work)         struct completion work = COMPLETION_INITIALIZER(work)
#define DECLARE_COMPLETION_ONSTACK(work) DECLARE_COMPLETION(work)

static inline void init_completion(struct completion *x)
{
	x->done = 0;
	init_waitqueue_head(&x->wait);
}

static inline void reinit_completion(struct completion *x)
{
	x->done = 0;
}

static inline bool completion_done(struct completion *x)
{
	return READ_ONCE(x->done) != 0;
}

void complete(struct completion *x) QY_REAL(complete);
void complete_all(struct completion *x) QY_REAL(complete_all);
bool try_wait_for_completion(struct completion *x) QY_REAL(try_wait_for_completion);
long qy_compat_wait_for(struct completion *x, long timeout, unsigned int state);

static inline void wait_for_completion(struct completion *x)
{
	qy_compat_wait_for(x, MAX_SCHEDULE_TIMEOUT, TASK_UNINTERRUPTIBLE);
}

static inline unsigned long wait_for_completion_timeout(
	struct completion *x, unsigned long timeout)
{
	return (unsigned long)qy_compat_wait_for(x, (long)timeout, TASK_UNINTERRUPTIBLE);
}

static inline int wait_for_completion_interruptible(struct completion *x)
{
	long left = qy_compat_wait_for(x, MAX_SCHEDULE_TIMEOUT, TASK_INTERRUPTIBLE);

	return left < 0 ? (int)left : 0;
}

static inline int wait_for_completion_killable(struct completion *x)
{
	long left = qy_compat_wait_for(x, MAX_SCHEDULE_TIMEOUT, TASK_KILLABLE);

	return left < 0 ? (int)left : 0;
}

static inline long wait_for_completion_interruptible_timeout(
	struct completion *x, unsigned long timeout)
{
	return qy_compat_wait_for(x, (long)timeout, TASK_INTERRUPTIBLE);
}

static inline long wait_for_completion_killable_timeout(
	struct completion *x, unsigned long timeout)
{
	return qy_compat_wait_for(x, (long)timeout, TASK_KILLABLE);
}

#endif
