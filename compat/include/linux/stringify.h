/* SPDX-License-Identifier: MIT */
/* Text of what a macro says. No state. */
#ifndef COMPAT_LINUX_STRINGIFY_H
#define COMPAT_LINUX_STRINGIFY_H

#include <linux/compiler.h>

#endif
