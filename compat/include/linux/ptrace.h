/* SPDX-License-Identifier: MIT */
/* No task is traced; drivers name this header, and use nothing of it. No state. */
#ifndef COMPAT_LINUX_PTRACE_H
#define COMPAT_LINUX_PTRACE_H

#include <linux/sched.h>

#endif
