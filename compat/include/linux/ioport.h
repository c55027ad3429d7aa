/* SPDX-License-Identifier: MIT */
/* Ranges of addresses and interrupts of a device. No state. */
#ifndef COMPAT_LINUX_IOPORT_H
#define COMPAT_LINUX_IOPORT_H

#include <linux/types.h>

struct resource {
	resource_size_t start;
	resource_size_t end; /* the last byte */
	const char *name;
	unsigned long flags;
};

#define IORESOURCE_BITS      0x000000ff
#define IORESOURCE_TYPE_BITS 0x00001f00
#define IORESOURCE_IO        0x00000100
#define IORESOURCE_MEM       0x00000200
#define IORESOURCE_REG       0x00000300
#define IORESOURCE_IRQ       0x00000400
#define IORESOURCE_DMA       0x00000800
#define IORESOURCE_BUS       0x00001000
#define IORESOURCE_PREFETCH  0x00002000
#define IORESOURCE_READONLY  0x00004000
#define IORESOURCE_MEM_64    0x00100000
#define IORESOURCE_WINDOW    0x00200000
#define IORESOURCE_DISABLED  0x10000000
#define IORESOURCE_UNSET     0x20000000
#define IORESOURCE_BUSY      0x80000000ul
#define DEFINE_RES_IO(s, n)                                              \
	{                                                                \
		.start = (s), .end = (s) + (n)-1, .flags = IORESOURCE_IO \
	}
#define DEFINE_RES_MEM(s, n)                                              \
	{                                                                 \
		.start = (s), .end = (s) + (n)-1, .flags = IORESOURCE_MEM \
	}
#define DEFINE_RES_IRQ(i)                                         \
	{                                                         \
		.start = (i), .end = (i), .flags = IORESOURCE_IRQ \
	}

static inline resource_size_t resource_size(const struct resource *res)
{
	return res->end - res->start + 1;
}

static inline unsigned long resource_type(const struct resource *res)
{
	return res->flags & IORESOURCE_TYPE_BITS;
}

static inline unsigned long resource_overlaps(
	const struct resource *a, const struct resource *b)
{
	return a->start <= b->end && b->start <= a->end;
}

static inline bool resource_contains(const struct resource *a, const struct resource *b)
{
	return resource_type(a) == resource_type(b) && a->start <= b->start &&
	       b->end <= a->end;
}

struct device;

/*
 * Ranges that drivers keep to themselves, of ports and of memory. Return: the range, NULL: somebody has a part of it already.
 * Context: task, may sleep.
 */
struct resource *qy_compat_request(struct device *managed_by, resource_size_t start,
	resource_size_t n, const char *name, unsigned long type);
void qy_compat_release(struct device *managed_by, resource_size_t start,
	resource_size_t n, unsigned long type);
#define request_region(start, n, name) \
	qy_compat_request(NULL, start, n, name, IORESOURCE_IO)
#define request_muxed_region(start, n, name) request_region(start, n, name)
#define request_mem_region(start, n, name) \
	qy_compat_request(NULL, start, n, name, IORESOURCE_MEM)
#define release_region(start, n)     qy_compat_release(NULL, start, n, IORESOURCE_IO)
#define release_mem_region(start, n) qy_compat_release(NULL, start, n, IORESOURCE_MEM)
#define devm_request_region(dev, start, n, name) \
	qy_compat_request(dev, start, n, name, IORESOURCE_IO)
#define devm_request_mem_region(dev, start, n, name) \
	qy_compat_request(dev, start, n, name, IORESOURCE_MEM)
#define devm_release_region(dev, start, n) qy_compat_release(dev, start, n, IORESOURCE_IO)
#define devm_release_mem_region(dev, start, n) \
	qy_compat_release(dev, start, n, IORESOURCE_MEM)

#endif
