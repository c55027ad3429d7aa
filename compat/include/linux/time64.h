/* SPDX-License-Identifier: MIT */
/* Units of time. No state. */
#ifndef COMPAT_LINUX_TIME64_H
#define COMPAT_LINUX_TIME64_H

#include <linux/ktime.h>

#endif
