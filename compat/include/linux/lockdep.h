/* SPDX-License-Identifier: MIT */
/* What is said to the checker of locks. No state. */
#ifndef COMPAT_LINUX_LOCKDEP_H
#define COMPAT_LINUX_LOCKDEP_H

#include <linux/spinlock.h>

#endif
