/* SPDX-License-Identifier: MIT */
/* Registers. No state. */
#ifndef COMPAT_ASM_IO_H
#define COMPAT_ASM_IO_H

#include <linux/io.h>

#endif
