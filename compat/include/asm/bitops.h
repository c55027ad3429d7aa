/* SPDX-License-Identifier: MIT */
/* Bits of long words. No state. */
#ifndef COMPAT_ASM_BITOPS_H
#define COMPAT_ASM_BITOPS_H

#include <linux/bitops.h>

#endif
