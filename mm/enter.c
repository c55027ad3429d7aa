// SPDX-License-Identifier: MIT
/*
 * A thread in a machine: which CPU it is, what it may do now, what it says.
 *
 *   qy_enter, qy_enter_cpu, qy_enter_background, qy_leave, qy_set_task, qy_set_current, qy_set_site
 *   qy_preempt_*, qy_irq_*, qy_in_atomic, qy_memalloc_*
 *   qy_printk, qy_ratelimit, qy_bug, qy_trace_set
 *
 * Locking: the context is the thread's own. CPU slots are bits of machine->cpu_busy, taken by an atomic or;
 * where CPUs are shared there are none.
 */
#include "mm/machine.h"
#include "mm/slab/slab.h"
#include <quarry/irq.h>
#include <quarry/owner.h>

#define LINE_BYTES 1024

/* ------------------------------------------------------------------ CPUs */

/* Who it is, where it stands. */
static int begin(struct qy_machine *m, const struct qy_context *start)
{
	struct qy_context *context = qy_current();

	*context = *start;
	context->machine = m;
	if (m->port->task)
		m->port->task(m->port->ctx, &context->task);
	else
		qy_snprintf(context->task.comm, sizeof(context->task.comm), "swapper/%u",
			context->cpu);
	return (int)qy_this_cpu();
}

/*
 * acquire: pairs with the release in qy_leave(), so that the CPU's lists are seen as they were left; release: who finds it
 * taken sees that it is lent.
 */
static bool claim_cpu(struct qy_machine *m, u32 cpu)
{
	u64 bit = 1ull << (cpu & 63);

	return !(__atomic_fetch_or(&m->cpu_busy[cpu / 64], bit, __ATOMIC_ACQ_REL) & bit);
}

/* acquire: pairs with the release in qy_leave(): a CPU that is lent no more is free */
static bool is_lent(const struct qy_machine *m, u32 cpu)
{
	return load_acquire(&m->cpu_lent[cpu / 64]) >> (cpu & 63) & 1;
}

/*
 * The first CPU of [first, end) that is free; those that are lent will be soon. Looked at twice: one that is lent no more
 * may have been given back since. Return: it is ours; @end: all are taken.
 */
static u32 take_cpu(struct qy_machine *m, u32 first, u32 end)
{
	for (unsigned int round = 0, in_vain = 0; in_vain < 2; round++) {
		bool lent = false;

		for (u32 cpu = first; cpu < end; cpu++) {
			if (claim_cpu(m, cpu))
				return cpu;
			lent |= is_lent(m, cpu);
		}
		in_vain = lent ? 0 : in_vain + 1;
		if (lent)
			qy_spin_wait(round);
	}
	return end;
}

/* The last CPU that is free; it is lent before it is taken, so that nobody takes it for somebody's. */
static u32 borrow_cpu(struct qy_machine *m)
{
	for (u32 cpu = m->nr_cpus; cpu-- > 0;) {
		u64 bit = 1ull << (cpu & 63);

		if (READ_ONCE(m->cpu_busy[cpu / 64]) & bit ||
			atomic_fetch_or(&m->cpu_lent[cpu / 64], bit) & bit)
			continue;
		if (claim_cpu(m, cpu))
			return cpu;
		__atomic_fetch_and(&m->cpu_lent[cpu / 64], ~bit, __ATOMIC_RELEASE);
	}
	return m->nr_cpus;
}

static int become(struct qy_machine *m, u32 cpu)
{
	return begin(
		m, &(struct qy_context){ .cpu = cpu, .slab_cpu = qy_slab_cpu(m, cpu) });
}

/* There is always room: the thread is on a CPU for as long as it does something there. */
static int share(struct qy_machine *m)
{
	return begin(m, &(struct qy_context){ .slab_cpu = qy_slab_gate(m),
				.host_cpu = m->port->host_cpu(m->port->ctx),
				.nr_cpus = m->nr_cpus });
}

int qy_enter(struct qy_machine *m)
{
	u32 cpu;

	if (qy_current()->machine)
		return -QY_EBUSY;
	if (m->shared_cpus)
		return share(m);
	cpu = take_cpu(m, 0, m->nr_cpus);
	return cpu < m->nr_cpus ? become(m, cpu) : -QY_ENOSPC;
}

int qy_enter_background(struct qy_machine *m)
{
	u32 cpu;

	if (qy_current()->machine)
		return -QY_EBUSY;
	if (m->shared_cpus)
		return share(m);
	cpu = borrow_cpu(m);
	if (cpu == m->nr_cpus)
		return -QY_ENOSPC;
	become(m, cpu);
	qy_current()->borrowed = true;
	return (int)cpu;
}

int qy_enter_cpu(struct qy_machine *m, unsigned int cpu)
{
	if (cpu >= m->nr_cpus)
		return -QY_EINVAL;
	if (m->shared_cpus)
		return -QY_EOPNOTSUPP;
	if (qy_current()->machine || take_cpu(m, cpu, cpu + 1) != cpu)
		return -QY_EBUSY;
	return become(m, cpu);
}

