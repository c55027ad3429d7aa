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

#define htons(x) cpu_to_be16(x)
#define htonl(x) cpu_to_be32(x)
#define ntohs(x) be16_to_cpu(x)
#define ntohl(x) be32_to_cpu(x)

/* In place, and through a pointer. */
#define cpu_to_le16s(p)    ((void)(p))
#define cpu_to_le32s(p)    ((void)(p))
#define le16_to_cpus(p)    ((void)(p))
#define le32_to_cpus(p)    ((void)(p))
#define cpu_to_be16s(p)    ((void)(*(p) = cpu_to_be16(*(p))))
#define cpu_to_be32s(p)    ((void)(*(p) = cpu_to_be32(*(p))))
#define be16_to_cpus(p)    cpu_to_be16s(p)
#define be32_to_cpus(p)    cpu_to_be32s(p)
#define cpu_to_le16p(p)    cpu_to_le16(*(p))
#define cpu_to_le32p(p)    cpu_to_le32(*(p))
#define le16_to_cpup(p)    le16_to_cpu(*(p))
#define le32_to_cpup(p)    le32_to_cpu(*(p))
#define cpu_to_be16p(p)    cpu_to_be16(*(p))
#define cpu_to_be32p(p)    cpu_to_be32(*(p))
#define be16_to_cpup(p)    be16_to_cpu(*(p))
#define be32_to_cpup(p)    be32_to_cpu(*(p))
#define le16_add_cpu(p, n) ((void)(*(p) = cpu_to_le16(le16_to_cpu(*(p)) + (n))))
#define le32_add_cpu(p, n) ((void)(*(p) = cpu_to_le32(le32_to_cpu(*(p)) + (n))))

#endif
