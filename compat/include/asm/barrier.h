/* SPDX-License-Identifier: MIT */
/* Orders of accesses. No state. */
#ifndef COMPAT_ASM_BARRIER_H
#define COMPAT_ASM_BARRIER_H

#include <linux/compiler.h>

#endif
