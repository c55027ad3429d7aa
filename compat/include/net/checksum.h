/* SPDX-License-Identifier: MIT */
/* The internet checksum (RFC 1071): sums of 16-bit words in ones' complement. No state. */
#ifndef COMPAT_NET_CHECKSUM_H
#define COMPAT_NET_CHECKSUM_H

#include <asm/byteorder.h>
#include <linux/string.h>
#include <linux/types.h>

typedef u16 __sum16;
typedef u32 __wsum;

#define CSUM_MANGLED_0 ((__sum16)0xffff)

static inline __wsum csum_add(__wsum a, __wsum b)
{
	u32 sum = a + b;

	return sum + (sum < b);
}

static inline __wsum csum_sub(__wsum a, __wsum b)
{
	return csum_add(a, ~b);
}

static inline __sum16 csum_fold(__wsum sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__sum16)~sum;
}

static inline __wsum csum_unfold(__sum16 sum)
{
	return sum;
}

static inline __wsum csum_partial(const void *data, int len, __wsum sum)
{
	const u8 *at = data;
	u64 wide = sum;

	for (; len > 1; len -= 2, at += 2)
		wide += (u32)at[0] | (u32)at[1] << 8;
	if (len > 0)
		wide += at[0];
	while (wide >> 32)
		wide = (u32)wide + (wide >> 32);
	return (__wsum)wide;
}

/* A part that begins at an odd byte counts with its bytes swapped. */
static inline __wsum csum_block_add(__wsum sum, __wsum part, int offset)
{
	return csum_add(sum, offset & 1 ? part << 8 | part >> 24 : part);
}

static inline __sum16 ip_compute_csum(const void *data, int len)
{
	return csum_fold(csum_partial(data, len, 0));
}

static inline __sum16 ip_fast_csum(const void *header, unsigned int words)
{
	return ip_compute_csum(header, (int)words * 4);
}

static inline __wsum csum_tcpudp_nofold(
	__be32 from, __be32 to, u32 len, u8 protocol, __wsum sum)
{
	sum = csum_add(csum_add(sum, from), to);
	return csum_add(sum, cpu_to_be32(len + protocol));
}

static inline __sum16 csum_tcpudp_magic(
	__be32 from, __be32 to, u32 len, u8 protocol, __wsum sum)
{
	return csum_fold(csum_tcpudp_nofold(from, to, len, protocol, sum));
}

#endif
