/* SPDX-License-Identifier: MIT */
/* Atomic integers. No state. */
#ifndef COMPAT_ASM_ATOMIC_H
#define COMPAT_ASM_ATOMIC_H

#include <linux/atomic.h>

#endif
