/* SPDX-License-Identifier: MIT */
/* Interrupts of this CPU, masked or not. No state. */
#ifndef COMPAT_LINUX_IRQFLAGS_H
#define COMPAT_LINUX_IRQFLAGS_H

#include <linux/preempt.h>

#define irqs_disabled() (qy_compat_irqs_disabled() != 0)

/* As on Linux these do not nest: one enable ends it. A pending interrupt comes then. */
static inline void local_irq_disable(void)
{
	if (irqs_disabled())
		return;
	qy_off_here();
	qy_irq_disable();
}

static inline void local_irq_enable(void)
{
	if (irqs_disabled()) {
		qy_compat_set_irqs_disabled(1);
		qy_irq_enable();
	}
}

#define local_irq_save(flags)                        \
	do {                                         \
		(flags) = qy_compat_irqs_disabled(); \
		qy_off_here();                       \
		qy_irq_disable();                    \
	} while (0)
void qy_compat_irqs_are_on(void);
#define local_irq_restore(flags)                                        \
	do {                                                            \
		if (!irqs_disabled())                                   \
			qy_compat_irqs_are_on();                        \
		qy_compat_set_irqs_disabled((unsigned int)(flags) + 1); \
		qy_irq_enable();                                        \
	} while (0)
#define local_save_flags(flags) ((flags) = qy_compat_irqs_disabled())

#endif
