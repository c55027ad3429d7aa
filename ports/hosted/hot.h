/* SPDX-License-Identifier: MIT */
/*
 * Hot half of the hosted port: a thread is a CPU, found through initial-exec TLS.
 *
 * qy_current()      this thread's context
 * qy_spin_wait(n)   called in the n-th round of a spin
 * QY_STEP()         a point where a simulated interrupt may arrive; nothing is simulated here
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

void qy_hosted_yield(void);

#if defined(__x86_64__)
#define qy_cpu_relax() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define qy_cpu_relax() __asm__ volatile("yield" ::: "memory")
#else
#define qy_cpu_relax() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#endif

/*
 * Waits longer each round: the holder's next operations are cheap while the lock's lines stay with it. When it seems not
 * to run at all (more threads than cores), it gets the core.
 */
static inline void qy_spin_wait(unsigned int round)
{
	if (round > 64) {
		qy_hosted_yield();
		return;
	}
	for (unsigned int i = 0; i < 1u << (round < 5 ? round : 5); i++) {
		qy_cpu_relax();
	}
}

#define QY_STEP() ((void)0)

/* A ThreadSanitizer build cannot see the asymmetric barrier: per-CPU lists take a real lock there. */
#if defined(__SANITIZE_THREAD__)
#define QY_ALWAYS_LOCK_PCP 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define QY_ALWAYS_LOCK_PCP 1
#endif
#endif
#ifndef QY_ALWAYS_LOCK_PCP
#define QY_ALWAYS_LOCK_PCP 0
#endif

#endif
