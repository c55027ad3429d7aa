/* SPDX-License-Identifier: MIT */
/* The clock. No state. */
#ifndef COMPAT_LINUX_TIMEKEEPING_H
#define COMPAT_LINUX_TIMEKEEPING_H

#include <linux/ktime.h>

#endif
