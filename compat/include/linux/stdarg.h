/* SPDX-License-Identifier: MIT */
/* Arguments without a name. No state. */
#ifndef COMPAT_LINUX_STDARG_H
#define COMPAT_LINUX_STDARG_H

#include <linux/types.h>

#endif
