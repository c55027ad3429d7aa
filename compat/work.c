// SPDX-License-Identifier: MIT
/*
 * Tasks of drivers, and queues of work that tasks do.
 *
 * A queue has as many workers as it may run items at once, made when they are needed. A worker takes the first item that
 * no other worker is running, so that an item never runs twice at the same time.
 *
 * Locking: none; see world.h.
 */
#include "compat/held.h"
#include "compat/kasan.h"
#include "compat/lockdep.h"
#include "compat/stack.h"
#include "compat/world.h"

struct worker {
	struct list_head link;
	struct workqueue_struct *wq;
	struct work_struct *running; /* its address: the item may be gone */
	long number;                 /* of that queueing */
	struct task_struct *task;
};

struct workqueue_struct {
	struct list_head link; /* of all queues */
	char name[24];
	int max_active;
	unsigned int nr_workers, nr_idle;
	bool ends;
	struct list_head items, workers;
	wait_queue_head_t more; /* for workers */
	wait_queue_head_t done; /* an item is over, or taken off */
};

/* work->data: is it pending, and the number of its last queueing in the bits above. */
#define PENDING 1l

static long number_of(const struct work_struct *work)
{
	return atomic_long_read(&work->data) >> 1;
}

/* Return: false when it was pending already. */
static bool make_pending(struct work_struct *work)
{
	if (atomic_long_read(&work->data) & PENDING)
		return false;
	atomic_long_set(&work->data, ++qy_compat_world()->nr_queueings << 1 | PENDING);
	qy_hold(QY_HELD_WORK, work, 0);
	return true;
}

/* ------------------------------------------------------------------ tasks */

static void end_task(struct task_struct *task, int result)
{
	struct qy_callback begin = { 0 };

	task->qy_result = result;
	if (in_atomic()) {
		qy_compat_report("BUG: %s/%d ends with preempt count %08x%s", task->comm,
			task->pid, preempt_count(),
			irqs_disabled() ? " and interrupts disabled" : "");
		qy_compat_preempt_add(-(int)preempt_count());
		qy_compat_set_irqs_disabled(0);
	}
	qy_callback_end(&begin, "a task", false);
	qy_let_go(QY_HELD_THREAD, task); /* a kthread that ends by itself is gone */
	task->qy_exited = true;
	list_move_tail(&task->qy_tasks, &qy_compat_world()->ended);
	__wake_up((wait_queue_head_t *)(void *)task->qy_exit_wait, TASK_NORMAL, 0, NULL);
}

static void task_main(void *arg)
{
	struct task_struct *task = arg;

	end_task(task, task->qy_fn(task->qy_data));
}

void kthread_exit(long result)
{
	end_task(current, (int)result);
	qy_kasan_clean_stack(current->qy_fiber);
	qy_fiber_exit(qy_this_machine());
}

void kthread_complete_and_exit(struct completion *done, long result)
{
	if (done)
		complete(done);
	kthread_exit(result);
}

/* The record stays until qy_compat_wait_exit(), of a kthread that nobody stops as long as the world. */
struct task_struct *qy_compat_task(
	struct qy_world *w, const char *comm, int (*fn)(void *data), void *data)
{
	struct task_struct *task = qy_host_zalloc(sizeof(*task));
	struct qy_fiber_opts opts = { .comm = task ? task->comm : NULL, .data = task };

	if (!task)
		return NULL;
	scnprintf(task->comm, sizeof(task->comm), "%s", comm);
	task->pid = task->tgid = opts.pid = ++w->last_pid;
	task->qy_fn = fn;
	task->qy_data = data;
	opts.cpu = smp_processor_id();
	init_waitqueue_head((wait_queue_head_t *)(void *)task->qy_exit_wait);
	task->qy_fiber = qy_fiber_create(w->m, &opts, task_main, task);
	if (!task->qy_fiber) {
		qy_host_free(task);
		return NULL;
	}
	list_add_tail(&task->qy_tasks, &w->tasks);
	return task;
}

int qy_compat_wait_exit(struct task_struct *task)
{
	wait_queue_head_t *wait = (wait_queue_head_t *)(void *)task->qy_exit_wait;
	int result;

	wait_event(*wait, task->qy_exited);
	result = task->qy_result;
	list_del(&task->qy_tasks);
	qy_host_free(task);
	return result;
}

/* A thread first waits to be woken; one that is stopped before never runs its function. */
struct kthread {
	int (*fn)(void *data);
	void *data;
	bool ran;
};

