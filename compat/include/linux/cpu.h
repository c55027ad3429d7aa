/* SPDX-License-Identifier: MIT */
/* The CPUs of the board. No state. */
#ifndef COMPAT_LINUX_CPU_H
#define COMPAT_LINUX_CPU_H

#include <linux/cpumask.h>
#include <linux/smp.h>

/* stub: CPUs neither come nor go */
#define cpu_hotplug_disable()
/* stub: as cpu_hotplug_disable */
#define cpu_hotplug_enable()

#endif
