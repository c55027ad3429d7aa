// SPDX-License-Identifier: MIT
/*
 * The virtual clock for drivers, and what runs by it: delays, timers, softirqs, tasklets, grace periods.
 *
 * A timer is an alarm of the sim port at the begin of its jiffy; the alarm is a hard interrupt, behind which the softirq
 * runs the function.
 *
 * Locking: none; see world.h.
 */
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include "compat/held.h"
#include "compat/lockdep.h"
#include "compat/world.h"

#define TICK_NS            (1000000000ull / HZ)
#define LOOK_NS            20ull  /* of a look at the clock */
#define RELAX_NS           100ull /* of a turn of a loop that waits */
#define GRACE_NS           (2 * TICK_NS)
#define MAX_SOFTIRQ_ROUNDS 1000

/* ------------------------------------------------------------------ the clock */

u64 ktime_get_ns(void)
{
	struct qy_machine *m = qy_this_machine();

	qy_sim_advance(m, LOOK_NS);
	return qy_sim_now(m);
}

unsigned long qy_compat_jiffies(void)
{
	return INITIAL_JIFFIES + ktime_get_ns() / TICK_NS;
}

void qy_compat_relax(void)
{
	qy_sim_advance(qy_this_machine(), RELAX_NS);
}

void ndelay(unsigned long ns)
{
	qy_sim_advance(qy_this_machine(), ns);
}

static void sleep_ns(u64 ns)
{
	struct qy_machine *m = qy_this_machine();
	u64 end = qy_sim_now(m) + ns;

	might_sleep();
	while (qy_sim_now(m) < end)
		qy_fiber_block(m, end);
}

/* As there: up to the tick behind it. */
void msleep(unsigned int ms)
{
	unsigned long timeout = msecs_to_jiffies(ms) + 1;

	while (timeout)
		timeout = (unsigned long)schedule_timeout_uninterruptible((long)timeout);
}

unsigned long msleep_interruptible(unsigned int ms)
{
	unsigned long timeout = msecs_to_jiffies(ms) + 1;

	while (timeout && !signal_pending(current))
		timeout = (unsigned long)schedule_timeout_interruptible((long)timeout);
	return jiffies_to_msecs(timeout);
}

void usleep_range(unsigned long min_us, unsigned long max_us)
{
	(void)max_us;
	sleep_ns(min_us * 1000ull);
}

/* ------------------------------------------------------------------ softirqs */

static void nothing(void *arg)
{
	(void)arg;
}

void qy_compat_raise_softirq(struct qy_world *w, enum softirq nr)
{
	w->softirqs |= BIT(nr);
	/* in a task nothing is behind which it would run: the idle CPU's ksoftirqd, at once */
	if (!in_interrupt() && !w->softirq_alarm.set) {
		w->softirq_alarm.fn = nothing;
		qy_alarm_set(w->m, &w->softirq_alarm, qy_sim_now(w->m));
	}
}

/* Around its function; timers of one function are one class. */
static struct lock_id map_of(const struct timer_list *timer)
{
	return (struct lock_id){ .lock = timer,
		.key = (const void *)timer->function,
		.name = "(timer)",
		.kind = LOCK_SLEEPS };
}

static void run_timers(struct qy_world *w)
{
	while (!hlist_empty(&w->due_timers)) {
		struct timer_list *timer =
			hlist_entry(w->due_timers.first, struct timer_list, entry);
		void (*function)(struct timer_list * timer) = timer->function;
		unsigned int count = preempt_count();
		struct qy_callback begin = qy_callback_begin();
		struct lock_id map = map_of(timer);

		map.lock = &map; /* the function may free its timer */
		hlist_del_init(&timer->entry);
		qy_compat_begin_call(w, QY_HELD_TIMER, timer);
		w->running_timer = timer;
		qy_map_begin(&map, (const void *)function);
		function(timer);
		qy_map_end(&map);
		w->running_timer = NULL;
		qy_compat_end_call(w);
		if (preempt_count() != count) {
			qy_compat_report("WARNING: timer: preempt leak: %08x -> %08x",
				count, preempt_count());
			qy_compat_preempt_add((int)(count - preempt_count()));
		}
		qy_callback_end(&begin, "a timer", false);
	}
}

#define TASKLET_STATE_SCHED 0

static void run_tasklets(struct qy_world *w)
{
	struct tasklet_struct *t = w->tasklets, *next;

	w->tasklets = NULL;
	w->last_tasklet = &w->tasklets;
	for (; t; t = next) {
		next = t->next;
		if (atomic_read(&t->count)) { /* disabled: later */
			t->next = NULL;
			*w->last_tasklet = t;
			w->last_tasklet = &t->next;
			continue;
		}
		clear_bit(TASKLET_STATE_SCHED, &t->state);
		w->running_tasklet = t;
		if (t->use_callback)
			t->callback(t);
		else
			t->func(t->data);
		w->running_tasklet = NULL;
	}
	wake_up_all(&w->tasklet_idle);
}

