/* SPDX-License-Identifier: MIT */
/*
 * Runs of bits, as arrays of long words. Those of a constant length up to 64 are one word, and cost as much. Bits behind
 * the length in the last word are undefined, for who reads as for who writes.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_BITMAP_H
#define COMPAT_LINUX_BITMAP_H

#include <asm/quarry.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/string.h>

struct device;

#define BITMAP_FIRST_WORD_MASK(start) (~0UL << ((start) & (BITS_PER_LONG - 1)))
#define BITMAP_LAST_WORD_MASK(nr)     (~0UL >> (-(nr) & (BITS_PER_LONG - 1)))
#define BITMAP_MEM_ALIGNMENT          8
#define BITMAP_MEM_MASK               (BITMAP_MEM_ALIGNMENT - 1)
#define BITMAP_FROM_U64(n)            (n)
#define bitmap_size(nr_bits)          (BITS_TO_LONGS(nr_bits) * sizeof(long))
#define small_const_nbits(nr) \
	(__builtin_constant_p(nr) && (nr) <= BITS_PER_LONG && (nr) > 0)

#define DECLARE_BITMAP(name, nr_bits) unsigned long name[BITS_TO_LONGS(nr_bits)]

/* NULL, or memory. */
unsigned long *bitmap_alloc(unsigned int nr_bits, gfp_t gfp) QY_REAL(bitmap_alloc);
unsigned long *bitmap_zalloc(unsigned int nr_bits, gfp_t gfp) QY_REAL(bitmap_zalloc);
unsigned long *bitmap_alloc_node(unsigned int nr_bits, gfp_t gfp, int node)
	QY_REAL(bitmap_alloc_node);
unsigned long *bitmap_zalloc_node(unsigned int nr_bits, gfp_t gfp, int node)
	QY_REAL(bitmap_zalloc_node);
void bitmap_free(const unsigned long *words) QY_REAL(bitmap_free);
unsigned long *devm_bitmap_alloc(struct device *dev, unsigned int nr_bits, gfp_t gfp)
	QY_REAL(devm_bitmap_alloc);
unsigned long *devm_bitmap_zalloc(struct device *dev, unsigned int nr_bits, gfp_t gfp)
	QY_REAL(devm_bitmap_zalloc);

/* ------------------------------------------------------------------ runs of any length */

void __bitmap_set(unsigned long *words, unsigned int from, int nr) QY_REAL(__bitmap_set);
void __bitmap_clear(unsigned long *words, unsigned int from, int nr)
	QY_REAL(__bitmap_clear);
unsigned int __bitmap_weight(const unsigned long *words, unsigned int nr_bits)
	QY_REAL(__bitmap_weight);
bool __bitmap_equal(const unsigned long *a, const unsigned long *b, unsigned int nr_bits)
	QY_REAL(__bitmap_equal);
void __bitmap_shift_right(unsigned long *to, const unsigned long *from,
	unsigned int shift, unsigned int nr_bits) QY_REAL(__bitmap_shift_right);
void __bitmap_shift_left(unsigned long *to, const unsigned long *from, unsigned int shift,
	unsigned int nr_bits) QY_REAL(__bitmap_shift_left);
/* @nr bits at @first go; those above come down. */
void bitmap_cut(unsigned long *to, const unsigned long *from, unsigned int first,
	unsigned int nr, unsigned int nr_bits) QY_REAL(bitmap_cut);
/* Where @mask has a bit, @replacement's, else @old's. */
void bitmap_replace(unsigned long *to, const unsigned long *old,
	const unsigned long *replacement, const unsigned long *mask, unsigned int nr_bits)
	QY_REAL(bitmap_replace);
/* Bit n of the set bits of @old becomes bit n of those of @new_bits, round and round. */
void bitmap_remap(unsigned long *to, const unsigned long *from, const unsigned long *old,
	const unsigned long *new_bits, unsigned int nr_bits) QY_REAL(bitmap_remap);
int bitmap_bitremap(int old_bit, const unsigned long *old, const unsigned long *new_bits,
	int nr_bits) QY_REAL(bitmap_bitremap);
