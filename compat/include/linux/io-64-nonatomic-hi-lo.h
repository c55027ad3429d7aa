/* SPDX-License-Identifier: MIT */
/* Registers of 64 bits as two of 32, the upper half first. Every board reads 64 bits at once. No state. */
#ifndef COMPAT_LINUX_IO_64_NONATOMIC_HI_LO_H
#define COMPAT_LINUX_IO_64_NONATOMIC_HI_LO_H

#include <linux/io.h>

static inline u64 hi_lo_readq(const volatile void *addr)
{
	u32 high = readl((const volatile char *)addr + 4);

	return (u64)high << 32 | readl(addr);
}

static inline void hi_lo_writeq(u64 value, volatile void *addr)
{
	writel((u32)(value >> 32), (volatile char *)addr + 4);
	writel((u32)value, addr);
}

#define hi_lo_readq_relaxed(addr)     hi_lo_readq(addr)
#define hi_lo_writeq_relaxed(v, addr) hi_lo_writeq(v, addr)

#endif
