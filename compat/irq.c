// SPDX-License-Identifier: MIT
/*
 * Interrupts of devices: who handles which number, when they are masked, threads behind them.
 *
 *   qy_world_raise_irq       a device pulls its line, now or at a moment
 *   request_threaded_irq ... what linux/interrupt.h declares
 *
 * An interrupt is an alarm of the sim port, so it comes at the next step where its CPU masks nothing.
 *
 * Locking: none; see world.h.
 */
#include "compat/lockdep.h"
#include "compat/world.h"

static struct irq_desc *desc_of(unsigned int irq)
{
	return irq && irq < NR_IRQS ? &qy_compat_world()->irqs[irq] : NULL;
}

static irqreturn_t run_handler(struct irq_action *action)
{
	unsigned int count = preempt_count();
	struct qy_callback begin = qy_callback_begin();
	irqreturn_t ret = action->handler((int)action->irq, action->dev_id);

	if (preempt_count() != count) {
		qy_compat_report(
			"BUG: irq %u handler of %s leaves preempt count %08x, found %08x",
			action->irq, action->name, preempt_count(), count);
		qy_compat_preempt_add((int)(count - preempt_count()));
	}
	if (!irqs_disabled()) {
		qy_compat_report("WARNING: irq %u handler of %s enabled interrupts",
			action->irq, action->name);
		qy_compat_set_irqs_disabled(1);
	}
	qy_callback_end(&begin, action->name, false);
	return ret;
}

static void handle(void *arg)
{
	struct irq_desc *desc = arg;
	bool handled = false;

	if (desc->depth || desc->oneshot_masked) {
		desc->pending = true;
		return;
	}
	desc->nr++;
	for (struct irq_action *action = desc->actions; action; action = action->next) {
		irqreturn_t ret = run_handler(action);

		handled |= ret != IRQ_NONE;
		if (ret != IRQ_WAKE_THREAD)
			continue;
		if (!action->thread) {
			qy_compat_report(
				"WARNING: irq %u handler of %s returned IRQ_WAKE_THREAD without a thread",
				action->irq, action->name);
			continue;
		}
		action->thread_wanted = true;
		desc->oneshot_masked |= (action->flags & IRQF_ONESHOT) != 0;
		wake_up_process(action->thread);
	}
	if (!handled)
		desc->nr_unhandled++;
}

int qy_world_raise_irq(struct qy_world *w, unsigned int irq, uint64_t when_ns)
{
	struct irq_desc *desc = irq && irq < NR_IRQS ? &w->irqs[irq] : NULL;

	if (!desc)
		return -EINVAL;
	desc->raise.fn = handle;
	desc->raise.arg = desc;
	if (desc->raise.set && desc->raise.when_ns <= when_ns)
		return 0; /* one line: it is pulled already */
	qy_alarm_set(w->m, &desc->raise,
		when_ns > qy_sim_now(w->m) ? when_ns : qy_sim_now(w->m));
	return 0;
}

static void deliver_pending(struct irq_desc *desc)
{
	struct qy_world *w = qy_compat_world();

	if (desc->depth || desc->oneshot_masked || !desc->pending)
		return;
	desc->pending = false;
	qy_world_raise_irq(w, (unsigned int)(desc - w->irqs), qy_sim_now(w->m));
}

/* ------------------------------------------------------------------ threads */

static irqreturn_t default_handler(int irq, void *dev_id)
{
	(void)irq, (void)dev_id;
	return IRQ_WAKE_THREAD;
}

static int irq_thread(void *arg)
{
	struct irq_action *action = arg;
	struct irq_desc *desc = desc_of(action->irq);

	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!action->thread_wanted) {
			if (current->qy_stop)
				return 0;
			schedule();
			continue;
		}
		__set_current_state(TASK_RUNNING);
		action->thread_wanted = false;
		action->thread_runs = true;
		action->thread_fn((int)action->irq, action->dev_id);
		action->thread_runs = false;
		if (!action->thread_wanted)
			desc->oneshot_masked = false;
		wake_up_all(&desc->idle);
		deliver_pending(desc);
	}
}

/* ------------------------------------------------------------------ requests */

/* Why not; NULL: nothing stands in the way. */
static const char *refuses(const struct irq_desc *desc, irq_handler_t handler,
	irq_handler_t thread_fn, unsigned long flags, void *dev_id)
{
	if (!handler && !thread_fn)
		return "neither a handler nor a thread";
	if (flags & IRQF_SHARED && !dev_id)
		return "a shared interrupt needs a dev_id";
	if (!handler && !(flags & IRQF_ONESHOT))
		return "Threaded irq requested with handler=NULL and !ONESHOT";
	(void)desc;
	return NULL;
}

