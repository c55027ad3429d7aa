/* SPDX-License-Identifier: MIT */
/* The CPUs of the board. No state. */
#ifndef COMPAT_LINUX_CPU_H
#define COMPAT_LINUX_CPU_H

#include <linux/cpumask.h>
#include <linux/smp.h>

#endif