/* Bit n goes to the n-th set bit of @relative. */
void bitmap_onto(unsigned long *to, const unsigned long *from,
	const unsigned long *relative, unsigned int nr_bits) QY_REAL(bitmap_onto);
/* Bit n goes to bit n % @size. */
void bitmap_fold(unsigned long *to, const unsigned long *from, unsigned int size,
	unsigned int nr_bits) QY_REAL(bitmap_fold);
/* Consecutive bits to where @mask has bits, and back. */
void bitmap_scatter(unsigned long *to, const unsigned long *from,
	const unsigned long *mask, unsigned int nr_bits) QY_REAL(bitmap_scatter);
void bitmap_gather(unsigned long *to, const unsigned long *from,
	const unsigned long *mask, unsigned int nr_bits) QY_REAL(bitmap_gather);
/* @nr clear bits behind each other; the first, plus @offset, a multiple of @align_mask + 1. Return: the first, or above @size. */
unsigned long bitmap_find_next_zero_area_off(unsigned long *words, unsigned long size,
	unsigned long from, unsigned int nr, unsigned long align_mask,
	unsigned long offset) QY_REAL(bitmap_find_next_zero_area_off);
/* Aligned runs of 2^@order bits that are clear. Return: the first bit, -ENOMEM; 0, -EBUSY. */
int bitmap_find_free_region(unsigned long *words, unsigned int nr_bits, int order)
	QY_REAL(bitmap_find_free_region);
int bitmap_allocate_region(unsigned long *words, unsigned int pos, int order)
	QY_REAL(bitmap_allocate_region);
void bitmap_release_region(unsigned long *words, unsigned int pos, int order)
	QY_REAL(bitmap_release_region);
/* Words of 32 and 64 bits; what is behind the length is 0. */
void bitmap_from_arr32(unsigned long *to, const u32 *from, unsigned int nr_bits)
	QY_REAL(bitmap_from_arr32);
void bitmap_to_arr32(u32 *to, const unsigned long *from, unsigned int nr_bits)
	QY_REAL(bitmap_to_arr32);
void bitmap_from_arr64(unsigned long *to, const u64 *from, unsigned int nr_bits)
	QY_REAL(bitmap_from_arr64);
void bitmap_to_arr64(u64 *to, const unsigned long *from, unsigned int nr_bits)
	QY_REAL(bitmap_to_arr64);

/* ------------------------------------------------------------------ text */

/* "0-3,8:2/4": Return: 0, -EINVAL, -ERANGE (a bit behind the end), -EOVERFLOW. */
int bitmap_parselist(const char *text, unsigned long *words, int nr_bits)
	QY_REAL(bitmap_parselist);
/* "f,0000000f": digits in groups of 32 bits. Return: 0, -EINVAL, -EOVERFLOW. */
int bitmap_parse(const char *text, unsigned int size, unsigned long *words, int nr_bits)
	QY_REAL(bitmap_parse);
int bitmap_parse_user(const char *text, unsigned int size, unsigned long *words,
	int nr_bits) QY_REAL(bitmap_parse_user);
int bitmap_parselist_user(const char *text, unsigned int size, unsigned long *words,
	int nr_bits) QY_REAL(bitmap_parselist_user);
/* Up to the end of the page, with a newline. Return: bytes. */
int bitmap_print_to_pagebuf(bool list, char *page, const unsigned long *words,
	int nr_bits) QY_REAL(bitmap_print_to_pagebuf);
/* @count bytes of it from @off on. */
int bitmap_print_bitmask_to_buf(char *buf, const unsigned long *words, int nr_bits,
	loff_t off, size_t count) QY_REAL(bitmap_print_bitmask_to_buf);
int bitmap_print_list_to_buf(char *buf, const unsigned long *words, int nr_bits,
	loff_t off, size_t count) QY_REAL(bitmap_print_list_to_buf);

/* ------------------------------------------------------------------ what a word is enough for */

static inline void bitmap_zero(unsigned long *words, unsigned int nr_bits)
{
	if (small_const_nbits(nr_bits))
		*words = 0;
	else
		memset(words, 0, bitmap_size(nr_bits));
}

