/* SPDX-License-Identifier: MIT */
/* Which CPU this is. No state. */
#ifndef COMPAT_LINUX_SMP_H
#define COMPAT_LINUX_SMP_H

#include <linux/cpumask.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#endif
