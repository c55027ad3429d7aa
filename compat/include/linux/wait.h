/* SPDX-License-Identifier: MIT */
/*
 * Wait queues: tasks that wait for a condition.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_WAIT_H
#define COMPAT_LINUX_WAIT_H

#include <linux/list.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#define WQ_FLAG_EXCLUSIVE 0x01

struct wait_queue_entry;
typedef int (*wait_queue_func_t)(
	struct wait_queue_entry *entry, unsigned int mode, int flags, void *key);

typedef struct wait_queue_head {
	spinlock_t lock;
	struct list_head head;
} wait_queue_head_t;

typedef struct wait_queue_entry {
	unsigned int flags;
	void *private; /* the task */
	wait_queue_func_t func;
	struct list_head entry;
} wait_queue_entry_t;

#define __WAIT_QUEUE_HEAD_INITIALIZER(name)              \
	{                                                \
		.lock = __SPIN_LOCK_UNLOCKED(name.lock), \
		.head = LIST_HEAD_INIT(name.head)        \
	}
#define DECLARE_WAIT_QUEUE_HEAD(name) \
	wait_queue_head_t name = __WAIT_QUEUE_HEAD_INITIALIZER(name)
#define DECLARE_WAIT_QUEUE_HEAD_ONSTACK(name) DECLARE_WAIT_QUEUE_HEAD(name)

static inline void init_waitqueue_head(wait_queue_head_t *wq)
{
	spin_lock_init(&wq->lock);
	INIT_LIST_HEAD(&wq->head);
}

int default_wake_function(wait_queue_entry_t *entry, unsigned int mode, int flags,
	void *key) QY_REAL(default_wake_function);
int autoremove_wake_function(wait_queue_entry_t *entry, unsigned int mode, int flags,
	void *key) QY_REAL(autoremove_wake_function);

static inline void init_waitqueue_entry(
	wait_queue_entry_t *entry, struct task_struct *task)
{
	entry->flags = 0;
	entry->private = task;
	entry->func = default_wake_function;
}

static inline void init_wait(wait_queue_entry_t *entry)
{
	entry->flags = 0;
	entry->private = current;
	entry->func = autoremove_wake_function;
	INIT_LIST_HEAD(&entry->entry);
}

#define DEFINE_WAIT(name)                               \
	wait_queue_entry_t name = { .private = current, \
		.func = autoremove_wake_function,       \
		.entry = LIST_HEAD_INIT((name).entry) }
#define DECLARE_WAITQUEUE(name, task) \
	wait_queue_entry_t name = { .private = task, .func = default_wake_function }

void add_wait_queue(wait_queue_head_t *wq, wait_queue_entry_t *entry)
	QY_REAL(add_wait_queue);
void remove_wait_queue(wait_queue_head_t *wq, wait_queue_entry_t *entry)
	QY_REAL(remove_wait_queue);
void prepare_to_wait(wait_queue_head_t *wq, wait_queue_entry_t *entry, int state)
	QY_REAL(prepare_to_wait);
bool prepare_to_wait_exclusive(wait_queue_head_t *wq, wait_queue_entry_t *entry,
	int state) QY_REAL(prepare_to_wait_exclusive);
void finish_wait(wait_queue_head_t *wq, wait_queue_entry_t *entry) QY_REAL(finish_wait);

/* Wakes up to @nr exclusive waiters (0: all) and every other one. Context: any. */
int __wake_up(wait_queue_head_t *wq, unsigned int mode, int nr, void *key)
	QY_REAL(__wake_up);

#define wake_up(wq)                          __wake_up(wq, TASK_NORMAL, 1, NULL)
#define wake_up_nr(wq, nr)                   __wake_up(wq, TASK_NORMAL, nr, NULL)
#define wake_up_all(wq)                      __wake_up(wq, TASK_NORMAL, 0, NULL)
#define wake_up_interruptible(wq)            __wake_up(wq, TASK_INTERRUPTIBLE, 1, NULL)
#define wake_up_interruptible_all(wq)        __wake_up(wq, TASK_INTERRUPTIBLE, 0, NULL)
#define wake_up_interruptible_sync(wq)       __wake_up(wq, TASK_INTERRUPTIBLE, 1, NULL)
#define wake_up_poll(wq, mask)               __wake_up(wq, TASK_NORMAL, 1, NULL)
#define wake_up_interruptible_poll(wq, mask) __wake_up(wq, TASK_INTERRUPTIBLE, 1, NULL)

static inline int waitqueue_active(wait_queue_head_t *wq)
{
	return !list_empty(&wq->head);
}

static inline int wq_has_sleeper(wait_queue_head_t *wq)
{
	return waitqueue_active(wq);
}

/* What is left of @timeout (at least 1) when @condition is true, 0 when time is over, -ERESTARTSYS. */
#define qy_wait_event(wq, condition, state, timeout, before, after) \
	({                                                          \
		wait_queue_entry_t entry_;                          \
		long left_ = (timeout);                             \
		init_wait(&entry_);                                 \
		for (;;) {                                          \
			prepare_to_wait(&(wq), &entry_, state);     \
			if (condition) {                            \
				left_ = left_ ? left_ : 1;          \
				break;                              \
			}                                           \
			if (signal_pending_state(state, current)) { \
				left_ = -ERESTARTSYS;               \
				break;                              \
			}                                           \
			if (!left_)                                 \
				break;                              \
			before;                                     \
			left_ = schedule_timeout(left_);            \
			after;                                      \
		}                                                   \
		finish_wait(&(wq), &entry_);                        \
		left_;                                              \
	})
#define qy_wait_checked(wq, condition, state, timeout)                          \
	({                                                                      \
		might_sleep();                                                  \
		(condition) ? (long)(timeout) ? (long)(timeout) : 1             \
			    : qy_wait_event(wq, condition, state, timeout, , ); \
	})
#define qy_wait_error(left)                     \
	({                                      \
		long result_ = (left);          \
		result_ < 0 ? (int)result_ : 0; \
	})

#define wait_event(wq, condition) \
	((void)qy_wait_checked(wq, condition, TASK_UNINTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT))
#define wait_event_timeout(wq, condition, timeout) \
	qy_wait_checked(wq, condition, TASK_UNINTERRUPTIBLE, timeout)
#define wait_event_interruptible(wq, condition) \
	qy_wait_error(qy_wait_checked(          \
		wq, condition, TASK_INTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT))
#define wait_event_interruptible_timeout(wq, condition, timeout) \
	qy_wait_checked(wq, condition, TASK_INTERRUPTIBLE, timeout)
#define wait_event_killable(wq, condition) \
	qy_wait_error(qy_wait_checked(wq, condition, TASK_KILLABLE, MAX_SCHEDULE_TIMEOUT))
#define wait_event_freezable(wq, condition) wait_event_interruptible(wq, condition)
#define wait_event_lock_irq(wq, condition, lock)                                      \
	((void)((condition) ? 1                                                       \
			    : qy_wait_event(wq, condition, TASK_UNINTERRUPTIBLE,      \
				      MAX_SCHEDULE_TIMEOUT, spin_unlock_irq(&(lock)), \
				      spin_lock_irq(&(lock)))))
#define wait_event_interruptible_lock_irq(wq, condition, lock)                        \
	((condition) ? 0                                                              \
		     : qy_wait_error(qy_wait_event(wq, condition, TASK_INTERRUPTIBLE, \
			       MAX_SCHEDULE_TIMEOUT, spin_unlock_irq(&(lock)),        \
			       spin_lock_irq(&(lock)))))

#endif
