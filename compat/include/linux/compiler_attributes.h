/* SPDX-License-Identifier: MIT */
/* What the kernel asks of its compiler. No state. */
#ifndef COMPAT_LINUX_COMPILER_ATTRIBUTES_H
#define COMPAT_LINUX_COMPILER_ATTRIBUTES_H

#include <linux/compiler.h>

#endif
