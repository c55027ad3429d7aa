/* SPDX-License-Identifier: MIT */
/* No board has channels of ISA's DMA; drivers name this header for its includes. No state. */
#ifndef COMPAT_ASM_DMA_H
#define COMPAT_ASM_DMA_H

#include <asm/io.h>
#include <linux/spinlock.h>

#endif
