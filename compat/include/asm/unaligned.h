/* SPDX-License-Identifier: MIT */
/* Numbers at any address, in either order of bytes. No state. */
#ifndef COMPAT_ASM_UNALIGNED_H
#define COMPAT_ASM_UNALIGNED_H

#include <asm/byteorder.h>

#define get_unaligned(p)                            \
	({                                          \
		const struct {                      \
			__typeof__(*(p)) x;         \
		} __packed *p_ = (const void *)(p); \
		p_->x;                              \
	})
#define put_unaligned(value, p)               \
	do {                                  \
		struct {                      \
			__typeof__(*(p)) x;   \
		} __packed *p_ = (void *)(p); \
		p_->x = (value);              \
	} while (0)

#define QY_UNALIGNED(order, bits)                                                       \
	static inline u##bits get_unaligned_##order##bits(const void *p)                \
	{                                                                               \
		return order##bits##_to_cpu(get_unaligned((const __##order##bits *)p)); \
	}                                                                               \
	static inline void put_unaligned_##order##bits(u##bits value, void *p)          \
	{                                                                               \
		put_unaligned(cpu_to_##order##bits(value), (__##order##bits *)p);       \
	}
/* real: get_unaligned_le16, put_unaligned_le16, get_unaligned_le32, put_unaligned_le32, get_unaligned_le64, put_unaligned_le64 */
QY_UNALIGNED(le, 16)
QY_UNALIGNED(le, 32)
QY_UNALIGNED(le, 64)
/* real: get_unaligned_be16, put_unaligned_be16, get_unaligned_be32, put_unaligned_be32, get_unaligned_be64, put_unaligned_be64 */
QY_UNALIGNED(be, 16)
QY_UNALIGNED(be, 32)
QY_UNALIGNED(be, 64)

static inline u32 get_unaligned_be24(const void *p)
{
	const u8 *bytes = p;

	return (u32)bytes[0] << 16 | (u32)bytes[1] << 8 | bytes[2];
}

static inline u32 get_unaligned_le24(const void *p)
{
	const u8 *bytes = p;

	return (u32)bytes[2] << 16 | (u32)bytes[1] << 8 | bytes[0];
}

static inline void put_unaligned_be24(u32 value, void *p)
{
	u8 *bytes = p;

	bytes[0] = (u8)(value >> 16);
	bytes[1] = (u8)(value >> 8);
	bytes[2] = (u8)value;
}

static inline void put_unaligned_le24(u32 value, void *p)
{
	u8 *bytes = p;

	bytes[2] = (u8)(value >> 16);
	bytes[1] = (u8)(value >> 8);
	bytes[0] = (u8)value;
}

static inline u64 get_unaligned_be48(const void *p)
{
	const u8 *at = p;

	return (u64)get_unaligned_be16(at) << 32 | get_unaligned_be32(at + 2);
}

static inline void put_unaligned_be48(u64 n, void *p)
{
	u8 *at = p;

	put_unaligned_be16((u16)(n >> 32), at);
	put_unaligned_be32((u32)n, at + 2);
}

#endif
