/* SPDX-License-Identifier: MIT */
/* Where the code stands. No state. */
#ifndef COMPAT_LINUX_INSTRUCTION_POINTER_H
#define COMPAT_LINUX_INSTRUCTION_POINTER_H

#include <linux/kernel.h>

#endif
