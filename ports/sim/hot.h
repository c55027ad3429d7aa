/* SPDX-License-Identifier: MIT */
/*
 * Hot half of the sim port: one host thread plays every CPU; each step may deliver a simulated interrupt.
 */
#ifndef QY_PORT_HOT_H
#define QY_PORT_HOT_H

#include "mm/base/context.h"

extern __thread struct qy_context qy_self __attribute__((tls_model("initial-exec")));

/* The address goes through a register: gcc 12 with UBSan otherwise takes it for null in places. */
static inline struct qy_context *qy_current(void)
{
	struct qy_context *self = &qy_self;

	__asm__("" : "+r"(self));
	return self;
}

void qy_sim_step(void);
#define QY_STEP() qy_sim_step()

/*
 * CPUs that threads share, played: at the step another thread may run on the CPU, or this one may find itself on another.
 * What a restartable sequence does is that nothing of it happens between the looks and the store.
 */
static inline u32 qy_host_cpu(const struct qy_context *self)
{
	return *(const u32 *)self->host_cpu;
}

static inline void qy_host_cpu_leave(const struct qy_context *self)
{
	(void)self;
}

static inline bool qy_cpu_claim(const struct qy_context *self, u32 cpu, u32 *word)
{
	QY_STEP();
	if (qy_host_cpu(self) != cpu || *word)
		return false;
	*word = 1;
	return true;
}

void qy_sim_spin(void);

/* Who has the lock is another fiber; when none can run, it stays taken: a bug, reported at once. */
static inline void qy_spin_wait(unsigned int round)
{
	(void)round;
	qy_sim_spin();
}

#define QY_ALWAYS_LOCK_PCP 0

#endif
