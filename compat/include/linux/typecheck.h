/* SPDX-License-Identifier: MIT */
/* Is it of that type? No state. */
#ifndef COMPAT_LINUX_TYPECHECK_H
#define COMPAT_LINUX_TYPECHECK_H

#include <linux/compiler.h>

#endif
