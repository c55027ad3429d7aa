/* SPDX-License-Identifier: MIT */
/*
 * Hot half of the hosted port: a thread is a CPU, found through initial-exec TLS; or CPUs are the host's, and threads share
 * them (ADR 0013).
 *
 * qy_current()      this thread's context
 * qy_host_cpu(c)    where CPUs are shared: the one that this thread is on
 * qy_cpu_claim()    and a word of it, which nobody else on it has
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

/* ------------------------------------------------------------------ CPUs that threads share */

/* The begin of struct rseq (linux/rseq.h), which the kernel keeps for each thread. */
struct qy_rseq {
	u32 cpu_id_start;
	u32 cpu_id; /* above every CPU where the thread could not be registered */
	u64 rseq_cs;
};

static inline u32 qy_host_cpu(const struct qy_context *self)
{
	const struct qy_rseq *rseq = self->host_cpu;

	return __atomic_load_n(&rseq->cpu_id, __ATOMIC_RELAXED);
}

/* The thread leaves: the kernel must not look into the code of somebody who may be unloaded. */
static inline void qy_host_cpu_leave(const struct qy_context *self)
{
	struct qy_rseq *rseq = self->host_cpu;

	__atomic_store_n(&rseq->rseq_cs, 0, __ATOMIC_RELAXED);
}

/*
 * Makes @word 1 if it is 0 and this thread is on @cpu, both up to the very store: a restartable sequence, which the kernel
 * sends to its abort handler when it takes the CPU away or delivers a signal in between. So only a thread on @cpu can set
 * the word, one at a time; whoever has it gives it back by an ordinary store, from any CPU.
 * Orders: the load acquires, as every load does on this architecture.
 * Return: false: it is taken, or the thread is elsewhere, or was sent away; nothing was done.
 */
#if defined(__x86_64__)
#define QY_HAS_CPU_CLAIM 1
static inline bool qy_cpu_claim(const struct qy_context *self, u32 cpu, u32 *word)
{
	/*
	 * 3: struct rseq_cs {version, flags, begin, length, abort}; 1 to 2: the sequence, whose last instruction is the
	 * store; 4: the abort handler, behind the signature that glibc registers.
	 */
	__asm__ goto(".pushsection .data.rel.ro.qy_rseq, \"aw\", @progbits\n\t"
		     ".balign 32\n"
		     "3:\t.long 0, 0\n\t"
		     ".quad 1f, 2f - 1f, 4f\n\t"
		     ".popsection\n\t"
		     "leaq 3b(%%rip), %%rax\n\t"
		     "movq %%rax, 8(%[rseq])\n"
		     "1:\tcmpl %[cpu], 4(%[rseq])\n\t"
		     "jne %l[no]\n\t"
		     "cmpl $0, (%[word])\n\t"
		     "jne %l[no]\n\t"
		     "movl $1, (%[word])\n"
		     "2:\n\t"
		     ".pushsection .text.unlikely, \"ax\", @progbits\n\t"
		     ".byte 0x0f, 0xb9, 0x3d\n\t"
		     ".long 0x53053053\n"
		     "4:\tjmp %l[no]\n\t"
		     ".popsection"
		     :
		     : [rseq] "r"(self->host_cpu), [cpu] "r"(cpu), [word] "r"(word)
		     : "rax", "cc", "memory"
		     : no);
	return true;
no:
	return false;
}
#else
#define QY_HAS_CPU_CLAIM 0
static inline bool qy_cpu_claim(const struct qy_context *self, u32 cpu, u32 *word)
{
	(void)self;
	(void)cpu;
	(void)word;
	return false;
}
#endif

/* ------------------------------------------------------------------ waiting */

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
