/* SPDX-License-Identifier: MIT */
/* Suspend of tasks, as in a kernel without CONFIG_FREEZER: nobody freezes. No state. */
#ifndef COMPAT_LINUX_FREEZER_H
#define COMPAT_LINUX_FREEZER_H

#include <linux/sched.h>
#include <linux/wait.h>

/* stub: as in a kernel without CONFIG_FREEZER */
#define set_freezable()                     ((void)0)
/* stub: as in a kernel without CONFIG_FREEZER */
#define try_to_freeze()                     (false)
/* stub: as in a kernel without CONFIG_FREEZER */
#define freezing(task)                      ((void)(task), false)
#define wait_event_freezable(wq, condition) wait_event_interruptible(wq, condition)

#endif
