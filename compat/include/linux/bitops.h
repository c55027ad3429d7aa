/* SPDX-License-Identifier: MIT */
/* Bits of long words; those with two underscores are not atomic. No state. */
#ifndef COMPAT_LINUX_BITOPS_H
#define COMPAT_LINUX_BITOPS_H

#include <asm/bitsperlong.h>
#include <linux/compiler.h>
#include <linux/types.h>

#define BIT(nr)      (1UL << (nr))
#define BIT_MASK(nr) (1UL << ((nr) % BITS_PER_LONG))
#define BIT_WORD(nr) ((nr) / BITS_PER_LONG)

#define BITS_PER_BYTE     8
#define BIT_ULL(nr)       (1ULL << (nr))
#define GENMASK(h, l)     ((~0UL << (l)) & (~0UL >> (BITS_PER_LONG - 1 - (h))))
#define GENMASK_ULL(h, l) ((~0ULL << (l)) & (~0ULL >> (63 - (h))))
#define BITS_TO_LONGS(nr) (((nr) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define BITS_TO_BYTES(nr) (((nr) + 7) / 8)

#define hweight8(w)     ((unsigned int)__builtin_popcount((u8)(w)))
#define hweight16(w)    ((unsigned int)__builtin_popcount((u16)(w)))
#define hweight32(w)    ((unsigned int)__builtin_popcount(w))
#define hweight64(w)    ((unsigned long)__builtin_popcountll(w))
#define hweight_long(w) hweight64(w)

static inline u32 rol32(u32 word, unsigned int shift)
{
	return word << (shift & 31) | word >> (-shift & 31);
}

static inline u32 ror32(u32 word, unsigned int shift)
{
	return word >> (shift & 31) | word << (-shift & 31);
}

static inline s32 sign_extend32(u32 value, int index)
{
	return (s32)(value << (31 - index)) >> (31 - index);
}

/* 1..64 for the highest set bit, 0 of 0 */
static inline int fls64(u64 word)
{
	return word ? 64 - __builtin_clzll(word) : 0;
}

static inline int fls(unsigned int word)
{
	return word ? 32 - __builtin_clz(word) : 0;
}

static inline unsigned long __fls(unsigned long word)
{
	return 63ul - (unsigned long)__builtin_clzl(word);
}

static inline int ffs(int word)
{
	return __builtin_ffs(word);
}

/* The first clear bit; undefined for ~0. */
static inline unsigned long ffz(unsigned long word)
{
	return (unsigned long)__builtin_ctzl(~word);
}

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

static inline void __change_bit(unsigned long nr, unsigned long *words)
{
	words[BIT_WORD(nr)] ^= BIT_MASK(nr);
}

static inline bool __test_and_set_bit(unsigned long nr, unsigned long *words)
{
	bool was = test_bit(nr, words);

	__set_bit(nr, words);
	return was;
}

static inline bool __test_and_clear_bit(unsigned long nr, unsigned long *words)
{
	bool was = test_bit(nr, words);

	__clear_bit(nr, words);
	return was;
}

static inline void __assign_bit(unsigned long nr, unsigned long *words, bool value)
{
	if (value)
		__set_bit(nr, words);
	else
		__clear_bit(nr, words);
}

static inline bool test_and_set_bit(unsigned long nr, volatile unsigned long *words)
{
	return __atomic_fetch_or(&words[BIT_WORD(nr)], BIT_MASK(nr), __ATOMIC_SEQ_CST) &
	       BIT_MASK(nr);
}

static inline bool test_and_clear_bit(unsigned long nr, volatile unsigned long *words)
{
	return __atomic_fetch_and(&words[BIT_WORD(nr)], ~BIT_MASK(nr), __ATOMIC_SEQ_CST) &
	       BIT_MASK(nr);
}

static inline bool test_and_change_bit(unsigned long nr, volatile unsigned long *words)
{
	return __atomic_fetch_xor(&words[BIT_WORD(nr)], BIT_MASK(nr), __ATOMIC_SEQ_CST) &
	       BIT_MASK(nr);
}

static inline void set_bit(unsigned long nr, volatile unsigned long *words)
{
	__atomic_fetch_or(&words[BIT_WORD(nr)], BIT_MASK(nr), __ATOMIC_RELAXED);
}

static inline void clear_bit(unsigned long nr, volatile unsigned long *words)
{
	__atomic_fetch_and(&words[BIT_WORD(nr)], ~BIT_MASK(nr), __ATOMIC_RELAXED);
}

static inline void change_bit(unsigned long nr, volatile unsigned long *words)
{
	__atomic_fetch_xor(&words[BIT_WORD(nr)], BIT_MASK(nr), __ATOMIC_RELAXED);
}

static inline void assign_bit(unsigned long nr, volatile unsigned long *words, bool value)
{
	if (value)
		set_bit(nr, words);
	else
		clear_bit(nr, words);
}

static inline bool test_and_set_bit_lock(unsigned long nr, volatile unsigned long *words)
{
	return test_and_set_bit(nr, words);
}

static inline void clear_bit_unlock(unsigned long nr, volatile unsigned long *words)
{
	__atomic_fetch_and(&words[BIT_WORD(nr)], ~BIT_MASK(nr), __ATOMIC_RELEASE);
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

static inline unsigned long find_next_zero_bit(
	const unsigned long *words, unsigned long size, unsigned long from)
{
	while (from < size && test_bit(from, words)) {
		if (!(from % BITS_PER_LONG) && words[BIT_WORD(from)] == ~0ul)
			from += BITS_PER_LONG;
		else
			from++;
	}
	return from < size ? from : size;
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

/* Return: @size when none is set. */
static inline unsigned long find_last_bit(const unsigned long *words, unsigned long size)
{
	for (unsigned long bit = size; bit--;)
		if (test_bit(bit, words))
			return bit;
	return size;
}

#define for_each_clear_bit(bit, words, size)                                 \
	for ((bit) = find_next_zero_bit((words), (size), 0); (bit) < (size); \
		(bit) = find_next_zero_bit((words), (size), (bit) + 1))
#define for_each_set_bit(bit, words, size)                              \
	for ((bit) = find_next_bit((words), (size), 0); (bit) < (size); \
		(bit) = find_next_bit((words), (size), (bit) + 1))

#endif