static inline void bitmap_fill(unsigned long *words, unsigned int nr_bits)
{
	if (small_const_nbits(nr_bits))
		*words = ~0ul;
	else
		memset(words, 0xff, bitmap_size(nr_bits));
}

static inline void bitmap_copy(
	unsigned long *to, const unsigned long *from, unsigned int nr_bits)
{
	if (small_const_nbits(nr_bits))
		*to = *from;
	else
		memcpy(to, from, bitmap_size(nr_bits));
}

/* What is behind the end in the last word becomes 0. */
static inline void bitmap_copy_clear_tail(
	unsigned long *to, const unsigned long *from, unsigned int nr_bits)
{
	bitmap_copy(to, from, nr_bits);
	if (nr_bits % BITS_PER_LONG)
		to[nr_bits / BITS_PER_LONG] &= BITMAP_LAST_WORD_MASK(nr_bits);
}

/* The words of @from, and clear ones up to @size. */
static inline void bitmap_copy_and_extend(unsigned long *to, const unsigned long *from,
	unsigned int count, unsigned int size)
{
	unsigned int words = BITS_TO_LONGS(count);

	bitmap_copy_clear_tail(to, from, count);
	memset(to + words, 0, (BITS_TO_LONGS(size) - words) * sizeof(long));
}

static inline void bitmap_set(unsigned long *words, unsigned int from, unsigned int nr)
{
	if (__builtin_constant_p(nr) && nr == 1)
		__set_bit(from, words);
	else if (small_const_nbits(from + nr))
		*words |= __GENMASK(from + nr - 1, from);
	else
		__bitmap_set(words, from, (int)nr);
}

static inline void bitmap_clear(unsigned long *words, unsigned int from, unsigned int nr)
{
	if (__builtin_constant_p(nr) && nr == 1)
		__clear_bit(from, words);
	else if (small_const_nbits(from + nr))
		*words &= ~__GENMASK(from + nr - 1, from);
	else
		__bitmap_clear(words, from, (int)nr);
}

static inline unsigned int bitmap_weight(const unsigned long *words, unsigned int nr_bits)
{
	if (small_const_nbits(nr_bits))
		return (unsigned int)hweight_long(
			*words & BITMAP_LAST_WORD_MASK(nr_bits));
	return __bitmap_weight(words, nr_bits);
}

static inline bool bitmap_empty(const unsigned long *words, unsigned int nr_bits)
{
	if (small_const_nbits(nr_bits))
		return !(*words & BITMAP_LAST_WORD_MASK(nr_bits));
	return find_first_bit(words, nr_bits) == nr_bits;
}

static inline bool bitmap_full(const unsigned long *words, unsigned int nr_bits)
{
	if (small_const_nbits(nr_bits))
		return !(~*words & BITMAP_LAST_WORD_MASK(nr_bits));
	return find_first_zero_bit(words, nr_bits) == nr_bits;
}

static inline bool bitmap_equal(
	const unsigned long *a, const unsigned long *b, unsigned int nr_bits)
{
	if (small_const_nbits(nr_bits))
		return !((*a ^ *b) & BITMAP_LAST_WORD_MASK(nr_bits));
	return __bitmap_equal(a, b, nr_bits);
}

static inline void bitmap_complement(
	unsigned long *to, const unsigned long *from, unsigned int nr_bits)
{
	if (small_const_nbits(nr_bits))
		*to = ~*from;
	else
		for (unsigned int i = 0; i < BITS_TO_LONGS(nr_bits); i++)
			to[i] = ~from[i];
}

static inline void bitmap_shift_right(unsigned long *to, const unsigned long *from,
	unsigned int shift, unsigned int nr_bits)
{
	if (small_const_nbits(nr_bits))
		*to = (*from & BITMAP_LAST_WORD_MASK(nr_bits)) >> shift;
	else
		__bitmap_shift_right(to, from, shift, nr_bits);
}

static inline void bitmap_shift_left(unsigned long *to, const unsigned long *from,
	unsigned int shift, unsigned int nr_bits)
{
	if (small_const_nbits(nr_bits))
		*to = (*from << shift) & BITMAP_LAST_WORD_MASK(nr_bits);
	else
		__bitmap_shift_left(to, from, shift, nr_bits);
}

