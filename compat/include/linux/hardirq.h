/* SPDX-License-Identifier: MIT */
/* Which context this is: linux/preempt.h says it. No state. */
#ifndef COMPAT_LINUX_HARDIRQ_H
#define COMPAT_LINUX_HARDIRQ_H

#include <linux/irqflags.h>
#include <linux/preempt.h>

#endif
