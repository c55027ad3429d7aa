/* SPDX-License-Identifier: MIT */
/* Interrupts, masked. No state. */
#ifndef COMPAT_ASM_IRQFLAGS_H
#define COMPAT_ASM_IRQFLAGS_H

#include <linux/irqflags.h>

#endif
