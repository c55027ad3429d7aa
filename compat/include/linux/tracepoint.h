/* SPDX-License-Identifier: MIT */
/* Places that say that they were reached: those of trace/events. No state. */
#ifndef COMPAT_LINUX_TRACEPOINT_H
#define COMPAT_LINUX_TRACEPOINT_H

#include <linux/rcupdate.h>

#define tracepoint_synchronize_unregister() synchronize_rcu()

#endif