static bool somebody_reads(const struct qy_world *w)
{
	const struct task_struct *task;

	list_for_each_entry(task, &w->tasks, qy_tasks)
		if (task->qy_rcu_depth)
			return true;
	return false;
}

static void run_callback(struct qy_world *w, struct rcu_head *head)
{
	qy_compat_begin_call(w, QY_HELD_RCU, head);
	head->func(head);
	qy_compat_end_call(w);
}

static void run_rcu(struct qy_world *w)
{
	struct rcu_head *head = w->rcu_waiting, *oldest = NULL, *next;

	w->rcu_waiting = NULL;
	for (; head; head = next) { /* in the order in which they came */
		next = head->next;
		head->next = oldest;
		oldest = head;
	}
	for (head = oldest; head; head = next) {
		next = head->next;
		w->nr_rcu--;
		if ((unsigned long)head->func <
			PAGE_SIZE) { /* of kfree_rcu(): where in its object it lies */
			w->nr_kfree_rcu--;
			kvfree((char *)head - (unsigned long)head->func);
		} else {
			run_callback(w, head);
		}
	}
	if (!w->nr_rcu) {
		qy_slab_grace_period(w->m);
		wake_up_all(&w->rcu_idle);
	}
}

void qy_compat_irq_exit(void *arg)
{
	struct qy_world *w = arg;

	if (in_interrupt() || !w->softirqs)
		return;
	qy_compat_preempt_add(SOFTIRQ_OFFSET);
	for (int round = 0; w->softirqs && round < MAX_SOFTIRQ_ROUNDS; round++) {
		unsigned long softirqs = w->softirqs;

		w->softirqs = 0;
		if (softirqs & BIT(SOFTIRQ_TIMER))
			run_timers(w);
		if (softirqs & BIT(SOFTIRQ_NET_TX))
			qy_compat_net_tx(w);
		if (softirqs & BIT(SOFTIRQ_NET_RX))
			qy_compat_net_rx(w);
		if (softirqs & BIT(SOFTIRQ_TASKLET))
			run_tasklets(w);
		if (softirqs & BIT(SOFTIRQ_RCU))
			run_rcu(w);
	}
	qy_compat_preempt_add(-(int)SOFTIRQ_OFFSET);
}

void local_bh_disable(void)
{
	if (!in_atomic())
		current->qy_off_at = __builtin_return_address(0);
	qy_compat_preempt_add(2 * SOFTIRQ_OFFSET);
}

void local_bh_enable(void)
{
	WARN_ON(in_hardirq());
	WARN_ON(softirq_count() < 2 * SOFTIRQ_OFFSET);
	qy_compat_preempt_add(-2 * (int)SOFTIRQ_OFFSET);
	if (!irqs_disabled())
		qy_compat_irq_exit(qy_compat_world());
}

/* ------------------------------------------------------------------ timers */

static void timer_is_due(void *arg)
{
	struct timer_list *timer = arg;
	struct qy_world *w = qy_compat_world();
	struct hlist_node **end = &w->due_timers.first;

	while (*end)
		end = &(*end)->next;
	*end = &timer->entry;
	timer->entry.next = NULL;
	timer->entry.pprev = end;
	qy_compat_raise_softirq(w, SOFTIRQ_TIMER);
}

void timer_setup(struct timer_list *timer, void (*function)(struct timer_list *timer),
	unsigned int flags)
{
	memset(timer, 0, sizeof(*timer));
	timer->function = function;
	timer->flags = flags;
}

/* Return: was it pending? */
static int take_off(struct timer_list *timer)
{
	int pending = timer_pending(timer);

	if (timer->qy_alarm.set) {
		qy_alarm_cancel(qy_this_machine(), &timer->qy_alarm);
		qy_let_go(QY_HELD_TIMER, timer);
	}
	if (!hlist_unhashed(&timer->entry)) {
		hlist_del_init(&timer->entry);
		qy_let_go(QY_HELD_TIMER, timer);
	}
	return pending;
}

