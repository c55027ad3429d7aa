// SPDX-License-Identifier: MIT
/*
 * The world around a driver: made, asked and taken down; its tasks; its log.
 *
 *   qy_world_boot, qy_world_down, qy_world_of, qy_world_run
 *   schedule, wake_up_process ...   linux/sched.h
 *   printk, qy_compat_warn, _bug    linux/printk.h, linux/bug.h
 *
 * Locking: none; see world.h.
 */
#include <linux/ratelimit.h>
#include "compat/kasan.h"
#include "compat/lockdep.h"
#include "compat/stack.h"
#include "compat/user.h"

#define CUT_HERE "------------[ cut here ]------------"

struct qy_world *qy_compat_world(void)
{
	return qy_sim_data(qy_this_machine());
}

/* ------------------------------------------------------------------ tasks */

struct task_struct *qy_compat_current(void)
{
	return qy_fiber_data(qy_fiber_self(qy_this_machine()));
}

unsigned int qy_compat_cpu(void)
{
	return qy_compat_this_cpu();
}

int wake_up_process(struct task_struct *task)
{
	if (task->__state == TASK_RUNNING)
		return 0;
	task->__state = TASK_RUNNING;
	qy_fiber_wake(task->qy_fiber);
	return 1;
}

static void check_rcu(const struct task_struct *task)
{
	if (task->qy_rcu_depth)
		qy_compat_report(
			"WARNING: Voluntary context switch within RCU read-side critical section! %s/%d",
			task->comm, task->pid);
}

/* Until it is woken, or @deadline_ns; a task that runs only lets others go first. */
static void wait_until(u64 deadline_ns)
{
	struct task_struct *self = current;
	struct qy_machine *m = qy_this_machine();

	check_rcu(self);
	if (self->__state == TASK_RUNNING) {
		qy_fiber_yield(m);
		return;
	}
	while (self->__state != TASK_RUNNING)
		if (!qy_fiber_block(m, deadline_ns) && qy_sim_now(m) >= deadline_ns)
			break;
	self->__state = TASK_RUNNING;
}

void schedule(void)
{
	wait_until(QY_NEVER);
}

#define TICK_NS (1000000000ull / HZ)

/* The timer behind it expires at the begin of a tick, as every timer. */
long schedule_timeout(long timeout)
{
	struct qy_machine *m = qy_this_machine();
	u64 now = qy_sim_now(m), end;

	if (timeout == MAX_SCHEDULE_TIMEOUT) {
		schedule();
		return timeout;
	}
	if (timeout < 0) {
		qy_compat_report(
			"WARNING: schedule_timeout: wrong timeout value %lx", timeout);
		current->__state = TASK_RUNNING;
		return 0;
	}
	end = (now / TICK_NS + (u64)timeout) * TICK_NS;
	wait_until(end > now ? end : now + 1);
	now = qy_sim_now(m);
	return now >= end ? 0 : (long)((end - now + TICK_NS - 1) / TICK_NS);
}

long schedule_timeout_interruptible(long timeout)
{
	__set_current_state(TASK_INTERRUPTIBLE);
	return schedule_timeout(timeout);
}

long schedule_timeout_uninterruptible(long timeout)
{
	__set_current_state(TASK_UNINTERRUPTIBLE);
	return schedule_timeout(timeout);
}

int _cond_resched(void)
{
	might_sleep();
	qy_fiber_yield(qy_this_machine());
	return 0;
}

void yield(void)
{
	qy_fiber_yield(qy_this_machine());
}

struct call {
	int (*fn)(void *arg);
	void *arg;
};

static int run_call(void *arg)
{
	struct call *call = arg;

	return call->fn(call->arg);
}

struct qy_world_task {
	struct call call;
	struct task_struct *task;
};

struct qy_world_task *qy_world_start(
	struct qy_world *w, const char *comm, int (*fn)(void *arg), void *arg)
{
	struct qy_world_task *started = qy_host_zalloc(sizeof(*started));

	if (!started)
		return NULL;
	started->call = (struct call){ fn, arg };
	started->task = qy_compat_task(w, comm, run_call, &started->call);
	if (started->task) {
		started->task->mm = w->first.mm;
		return started;
	}
	qy_host_free(started);
	return NULL;
}

int qy_world_wait(struct qy_world_task *started)
{
	int result = qy_compat_wait_exit(started->task);

	qy_host_free(started);
	return result;
}

