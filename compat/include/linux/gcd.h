/* SPDX-License-Identifier: MIT */
/* The greatest number that divides both. No state. */
#ifndef COMPAT_LINUX_GCD_H
#define COMPAT_LINUX_GCD_H

#include <asm/quarry.h>

/* Of 0 and b: b. */
unsigned long gcd(unsigned long a, unsigned long b) QY_REAL(gcd);

#endif