int mod_timer(struct timer_list *timer, unsigned long expires)
{
	struct qy_machine *m = qy_this_machine();
	long ahead = (long)(expires - INITIAL_JIFFIES - qy_sim_now(m) / TICK_NS);
	int pending = take_off(timer);

	if (!timer->function) {
		if (!timer->qy_is_shut)
			qy_compat_report(
				"WARNING: ODEBUG: assert_init not available (active state 0) object type: timer_list");
		return 0;
	}
	timer->expires = expires;
	timer->qy_alarm.fn = timer_is_due;
	timer->qy_alarm.arg = timer;
	qy_hold(QY_HELD_TIMER, timer, 0);
	/* a moment that has passed is the next tick */
	qy_alarm_set(m, &timer->qy_alarm,
		(qy_sim_now(m) / TICK_NS + (ahead > 0 ? (u64)ahead : 1)) * TICK_NS);
	return pending;
}

void add_timer(struct timer_list *timer)
{
	BUG_ON(timer_pending(timer));
	mod_timer(timer, timer->expires);
}

int timer_reduce(struct timer_list *timer, unsigned long expires)
{
	if (timer_pending(timer) && time_before_eq(timer->expires, expires))
		return 1;
	return mod_timer(timer, expires);
}

int timer_delete(struct timer_list *timer)
{
	return take_off(timer);
}

/* One thread: a function that runs is below us on this stack. */
int timer_delete_sync(struct timer_list *timer)
{
	struct lock_id map = map_of(timer);

	WARN_ON(in_hardirq());
	if (timer->function && qy_compat_world()->running_timer != timer)
		qy_map_wait(&map, __builtin_return_address(0));
	if (qy_compat_world()->running_timer == timer)
		qy_compat_report(
			"WARNING: timer_delete_sync() in the timer's own function waits for ever");
	return take_off(timer);
}

int timer_shutdown_sync(struct timer_list *timer)
{
	int pending = timer_delete_sync(timer);

	timer->function = NULL;
	timer->qy_is_shut = true;
	return pending;
}

/* ------------------------------------------------------------------ high-resolution timers */

static void hrtimer_is_due(void *arg)
{
	struct qy_world *w = qy_compat_world();
	struct hrtimer *timer = arg;
	enum hrtimer_restart restart;

	qy_compat_begin_call(w, QY_HELD_TIMER, timer);
	timer->qy_running = true;
	restart = timer->function(timer);
	timer->qy_running = false;
	qy_compat_end_call(w);
	if (restart == HRTIMER_RESTART && !timer->qy_alarm.set)
		hrtimer_start(timer, timer->qy_expires, HRTIMER_MODE_ABS);
}

/* Of kernels from 6.13 on. */
void hrtimer_setup(struct hrtimer *timer,
	enum hrtimer_restart (*function)(struct hrtimer *timer), int clock,
	enum hrtimer_mode mode) QY_REAL(hrtimer_setup);

void hrtimer_setup(struct hrtimer *timer,
	enum hrtimer_restart (*function)(struct hrtimer *timer), int clock,
	enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}

void hrtimer_init(struct hrtimer *timer, int clock, enum hrtimer_mode mode)
{
	(void)clock, (void)mode;
	memset(timer, 0, sizeof(*timer));
}

void hrtimer_start(struct hrtimer *timer, ktime_t when, enum hrtimer_mode mode)
{
	struct qy_machine *m = qy_this_machine();

	if (mode & HRTIMER_MODE_REL)
		when += (ktime_t)qy_sim_now(m);
	if (!timer->qy_alarm.set)
		qy_hold(QY_HELD_TIMER, timer, 0);
	timer->qy_expires = when;
	timer->qy_alarm.fn = hrtimer_is_due;
	timer->qy_alarm.arg = timer;
	qy_alarm_set(m, &timer->qy_alarm, when < 0 ? 0 : (u64)when);
}

/* -1: its function runs below us. */
int hrtimer_try_to_cancel(struct hrtimer *timer)
{
	if (timer->qy_running)
		return -1;
	if (!qy_alarm_cancel(qy_this_machine(), &timer->qy_alarm))
		return 0;
	qy_let_go(QY_HELD_TIMER, timer);
	return 1;
}

int hrtimer_cancel(struct hrtimer *timer)
{
	if (timer->qy_running)
		qy_compat_report(
			"WARNING: hrtimer_cancel() in the timer's own function waits for ever");
	timer->qy_running = false;
	return hrtimer_try_to_cancel(timer);
}

u64 hrtimer_forward(struct hrtimer *timer, ktime_t now, ktime_t interval)
{
	u64 nr;

	if (now < timer->qy_expires || interval <= 0)
		return 0;
	nr = (u64)(now - timer->qy_expires) / (u64)interval + 1;
	timer->qy_expires += (ktime_t)nr * interval;
	return nr;
}

/* ------------------------------------------------------------------ tasklets */

