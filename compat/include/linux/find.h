/* SPDX-License-Identifier: MIT */
/* Bits that are looked for in words; @size where there is none. No state. */
#ifndef COMPAT_LINUX_FIND_H
#define COMPAT_LINUX_FIND_H

#include <linux/bitops.h>

#define QY_LAST_WORD(size) (~0ul >> (-(size) & (BITS_PER_LONG - 1)))

/* FETCH: the word of index i, in which bits are looked for. */
#define QY_FIND_NEXT(size, from, FETCH)                                            \
	({                                                                         \
		unsigned long size_ = (size), at_ = (from), i = BIT_WORD(at_), w_; \
		if (at_ < size_) {                                                 \
			w_ = (FETCH) & (~0ul << (at_ % BITS_PER_LONG));            \
			while (!w_ && ++i < BITS_TO_LONGS(size_))                  \
				w_ = (FETCH);                                      \
			at_ = w_ ? i * BITS_PER_LONG + __ffs(w_) : size_;          \
		}                                                                  \
		at_ < size_ ? at_ : size_;                                         \
	})

static inline unsigned long find_next_bit(
	const unsigned long *words, unsigned long size, unsigned long from)
{
	return QY_FIND_NEXT(size, from, words[i]);
}

static inline unsigned long find_next_zero_bit(
	const unsigned long *words, unsigned long size, unsigned long from)
{
	return QY_FIND_NEXT(size, from, ~words[i]);
}

static inline unsigned long find_next_and_bit(const unsigned long *a,
	const unsigned long *b, unsigned long size, unsigned long from)
{
	return QY_FIND_NEXT(size, from, a[i] & b[i]);
}

static inline unsigned long find_next_andnot_bit(const unsigned long *a,
	const unsigned long *b, unsigned long size, unsigned long from)
{
	return QY_FIND_NEXT(size, from, a[i] & ~b[i]);
}

static inline unsigned long find_next_or_bit(const unsigned long *a,
	const unsigned long *b, unsigned long size, unsigned long from)
{
	return QY_FIND_NEXT(size, from, a[i] | b[i]);
}

static inline unsigned long find_first_bit(const unsigned long *words, unsigned long size)
{
	return find_next_bit(words, size, 0);
}

static inline unsigned long find_first_zero_bit(
	const unsigned long *words, unsigned long size)
{
	return find_next_zero_bit(words, size, 0);
}

static inline unsigned long find_first_and_bit(
	const unsigned long *a, const unsigned long *b, unsigned long size)
{
	return find_next_and_bit(a, b, size, 0);
}

static inline unsigned long find_first_andnot_bit(
	const unsigned long *a, const unsigned long *b, unsigned long size)
{
	return find_next_andnot_bit(a, b, size, 0);
}

static inline unsigned long find_first_and_and_bit(const unsigned long *a,
	const unsigned long *b, const unsigned long *c, unsigned long size)
{
	return QY_FIND_NEXT(size, 0, a[i] & b[i] & c[i]);
}

static inline unsigned long find_last_bit(const unsigned long *words, unsigned long size)
{
	unsigned long i = BITS_TO_LONGS(size), word;

	if (!size)
		return 0;
	for (word = words[--i] & QY_LAST_WORD(size);; word = words[--i]) {
		if (word)
			return i * BITS_PER_LONG + __fls(word);
		if (!i)
			return size;
	}
}

/* The one that has @n of them in front. */
#define QY_FIND_NTH(size, n, FETCH)                                                  \
	({                                                                           \
		unsigned long size_ = (size), n_ = (n), at_ = size_, w_;             \
		for (unsigned long i = 0; i < BITS_TO_LONGS(size_); i++) {           \
			w_ = (FETCH);                                                \
			if (i == BIT_WORD(size_))                                    \
				w_ &= QY_LAST_WORD(size_);                           \
			if (n_ < hweight_long(w_)) {                                 \
				at_ = i * BITS_PER_LONG + fns(w_, (unsigned int)n_); \
				break;                                               \
			}                                                            \
			n_ -= hweight_long(w_);                                      \
		}                                                                    \
		at_;                                                                 \
	})

static inline unsigned long find_nth_bit(
	const unsigned long *words, unsigned long size, unsigned long n)
{
	return QY_FIND_NTH(size, n, words[i]);
}

static inline unsigned long find_nth_and_bit(const unsigned long *a,
	const unsigned long *b, unsigned long size, unsigned long n)
{
	return QY_FIND_NTH(size, n, a[i] & b[i]);
}

static inline unsigned long find_nth_andnot_bit(const unsigned long *a,
	const unsigned long *b, unsigned long size, unsigned long n)
{
	return QY_FIND_NTH(size, n, a[i] & ~b[i]);
}

static inline unsigned long find_nth_and_andnot_bit(const unsigned long *a,
	const unsigned long *b, const unsigned long *c, unsigned long size,
	unsigned long n)
{
	return QY_FIND_NTH(size, n, a[i] & b[i] & ~c[i]);
}

