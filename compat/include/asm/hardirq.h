/* SPDX-License-Identifier: MIT */
/* Which context this is. No state. */
#ifndef COMPAT_ASM_HARDIRQ_H
#define COMPAT_ASM_HARDIRQ_H

#include <linux/hardirq.h>

#endif
