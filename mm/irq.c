// SPDX-License-Identifier: MIT
/*
 * Interrupts that wait for their CPU. See quarry/irq.h.
 *
 * Invariant: an interrupt is on the list of at most one CPU, and exactly while it is pending.
 *
 * Locking: irq_lock for the lists, a leaf. A CPU looks whether its list is empty without it.
 */
#include "mm/machine.h"
#include "hot.h"
#include <quarry/irq.h>

void qy_irq_raise(struct qy_machine *m, unsigned int cpu, struct qy_irq *irq)
{
	struct qy_irq **end;

	BUG_ON(cpu >= m->nr_cpus);
	qy_spin_lock_irqsave(&m->irq_lock);
	if (!irq->pending) {
		irq->pending = true;
		irq->next = NULL;
		for (end = &m->irq_pending[cpu]; *end; end = &(*end)->next)
			;
		WRITE_ONCE(*end, irq);
	}
	qy_spin_unlock_irqrestore(&m->irq_lock);
}

bool qy_irq_cancel(struct qy_machine *m, struct qy_irq *irq)
{
	bool was;

	qy_spin_lock_irqsave(&m->irq_lock);
	was = irq->pending;
	for (u32 cpu = 0; cpu < m->nr_cpus && irq->pending; cpu++) {
		struct qy_irq **at = &m->irq_pending[cpu];

		while (*at && *at != irq)
			at = &(*at)->next;
		if (!*at)
			continue;
		WRITE_ONCE(*at, irq->next);
		irq->pending = false;
	}
	qy_spin_unlock_irqrestore(&m->irq_lock);
	return was;
}

/* Takes the first one off this CPU's list; NULL: there is none. */
static struct qy_irq *take(struct qy_machine *m, u32 cpu)
{
	struct qy_irq *irq;

	qy_spin_lock_irqsave(&m->irq_lock);
	irq = m->irq_pending[cpu];
	if (irq) {
		WRITE_ONCE(m->irq_pending[cpu], irq->next);
		irq->pending = false;
	}
	qy_spin_unlock_irqrestore(&m->irq_lock);
	return irq;
}

bool qy_irq_is_pending(void)
{
	const struct qy_context *context = qy_current();

	return context->machine &&
	       READ_ONCE(context->machine->irq_pending[context->cpu]) != NULL;
}

unsigned int qy_irq_run(void)
{
	const struct qy_context *context = qy_current();
	unsigned int nr = 0;
	struct qy_irq *irq;

	while ((irq = take(context->machine, context->cpu))) {
		irq->fn(irq->arg);
		nr++;
	}
	return nr;
}

unsigned int qy_irq_poll(void)
{
	struct qy_context *context = qy_current();
	unsigned int nr;

	if (likely(!qy_irq_is_pending()) || context->irqs_disabled ||
		context->preempt_count >= HARDIRQ_OFFSET)
		return 0;
	context->preempt_count += HARDIRQ_OFFSET;
	context->irqs_disabled++;
	nr = qy_irq_run();
	context->irqs_disabled--;
	context->preempt_count -= HARDIRQ_OFFSET;
	return nr;
}
