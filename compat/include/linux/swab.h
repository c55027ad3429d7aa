/* SPDX-License-Identifier: MIT */
/* Bytes in the other order. No state. */
#ifndef COMPAT_LINUX_SWAB_H
#define COMPAT_LINUX_SWAB_H

#include <asm/byteorder.h>

#endif