void tasklet_setup(struct tasklet_struct *t, void (*callback)(struct tasklet_struct *t))
{
	*t = (struct tasklet_struct){ .use_callback = true, .callback = callback };
}

void tasklet_init(
	struct tasklet_struct *t, void (*func)(unsigned long data), unsigned long data)
{
	*t = (struct tasklet_struct){ .func = func, .data = data };
}

void tasklet_schedule(struct tasklet_struct *t)
{
	struct qy_world *w = qy_compat_world();

	if (test_and_set_bit(TASKLET_STATE_SCHED, &t->state))
		return;
	t->next = NULL;
	*w->last_tasklet = t;
	w->last_tasklet = &t->next;
	qy_compat_raise_softirq(w, SOFTIRQ_TASKLET);
}

void tasklet_kill(struct tasklet_struct *t)
{
	struct qy_world *w = qy_compat_world();

	WARN_ON(in_interrupt());
	wait_event(w->tasklet_idle, !test_bit(TASKLET_STATE_SCHED, &t->state));
}

void tasklet_disable(struct tasklet_struct *t)
{
	atomic_inc(&t->count);
}

void tasklet_enable(struct tasklet_struct *t)
{
	struct qy_world *w = qy_compat_world();

	atomic_dec(&t->count);
	if (w->tasklets)
		qy_compat_raise_softirq(w, SOFTIRQ_TASKLET);
}

/* ------------------------------------------------------------------ grace periods */

static void grace_period_ends(void *arg)
{
	struct qy_world *w = arg;

	if (somebody_reads(w)) {
		qy_alarm_set(w->m, &w->rcu_alarm, qy_sim_now(w->m) + TICK_NS);
		return;
	}
	w->rcu_waiting = w->rcu_new;
	w->rcu_new = NULL;
	qy_compat_raise_softirq(w, SOFTIRQ_RCU);
}

static void queue_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	struct qy_world *w = qy_compat_world();

	head->func = func;
	head->next = w->rcu_new;
	w->rcu_new = head;
	w->nr_rcu++;
	/* a period ends at a moment without readers: then it has ended for all that came before */
	if (!w->rcu_alarm.set)
		qy_alarm_set(w->m, &w->rcu_alarm, qy_sim_now(w->m) + GRACE_NS);
}

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	qy_hold(QY_HELD_RCU, head, 0);
	queue_rcu(head, func);
}

/* At a moment without readers: so it has ended for what came since, too, which the core has in a second list. */
static void slab_period_ends(struct rcu_head *head)
{
	struct qy_world *w = container_of(head, struct qy_world, slab_rcu);

	w->slab_rcu_waits = false;
	qy_slab_grace_period(w->m);
	qy_slab_grace_period(w->m);
}

/* The core has freed objects that readers may look at. */
void qy_compat_grace_period(void *arg)
{
	struct qy_world *w = arg;

	if (w->slab_rcu_waits)
		return;
	w->slab_rcu_waits = true;
	queue_rcu(&w->slab_rcu, slab_period_ends);
}

struct rcu_wait {
	struct rcu_head head;
	struct completion done;
};

static void rcu_wait_ends(struct rcu_head *head)
{
	complete(&container_of(head, struct rcu_wait, head)->done);
}

void synchronize_rcu(void)
{
	struct rcu_wait wait;

	might_sleep();
	if (current->qy_rcu_depth)
		qy_compat_report(
			"BUG: synchronize_rcu() in a read section waits for ever");
	init_completion(&wait.done);
	queue_rcu(&wait.head, rcu_wait_ends);
	wait_for_completion(&wait.done);
}

void rcu_barrier(void)
{
	struct qy_world *w = qy_compat_world();

	wait_event(w->rcu_idle, !w->nr_rcu);
}

void qy_compat_kfree_rcu(struct rcu_head *head, const void *p)
{
	queue_rcu(head, (void (*)(struct rcu_head *))((char *)head - (const char *)p));
	qy_compat_world()->nr_kfree_rcu++;
}

void kvfree_rcu_barrier(void)
{
	if (qy_compat_world()->nr_kfree_rcu)
		rcu_barrier();
}

void kfree_rcu_mightsleep(const void *p)
{
	synchronize_rcu();
	kfree(p);
}

void kvfree_rcu_mightsleep(const void *p)
{
	synchronize_rcu();
	kvfree(p);
}

void qy_compat_time_init(struct qy_world *w)
{
	w->last_tasklet = &w->tasklets;
	w->rcu_alarm.fn = grace_period_ends;
	w->rcu_alarm.arg = w;
	init_waitqueue_head(&w->rcu_idle);
	init_waitqueue_head(&w->tasklet_idle);
}
