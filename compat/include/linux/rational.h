/* SPDX-License-Identifier: MIT */
/* The fraction nearest to another one, within bounds. No state. */
#ifndef COMPAT_LINUX_RATIONAL_H
#define COMPAT_LINUX_RATIONAL_H

#include <asm/quarry.h>

void rational_best_approximation(unsigned long given_numerator,
	unsigned long given_denominator, unsigned long max_numerator,
	unsigned long max_denominator, unsigned long *best_numerator,
	unsigned long *best_denominator) QY_REAL(rational_best_approximation);

#endif
