/* SPDX-License-Identifier: MIT */
/* Bytes in the other order. No state. */
#ifndef COMPAT_LINUX_SWAB_H
#define COMPAT_LINUX_SWAB_H

#include <asm/byteorder.h>

#define swab16(x) __builtin_bswap16((u16)(x))
#define swab32(x) __builtin_bswap32((u32)(x))
#define swab64(x) ((u64)__builtin_bswap64((u64)(x)))

#endif
