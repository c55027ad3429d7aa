/* SPDX-License-Identifier: MIT */
/* Bits of long words; those with two underscores are not atomic. No state. */
#ifndef COMPAT_LINUX_BITOPS_H
#define COMPAT_LINUX_BITOPS_H

#include <linux/types.h>

#define BITS_PER_LONG 64
#define BIT(nr)       (1UL << (nr))
#define BIT_MASK(nr)  (1UL << ((nr) % BITS_PER_LONG))
#define BIT_WORD(nr)  ((nr) / BITS_PER_LONG)

#define BITS_TO_LONGS(nr) (((nr) + BITS_PER_LONG - 1) / BITS_PER_LONG)

/* Undefined for 0. */
static inline unsigned long __ffs(unsigned long word)
{
	return (unsigned long)__builtin_ctzl(word);
}

static inline void __set_bit(unsigned long nr, unsigned long *words)
{
	words[BIT_WORD(nr)] |= BIT_MASK(nr);
}

static inline void __clear_bit(unsigned long nr, unsigned long *words)
{
	words[BIT_WORD(nr)] &= ~BIT_MASK(nr);
}

static inline bool test_bit(unsigned long nr, const unsigned long *words)
{
	return words[BIT_WORD(nr)] >> (nr % BITS_PER_LONG) & 1;
}

/* Return: @size when no bit from @from on is set. */
static inline unsigned long find_next_bit(
	const unsigned long *words, unsigned long size, unsigned long from)
{
	unsigned long word;

	if (from >= size)
		return size;
	word = words[BIT_WORD(from)] & (~0ul << (from % BITS_PER_LONG));
	for (from &= ~(BITS_PER_LONG - 1ul); !word; word = words[BIT_WORD(from)])
		if ((from += BITS_PER_LONG) >= size)
			return size;
	from += __ffs(word);
	return from < size ? from : size;
}

#define for_each_set_bit(bit, words, size)                              \
	for ((bit) = find_next_bit((words), (size), 0); (bit) < (size); \
		(bit) = find_next_bit((words), (size), (bit) + 1))

#endif
