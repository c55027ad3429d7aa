/* SPDX-License-Identifier: MIT */
/* Who runs. No state. */
#ifndef COMPAT_ASM_CURRENT_H
#define COMPAT_ASM_CURRENT_H

#include <linux/sched.h>

#endif
