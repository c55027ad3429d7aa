/* SPDX-License-Identifier: MIT */
/* Interrupts by their node of the tree. No state. */
#ifndef COMPAT_LINUX_OF_IRQ_H
#define COMPAT_LINUX_OF_IRQ_H

#include <linux/of.h>

/* Return: the number, 0: there is none; of_irq_get: -EINVAL. */
unsigned int irq_of_parse_and_map(struct device_node *np, int index)
	QY_REAL(irq_of_parse_and_map);

static inline int of_irq_get(struct device_node *np, int index)
{
	unsigned int irq = irq_of_parse_and_map(np, index);

	return irq ? (int)irq : -EINVAL;
}

/* stub: mappings of interrupts are not counted */
#define irq_dispose_mapping(irq) ((void)(irq))

#endif
