/* SPDX-License-Identifier: MIT */
/* ALIGN() and its like. No state. */
#ifndef COMPAT_LINUX_ALIGN_H
#define COMPAT_LINUX_ALIGN_H

#include <linux/kernel.h>

#endif
