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
#include <linux/err.h>
#include <linux/ioport.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/types.h>

void *ioremap(phys_addr_t phys, size_t size) QY_REAL(ioremap);
void iounmap(volatile void *addr) QY_REAL(iounmap);
#define ioremap_wc(phys, size)    ioremap(phys, size)
#define ioremap_wt(phys, size)    ioremap(phys, size)
#define ioremap_np(phys, size)    ioremap(phys, size)
#define ioremap_uc(phys, size)    ioremap(phys, size)
#define ioremap_cache(phys, size) ioremap(phys, size)

/* Memory, of the board or of a device, as plain storage. Return: NULL: neither, or -ENOMEM. Context: task, may sleep. */
enum {
	MEMREMAP_WB = 1,
	MEMREMAP_WT = 2,
	MEMREMAP_WC = 4,
};
void *memremap(resource_size_t offset, size_t size, unsigned long flags)
	QY_REAL(memremap);
void memunmap(void *addr) QY_REAL(memunmap);

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
#define __raw_readb(addr)       readb(addr)
#define __raw_readw(addr)       readw(addr)
#define __raw_readl(addr)       readl(addr)
#define __raw_readq(addr)       readq(addr)
#define __raw_writeb(v, addr)   writeb(v, addr)
#define __raw_writew(v, addr)   writew(v, addr)
#define __raw_writel(v, addr)   writel(v, addr)
#define __raw_writeq(v, addr)   writeq(v, addr)
#define ioread8(addr)           readb(addr)
#define ioread16(addr)          readw(addr)
#define ioread32(addr)          readl(addr)
#define ioread64(addr)          readq(addr)
#define iowrite8(v, addr)       writeb(v, addr)
#define iowrite16(v, addr)      writew(v, addr)
#define iowrite32(v, addr)      writel(v, addr)
#define iowrite64(v, addr)      writeq(v, addr)
#define ioread16be(addr)        __builtin_bswap16(readw(addr))
#define ioread32be(addr)        __builtin_bswap32(readl(addr))
#define ioread64be(addr)        ((u64)__builtin_bswap64(readq(addr)))
#define iowrite16be(v, addr)    writew(__builtin_bswap16(v), addr)
#define iowrite32be(v, addr)    writel(__builtin_bswap32(v), addr)
#define iowrite64be(v, addr)    writeq(__builtin_bswap64(v), addr)

/* The same register, @nr times. */
#define QY_REPEATED(type, width, read, write)                                            \
	static inline void reads##width(                                                 \
		const volatile void *addr, void *to, unsigned int nr)                    \
	{                                                                                \
		for (unsigned int i = 0; i < nr; i++) {                                  \
			type value_ = read(addr);                                        \
			__builtin_memcpy((type *)to + i, &value_, sizeof(type));         \
		}                                                                        \
	}                                                                                \
	static inline void writes##width(                                                \
		volatile void *addr, const void *from, unsigned int nr)                  \
	{                                                                                \
		for (unsigned int i = 0; i < nr; i++) {                                  \
			type value_;                                                     \
			__builtin_memcpy(&value_, (const type *)from + i, sizeof(type)); \
			write(value_, addr);                                             \
		}                                                                        \
	}
/* real: readsb, readsw, readsl, readsq, writesb, writesw, writesl, writesq */
QY_REPEATED(u8, b, readb, writeb)
QY_REPEATED(u16, w, readw, writew)
QY_REPEATED(u32, l, readl, writel)
QY_REPEATED(u64, q, readq, writeq)
#define ioread8_rep(addr, to, nr)     readsb(addr, to, nr)
#define ioread16_rep(addr, to, nr)    readsw(addr, to, nr)
#define ioread32_rep(addr, to, nr)    readsl(addr, to, nr)
#define iowrite8_rep(addr, from, nr)  writesb(addr, from, nr)
#define iowrite16_rep(addr, from, nr) writesw(addr, from, nr)
#define iowrite32_rep(addr, from, nr) writesl(addr, from, nr)
#define __iowrite32_copy(to, from, nr)                                       \
	do {                                                                 \
		for (size_t i_ = 0; i_ < (nr); i_++)                         \
			writel(((const u32 *)(from))[i_], (u32 *)(to) + i_); \
	} while (0)
#define __ioread32_copy(to, from, nr)                                        \
	do {                                                                 \
		for (size_t i_ = 0; i_ < (nr); i_++)                         \
			((u32 *)(to))[i_] = readl((const u32 *)(from) + i_); \
	} while (0)

/*
 * Ports: 64 KiB of registers of their own, zero at first as the others. Where they are asked for as an address, it is that of
 * such a register.
 */
volatile void *qy_compat_port(unsigned long port);
#define inb(port)             readb(qy_compat_port(port))
#define inw(port)             readw(qy_compat_port(port))
#define inl(port)             readl(qy_compat_port(port))
#define outb(v, port)         writeb(v, qy_compat_port(port))
#define outw(v, port)         writew(v, qy_compat_port(port))
#define outl(v, port)         writel(v, qy_compat_port(port))
#define inb_p(port)           inb(port)
#define inw_p(port)           inw(port)
#define inl_p(port)           inl(port)
#define outb_p(v, port)       outb(v, port)
#define outw_p(v, port)       outw(v, port)
#define outl_p(v, port)       outl(v, port)
#define insb(port, to, nr)    readsb(qy_compat_port(port), to, nr)
#define insw(port, to, nr)    readsw(qy_compat_port(port), to, nr)
#define insl(port, to, nr)    readsl(qy_compat_port(port), to, nr)
#define outsb(port, from, nr) writesb(qy_compat_port(port), from, nr)
#define outsw(port, from, nr) writesw(qy_compat_port(port), from, nr)
#define outsl(port, from, nr) writesl(qy_compat_port(port), from, nr)
void *ioport_map(unsigned long port, unsigned int nr) QY_REAL(ioport_map);
void ioport_unmap(void *addr) QY_REAL(ioport_unmap);

void memcpy_fromio(void *to, const volatile void *from, size_t n) QY_REAL(memcpy_fromio);
void memcpy_toio(volatile void *to, const void *from, size_t n) QY_REAL(memcpy_toio);
void memset_io(volatile void *to, int byte, size_t n) QY_REAL(memset_io);

#endif