/* From @from to the end, then from the begin to @from. */
static inline unsigned long find_next_bit_wrap(
	const unsigned long *words, unsigned long size, unsigned long from)
{
	unsigned long bit = find_next_bit(words, size, from);

	if (bit < size || !from)
		return bit;
	bit = find_first_bit(words, from);
	return bit < from ? bit : size;
}

static inline unsigned long find_next_and_bit_wrap(const unsigned long *a,
	const unsigned long *b, unsigned long size, unsigned long from)
{
	unsigned long bit = find_next_and_bit(a, b, size, from);

	if (bit < size || !from)
		return bit;
	bit = find_first_and_bit(a, b, from);
	return bit < from ? bit : size;
}

/* As for_each_set_bit_wrap() goes on: @at is below @start once it has wrapped. */
static inline unsigned long __for_each_wrap(const unsigned long *words,
	unsigned long size, unsigned long start, unsigned long at)
{
	unsigned long bit;

	if (at > start) {
		bit = find_next_bit(words, size, at);
		if (bit < size)
			return bit;
		at = 0;
	}
	bit = find_next_bit(words, start, at);
	return bit < start ? bit : size;
}

/* Eight bits that begin at a multiple of eight; the next such byte that is not 0. */
static inline unsigned long bitmap_get_value8(
	const unsigned long *words, unsigned long start)
{
	return words[BIT_WORD(start)] >> (start % BITS_PER_LONG) & 0xff;
}

static inline void bitmap_set_value8(
	unsigned long *words, unsigned long value, unsigned long start)
{
	unsigned long *word = &words[BIT_WORD(start)];

	*word = (*word & ~(0xfful << (start % BITS_PER_LONG))) |
		value << (start % BITS_PER_LONG);
}

static inline unsigned long find_next_clump8(unsigned long *clump,
	const unsigned long *words, unsigned long size, unsigned long from)
{
	unsigned long bit = find_next_bit(words, size, from);

	if (bit == size)
		return size;
	bit &= ~7ul;
	*clump = bitmap_get_value8(words, bit);
	return bit;
}
#define find_first_clump8(clump, words, size) find_next_clump8(clump, words, size, 0)

#define for_each_set_bit(bit, words, size)                                             \
	for ((bit) = 0; (bit) = find_next_bit((words), (size), (bit)), (bit) < (size); \
		(bit)++)
#define for_each_set_bit_from(bit, words, size) \
	for (; (bit) = find_next_bit((words), (size), (bit)), (bit) < (size); (bit)++)
#define for_each_and_bit(bit, a, b, size)                                           \
	for ((bit) = 0;                                                             \
		(bit) = find_next_and_bit((a), (b), (size), (bit)), (bit) < (size); \
		(bit)++)
#define for_each_andnot_bit(bit, a, b, size)                                           \
	for ((bit) = 0;                                                                \
		(bit) = find_next_andnot_bit((a), (b), (size), (bit)), (bit) < (size); \
		(bit)++)
#define for_each_or_bit(bit, a, b, size)                                           \
	for ((bit) = 0;                                                            \
		(bit) = find_next_or_bit((a), (b), (size), (bit)), (bit) < (size); \
		(bit)++)
#define for_each_clear_bit(bit, words, size)                                        \
	for ((bit) = 0;                                                             \
		(bit) = find_next_zero_bit((words), (size), (bit)), (bit) < (size); \
		(bit)++)
#define for_each_clear_bit_from(bit, words, size)                                  \
	for (; (bit) = find_next_zero_bit((words), (size), (bit)), (bit) < (size); \
		(bit)++)
/* Runs [b, e) of bits. */
#define for_each_set_bitrange(b, e, words, size)                              \
	for ((b) = 0; (b) = find_next_bit((words), (size), b),                \
	    (e) = find_next_zero_bit((words), (size), (b) + 1), (b) < (size); \
		(b) = (e) + 1)
#define for_each_set_bitrange_from(b, e, words, size)                            \
	for (; (b) = find_next_bit((words), (size), (b)),                        \
	       (e) = find_next_zero_bit((words), (size), (b) + 1), (b) < (size); \
		(b) = (e) + 1)
#define for_each_clear_bitrange(b, e, words, size)                       \
	for ((b) = 0; (b) = find_next_zero_bit((words), (size), (b)),    \
	    (e) = find_next_bit((words), (size), (b) + 1), (b) < (size); \
		(b) = (e) + 1)
#define for_each_clear_bitrange_from(b, e, words, size)                     \
	for (; (b) = find_next_zero_bit((words), (size), (b)),              \
	       (e) = find_next_bit((words), (size), (b) + 1), (b) < (size); \
		(b) = (e) + 1)
#define for_each_set_bit_wrap(bit, words, size, start)                             \
	for ((bit) = find_next_bit_wrap((words), (size), (start)); (bit) < (size); \
		(bit) = __for_each_wrap((words), (size), (start), (bit) + 1))
#define for_each_set_clump8(start, clump, words, size)                                 \
	for ((start) = find_first_clump8(&(clump), (words), (size)); (start) < (size); \
		(start) = find_next_clump8(&(clump), (words), (size), (start) + 8))

#endif
