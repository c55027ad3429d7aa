/* SPDX-License-Identifier: MIT */
/* Interrupts are linux/interrupt.h's. No state. */
#ifndef COMPAT_ASM_IRQ_H
#define COMPAT_ASM_IRQ_H

#include <linux/interrupt.h>

#endif
