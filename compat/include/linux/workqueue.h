/* SPDX-License-Identifier: MIT */
/* Work that a task does later. Each item runs in a task of its queue, never twice at the same time. No state. */
#ifndef COMPAT_LINUX_WORKQUEUE_H
#define COMPAT_LINUX_WORKQUEUE_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/timer.h>

struct work_struct;
struct workqueue_struct;
typedef void (*work_func_t)(struct work_struct *work);

struct work_struct {
	atomic_long_t data; /* bit 0: pending; above: the number of the queueing */
	struct list_head entry;
	work_func_t func;
	struct workqueue_struct *qy_queue; /* that it was last queued on */
};

struct delayed_work {
	struct work_struct work;
	struct timer_list timer;
	struct workqueue_struct *wq;
};

/* stub: every worker has the same rights */
#define WQ_UNBOUND       (1 << 1)
/* stub: nothing freezes */
#define WQ_FREEZABLE     (1 << 2)
/* stub: a worker is always had */
#define WQ_MEM_RECLAIM   (1 << 3)
/* stub: every worker has the same rights */
#define WQ_HIGHPRI       (1 << 4)
/* stub: every worker has the same rights */
#define WQ_CPU_INTENSIVE (1 << 5)
#define WQ_MAX_ACTIVE    512

#define __WORK_INITIALIZER(n, f)                                 \
	{                                                        \
		.entry = { &(n).entry, &(n).entry }, .func = (f) \
	}
void qy_compat_delayed_work_timer(struct timer_list *timer);
#define __DELAYED_WORK_INITIALIZER(n, f, flags)                                   \
	{                                                                         \
		.work = __WORK_INITIALIZER((n).work, (f)),                        \
		.timer = __TIMER_INITIALIZER(qy_compat_delayed_work_timer, flags) \
	}
#define DECLARE_WORK(n, f) struct work_struct n = __WORK_INITIALIZER(n, f)
#define DECLARE_DELAYED_WORK(n, f) \
	struct delayed_work n = __DELAYED_WORK_INITIALIZER(n, f, 0)

static inline void qy_compat_init_work(struct work_struct *work, work_func_t func)
{
	atomic_long_set(&work->data, 0);
	INIT_LIST_HEAD(&work->entry);
	work->func = func;
	work->qy_queue = NULL;
}

#define INIT_WORK(work, fn)         qy_compat_init_work(work, fn)
#define INIT_WORK_ONSTACK(work, fn) qy_compat_init_work(work, fn)
#define INIT_DELAYED_WORK(dwork, fn)                                           \
	do {                                                                   \
		qy_compat_init_work(&(dwork)->work, fn);                       \
		timer_setup(&(dwork)->timer, qy_compat_delayed_work_timer, 0); \
	} while (0)
#define INIT_DEFERRABLE_WORK(dwork, fn) INIT_DELAYED_WORK(dwork, fn)

static inline bool work_pending(const struct work_struct *work)
{
	return READ_ONCE(work->data.counter) & 1;
}

#define delayed_work_pending(dwork) work_pending(&(dwork)->work)

static inline struct delayed_work *to_delayed_work(struct work_struct *work)
{
	return container_of(work, struct delayed_work, work);
}

/* @max_active: 0 = 256. Context: task, may sleep. Return: NULL when there is no memory. */
struct workqueue_struct *alloc_workqueue(const char *fmt, unsigned int flags,
	int max_active, ...) QY_REAL(alloc_workqueue) __printf(1, 4);
#define alloc_ordered_workqueue(fmt, flags, ...) \
	alloc_workqueue(fmt, WQ_UNBOUND | (flags), 1, ##__VA_ARGS__)
#define create_workqueue(name) alloc_workqueue("%s", WQ_MEM_RECLAIM, 1, name)
#define create_singlethread_workqueue(name) \
	alloc_ordered_workqueue("%s", WQ_MEM_RECLAIM, name)
void destroy_workqueue(struct workqueue_struct *wq) QY_REAL(destroy_workqueue);

struct workqueue_struct *qy_compat_system_wq(void);
#define system_wq              qy_compat_system_wq()
#define flush_scheduled_work() flush_workqueue(system_wq)
/* stub: the one system queue, whose workers have no rights of their own */
#define system_highpri_wq      qy_compat_system_wq()
/* stub: the one system queue */
#define system_long_wq         qy_compat_system_wq()
/* stub: the one system queue */
#define system_unbound_wq      qy_compat_system_wq()
/* stub: the one system queue */
#define system_freezable_wq    qy_compat_system_wq()

/* Return: false when it was pending already. Context: any. */
bool queue_work(struct workqueue_struct *wq, struct work_struct *work)
	QY_REAL(queue_work);
bool queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork,
	unsigned long delay) QY_REAL(queue_delayed_work);
bool mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork,
	unsigned long delay) QY_REAL(mod_delayed_work);

static inline bool schedule_work(struct work_struct *work)
{
	return queue_work(system_wq, work);
}

static inline bool schedule_delayed_work(struct delayed_work *dwork, unsigned long delay)
{
	return queue_delayed_work(system_wq, dwork, delay);
}

/* Return: had it to wait for anything? Context: task, may sleep. */
bool flush_work(struct work_struct *work) QY_REAL(flush_work);
bool flush_delayed_work(struct delayed_work *dwork) QY_REAL(flush_delayed_work);
/* Afterwards it is neither pending nor running. Return: was it pending? Context: task, may sleep. */
bool cancel_work_sync(struct work_struct *work) QY_REAL(cancel_work_sync);
bool cancel_delayed_work_sync(struct delayed_work *dwork)
	QY_REAL(cancel_delayed_work_sync);
bool cancel_work(struct work_struct *work) QY_REAL(cancel_work);
bool cancel_delayed_work(struct delayed_work *dwork) QY_REAL(cancel_delayed_work);
void flush_workqueue(struct workqueue_struct *wq) QY_REAL(flush_workqueue);
void drain_workqueue(struct workqueue_struct *wq) QY_REAL(drain_workqueue);

#endif
