/* SPDX-License-Identifier: MIT */
/* As the kernel spells them. No state. */
#ifndef COMPAT_LINUX_LIMITS_H
#define COMPAT_LINUX_LIMITS_H

#include <linux/kernel.h>

#endif
