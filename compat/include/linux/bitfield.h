/* SPDX-License-Identifier: MIT */
/* Fields of registers by their masks, which are constants. No state. */
#ifndef COMPAT_LINUX_BITFIELD_H
#define COMPAT_LINUX_BITFIELD_H

#include <asm/byteorder.h>
#include <linux/bitops.h>
#include <linux/types.h>

#define __bf_shf(mask)  (__builtin_ffsll(mask) - 1)
#define FIELD_MAX(mask) ((__typeof__(mask))((mask) >> __bf_shf(mask)))
#define FIELD_FIT(mask, value) \
	(!((((__typeof__(mask))(value)) << __bf_shf(mask)) & ~(mask)))
#define FIELD_PREP(mask, value) (((__typeof__(mask))(value) << __bf_shf(mask)) & (mask))
#define FIELD_GET(mask, reg)    ((__typeof__(mask))(((reg) & (mask)) >> __bf_shf(mask)))

/* The same with masks that are no constants, by type and order of bytes; a value that does not fit is cut. */
static __always_inline u64 qy_field_multiplier(u64 field)
{
	return field & -field;
}
#define QY_FIELD(type, base, to, from)                                                  \
	static __always_inline __##type type##_encode_bits(base v, base field)          \
	{                                                                               \
		if (__builtin_constant_p(v) &&                                          \
			(v & ~(field / qy_field_multiplier(field))))                    \
			qy_field_overflow();                                            \
		return to((base)((v & (base)(field / qy_field_multiplier(field))) *     \
				 (base)qy_field_multiplier(field)));                    \
	}                                                                               \
	static __always_inline __##type type##_replace_bits(                            \
		__##type old, base val, base field)                                     \
	{                                                                               \
		return (__##type)((old & ~to(field)) | type##_encode_bits(val, field)); \
	}                                                                               \
	static __always_inline void type##p_replace_bits(                               \
		__##type *p, base val, base field)                                      \
	{                                                                               \
		*p = (__##type)((*p & ~to(field)) | type##_encode_bits(val, field));    \
	}                                                                               \
	static __always_inline base type##_get_bits(__##type v, base field)             \
	{                                                                               \
		return (base)((from(v) & field) / (base)qy_field_multiplier(field));    \
	}
void qy_field_overflow(void) __attribute__((error("value doesn't fit into mask")));
#define QY_FIELD_SAME(x) (x)
/* real: u8_encode_bits, u8_replace_bits, u8p_replace_bits, u8_get_bits */
QY_FIELD(u8, u8, QY_FIELD_SAME, QY_FIELD_SAME)
/* real: u16_encode_bits, u16_replace_bits, u16p_replace_bits, u16_get_bits, le16_encode_bits, le16_replace_bits, le16p_replace_bits, le16_get_bits, be16_encode_bits, be16_replace_bits, be16p_replace_bits, be16_get_bits */
QY_FIELD(u16, u16, QY_FIELD_SAME, QY_FIELD_SAME)
QY_FIELD(le16, u16, cpu_to_le16, le16_to_cpu)
QY_FIELD(be16, u16, cpu_to_be16, be16_to_cpu)
/* real: u32_encode_bits, u32_replace_bits, u32p_replace_bits, u32_get_bits, le32_encode_bits, le32_replace_bits, le32p_replace_bits, le32_get_bits, be32_encode_bits, be32_replace_bits, be32p_replace_bits, be32_get_bits */
QY_FIELD(u32, u32, QY_FIELD_SAME, QY_FIELD_SAME)
QY_FIELD(le32, u32, cpu_to_le32, le32_to_cpu)
QY_FIELD(be32, u32, cpu_to_be32, be32_to_cpu)
/* real: u64_encode_bits, u64_replace_bits, u64p_replace_bits, u64_get_bits, le64_encode_bits, le64_replace_bits, le64p_replace_bits, le64_get_bits, be64_encode_bits, be64_replace_bits, be64p_replace_bits, be64_get_bits */
QY_FIELD(u64, u64, QY_FIELD_SAME, QY_FIELD_SAME)
QY_FIELD(le64, u64, cpu_to_le64, le64_to_cpu)
QY_FIELD(be64, u64, cpu_to_be64, be64_to_cpu)

#define FIELD_MODIFY(mask, p, value)  (*(p) = (*(p) & ~(mask)) | FIELD_PREP(mask, value))
#define FIELD_PREP_CONST(mask, value) FIELD_PREP(mask, value)

#endif