int qy_world_run(struct qy_world *w, const char *comm, int (*fn)(void *arg), void *arg)
{
	struct call call = { fn, arg };
	struct task_struct *task = qy_compat_task(w, comm, run_call, &call);

	if (!task)
		return -ENOMEM;
	task->mm = w->first.mm;
	return qy_compat_wait_exit(task);
}

/* ------------------------------------------------------------------ the log */

static void say_line(struct qy_world *w)
{
	if (!w->line_bytes)
		return;
	w->line[w->line_bytes] = '\0';
	w->line_bytes = 0;
	qy_compat_tell_probes(w->line);
	qy_compat_log_line(w->line_level, w->line);
}

static int level_of(const char **text)
{
	int level = QY_LOG_WARNING; /* what a kernel gives to a line without one */

	if ((*text)[0] == '\001' && (*text)[1]) {
		level = (*text)[1] == 'c' ? -1 : (*text)[1] - '0';
		*text += 2;
	}
	return level;
}

int vprintk(const char *fmt, va_list args)
{
	struct qy_world *w = qy_compat_world();
	char text[1024];
	const char *at = text;
	int n = vscnprintf(text, sizeof(text), fmt, args), level = level_of(&at);

	if (level >= 0) { /* a new line */
		say_line(w);
		w->line_level = level;
	}
	for (; *at; at++) {
		if (*at == '\n')
			say_line(w);
		else if (w->line_bytes < sizeof(w->line) - 1)
			w->line[w->line_bytes++] = *at;
	}
	return n;
}

int printk(const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vprintk(fmt, args);
	va_end(args);
	return n;
}

bool __printk_ratelimit(struct ratelimit_state *rs)
{
	u64 now = qy_sim_now(qy_this_machine());

	if (!rs->begun || now - rs->begin_ns >= (u64)rs->interval * TICK_NS) {
		if (rs->missed)
			printk(KERN_WARNING "%s: %d callbacks suppressed\n", rs->func,
				rs->missed);
		rs->begun = true;
		rs->begin_ns = now;
		rs->printed = rs->missed = 0;
	}
	if (rs->printed < rs->burst) {
		rs->printed++;
		return true;
	}
	rs->missed++;
	return false;
}

void qy_printk_line(int level, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	say_line(qy_compat_world());
	qy_compat_tell_probes(text);
	qy_compat_log_line(level, text);
}

void qy_compat_report(const char *fmt, ...)
{
	struct qy_world *w = qy_compat_world();
	char text[512];
	va_list args;

	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	say_line(w);
	if (!w->nr_reports++)
		scnprintf(w->first_report, sizeof(w->first_report), "%s", text);
	qy_compat_tell_probes(text);
	qy_compat_log_line(QY_LOG_ERR, text);
}

uint64_t qy_world_nr_reports(const struct qy_world *w, const char **first)
{
	if (first)
		*first = w->nr_reports ? w->first_report : NULL;
	return w->nr_reports;
}

void qy_compat_fatal(const char *line)
{
	struct qy_world *w = qy_compat_world();

	say_line(w);
	qy_compat_panic(line);
}

void qy_compat_warn(const char *file, int line, const char *func, const char *fmt, ...)
{
	const void *from = __builtin_return_address(0);
	char text[400] = "", place[200];
	va_list args;

	qy_printk_line(QY_LOG_WARNING, CUT_HERE);
	if (fmt) {
		va_start(args, fmt);
		vscnprintf(text, sizeof(text), fmt, args);
		va_end(args);
		if (*text && text[strlen(text) - 1] == '\n')
			text[strlen(text) - 1] = '\0';
		printk(KERN_WARNING "%s\n", text);
	}
	qy_stack_place(place, sizeof(place), from, false);
	if (!strncmp(place, "0x", 2)) /* no symbol */
		scnprintf(place, sizeof(place), "%s", func);
	qy_compat_report("WARNING: CPU: %u PID: %d at %s:%d %s", smp_processor_id(),
		current->pid, file, line, place);
	qy_stack_print_task();
	qy_stack_print_here(from);
	qy_printk_line(QY_LOG_WARNING, "---[ end trace 0000000000000000 ]---");
}

void qy_compat_bug(const char *file, int line, const char *func)
{
	char text[400];

	scnprintf(text, sizeof(text), "kernel BUG at %s:%d! (%s)", file, line, func);
	qy_compat_fatal(text);
}

