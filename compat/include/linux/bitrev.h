/* SPDX-License-Identifier: MIT */
/* Bits in the other order. No state. */
#ifndef COMPAT_LINUX_BITREV_H
#define COMPAT_LINUX_BITREV_H

#include <linux/types.h>

static inline u8 bitrev8(u8 byte)
{
	byte = (u8)(byte >> 4 | byte << 4);
	byte = (u8)((byte & 0xcc) >> 2 | (byte & 0x33) << 2);
	return (u8)((byte & 0xaa) >> 1 | (byte & 0x55) << 1);
}

static inline u16 bitrev16(u16 word)
{
	return (u16)(bitrev8((u8)word) << 8 | bitrev8((u8)(word >> 8)));
}

static inline u32 bitrev32(u32 word)
{
	return (u32)bitrev16((u16)word) << 16 | bitrev16((u16)(word >> 16));
}

#endif
