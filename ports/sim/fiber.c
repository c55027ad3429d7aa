// SPDX-License-Identifier: MIT
/*
 * Fibers: who runs, who waits, who is next.
 *
 * A fiber is runnable and stands in the queue, or waits, or is `self`. The queue is in order of turn; a seed picks another
 * place of it. Whoever gives way looks for the next one itself, on its own stack: events run there as on an idle CPU.
 *
 * Locking: none; a machine belongs to one thread.
 */
#include "ports/sim/sim.h"
#include "ports/sim/fiber_switch.h"
#include "mm/base/print.h"

#include <stdlib.h>
#include <sys/mman.h>

#define GUARD_BYTES ((size_t)4096)

/* ------------------------------------------------------------------ the queue */

static void make_runnable(struct sim *sim, struct qy_fiber *fiber)
{
	fiber->runnable = true;
	fiber->waiting = false;
	fiber->run_next = NULL;
	if (sim->run_last)
		sim->run_last->run_next = fiber;
	else
		sim->run_first = fiber;
	sim->run_last = fiber;
	sim->nr_runnable++;
}

static uint64_t next_random(struct sim *sim)
{
	uint64_t z = sim->schedule += 0x9e3779b97f4a7c15ull; /* splitmix64 */

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static struct qy_fiber *take_next(struct sim *sim)
{
	struct qy_fiber *before = NULL, *fiber = sim->run_first;
	uint64_t place = 0;

	if (!fiber)
		return NULL;
	if (sim->schedule && sim->nr_runnable > 1)
		place = next_random(sim) % sim->nr_runnable;
	for (; place; place--) {
		before = fiber;
		fiber = fiber->run_next;
	}
	if (before)
		before->run_next = fiber->run_next;
	else
		sim->run_first = fiber->run_next;
	if (sim->run_last == fiber)
		sim->run_last = before;
	sim->nr_runnable--;
	fiber->runnable = false;
	return fiber;
}

void qy_fiber_schedule(struct qy_machine *m, uint64_t seed)
{
	sim_of(m)->schedule = seed;
}

/* ------------------------------------------------------------------ stacks */

/* Stacks of the usual size are kept; the highest word of each is the way to the next. */
static char **stack_link(char *stack)
{
	return (char **)(void *)(stack + GUARD_BYTES + QY_FIBER_STACK_BYTES -
				 sizeof(char *));
}

static char *get_stack(struct sim *sim, size_t mapping_bytes)
{
	char *stack = sim->free_stacks;

	if (stack && mapping_bytes == GUARD_BYTES + QY_FIBER_STACK_BYTES) {
		sim->free_stacks = *stack_link(stack);
		return stack;
	}
	stack = mmap(NULL, mapping_bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (stack == MAP_FAILED)
		return NULL;
	if (mprotect(stack, GUARD_BYTES, PROT_NONE)) {
		munmap(stack, mapping_bytes);
		return NULL;
	}
	return stack;
}

static void put_stack(struct sim *sim, char *stack, size_t mapping_bytes)
{
	/* frames that never returned have left their marks */
	__asan_unpoison_memory_region(stack + GUARD_BYTES, mapping_bytes - GUARD_BYTES);
	if (mapping_bytes != GUARD_BYTES + QY_FIBER_STACK_BYTES) {
		munmap(stack, mapping_bytes);
		return;
	}
	*stack_link(stack) = sim->free_stacks;
	sim->free_stacks = stack;
}

static void unlink_fiber(struct sim *sim, struct qy_fiber *fiber)
{
	struct qy_fiber *at = &sim->first;

	while (at->next != fiber)
		at = at->next;
	at->next = fiber->next;
}

static void free_fiber(struct sim *sim, struct qy_fiber *fiber)
{
	put_stack(sim, fiber->stack, fiber->mapping_bytes);
	__tsan_destroy_fiber(fiber->tsan);
	free(fiber);
}

/* ------------------------------------------------------------------ switching */

/* The CPU of the board goes along; everything else of the context is the fiber's own. */
static void put_on(struct sim *sim, const struct qy_context *context)
{
	struct slab_cpu *slab_cpu;

	qy_sim_set_cpu(sim->first.m, context->cpu);
	slab_cpu = qy_self.slab_cpu;
	qy_self = *context;
	qy_self.slab_cpu = slab_cpu;
}

const void *qy_fiber_stack(const struct qy_fiber *fiber, size_t *bytes)
{
	if (!fiber->stack)
		return NULL;
	*bytes = fiber->mapping_bytes - GUARD_BYTES;
	return fiber->stack + GUARD_BYTES;
}

static void jump(struct sim *sim, struct qy_fiber *to)
{
	struct qy_fiber *from = sim->self;
	size_t bytes = to->host_stack_bytes;
	const void *bottom = qy_fiber_stack(to, &bytes);

	sim->left = from;
	sim->self = to;
	__sanitizer_start_switch_fiber(from->dead ? NULL : &from->fake_stack,
		bottom ? bottom : to->host_stack, bytes);
	__tsan_switch_to_fiber(to->tsan, 0);
	qy_fiber_swap(&from->sp, to->sp);
}

/* Behind a jump. The stack that was left may have had its last use; or somebody only wants to look at this one. */
static void arrive(struct sim *sim)
{
	struct qy_fiber *self = sim->self;
	const void *bottom = NULL;
	size_t bytes = 0;

	for (;;) {
		void (*look)(void *arg) = self->look;

		__sanitizer_finish_switch_fiber(self->fake_stack, &bottom, &bytes);
		if (!sim->left->stack && bottom) {
			sim->left->host_stack = bottom;
			sim->left->host_stack_bytes = bytes;
		}
		if (sim->ended && sim->ended != self) {
			free_fiber(sim, sim->ended);
			sim->ended = NULL;
		}
		if (!look)
			return;
		self->look = NULL;
		look(self->look_arg);
		jump(sim, self->looker);
	}
}

void qy_fiber_on_stack_of(struct qy_fiber *fiber, void (*fn)(void *arg), void *arg)
{
	struct sim *sim = sim_of(fiber->m);

	if (fiber == sim->self) {
		fn(arg);
		return;
	}
	fiber->look = fn;
	fiber->look_arg = arg;
	fiber->looker = sim->self;
	jump(sim, fiber);
	arrive(sim);
}

static void switch_to(struct sim *sim, struct qy_fiber *to)
{
	if (to == sim->self)
		return;
	jump(sim, to);
	arrive(sim);
}

/* ------------------------------------------------------------------ who is next */

/* A CPU without a task: nothing is masked, and reports name the idle task. */
static void become_idle(struct sim *sim, unsigned int cpu)
{
	struct qy_context idle = {
		.machine = sim->first.m, .cpu = cpu, .slab_cpu = qy_self.slab_cpu
	};

	qy_snprintf(idle.task.comm, sizeof(idle.task.comm), "swapper/%u", cpu);
	qy_self = idle;
}

/* Events run until a fiber can. */
static struct qy_fiber *wait_for_next(struct sim *sim)
{
	for (;;) {
		struct qy_fiber *fiber;

		qy_sim_run_events(sim);
		fiber = take_next(sim);
		if (fiber)
			return fiber;
		if (sim->next_event_ns != QY_NEVER) {
			qy_sim_move_to_event(sim);
			continue;
		}
		if (sim->hooks.stuck)
			sim->hooks.stuck(sim->hooks.arg);
		if (!sim->run_first && sim->next_event_ns == QY_NEVER)
			sim->port.panic(sim->port.ctx,
				"every task waits, and nothing is going to happen");
	}
}

/* Somebody else runs, or the same fiber again. */
static void schedule(struct sim *sim)
{
	struct qy_fiber *self = sim->self;

	self->context = qy_self;
	become_idle(sim, self->context.cpu);
	switch_to(sim, wait_for_next(sim));
	put_on(sim, &sim->self->context);
}

static void report_atomic(struct qy_machine *m)
{
	qy_printk(m, QY_LOG_ERR, "BUG: scheduling while atomic: %s/%d/0x%08x",
		qy_self.task.comm, qy_self.task.pid, qy_self.preempt_count);
}

void qy_fiber_yield(struct qy_machine *m)
{
	struct sim *sim = sim_of(m);

	if (!sim->run_first && sim->next_event_ns > sim->now_ns)
		return;
	make_runnable(sim, sim->self);
	schedule(sim);
}

/* For who spins on a lock, and for who waits for memory. Return: false when nobody else will ever do anything. */
bool qy_sim_give_way(struct sim *sim)
{
	if (qy_self.preempt_count || qy_self.irqs_disabled)
		return false;
	if (!sim->run_first && sim->next_event_ns == QY_NEVER)
		return false;
	if (sim->run_first)
		qy_fiber_yield(sim->first.m);
	else
		qy_sim_move_to_event(sim);
	return true;
}

static void timed_out(void *arg)
{
	struct qy_fiber *fiber = arg;

	if (fiber->waiting)
		make_runnable(sim_of(fiber->m), fiber);
}

bool qy_fiber_block(struct qy_machine *m, uint64_t deadline_ns)
{
	struct sim *sim = sim_of(m);
	struct qy_fiber *self = sim->self;
	bool woken;

	if (qy_self.preempt_count || qy_self.irqs_disabled)
		report_atomic(m);
	if (!self->woken && deadline_ns > sim->now_ns) {
		self->waiting = true;
		self->since_ns = sim->now_ns;
		if (deadline_ns != QY_NEVER)
			qy_alarm_set(m, &self->timeout, deadline_ns);
		schedule(sim);
		qy_alarm_cancel(m, &self->timeout);
	}
	woken = self->woken;
	self->woken = false;
	return woken;
}

void qy_fiber_wake(struct qy_fiber *fiber)
{
	fiber->woken = true;
	if (fiber->waiting)
		make_runnable(sim_of(fiber->m), fiber);
}

/* ------------------------------------------------------------------ begin and end */

void qy_fiber_exit(struct qy_machine *m)
{
	struct sim *sim = sim_of(m);
	struct qy_fiber *self = sim->self, *next;

	BUG_ON(self == &sim->first);
	self->dead = true;
	unlink_fiber(sim, self);
	become_idle(sim, qy_self.cpu);
	next = wait_for_next(sim);
	sim->ended = self;
	jump(sim, next);
	__builtin_unreachable();
}

static void fiber_main(void)
{
	struct sim *sim = sim_of(qy_self.machine);

	arrive(sim);
	put_on(sim, &sim->self->context);
	sim->self->fn(sim->self->arg);
	qy_fiber_exit(sim->first.m);
}

struct qy_fiber *qy_fiber_create(struct qy_machine *m, const struct qy_fiber_opts *opts,
	void (*fn)(void *arg), void *arg)
{
	struct sim *sim = sim_of(m);
	struct qy_fiber *fiber, *last = &sim->first;
	size_t bytes = opts->stack_bytes ? (opts->stack_bytes + 4095) & ~(size_t)4095
					 : QY_FIBER_STACK_BYTES;

	if (opts->cpu >= m->nr_cpus)
		return NULL;
	fiber = calloc(1, sizeof(*fiber));
	if (!fiber)
		return NULL;
	fiber->mapping_bytes = bytes + GUARD_BYTES;
	fiber->stack = get_stack(sim, fiber->mapping_bytes);
	if (!fiber->stack) {
		free(fiber);
		return NULL;
	}
	fiber->m = m;
	fiber->fn = fn;
	fiber->arg = arg;
	fiber->data = opts->data;
	fiber->timeout = (struct qy_alarm){ .fn = timed_out, .arg = fiber };
	fiber->tsan = __tsan_create_fiber(0);
	fiber->sp = qy_fiber_first_frame(fiber->stack + fiber->mapping_bytes, fiber_main);
	fiber->context = (struct qy_context){ .machine = m, .cpu = opts->cpu };
	fiber->context.task.pid = fiber->context.task.tgid = opts->pid;
	qy_snprintf(fiber->context.task.comm, sizeof(fiber->context.task.comm), "%s",
		opts->comm ? opts->comm : "");
	while (last->next)
		last = last->next;
	last->next = fiber;
	make_runnable(sim, fiber);
	return fiber;
}

struct qy_fiber *qy_fiber_self(struct qy_machine *m)
{
	return sim_of(m)->self;
}

void *qy_fiber_data(const struct qy_fiber *fiber)
{
	return fiber->data;
}

void qy_fiber_set_data(struct qy_fiber *fiber, void *data)
{
	fiber->data = data;
}

struct qy_fiber *qy_fiber_next(struct qy_machine *m, struct qy_fiber *fiber)
{
	return fiber ? fiber->next : &sim_of(m)->first;
}

bool qy_fiber_blocked(const struct qy_fiber *fiber, uint64_t *since_ns)
{
	*since_ns = fiber->since_ns;
	return fiber->waiting;
}

void qy_sim_fibers_init(struct sim *sim, struct qy_machine *m)
{
	sim->self = &sim->first;
	sim->first.m = m;
	sim->first.timeout = (struct qy_alarm){ .fn = timed_out, .arg = &sim->first };
	sim->first.tsan = __tsan_get_current_fiber();
}

/* Those that have not ended are dropped where they stand. */
void qy_sim_fibers_free(struct sim *sim)
{
	if (sim->ended)
		free_fiber(sim, sim->ended);
	for (struct qy_fiber *fiber = sim->first.next, *next; fiber; fiber = next) {
		next = fiber->next;
		free_fiber(sim, fiber);
	}
	while (sim->free_stacks) {
		char *stack = sim->free_stacks;

		sim->free_stacks = *stack_link(stack);
		munmap(stack, GUARD_BYTES + QY_FIBER_STACK_BYTES);
	}
}
