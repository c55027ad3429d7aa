/* SPDX-License-Identifier: MIT */
/* NULL, offsetof(), bool. No state. */
#ifndef COMPAT_LINUX_STDDEF_H
#define COMPAT_LINUX_STDDEF_H

#include <linux/types.h>

#endif
