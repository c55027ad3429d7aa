/* SPDX-License-Identifier: MIT */
/* As linux/ratelimit_types.h, and the question. No state. */
#ifndef COMPAT_LINUX_RATELIMIT_H
#define COMPAT_LINUX_RATELIMIT_H

#include <linux/printk.h>

#define __ratelimit(rs) __printk_ratelimit(rs)

#endif
