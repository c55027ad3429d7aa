/* SPDX-License-Identifier: MIT */
/*
 * Registers of devices. What ioremap() returns leads to the simulated registers of that physical range: plain storage, or
 * what a model of the device answers (quarry/world.h). Each access costs 100 ns of the virtual clock.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_IO_H
#define COMPAT_LINUX_IO_H

#include <asm/quarry.h>
#include <linux/compiler.h>
#include <linux/types.h>

void *ioremap(phys_addr_t phys, size_t size) QY_REAL(ioremap);
void iounmap(volatile void *addr) QY_REAL(iounmap);
#define ioremap_wc(phys, size) ioremap(phys, size)
#define ioremap_np(phys, size) ioremap(phys, size)

u64 qy_compat_read(const volatile void *addr, unsigned int bytes);
void qy_compat_write(volatile void *addr, u64 value, unsigned int bytes);

static inline u8 readb(const volatile void *addr)
{
	return (u8)qy_compat_read(addr, 1);
}

static inline u16 readw(const volatile void *addr)
{
	return (u16)qy_compat_read(addr, 2);
}

static inline u32 readl(const volatile void *addr)
{
	return (u32)qy_compat_read(addr, 4);
}

static inline u64 readq(const volatile void *addr)
{
	return qy_compat_read(addr, 8);
}

static inline void writeb(u8 value, volatile void *addr)
{
	qy_compat_write(addr, value, 1);
}

static inline void writew(u16 value, volatile void *addr)
{
	qy_compat_write(addr, value, 2);
}

static inline void writel(u32 value, volatile void *addr)
{
	qy_compat_write(addr, value, 4);
}

static inline void writeq(u64 value, volatile void *addr)
{
	qy_compat_write(addr, value, 8);
}

#define readl_relaxed(addr)     readl(addr)
#define readw_relaxed(addr)     readw(addr)
#define readb_relaxed(addr)     readb(addr)
#define readq_relaxed(addr)     readq(addr)
#define writel_relaxed(v, addr) writel(v, addr)
#define writew_relaxed(v, addr) writew(v, addr)
#define writeb_relaxed(v, addr) writeb(v, addr)
#define writeq_relaxed(v, addr) writeq(v, addr)
#define ioread8(addr)           readb(addr)
#define ioread16(addr)          readw(addr)
#define ioread32(addr)          readl(addr)
#define iowrite8(v, addr)       writeb(v, addr)
#define iowrite16(v, addr)      writew(v, addr)
#define iowrite32(v, addr)      writel(v, addr)

void memcpy_fromio(void *to, const volatile void *from, size_t n) QY_REAL(memcpy_fromio);
void memcpy_toio(volatile void *to, const void *from, size_t n) QY_REAL(memcpy_toio);
void memset_io(volatile void *to, int byte, size_t n) QY_REAL(memset_io);

#endif
