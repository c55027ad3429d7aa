/* SPDX-License-Identifier: MIT */
/* A counter that grows with time. No state. */
#ifndef COMPAT_LINUX_TIMEX_H
#define COMPAT_LINUX_TIMEX_H

#include <asm/timex.h>

#endif
