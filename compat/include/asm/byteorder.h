/* SPDX-License-Identifier: MIT */
/* Byte order: of what devices and files say, and of the CPU, which is little-endian on every board. No state. */
#ifndef COMPAT_ASM_BYTEORDER_H
#define COMPAT_ASM_BYTEORDER_H

#include <linux/types.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "boards are little-endian");

#define cpu_to_le16(x) ((__le16)(u16)(x))
#define cpu_to_le32(x) ((__le32)(u32)(x))
#define cpu_to_le64(x) ((__le64)(u64)(x))
#define le16_to_cpu(x) ((u16)(__le16)(x))
#define le32_to_cpu(x) ((u32)(__le32)(x))
#define le64_to_cpu(x) ((u64)(__le64)(x))
#define cpu_to_be16(x) ((__be16)__builtin_bswap16(x))
#define cpu_to_be32(x) ((__be32)__builtin_bswap32(x))
#define cpu_to_be64(x) ((__be64)__builtin_bswap64(x))
#define be16_to_cpu(x) __builtin_bswap16((__be16)(x))
#define be32_to_cpu(x) __builtin_bswap32((__be32)(x))
#define be64_to_cpu(x) ((u64)__builtin_bswap64((__be64)(x)))

#endif
