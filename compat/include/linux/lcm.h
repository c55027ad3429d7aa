/* SPDX-License-Identifier: MIT */
/* The least number that both divide; 0 where one is 0. No state. */
#ifndef COMPAT_LINUX_LCM_H
#define COMPAT_LINUX_LCM_H

#include <asm/quarry.h>

unsigned long lcm(unsigned long a, unsigned long b) QY_REAL(lcm);
/* The other one where one is 0. */
unsigned long lcm_not_zero(unsigned long a, unsigned long b) QY_REAL(lcm_not_zero);

#endif
