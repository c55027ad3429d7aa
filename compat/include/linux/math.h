/* SPDX-License-Identifier: MIT */
/* Rounding and division: linux/kernel.h has them. No state. */
#ifndef COMPAT_LINUX_MATH_H
#define COMPAT_LINUX_MATH_H

#include <linux/kernel.h>

#endif
