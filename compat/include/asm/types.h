/* SPDX-License-Identifier: MIT */
/* Integers by their kernel names. No state. */
#ifndef COMPAT_ASM_TYPES_H
#define COMPAT_ASM_TYPES_H

#include <linux/types.h>

#endif
