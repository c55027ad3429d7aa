/* SPDX-License-Identifier: MIT */
/* Boards have 64 bits. No state. */
#ifndef COMPAT_ASM_BITSPERLONG_H
#define COMPAT_ASM_BITSPERLONG_H

#define BITS_PER_LONG      64
#define BITS_PER_LONG_LONG 64

#endif
