/* SPDX-License-Identifier: MIT */
/* In place of the header that the kernel's memory manager shares. No state. */
#ifndef COMPAT_MM_INTERNAL_H
#define COMPAT_MM_INTERNAL_H

#include <linux/mm.h>

#endif