static int kthread_main(void *arg)
{
	struct kthread *create = arg;
	struct kthread own = *create;

	qy_host_free(create); /* its function may end the task */
	set_current_state(TASK_UNINTERRUPTIBLE);
	schedule();
	return current->qy_stop ? -EINTR : own.fn(own.data);
}

struct task_struct *kthread_create_on_node(
	int (*fn)(void *data), void *data, int node, const char *fmt, ...)
{
	struct kthread *create = qy_refuses(QY_HELD_THREAD, GFP_KERNEL, 0)
					 ? NULL
					 : qy_host_zalloc(sizeof(*create));
	struct task_struct *task = NULL;
	char comm[TASK_COMM_LEN];
	va_list args;

	(void)node;
	va_start(args, fmt);
	vscnprintf(comm, sizeof(comm), fmt, args);
	va_end(args);
	if (create) {
		create->fn = fn;
		create->data = data;
		task = qy_compat_task(qy_compat_world(), comm, kthread_main, create);
	}
	if (!task) {
		qy_host_free(create);
		return ERR_PTR(-ENOMEM);
	}
	task->__state = TASK_UNINTERRUPTIBLE;
	qy_hold(QY_HELD_THREAD, task, 0);
	qy_fiber_yield(qy_this_machine()); /* it waits now */
	return task;
}

bool kthread_should_stop(void)
{
	return current->qy_stop;
}

int kthread_stop(struct task_struct *task)
{
	task->qy_stop = true;
	wake_up_process(task);
	return qy_compat_wait_exit(task);
}

/* ------------------------------------------------------------------ workers */

static bool is_running(const struct workqueue_struct *wq, const struct work_struct *work)
{
	const struct worker *worker;

	list_for_each_entry(worker, &wq->workers, link)
		if (worker->running == work)
			return true;
	return false;
}

static struct work_struct *take_item(struct workqueue_struct *wq)
{
	struct work_struct *work;

	list_for_each_entry(work, &wq->items, entry)
		if (!is_running(wq, work)) {
			list_del_init(&work->entry);
			return work;
		}
	return NULL;
}

/* Around its function; items of one function are one class. */
static struct lock_id map_of(const struct work_struct *work)
{
	return (struct lock_id){ .lock = work,
		.key = (const void *)work->func,
		.name = "(work_completion)",
		.kind = LOCK_SLEEPS };
}

/* An item that waits for itself hangs, and is told as that. */
static void wait_on_map(const struct work_struct *work, const void *from)
{
	struct lock_id map = map_of(work);
	const struct worker *worker;

	if (!work->func || !work->qy_queue)
		return;
	list_for_each_entry(worker, &work->qy_queue->workers, link)
		if (worker->task == current && worker->running == work)
			return;
	qy_map_wait(&map, from);
}

static void run_item(struct worker *worker, struct work_struct *work)
{
	struct qy_callback begin = qy_callback_begin();
	work_func_t func = work->func;
	struct lock_id map = map_of(work);

	map.lock = &map; /* the function may free its item */
	worker->running = work;
	worker->number = number_of(work);
	atomic_long_and(~PENDING, &work->data); /* it may be queued again from here on */
	qy_compat_begin_call(qy_compat_world(), QY_HELD_WORK, work);
	qy_map_begin(&map, (const void *)func);
	func(work);
	qy_map_end(&map);
	qy_compat_end_call(qy_compat_world());
	if (preempt_count() != begin.preempt || irqs_disabled()) {
		qy_compat_report("BUG: workqueue leaked atomic, lock or RCU: %s[%d]",
			current->comm, current->pid);
		qy_compat_preempt_add((int)(begin.preempt - preempt_count()));
		qy_compat_set_irqs_disabled(0);
	}
	qy_callback_end(&begin, "a work item", false);
	worker->running = NULL;
	wake_up_all(&worker->wq->done);
}

static int worker_main(void *arg)
{
	struct worker *worker = arg;
	struct workqueue_struct *wq = worker->wq;

	for (;;) {
		struct work_struct *work = NULL;

		wq->nr_idle++;
		wait_event(wq->more, (work = take_item(wq)) || wq->ends);
		wq->nr_idle--;
		if (!work)
			return 0;
		run_item(worker, work);
	}
}

