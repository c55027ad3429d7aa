/* SPDX-License-Identifier: MIT */
/* Spinlocks. No state. */
#ifndef COMPAT_LINUX_SPINLOCK_TYPES_H
#define COMPAT_LINUX_SPINLOCK_TYPES_H

#include <linux/spinlock.h>

#endif
