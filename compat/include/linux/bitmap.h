/* SPDX-License-Identifier: MIT */
/* Runs of bits. No state. */
#ifndef COMPAT_LINUX_BITMAP_H
#define COMPAT_LINUX_BITMAP_H

#include <linux/bitops.h>
#include <linux/slab.h>
#include <linux/string.h>

#define BITMAP_FIRST_WORD_MASK(start) (~0UL << ((start) & (BITS_PER_LONG - 1)))
#define BITMAP_LAST_WORD_MASK(nr)     (~0UL >> (-(nr) & (BITS_PER_LONG - 1)))

#define DECLARE_BITMAP(name, nr_bits) unsigned long name[BITS_TO_LONGS(nr_bits)]

static inline unsigned int bitmap_weight(const unsigned long *words, unsigned int nr_bits)
{
	unsigned int weight = 0;
	unsigned long bit;

	for_each_set_bit(bit, words, nr_bits) weight++;
	return weight;
}

static inline void bitmap_zero(unsigned long *words, unsigned int nr_bits)
{
	memset(words, 0, BITS_TO_LONGS(nr_bits) * sizeof(long));
}

static inline void bitmap_fill(unsigned long *words, unsigned int nr_bits)
{
	memset(words, 0xff, BITS_TO_LONGS(nr_bits) * sizeof(long));
}

static inline void bitmap_copy(
	unsigned long *to, const unsigned long *from, unsigned int nr_bits)
{
	memcpy(to, from, BITS_TO_LONGS(nr_bits) * sizeof(long));
}

static inline void bitmap_set(unsigned long *words, unsigned int from, unsigned int nr)
{
	for (; nr; nr--, from++)
		__set_bit(from, words);
}

static inline void bitmap_clear(unsigned long *words, unsigned int from, unsigned int nr)
{
	for (; nr; nr--, from++)
		__clear_bit(from, words);
}

static inline bool bitmap_empty(const unsigned long *words, unsigned int nr_bits)
{
	return find_first_bit(words, nr_bits) == nr_bits;
}

static inline bool bitmap_full(const unsigned long *words, unsigned int nr_bits)
{
	return find_first_zero_bit(words, nr_bits) == nr_bits;
}

static inline bool bitmap_equal(
	const unsigned long *a, const unsigned long *b, unsigned int nr_bits)
{
	for (unsigned int bit = 0; bit < nr_bits; bit++)
		if (test_bit(bit, a) != test_bit(bit, b))
			return false;
	return true;
}

static inline bool bitmap_and(unsigned long *to, const unsigned long *a,
	const unsigned long *b, unsigned int nr_bits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nr_bits); i++)
		to[i] = a[i] & b[i];
	return !bitmap_empty(to, nr_bits);
}

static inline void bitmap_or(unsigned long *to, const unsigned long *a,
	const unsigned long *b, unsigned int nr_bits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nr_bits); i++)
		to[i] = a[i] | b[i];
}

/* @nr clear bits behind each other; the first, plus @offset, a multiple of @align_mask + 1. Return: the first, or above @size. */
static inline unsigned long bitmap_find_next_zero_area_off(unsigned long *words,
	unsigned long size, unsigned long from, unsigned int nr, unsigned long align_mask,
	unsigned long offset)
{
	for (;;) {
		unsigned long first = find_next_zero_bit(words, size, from), end, set;

		first = ((first + offset + align_mask) & ~align_mask) - offset;
		end = first + nr;
		if (end > size)
			return end;
		set = find_next_bit(words, end, first);
		if (set >= end)
			return first;
		from = set + 1;
	}
}

static inline unsigned long bitmap_find_next_zero_area(unsigned long *words,
	unsigned long size, unsigned long from, unsigned int nr, unsigned long align_mask)
{
	return bitmap_find_next_zero_area_off(words, size, from, nr, align_mask, 0);
}

static inline unsigned long *bitmap_alloc(unsigned int nr_bits, gfp_t gfp)
{
	return kmalloc_array(BITS_TO_LONGS(nr_bits), sizeof(long), gfp);
}

static inline unsigned long *bitmap_zalloc(unsigned int nr_bits, gfp_t gfp)
{
	return bitmap_alloc(nr_bits, gfp | __GFP_ZERO);
}

static inline void bitmap_free(const unsigned long *words)
{
	kfree(words);
}

#endif
