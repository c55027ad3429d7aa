/* SPDX-License-Identifier: MIT */
/* Numbers at any address. No state. */
#ifndef COMPAT_LINUX_UNALIGNED_H
#define COMPAT_LINUX_UNALIGNED_H

#include <asm/unaligned.h>

#endif
