/* SPDX-License-Identifier: MIT */
/* Macros that look at their arguments. No state. */
#ifndef COMPAT_LINUX_ARGS_H
#define COMPAT_LINUX_ARGS_H

#include <linux/compiler.h>

#endif
