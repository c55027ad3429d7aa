/* SPDX-License-Identifier: MIT */
/* In place of the header that the kernel's allocators share. No state. */
#ifndef COMPAT_MM_SLAB_H
#define COMPAT_MM_SLAB_H

#include <linux/slab.h>

#endif
