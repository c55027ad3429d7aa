/* SPDX-License-Identifier: MIT */
/*
 * Tasks: who runs, how it waits, how it is woken. A task is a fiber of the sim port (quarry/fiber.h) on one CPU.
 *
 * Times are in jiffies. No state.
 */
#ifndef COMPAT_LINUX_SCHED_H
#define COMPAT_LINUX_SCHED_H

#include <asm/processor.h>
#include <asm/quarry.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <quarry/fiber.h>

#define TASK_COMM_LEN 16

#define TASK_RUNNING         0x0000
#define TASK_INTERRUPTIBLE   0x0001
#define TASK_UNINTERRUPTIBLE 0x0002
#define TASK_WAKEKILL        0x0100
#define TASK_KILLABLE        (TASK_WAKEKILL | TASK_UNINTERRUPTIBLE)
#define TASK_IDLE            (0x0400 | TASK_UNINTERRUPTIBLE)
#define TASK_NORMAL          (TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE)

#define MAX_SCHEDULE_TIMEOUT __LONG_MAX__

/* What a driver may read of a task; what begins with qy_ is the runtime's. */
/* What a task holds, for lockdep. */
struct qy_lock_held {
	const void *lock;
	struct lock_class *class;
	const void *from; /* who took it */
	unsigned int context;
	bool shared;
};

struct mm_struct;

struct task_struct {
	unsigned int __state;
	unsigned int flags;
	pid_t pid, tgid;
	char comm[TASK_COMM_LEN];
	struct mm_struct *mm;     /* of a program; NULL: a thread of the kernel */
	unsigned int kasan_depth; /* of kasan_disable_current() */
	struct kunit *kunit_test; /* whose case this task runs */
	struct qy_fiber *qy_fiber;
	struct list_head qy_tasks;
	int qy_rcu_depth;
	const void *qy_rcu_at, *qy_off_at; /* where the outermost began */
	bool qy_bound;                     /* to a CPU: a worker */
	bool qy_signal;                    /* one is pending */
	bool qy_stop;                      /* kthread_stop() asks */
	bool qy_exited;
	int qy_result;
	int (*qy_fn)(void *data);
	void *qy_data;
	unsigned long qy_exit_wait[6]; /* a wait_queue_head_t */
	unsigned int qy_nr_locks;
	struct qy_lock_held qy_locks[24];
};

struct task_struct *qy_compat_current(void);
#define current qy_compat_current()

#define set_current_state(state)   smp_store_mb(current->__state, (state))
#define __set_current_state(state) WRITE_ONCE(current->__state, (state))
#define get_current_state()        READ_ONCE(current->__state)

/* Context: task, may sleep. */
void schedule(void) QY_REAL(schedule);
long schedule_timeout(long timeout) QY_REAL(schedule_timeout);
long schedule_timeout_interruptible(long timeout) QY_REAL(schedule_timeout_interruptible);
long schedule_timeout_uninterruptible(long timeout)
	QY_REAL(schedule_timeout_uninterruptible);
#define io_schedule()                schedule()
#define io_schedule_timeout(timeout) schedule_timeout(timeout)
int _cond_resched(void) QY_REAL(_cond_resched);
#define cond_resched() _cond_resched()
void yield(void) QY_REAL(yield);

/* Return: 1 when it was not running. Context: any. */
int wake_up_process(struct task_struct *task) QY_REAL(wake_up_process);

static inline int signal_pending(struct task_struct *task)
{
	return task->qy_signal;
}

static inline int fatal_signal_pending(struct task_struct *task)
{
	return task->qy_signal;
}

static inline int signal_pending_state(unsigned int state, struct task_struct *task)
{
	return (state & (TASK_INTERRUPTIBLE | TASK_WAKEKILL)) && signal_pending(task);
}

static inline pid_t task_pid_nr(struct task_struct *task)
{
	return task->pid;
}

unsigned int qy_compat_cpu(void);
#define smp_processor_id()     qy_compat_cpu()
#define raw_smp_processor_id() qy_compat_cpu()
#define get_cpu()                  \
	({                         \
		preempt_disable(); \
		qy_compat_cpu();   \
	})
#define put_cpu() preempt_enable()

#define THREAD_SIZE  (PAGE_SIZE << 2)
#define THREAD_ALIGN THREAD_SIZE
#define TASK_SIZE    (1ul << 47)

/* Nobody is waiting for the CPU: a task gives way where it waits. */
static inline bool need_resched(void)
{
	return false;
}

#endif