/* release: pairs with the acquire of the next thread on this CPU. */
void qy_leave(void)
{
	struct qy_context *context = qy_current();
	struct qy_machine *m = context->machine;
	u64 bit = 1ull << (context->cpu & 63);

	BUG_ON(!m);
	context->machine = NULL;
	if (m->shared_cpus) {
		qy_host_cpu_leave(context);
		return;
	}
	__atomic_fetch_and(&m->cpu_busy[context->cpu / 64], ~bit, __ATOMIC_RELEASE);
	/* release: who sees that it is not lent any more sees that it is free */
	if (context->borrowed)
		__atomic_fetch_and(
			&m->cpu_lent[context->cpu / 64], ~bit, __ATOMIC_RELEASE);
}

void qy_set_task(int pid, const char *comm)
{
	struct qy_task task = { pid, pid, "" };

	/* no byte behind the end is left of another name: equal tasks are equal bytes */
	qy_snprintf(task.comm, sizeof(task.comm), "%s", comm);
	qy_set_current(&task);
}

void qy_set_current(const struct qy_task *task)
{
	struct qy_context *context = qy_current();

	/* who was it before is known by its number */
	if (!memcmp(&context->task, task, sizeof(*task)))
		return;
	context->task = *task;
	context->task_index = 0;
}

const struct qy_site *qy_set_site(const struct qy_site *site)
{
	const struct qy_site *before = qy_current()->site;

	qy_current()->site = site;
	return before;
}

/* ------------------------------------------------------------------ what this thread may do now */

void qy_preempt_disable(void)
{
	qy_current()->preempt_count += PREEMPT_OFFSET;
}

void qy_preempt_enable(void)
{
	BUG_ON(!(qy_current()->preempt_count & (SOFTIRQ_OFFSET - 1)));
	qy_current()->preempt_count -= PREEMPT_OFFSET;
	QY_STEP();
	qy_irq_poll();
}

void qy_irq_disable(void)
{
	qy_current()->irqs_disabled++;
}

void qy_irq_enable(void)
{
	BUG_ON(!qy_current()->irqs_disabled);
	qy_current()->irqs_disabled--;
	QY_STEP();
	qy_irq_poll();
}

bool qy_in_atomic(void)
{
	return qy_current()->preempt_count || qy_current()->irqs_disabled;
}

static unsigned int memalloc_save(u32 flag)
{
	u32 before = qy_current()->task_flags & PF_MEMALLOC_MASK;

	qy_current()->task_flags |= flag;
	return before;
}

unsigned int qy_memalloc_noreclaim_save(void)
{
	return memalloc_save(PF_MEMALLOC);
}

unsigned int qy_memalloc_nofs_save(void)
{
	return memalloc_save(PF_MEMALLOC_NOFS);
}

unsigned int qy_memalloc_noio_save(void)
{
	return memalloc_save(PF_MEMALLOC_NOIO);
}

unsigned int qy_memalloc_pin_save(void)
{
	return memalloc_save(PF_MEMALLOC_PIN);
}

void qy_memalloc_restore(unsigned int flags)
{
	u32 others = qy_current()->task_flags & ~PF_MEMALLOC_MASK;

	qy_current()->task_flags = others | (flags & PF_MEMALLOC_MASK);
}

/* ------------------------------------------------------------------ what it says */

void qy_printk(const struct qy_machine *m, enum qy_log_level level, const char *fmt, ...)
{
	char line[LINE_BYTES];
	struct qy_seq seq;
	va_list ap;

	qy_seq_init(&seq, line, sizeof(line));
	va_start(ap, fmt);
	qy_seq_vprintf(&seq, fmt, ap);
	va_end(ap);
	m->port->log(m->port->ctx, level, line);
}

/* A new interval is begun by whoever sees the old one end first; a race costs one report too many. */
bool qy_ratelimit(
	struct qy_machine *m, struct qy_rate_limit *limit, u64 interval_ns, u32 burst)
{
	u64 now = m->port->clock_ns(m->port->ctx) + 1; /* 0 = no interval has begun */
	u64 begin = READ_ONCE(limit->begin_ns);

	if (!begin || now - begin >= interval_ns) {
		WRITE_ONCE(limit->begin_ns, now);
		WRITE_ONCE(limit->printed, 0);
	}
	if (__atomic_fetch_add(&limit->printed, 1, __ATOMIC_RELAXED) < burst)
		return true;
	atomic_add(&limit->missed, 1);
	return false;
}

void qy_bug(const char *file, int line, const char *condition)
{
	const struct qy_machine *m = qy_current()->machine;
	char text[LINE_BYTES];

	if (!m)
		__builtin_trap(); /* no machine, so no port that could say it */
	qy_snprintf(text, sizeof(text), "kernel BUG at %s:%d: %s", file, line, condition);
	m->port->panic(m->port->ctx, text);
}

void qy_trace_set(struct qy_machine *m,
	void (*fn)(void *arg, const struct qy_event *event), void *arg)
{
	m->trace_arg = arg;
	m->trace = fn;
	qy_watch_changed(m);
}
