/* SPDX-License-Identifier: MIT */
/* Interrupts: linux/interrupt.h has what drivers ask. No state. */
#ifndef COMPAT_LINUX_IRQ_H
#define COMPAT_LINUX_IRQ_H

#include <linux/interrupt.h>
#include <linux/irqreturn.h>

#endif