static void add_worker(struct workqueue_struct *wq)
{
	struct worker *worker = qy_host_zalloc(sizeof(*worker));
	char comm[TASK_COMM_LEN];

	if (!worker)
		return;
	worker->wq = wq;
	scnprintf(comm, sizeof(comm), "kworker/%s", wq->name);
	worker->task = qy_compat_task(qy_compat_world(), comm, worker_main, worker);
	if (!worker->task) {
		qy_host_free(worker);
		return;
	}
	worker->task->qy_bound = true;
	list_add_tail(&worker->link, &wq->workers);
	wq->nr_workers++;
}

/* ------------------------------------------------------------------ queues */

static struct workqueue_struct *make_queue(
	struct qy_world *w, const char *name, int max_active)
{
	struct workqueue_struct *wq = qy_host_zalloc(sizeof(*wq));

	if (!wq)
		return NULL;
	scnprintf(wq->name, sizeof(wq->name), "%s", name);
	wq->max_active = max_active ? max_active : 256;
	INIT_LIST_HEAD(&wq->items);
	INIT_LIST_HEAD(&wq->workers);
	init_waitqueue_head(&wq->more);
	init_waitqueue_head(&wq->done);
	list_add_tail(&wq->link, &w->queues);
	return wq;
}

struct workqueue_struct *alloc_workqueue(
	const char *fmt, unsigned int flags, int max_active, ...)
{
	char name[24];
	va_list args;

	(void)flags;
	might_sleep();
	va_start(args, max_active);
	vscnprintf(name, sizeof(name), fmt, args);
	va_end(args);
	return qy_take(QY_HELD_WORK, GFP_KERNEL, 0,
		make_queue(qy_compat_world(), name, max_active));
}

static void end_queue(struct workqueue_struct *wq)
{
	struct worker *worker, *next;

	wq->ends = true;
	wake_up_all(&wq->more);
	list_for_each_entry_safe(worker, next, &wq->workers, link) {
		qy_compat_wait_exit(worker->task);
		qy_host_free(worker);
	}
	list_del(&wq->link);
	qy_host_free(wq);
}

static bool is_queue(const struct qy_world *w, const void *p)
{
	const struct workqueue_struct *wq;

	list_for_each_entry(wq, &w->queues, link)
		if (wq == p)
			return true;
	return false;
}

static bool take_back(struct work_struct *work, struct timer_list *timer);

/* Delayed work is not drained: its timer would come to a queue that is gone. It is told, and does not. */
static void drop_delayed(struct qy_world *w, struct workqueue_struct *wq)
{
	for (struct held *held = w->held->active, *next; held; held = next) {
		struct work_struct *work = (struct work_struct *)(uintptr_t)held->what.p;

		next = held->next_active;
		if (held->what.kind != QY_HELD_WORK || is_queue(w, work) ||
			!qy_is_there(work) || work->qy_queue != wq || !work_pending(work))
			continue;
		qy_compat_report("WARNING: destroy_workqueue: %s still has delayed work",
			wq->name);
		qy_stack_print(held->frames, held->what.nr_frames, NULL, " ");
		take_back(work, &container_of(work, struct delayed_work, work)->timer);
		work->qy_queue = NULL;
		next = w->held->active;
	}
}

void destroy_workqueue(struct workqueue_struct *wq)
{
	drain_workqueue(wq);
	drop_delayed(qy_compat_world(), wq);
	qy_let_go(QY_HELD_WORK, wq);
	end_queue(wq);
}

struct workqueue_struct *qy_compat_system_wq(void)
{
	return qy_compat_world()->events;
}

static void put_item(struct workqueue_struct *wq, struct work_struct *work)
{
	list_add_tail(&work->entry, &wq->items);
	work->qy_queue = wq;
	if (!wq->nr_idle && wq->nr_workers < (unsigned int)wq->max_active)
		add_worker(wq);
	wake_up_nr(&wq->more, 1);
}

/* As there, where a list that nobody has initialised is not empty. */
static bool is_work(const struct work_struct *work)
{
	return !WARN(!work->func || !work->entry.next,
		"queue_work(): the item is not initialised");
}

bool queue_work(struct workqueue_struct *wq, struct work_struct *work)
{
	if (!is_work(work) || !make_pending(work))
		return false;
	put_item(wq, work);
	return true;
}

void qy_compat_delayed_work_timer(struct timer_list *timer)
{
	struct delayed_work *dwork = from_timer(dwork, timer, timer);

	put_item(dwork->wq, &dwork->work);
}

