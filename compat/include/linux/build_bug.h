/* SPDX-License-Identifier: MIT */
/* What fails to compile. No state. */
#ifndef COMPAT_LINUX_BUILD_BUG_H
#define COMPAT_LINUX_BUILD_BUG_H

#include <linux/bug.h>

#endif
