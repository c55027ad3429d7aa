/* SPDX-License-Identifier: MIT */
/* The lock of a program's areas: linux/mm.h. No state. */
#ifndef COMPAT_LINUX_MMAP_LOCK_H
#define COMPAT_LINUX_MMAP_LOCK_H

#include <linux/mm.h>

#endif
