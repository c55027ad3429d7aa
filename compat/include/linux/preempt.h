/* SPDX-License-Identifier: MIT */
/* What this CPU may be taken away for. No state. */
#ifndef COMPAT_LINUX_PREEMPT_H
#define COMPAT_LINUX_PREEMPT_H

#include <asm/quarry.h>
#include <linux/types.h>

#define preempt_disable()             \
	do {                          \
		qy_off_here();        \
		qy_preempt_disable(); \
	} while (0)
#define preempt_enable() qy_preempt_enable()
#define in_atomic()      qy_in_atomic()

/* of this_machine.c, which knows the thread */
unsigned int qy_compat_preempt_count(void);
void qy_compat_preempt_add(int n);
unsigned int qy_compat_irqs_disabled(void);
void qy_compat_set_irqs_disabled(unsigned int depth);

#define PREEMPT_MASK   0x000000ffu
#define SOFTIRQ_MASK   0x0000ff00u
#define HARDIRQ_MASK   0x000f0000u
#define NMI_MASK       0x00f00000u /* no device has one */
#define SOFTIRQ_OFFSET 0x00000100u

#define preempt_count()      qy_compat_preempt_count()
#define hardirq_count()      (preempt_count() & HARDIRQ_MASK)
#define softirq_count()      (preempt_count() & SOFTIRQ_MASK)
#define in_hardirq()         hardirq_count()
#define in_irq()             hardirq_count()
#define in_nmi()             (preempt_count() & NMI_MASK)
#define in_softirq()         softirq_count()
#define in_serving_softirq() (softirq_count() & SOFTIRQ_OFFSET)
#define in_interrupt()       (preempt_count() & (SOFTIRQ_MASK | HARDIRQ_MASK))
#define in_task()            (!(in_hardirq() || in_serving_softirq()))
#define preemptible()        (!preempt_count() && !irqs_disabled())

#include <linux/irqflags.h>

#define migrate_disable() preempt_disable()
#define migrate_enable()  preempt_enable()

#endif
