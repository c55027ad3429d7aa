/* SPDX-License-Identifier: MIT */
/*
 * Tasks and alarms of a machine on the sim port. Every task is a fiber, all on the one host thread; who runs when is
 * decided by a seed and by the virtual clock alone.
 *
 *   qy_fiber_create, _self, _exit      a task; the thread that booted the machine is one from the start
 *   qy_fiber_yield, _block, _wake      it lets others run; waits until woken or until a moment; is woken
 *   qy_alarm_set, _cancel              a function that runs as an interrupt at a moment
 *   qy_sim_hooks                       who runs softirqs, who is told when nothing can go on
 *
 * A fiber has a context of its own (struct qy_context: preempt count, masking, task) on a CPU that it keeps. It gives way
 * only where it blocks or yields. When no fiber can run, time moves to the next alarm. An alarm whose moment has come
 * runs at the next step of a CPU that masks no interrupts, on the stack of whoever runs there.
 *
 * Context, where nothing else is said: the machine's thread, any fiber.
 */
#ifndef QUARRY_FIBER_H
#define QUARRY_FIBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct qy_machine;
struct qy_fiber;

#define QY_NEVER (~0ull) /* a moment that does not come */

struct qy_fiber_opts {
	const char *comm; /* copied, 15 bytes of it */
	int pid;
	unsigned int cpu; /* of the board */
	size_t stack_bytes; /* 0: 64 KiB; behind its end lies a page that nobody may touch */
	void *data;         /* what qy_fiber_data() says */
};

/**
 * qy_fiber_create() - a task that runs @fn once it is its turn
 *
 * It ends when @fn returns or qy_fiber_exit() is called; its record is gone then.
 *
 * Context: As above; not in an interrupt.
 * Return: the fiber, able to run; NULL: no such CPU, or the host has no memory.
 */
struct qy_fiber *qy_fiber_create(struct qy_machine *m, const struct qy_fiber_opts *opts,
	void (*fn)(void *arg), void *arg);

/* Who runs now; an interrupt is told whom it interrupts. Context: as above. */
struct qy_fiber *qy_fiber_self(struct qy_machine *m);
/* What its creator gave; of the first fiber: what was set. Context: any. */
void *qy_fiber_data(const struct qy_fiber *fiber);
void qy_fiber_set_data(struct qy_fiber *fiber, void *data);
/* The next fiber that has not ended, in order of creation; NULL: the first of all, and the end. Context: any. */
struct qy_fiber *qy_fiber_next(struct qy_machine *m, struct qy_fiber *fiber);
/* Is it waiting, and since when. Context: any. */
bool qy_fiber_blocked(const struct qy_fiber *fiber, uint64_t *since_ns);

/* Others that can run do so first. Context: task. */
void qy_fiber_yield(struct qy_machine *m);

/**
 * qy_fiber_block() - wait until qy_fiber_wake(), or until the virtual clock says @deadline_ns
 *
 * A wake that came since the last wait ends this one at once. In a context that must not sleep it says so, in the
 * kernel's words ("BUG: scheduling while atomic"), and waits all the same.
 *
 * Context: Task, may sleep.
 * Return: true: woken; false: the moment came.
 */
bool qy_fiber_block(struct qy_machine *m, uint64_t deadline_ns);

/* Context: any, interrupts too. */
void qy_fiber_wake(struct qy_fiber *fiber);

/* The calling fiber ends, not the first one. Context: task. */
void qy_fiber_exit(struct qy_machine *m) __attribute__((noreturn));

/* @fn runs on the stack of a fiber that waits, and returns: to have a look at it. Context: as above. */
void qy_fiber_on_stack_of(struct qy_fiber *fiber, void (*fn)(void *arg), void *arg);

/* The lowest byte of its stack that may be touched; the page below it is the guard. NULL: of the first fiber. Context: any. */
const void *qy_fiber_stack(const struct qy_fiber *fiber, size_t *bytes);

/* 0: who waits longest runs next. Else who of those that can run is chosen from @seed. Context: as above. */
void qy_fiber_schedule(struct qy_machine *m, uint64_t seed);

/* ------------------------------------------------------------------ events */

/* The caller's memory while it is set. fn and arg are the caller's to fill in; the rest is not. */
struct qy_alarm {
	void (*fn)(void *arg);
	void *arg;
	uint64_t when_ns;
	uint64_t order;
	struct qy_alarm *next;
	bool set;
};

/*
 * @alarm->fn runs at @when_ns of the virtual clock, or as soon after it as interrupts are not masked: in hard-interrupt
 * context. What is due at one moment runs in the order in which it was set. Setting it again moves it.
 * Context: any.
 */
void qy_alarm_set(struct qy_machine *m, struct qy_alarm *alarm, uint64_t when_ns);
/* Return: was it set? Context: any. */
bool qy_alarm_cancel(struct qy_machine *m, struct qy_alarm *alarm);

struct qy_sim_hooks {
	void *arg;
	/* Behind each interrupt that interrupted neither another one nor a softirq. Interrupts are not masked. */
	void (*irq_exit)(void *arg);
	/*
	 * No fiber can run and no event is set: nothing will ever happen. NULL, or a return: the machine stops.
	 */
	void (*stuck)(void *arg);
	/* As struct qy_port has it. NULL: nobody knows when a period has passed. */
	void (*grace_period)(void *arg);
};

/* Copied. NULL: none. Context: as above. */
void qy_sim_set_hooks(struct qy_machine *m, const struct qy_sim_hooks *hooks);
/* A pointer for whoever builds on this port. Context: any. */
void qy_sim_set_data(struct qy_machine *m, void *data);
void *qy_sim_data(const struct qy_machine *m);

#ifdef __cplusplus
}
#endif

#endif