int request_threaded_irq(unsigned int irq, irq_handler_t handler, irq_handler_t thread_fn,
	unsigned long flags, const char *name, void *dev_id)
{
	struct irq_desc *desc = desc_of(irq);
	struct irq_action *action, **end;
	const char *why;

	might_sleep();
	if (!desc)
		return -EINVAL;
	why = refuses(desc, handler, thread_fn, flags, dev_id);
	if (why) {
		qy_printk_line(QY_LOG_ERR, "genirq: irq %u (%s): %s", irq,
			name ? name : "?", why);
		return -EINVAL;
	}
	if (desc->actions && !(flags & desc->actions->flags & IRQF_SHARED)) {
		qy_printk_line(QY_LOG_ERR,
			"genirq: Flags mismatch irq %u. %08lx (%s) vs. %08lx (%s)", irq,
			flags, name ? name : "?", desc->actions->flags,
			desc->actions->name);
		return -EBUSY;
	}
	action = kzalloc(sizeof(*action), GFP_KERNEL);
	if (!action)
		return -ENOMEM;
	*action = (struct irq_action){ .handler = handler ? handler : default_handler,
		.thread_fn = thread_fn,
		.name = name ? name : "?",
		.dev_id = dev_id,
		.flags = flags,
		.irq = irq };
	if (thread_fn) {
		char comm[TASK_COMM_LEN];

		scnprintf(comm, sizeof(comm), "irq/%u-%s", irq, action->name);
		action->thread =
			qy_compat_task(qy_compat_world(), comm, irq_thread, action);
		if (!action->thread) {
			kfree(action);
			return -ENOMEM;
		}
	}
	for (end = &desc->actions; *end; end = &(*end)->next)
		;
	*end = action;
	if (flags & IRQF_NO_AUTOEN)
		desc->depth = 1;
	qy_let_go(QY_HELD_OBJECT, action); /* it is told as what it is */
	qy_hold(QY_HELD_IRQ, action, 0);
	deliver_pending(desc);
	return 0;
}

void synchronize_irq(unsigned int irq)
{
	struct irq_desc *desc = desc_of(irq);
	struct irq_action *action;
	bool busy;

	might_sleep();
	if (!desc)
		return;
	for (;;) {
		busy = false;
		for (action = desc->actions; action; action = action->next)
			busy |= action->thread_runs && action->thread != current;
		if (!busy)
			return;
		schedule_timeout_uninterruptible(1);
	}
}

const void *free_irq(unsigned int irq, void *dev_id)
{
	struct irq_desc *desc = desc_of(irq);
	struct irq_action **at, *action;
	const char *name;

	if (in_interrupt())
		qy_compat_report("WARNING: Trying to free IRQ %u from IRQ context!", irq);
	might_sleep();
	if (!desc)
		return NULL;
	for (at = &desc->actions; *at && (*at)->dev_id != dev_id; at = &(*at)->next)
		;
	action = *at;
	if (!action) {
		qy_compat_report("WARNING: Trying to free already-free IRQ %u", irq);
		return NULL;
	}
	*at = action->next;
	if (action->thread) {
		action->thread->qy_stop = true;
		wake_up_process(action->thread);
		qy_compat_wait_exit(action->thread);
	}
	if (!desc->actions) {
		desc->depth = 0;
		desc->oneshot_masked = desc->pending = false;
	}
	name = action->name;
	qy_let_go(QY_HELD_IRQ, action);
	qy_kfree(qy_this_machine(), action);
	return name;
}

void disable_irq_nosync(unsigned int irq)
{
	struct irq_desc *desc = desc_of(irq);

	if (desc)
		desc->depth++;
}

void disable_irq(unsigned int irq)
{
	disable_irq_nosync(irq);
	synchronize_irq(irq);
}

void enable_irq(unsigned int irq)
{
	struct irq_desc *desc = desc_of(irq);

	if (!desc)
		return;
	if (!desc->depth) {
		qy_compat_report("WARNING: Unbalanced enable for IRQ %u", irq);
		return;
	}
	desc->depth--;
	deliver_pending(desc);
}

/* Those that somebody handles, but for who wants them even then. */
void qy_compat_suspend_irqs(struct qy_world *w, bool down)
{
	for (unsigned int i = 0; i < NR_IRQS; i++) {
		struct irq_desc *desc = &w->irqs[i];

		if (down) {
			desc->suspended = desc->actions &&
					  !(desc->actions->flags & IRQF_NO_SUSPEND);
			desc->depth += desc->suspended;
		} else if (desc->suspended) {
			desc->suspended = false;
			desc->depth -= desc->depth > 0;
			deliver_pending(desc);
		}
	}
}

int qy_compat_irq_init(struct qy_world *w)
{
	w->irqs = qy_host_zalloc(NR_IRQS * sizeof(*w->irqs));
	if (!w->irqs)
		return -ENOMEM;
	for (unsigned int i = 0; i < NR_IRQS; i++)
		init_waitqueue_head(&w->irqs[i].idle);
	return 0;
}

void qy_compat_irq_down(struct qy_world *w)
{
	qy_host_free(w->irqs);
}
