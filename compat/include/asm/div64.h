/* SPDX-License-Identifier: MIT */
/* Divisions of 64 bits. No state. */
#ifndef COMPAT_ASM_DIV64_H
#define COMPAT_ASM_DIV64_H

#include <linux/math64.h>

#endif
