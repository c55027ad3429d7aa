/* SPDX-License-Identifier: MIT */
/* What a handler answers. No state. */
#ifndef COMPAT_LINUX_IRQRETURN_H
#define COMPAT_LINUX_IRQRETURN_H

#include <linux/interrupt.h>

#endif
