/* SPDX-License-Identifier: MIT */
/* Units of time. No state. */
#ifndef COMPAT_LINUX_TIME_H
#define COMPAT_LINUX_TIME_H

#include <linux/ktime.h>
#include <linux/jiffies.h>
#include <linux/time64.h>

#endif
