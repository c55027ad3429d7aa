/* SPDX-License-Identifier: MIT */
/* Interrupts: linux/interrupt.h has what drivers ask. No state. */
#ifndef COMPAT_LINUX_IRQ_H
#define COMPAT_LINUX_IRQ_H

#include <linux/interrupt.h>
#include <linux/irqreturn.h>

/* How a line is pulled, as a tree says it; a raised line is one interrupt, whatever its edge. */
enum {
	IRQ_TYPE_NONE = 0x00,
	IRQ_TYPE_EDGE_RISING = 0x01,
	IRQ_TYPE_EDGE_FALLING = 0x02,
	IRQ_TYPE_EDGE_BOTH = 0x03,
	IRQ_TYPE_LEVEL_HIGH = 0x04,
	IRQ_TYPE_LEVEL_LOW = 0x08,
	IRQ_TYPE_LEVEL_MASK = 0x0c,
	IRQ_TYPE_SENSE_MASK = 0x0f,
};

#define IRQ_DISABLE_UNLAZY                 (1 << 19)
/* stub: a line that is disabled is masked at once, which is what the one flag says */
#define irq_set_status_flags(irq, flags)   ((void)(irq), (void)(flags))
/* stub: as irq_set_status_flags() */
#define irq_clear_status_flags(irq, flags) ((void)(irq), (void)(flags))

#endif
