/* SPDX-License-Identifier: MIT */
/* Nothing of it is a driver's: here for what Linux's header brings along. No state. */
#ifndef COMPAT_LINUX_WRITEBACK_H
#define COMPAT_LINUX_WRITEBACK_H

#include <linux/fs.h>
#include <linux/sched/mm.h>
#include <linux/workqueue.h>

#endif
