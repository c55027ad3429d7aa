/* SPDX-License-Identifier: MIT */
/* Registers of 64 bits as two of 32, the lower half first. Every board reads 64 bits at once. No state. */
#ifndef COMPAT_LINUX_IO_64_NONATOMIC_LO_HI_H
#define COMPAT_LINUX_IO_64_NONATOMIC_LO_HI_H

#include <linux/io.h>

static inline u64 lo_hi_readq(const volatile void *addr)
{
	u32 low = readl(addr);

	return low | (u64)readl((const volatile char *)addr + 4) << 32;
}

static inline void lo_hi_writeq(u64 value, volatile void *addr)
{
	writel((u32)value, addr);
	writel((u32)(value >> 32), (volatile char *)addr + 4);
}

#define lo_hi_readq_relaxed(addr)     lo_hi_readq(addr)
#define lo_hi_writeq_relaxed(v, addr) lo_hi_writeq(v, addr)

#endif
