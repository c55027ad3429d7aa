/* SPDX-License-Identifier: MIT */
/* Signals of tasks: linux/sched.h has what drivers ask. No state. */
#ifndef COMPAT_LINUX_SCHED_SIGNAL_H
#define COMPAT_LINUX_SCHED_SIGNAL_H

#include <linux/sched.h>

#endif
