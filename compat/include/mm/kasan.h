/* SPDX-License-Identifier: MIT */
/* In place of the header that the kernel's checker of accesses shares. No state. */
#ifndef COMPAT_MM_KASAN_H
#define COMPAT_MM_KASAN_H

#include <linux/kasan.h>

#endif
