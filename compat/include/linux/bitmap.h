/* SPDX-License-Identifier: MIT */
/* Runs of bits. No state. */
#ifndef COMPAT_LINUX_BITMAP_H
#define COMPAT_LINUX_BITMAP_H

#include <linux/bitops.h>

static inline unsigned int bitmap_weight(const unsigned long *words, unsigned int nr_bits)
{
	unsigned int weight = 0;
	unsigned long bit;

	for_each_set_bit(bit, words, nr_bits) weight++;
	return weight;
}

#endif
