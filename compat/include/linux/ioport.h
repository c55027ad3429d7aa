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

#define IORESOURCE_MEM 0x00000200
#define IORESOURCE_IRQ 0x00000400
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
	return res->flags & 0x00001f00;
}

#endif