bool queue_delayed_work(
	struct workqueue_struct *wq, struct delayed_work *dwork, unsigned long delay)
{
	if (!delay)
		return queue_work(wq, &dwork->work);
	if (!is_work(&dwork->work) || !make_pending(&dwork->work))
		return false;
	dwork->wq = dwork->work.qy_queue = wq;
	mod_timer(&dwork->timer, jiffies + delay);
	qy_let_go(QY_HELD_TIMER, &dwork->timer); /* the work is what is left */
	return true;
}

/* Off the queue, and off the clock. Return: was it pending? */
static bool take_back(struct work_struct *work, struct timer_list *timer)
{
	if (timer)
		timer_delete(timer);
	if (!work_pending(work))
		return false;
	if (!list_empty(&work->entry))
		list_del_init(&work->entry);
	atomic_long_and(~PENDING, &work->data);
	qy_let_go(QY_HELD_WORK, work);
	if (work->qy_queue)
		wake_up_all(&work->qy_queue->done);
	return true;
}

bool mod_delayed_work(
	struct workqueue_struct *wq, struct delayed_work *dwork, unsigned long delay)
{
	bool pending = take_back(&dwork->work, &dwork->timer);

	queue_delayed_work(wq, dwork, delay);
	return pending;
}

/* The queueing @number, and all before it. */
static bool is_over(
	const struct workqueue_struct *wq, const struct work_struct *work, long number)
{
	const struct worker *worker;

	if (work_pending(work) && number_of(work) <= number)
		return false;
	list_for_each_entry(worker, &wq->workers, link)
		if (worker->running == work && worker->number <= number)
			return false;
	return true;
}

bool flush_work(struct work_struct *work)
{
	struct workqueue_struct *wq = work->qy_queue;
	long number = number_of(work);

	might_sleep();
	wait_on_map(work, __builtin_return_address(0));
	if (!wq || is_over(wq, work, number))
		return false;
	wait_event(wq->done, is_over(wq, work, number));
	return true;
}

bool flush_delayed_work(struct delayed_work *dwork)
{
	if (timer_delete_sync(&dwork->timer))
		put_item(dwork->wq, &dwork->work);
	return flush_work(&dwork->work);
}

static bool cancel_and_wait(
	struct work_struct *work, struct timer_list *timer, const void *from)
{
	struct workqueue_struct *wq = work->qy_queue;
	bool pending = take_back(work, timer);

	might_sleep();
	wait_on_map(work, from);
	/* what runs may queue itself again */
	while (wq && is_running(wq, work)) {
		wait_event(wq->done, !is_running(wq, work));
		take_back(work, timer);
	}
	return pending;
}

bool cancel_work_sync(struct work_struct *work)
{
	return cancel_and_wait(work, NULL, __builtin_return_address(0));
}

bool cancel_delayed_work_sync(struct delayed_work *dwork)
{
	return cancel_and_wait(&dwork->work, &dwork->timer, __builtin_return_address(0));
}

bool cancel_work(struct work_struct *work)
{
	return take_back(work, NULL);
}

bool cancel_delayed_work(struct delayed_work *dwork)
{
	return take_back(&dwork->work, &dwork->timer);
}

static bool is_quiet(const struct workqueue_struct *wq)
{
	const struct worker *worker;

	if (!list_empty(&wq->items))
		return false;
	list_for_each_entry(worker, &wq->workers, link)
		if (worker->running)
			return false;
	return true;
}

void flush_workqueue(struct workqueue_struct *wq)
{
	might_sleep();
	wait_event(wq->done, is_quiet(wq));
}

void drain_workqueue(struct workqueue_struct *wq)
{
	flush_workqueue(wq);
}

int qy_compat_work_init(struct qy_world *w)
{
	INIT_LIST_HEAD(&w->queues);
	w->events = make_queue(w, "events", 256);
	return w->events ? 0 : -ENOMEM;
}

/* Workers of queues that a driver left behind are dropped with the machine's fibers. */
void qy_compat_work_down(struct qy_world *w)
{
	struct workqueue_struct *wq, *next_wq;
	struct worker *worker, *next;

	list_for_each_entry_safe(wq, next_wq, &w->queues, link) {
		list_for_each_entry_safe(worker, next, &wq->workers, link) {
			list_del_init(&worker->task->qy_tasks);
			qy_host_free(worker->task);
			qy_host_free(worker);
		}
		qy_host_free(wq);
	}
}
