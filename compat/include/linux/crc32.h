/* SPDX-License-Identifier: MIT */
/* CRC-32 of Ethernet, bit by bit: from the lowest bit (le), from the highest (be). No state. */
#ifndef COMPAT_LINUX_CRC32_H
#define COMPAT_LINUX_CRC32_H

#include <linux/bitrev.h>
#include <linux/types.h>

#define CRC32_POLY_LE 0xedb88320u
#define CRC32_POLY_BE 0x04c11db7u

static inline u32 crc32_le(u32 crc, const unsigned char *p, size_t len)
{
	while (len--) {
		crc ^= *p++;
		for (int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? CRC32_POLY_LE : 0);
	}
	return crc;
}

static inline u32 crc32_be(u32 crc, const unsigned char *p, size_t len)
{
	while (len--) {
		crc ^= (u32)*p++ << 24;
		for (int i = 0; i < 8; i++)
			crc = crc << 1 ^ (crc >> 31 ? CRC32_POLY_BE : 0);
	}
	return crc;
}

#define crc32(seed, data, len)  crc32_le(seed, (const unsigned char *)(data), len)
#define ether_crc_le(len, data) crc32_le(~0u, data, len)
#define ether_crc(len, data)    bitrev32(crc32_le(~0u, data, len))

#endif
