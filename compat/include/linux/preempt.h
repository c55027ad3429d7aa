/* SPDX-License-Identifier: MIT */
/*
 * Where a call may sleep: preemption and interrupts of the CPU that this thread is.
 *
 * local_irq_disable() and local_irq_enable() are not here: on Linux they do not nest, ours would.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_PREEMPT_H
#define COMPAT_LINUX_PREEMPT_H

#include <asm/quarry.h>

#define preempt_disable() qy_preempt_disable()
#define preempt_enable()  qy_preempt_enable()
#define in_atomic()       qy_in_atomic()

#define local_irq_save(flags)     \
	do {                      \
		(flags) = 0;      \
		qy_irq_disable(); \
	} while (0)
#define local_irq_restore(flags) \
	do {                     \
		(void)(flags);   \
		qy_irq_enable(); \
	} while (0)

#endif
