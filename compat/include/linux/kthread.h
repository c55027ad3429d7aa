/* SPDX-License-Identifier: MIT */
/* Tasks of a driver. No state. */
#ifndef COMPAT_LINUX_KTHREAD_H
#define COMPAT_LINUX_KTHREAD_H

#include <linux/err.h>
#include <linux/sched.h>
#include <linux/version.h>

struct task_struct *kthread_create_on_node(int (*fn)(void *data), void *data, int node,
	const char *fmt, ...) QY_REAL(kthread_create_on_node) __printf(4, 5);
#define kthread_create(fn, data, fmt, ...) \
	kthread_create_on_node(fn, data, -1, fmt, ##__VA_ARGS__)
#define kthread_run(fn, data, fmt, ...)                               \
	({                                                            \
		struct task_struct *task_ =                           \
			kthread_create(fn, data, fmt, ##__VA_ARGS__); \
		if (!IS_ERR(task_))                                   \
			wake_up_process(task_);                       \
		task_;                                                \
	})
bool kthread_should_stop(void) QY_REAL(kthread_should_stop);
/* Return: what its function returned, -EINTR when it never ran. Context: task, may sleep. */
int kthread_stop(struct task_struct *task) QY_REAL(kthread_stop);
/* The calling task ends. Context: task. */
void kthread_exit(long result) QY_REAL(kthread_exit) __attribute__((noreturn));
struct completion;
void kthread_complete_and_exit(struct completion *done, long result)
	QY_REAL(kthread_complete_and_exit) __attribute__((noreturn));
#if !QY_SINCE(5, 17)
#define complete_and_exit(done, result) kthread_complete_and_exit(done, result)
#endif

#endif
