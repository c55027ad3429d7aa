/* SPDX-License-Identifier: MIT */
/* Softirqs, kept off. No state. */
#ifndef COMPAT_LINUX_BOTTOM_HALF_H
#define COMPAT_LINUX_BOTTOM_HALF_H

#include <linux/preempt.h>

#endif
