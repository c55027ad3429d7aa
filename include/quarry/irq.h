/* SPDX-License-Identifier: MIT */
/*
 * Interrupts of a board, raised by what plays its devices.
 *
 *   qy_irq_raise()    pends one on a CPU
 *   qy_irq_poll()     this CPU takes what is pending
 *   qy_irq_is_pending(), qy_irq_run()   the same in two halves, for a port
 *   qy_irq_cancel()   takes one back
 *
 * They are soft: a handler runs on the thread that is the CPU, in hard-interrupt context, when the CPU enables interrupts
 * or preemption, or polls; in the sim port also at every step of the core where interrupts are not masked. A raise that finds
 * the same one pending adds nothing, as a line that is high already.
 */
#ifndef QUARRY_IRQ_H
#define QUARRY_IRQ_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct qy_machine;

/* The caller's memory, zero but for the first two; stays while it may be raised. */
struct qy_irq {
	void (*fn)(void *arg);
	void *arg;

	/* the core's: */
	struct qy_irq *next;
	bool pending;
};

/**
 * qy_irq_raise() - @irq->fn shall run on a CPU
 * @cpu: of the board
 *
 * What was written before is seen by the handler.
 *
 * Context: Any thread of the process, also one that stands in no machine; any interrupt. Takes irq_lock.
 */
void qy_irq_raise(struct qy_machine *m, unsigned int cpu, struct qy_irq *irq);

/*
 * Runs what is pending on this CPU, first come, first served. Return: how many handlers ran; none where interrupts are
 * masked. Context: a thread in the machine.
 */
unsigned int qy_irq_poll(void);

/* Is anything pending on this CPU? Context: a thread of the process. */
bool qy_irq_is_pending(void);
/* Runs it. Return: how many. Context: hard interrupt, of a port that counts it so itself. */
unsigned int qy_irq_run(void);

/* Return: it was pending, and will not run. Context: as qy_irq_raise(); its handler does not run meanwhile. */
bool qy_irq_cancel(struct qy_machine *m, struct qy_irq *irq);

#ifdef __cplusplus
}
#endif

#endif
