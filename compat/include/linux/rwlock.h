/* SPDX-License-Identifier: MIT */
/* Locks for readers and writers: linux/spinlock.h has them. No state. */
#ifndef COMPAT_LINUX_RWLOCK_H
#define COMPAT_LINUX_RWLOCK_H

#include <linux/spinlock.h>

#endif