/* Return: is a bit of it set? */
static inline bool bitmap_and(unsigned long *to, const unsigned long *a,
	const unsigned long *b, unsigned int nr_bits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nr_bits); i++)
		to[i] = a[i] & b[i];
	return !bitmap_empty(to, nr_bits);
}

static inline bool bitmap_andnot(unsigned long *to, const unsigned long *a,
	const unsigned long *b, unsigned int nr_bits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nr_bits); i++)
		to[i] = a[i] & ~b[i];
	return !bitmap_empty(to, nr_bits);
}

static inline void bitmap_or(unsigned long *to, const unsigned long *a,
	const unsigned long *b, unsigned int nr_bits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nr_bits); i++)
		to[i] = a[i] | b[i];
}

static inline void bitmap_xor(unsigned long *to, const unsigned long *a,
	const unsigned long *b, unsigned int nr_bits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nr_bits); i++)
		to[i] = a[i] ^ b[i];
}

static inline bool bitmap_intersects(
	const unsigned long *a, const unsigned long *b, unsigned int nr_bits)
{
	return find_first_and_bit(a, b, nr_bits) < nr_bits;
}

static inline bool bitmap_subset(
	const unsigned long *a, const unsigned long *b, unsigned int nr_bits)
{
	return find_first_andnot_bit(a, b, nr_bits) == nr_bits;
}

/* Is a | b == c? */
static inline bool bitmap_or_equal(const unsigned long *a, const unsigned long *b,
	const unsigned long *c, unsigned int nr_bits)
{
	for (unsigned int bit = 0; bit < nr_bits; bit++)
		if ((test_bit(bit, a) || test_bit(bit, b)) != test_bit(bit, c))
			return false;
	return true;
}

static inline unsigned int bitmap_weight_and(
	const unsigned long *a, const unsigned long *b, unsigned int nr_bits)
{
	unsigned int weight = 0;
	unsigned long bit;

	for_each_and_bit(bit, a, b, nr_bits) weight++;
	return weight;
}

static inline unsigned int bitmap_weight_andnot(
	const unsigned long *a, const unsigned long *b, unsigned int nr_bits)
{
	unsigned int weight = 0;
	unsigned long bit;

	for_each_andnot_bit(bit, a, b, nr_bits) weight++;
	return weight;
}

static inline unsigned long bitmap_find_next_zero_area(unsigned long *words,
	unsigned long size, unsigned long from, unsigned int nr, unsigned long align_mask)
{
	return bitmap_find_next_zero_area_off(words, size, from, nr, align_mask, 0);
}

static inline void bitmap_from_u64(unsigned long *to, u64 mask)
{
	to[0] = mask;
}

/* @nr_bits bits, 0 to 64, at any place. */
static inline unsigned long bitmap_read(
	const unsigned long *words, unsigned long start, unsigned long nr_bits)
{
	unsigned long i = BIT_WORD(start), shift = start % BITS_PER_LONG, value;

	if (!nr_bits || nr_bits > BITS_PER_LONG)
		return 0;
	value = words[i] >> shift;
	if (shift + nr_bits > BITS_PER_LONG)
		value |= words[i + 1] << (BITS_PER_LONG - shift);
	return value & BITMAP_LAST_WORD_MASK(nr_bits);
}

static inline void bitmap_write(unsigned long *words, unsigned long value,
	unsigned long start, unsigned long nr_bits)
{
	unsigned long i = BIT_WORD(start), shift = start % BITS_PER_LONG, mask;

	if (!nr_bits || nr_bits > BITS_PER_LONG)
		return;
	mask = BITMAP_LAST_WORD_MASK(nr_bits);
	value &= mask;
	words[i] = (words[i] & ~(mask << shift)) | value << shift;
	if (shift + nr_bits > BITS_PER_LONG) {
		shift = BITS_PER_LONG - shift;
		words[i + 1] = (words[i + 1] & ~(mask >> shift)) | value >> shift;
	}
}

#endif