void dump_stack(void)
{
	qy_stack_print_task();
	printk(KERN_INFO "Call Trace:\n");
	qy_stack_print_here(__builtin_return_address(0));
}

void qy_is_not_linear(const char *what)
{
	if (qy_this_machine() && qy_compat_world())
		qy_compat_report("WARNING: %s", what);
}

/* The core says it in its own words when a request may sleep; here it is the driver's call that may. */
void qy_compat_might_sleep(const char *file, int line)
{
	const struct task_struct *self = current;

	if (!in_atomic() && !self->qy_rcu_depth)
		return;
	qy_compat_report("BUG: sleeping function called from invalid context at %s:%d",
		file, line);
	qy_printk_line(QY_LOG_ERR,
		"in_atomic(): %d, irqs_disabled(): %d, non_block: 0, pid: %d, name: %s",
		preempt_count() != 0, irqs_disabled(), self->pid, self->comm);
	qy_printk_line(QY_LOG_ERR, "preempt_count: %x, expected: 0, RCU nest depth: %d",
		preempt_count(), self->qy_rcu_depth);
}

/* ------------------------------------------------------------------ begin and end */

/* Everything waits, and no alarm is set: say who, and stop. */
static void stuck(void *arg)
{
	struct qy_world *w = arg;

	if (w->opts.stuck)
		w->opts.stuck(w->opts.arg);
}

struct qy_world *qy_world_of(const struct qy_machine *m)
{
	return qy_sim_data(m);
}

/* Caches that a kernel has from its boot. */
static bool make_caches(struct qy_world *w)
{
	w->xa_nodes = qy_kmem_cache_create(
		w->m, "radix_tree_node", QY_XA_NODE_BYTES, 0, SLAB_RECLAIM_ACCOUNT, NULL);
	w->btree_nodes = qy_kmem_cache_create(
		w->m, "btree_node", QY_BTREE_NODE_BYTES, 0, SLAB_HWCACHE_ALIGN, NULL);
	return w->xa_nodes && w->btree_nodes;
}

struct qy_world *qy_world_boot(struct qy_machine *m, const struct qy_world_opts *opts)
{
	struct qy_world *w = qy_host_zalloc(sizeof(*w));
	struct qy_sim_hooks hooks = {
		.arg = w,
		.irq_exit = qy_compat_irq_exit,
		.stuck = stuck,
		.grace_period = qy_compat_grace_period,
	};

	if (!w)
		return NULL;
	w->m = m;
	if (opts)
		w->opts = *opts;
	INIT_LIST_HEAD(&w->tasks);
	INIT_LIST_HEAD(&w->ended);
	INIT_LIST_HEAD(&w->modules);
	INIT_LIST_HEAD(&w->percpu_chunks);
	INIT_LIST_HEAD(&w->percpu_sections);
	w->first.qy_fiber = qy_fiber_self(m);
	w->first.pid = w->first.tgid = 1;
	memcpy(w->first.comm, "init", 5);
	list_add_tail(&w->first.qy_tasks, &w->tasks);
	w->last_pid = 100;
	qy_fiber_set_data(w->first.qy_fiber, &w->first);
	qy_set_task(1, "init");
	qy_sim_set_data(m, w);
	qy_sim_set_hooks(m, &hooks);
	qy_fiber_schedule(m, w->opts.seed);
	qy_compat_time_init(w);
	qy_kfence_init(w);
	if (!make_caches(w) || qy_compat_held_init(w) || qy_kasan_init(w) ||
		qy_lockdep_init(w) || qy_compat_work_init(w) || qy_compat_irq_init(w) ||
		qy_compat_model_init(w) || qy_compat_net_init(w) || qy_user_init(w)) {
		qy_world_down(w);
		return NULL;
	}
	return w;
}

void qy_world_down(struct qy_world *w)
{
	struct task_struct *task, *next;

	if (!w)
		return;
	qy_user_down(w);
	qy_compat_model_down(w);
	qy_compat_net_down(w);
	qy_compat_irq_down(w);
	qy_compat_work_down(w);
	qy_compat_percpu_down(w);
	qy_compat_shrinkers_down(w);
	qy_kasan_down(w);
	qy_lockdep_down(w);
	qy_compat_held_down(w);
	qy_sim_set_hooks(w->m, NULL);
	qy_sim_set_data(w->m, NULL);
	list_for_each_entry_safe(task, next, &w->ended, qy_tasks)
		qy_host_free(task);
	qy_host_free(w);
}
