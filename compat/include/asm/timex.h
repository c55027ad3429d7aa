/* SPDX-License-Identifier: MIT */
/* A counter that grows with time. No state. */
#ifndef COMPAT_ASM_TIMEX_H
#define COMPAT_ASM_TIMEX_H

#include <linux/ktime.h>

typedef unsigned long cycles_t;

/* The board's clock in nanoseconds. */
static inline cycles_t get_cycles(void)
{
	return (cycles_t)ktime_get_ns();
}

#define random_get_entropy() get_cycles()

#endif
