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

/* With more threads than cores the holder may not be running: give it the core after a short spin. */
static inline void qy_spin_wait(unsigned int round)
{
	if (round & 63) {
#if defined(__x86_64__)
		__builtin_ia32_pause();
#else
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
#endif
	} else {
		qy_hosted_yield();
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
