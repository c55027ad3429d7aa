/* SPDX-License-Identifier: MIT */
/* Who runs. No state. */
#ifndef COMPAT_LINUX_THREAD_INFO_H
#define COMPAT_LINUX_THREAD_INFO_H

#include <linux/sched.h>

#endif
