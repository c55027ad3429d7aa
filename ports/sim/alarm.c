// SPDX-License-Identifier: MIT
/*
 * The virtual clock, and what happens at a moment of it.
 *
 *   qy_sim_advance, qy_sim_now, qy_alarm_set, qy_alarm_cancel, qy_sim_set_hooks
 *
 * Invariant: next_event_ns is the moment of the first event, QY_NEVER without one.
 *
 * Locking: none; a machine belongs to one thread.
 */
#include "ports/sim/sim.h"
#include <quarry/irq.h>

static void note_first(struct sim *sim)
{
	sim->next_event_ns = sim->events ? sim->events->when_ns : QY_NEVER;
}

static void unlink_event(struct sim *sim, struct qy_alarm *event)
{
	struct qy_alarm **at = &sim->events;

	while (*at != event)
		at = &(*at)->next;
	*at = event->next;
	event->set = false;
	note_first(sim);
}

void qy_alarm_set(struct qy_machine *m, struct qy_alarm *event, uint64_t when_ns)
{
	struct sim *sim = sim_of(m);
	struct qy_alarm **at = &sim->events;

	if (event->set)
		unlink_event(sim, event);
	event->when_ns = when_ns;
	event->order = sim->nr_events++;
	event->set = true;
	while (*at && (*at)->when_ns <= when_ns)
		at = &(*at)->next;
	event->next = *at;
	*at = event;
	note_first(sim);
}

bool qy_alarm_cancel(struct qy_machine *m, struct qy_alarm *event)
{
	if (!event->set)
		return false;
	unlink_event(sim_of(m), event);
	return true;
}

void qy_sim_set_hooks(struct qy_machine *m, const struct qy_sim_hooks *hooks)
{
	sim_of(m)->hooks = hooks ? *hooks : (struct qy_sim_hooks){ 0 };
}

void qy_sim_set_data(struct qy_machine *m, void *data)
{
	sim_of(m)->data = data;
}

void *qy_sim_data(const struct qy_machine *m)
{
	return sim_of(m)->data;
}

/* ------------------------------------------------------------------ interrupts */

/* Whatever the handler did to counts and masking, who was interrupted finds them as they were. */
void qy_sim_interrupt_now(struct sim *sim, void (*fn)(void *arg), void *arg)
{
	uint32_t preempt_count = qy_self.preempt_count;
	uint32_t irqs_disabled = qy_self.irqs_disabled;

	qy_self.preempt_count = preempt_count + HARDIRQ_OFFSET;
	qy_self.irqs_disabled = irqs_disabled + 1;
	fn(arg);
	qy_self.irqs_disabled = irqs_disabled;
	qy_self.preempt_count = preempt_count;
	if (sim->hooks.irq_exit && qy_self.preempt_count < SOFTIRQ_OFFSET)
		sim->hooks.irq_exit(sim->hooks.arg);
}

static bool masked(void)
{
	return qy_self.irqs_disabled || qy_self.preempt_count >= HARDIRQ_OFFSET;
}

void qy_sim_run_events(struct sim *sim)
{
	while (sim->next_event_ns <= sim->now_ns && !masked()) {
		struct qy_alarm *event = sim->events;

		unlink_event(sim, event);
		qy_sim_interrupt_now(sim, event->fn, event->arg);
	}
}

void qy_sim_move_to_event(struct sim *sim)
{
	if (sim->now_ns < sim->next_event_ns)
		sim->now_ns = sim->next_event_ns;
	qy_sim_run_events(sim);
}

static void run_pending(void *arg)
{
	(void)arg;
	qy_irq_run();
}

void qy_sim_step(void)
{
	struct sim *sim;
	void (*handler)(void *arg);

	if (!qy_self.machine || masked())
		return;
	/* a test may boot this core upon a port of its own, which has no interrupts */
	if (qy_self.machine->port->clock_ns != qy_sim_clock_ns)
		return;
	sim = sim_of(qy_self.machine);
	handler = sim->interrupt;
	if (handler) {
		if (!sim->interrupt_every)
			sim->interrupt = NULL;
		qy_sim_interrupt_now(sim, handler, sim->interrupt_arg);
	}
	if (sim->next_event_ns <= sim->now_ns)
		qy_sim_run_events(sim);
	if (qy_irq_is_pending())
		qy_sim_interrupt_now(sim, run_pending, NULL);
}

void qy_sim_interrupt(struct qy_machine *m, void (*fn)(void *arg), void *arg, bool every)
{
	struct sim *sim = sim_of(m);

	sim->interrupt = fn;
	sim->interrupt_arg = arg;
	sim->interrupt_every = every;
}

/* ------------------------------------------------------------------ time */

uint64_t qy_sim_clock_ns(void *ctx)
{
	return ((struct sim *)ctx)->now_ns;
}

/* Each event on the way runs at its moment, unless interrupts are masked: then behind it. */
void qy_sim_advance(struct qy_machine *m, uint64_t ns)
{
	struct sim *sim = sim_of(m);
	uint64_t end = sim->now_ns + ns;

	while (qy_self.machine == m && sim->next_event_ns <= end && !masked())
		qy_sim_move_to_event(sim);
	if (sim->now_ns < end)
		sim->now_ns = end;
	if (qy_self.machine == m)
		qy_sim_step();
}

uint64_t qy_sim_now(const struct qy_machine *m)
{
	return sim_of(m)->now_ns;
}
