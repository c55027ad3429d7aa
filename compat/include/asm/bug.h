/* SPDX-License-Identifier: MIT */
/* What must not be. No state. */
#ifndef COMPAT_ASM_BUG_H
#define COMPAT_ASM_BUG_H

#include <linux/bug.h>

#endif
