/* SPDX-License-Identifier: MIT */
/*
 * struct qy_context: what the core knows of the thread that calls it.
 *
 * One per thread, found by qy_current() of the port's hot.h. A thread stands in at most one machine; there it is one
 * CPU, or, where CPUs are shared (ADR 0013), on one of them for now. Only the thread itself writes its context.
 */
#ifndef QY_BASE_CONTEXT_H
#define QY_BASE_CONTEXT_H

#include "mm/base/types.h"

#include <quarry/port.h>

struct qy_machine;
struct qy_site;
struct slab_cpu;
struct task_struct;

/* preempt_count, laid out as Linux prints it */
#define PREEMPT_OFFSET 0x00000001u
#define SOFTIRQ_OFFSET 0x00000100u
#define HARDIRQ_OFFSET 0x00010000u

/* task_flags: Linux's values */
#define PF_MEMALLOC      0x00000800u
#define PF_MEMALLOC_NOFS 0x00040000u
#define PF_MEMALLOC_NOIO 0x00080000u
#define PF_MEMALLOC_PIN  0x10000000u
#define PF_MEMALLOC_MASK \
	(PF_MEMALLOC | PF_MEMALLOC_NOFS | PF_MEMALLOC_NOIO | PF_MEMALLOC_PIN)

struct qy_context {
	struct qy_machine *machine; /* NULL: the thread stands in no machine */
	u32 cpu;
	u32 preempt_count;
	u32 irqs_disabled; /* depth */
	u32 task_flags;
	struct qy_task task;
	u32 task_index;             /* what page_owner knows it by; 0: not asked yet */
	const struct qy_site *site; /* the line that allocates; NULL: not told */
	struct slab_cpu *slab_cpu;  /* this CPU's share of the slab room */
	bool in_memstall;           /* it waits for memory (page/psi.h) */
	bool borrowed;              /* its CPU, by qy_enter_background() */
	struct task_struct
		*acting; /* the board's task that this thread acts for; NULL: none */
	/* CPUs are shared: what hot.h asks which one this thread is on. NULL: the thread is a CPU. */
	void *host_cpu;
	u32 nr_cpus; /* of the machine, with host_cpu */
};

#endif
