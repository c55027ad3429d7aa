/* SPDX-License-Identifier: MIT */
/* ARRAY_SIZE(). No state. */
#ifndef COMPAT_LINUX_ARRAY_SIZE_H
#define COMPAT_LINUX_ARRAY_SIZE_H

#include <linux/kernel.h>

#endif
