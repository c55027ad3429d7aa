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

#define BITS_PER_BYTE       8
#define BIT_ULL(nr)         (1ULL << (nr))
#define BITS_PER_TYPE(type) (sizeof(type) * BITS_PER_BYTE)
/* The bits from @l to @h; a constant pair the wrong way round does not compile. */
#define GENMASK_INPUT_CHECK(h, l)                                        \
	((int)sizeof(struct {                                            \
		int : (-!!__builtin_choose_expr(                         \
			      __is_constexpr((l) > (h)), (l) > (h), 0)); \
	}))
#define __GENMASK(h, l)     ((~0UL << (l)) & (~0UL >> (BITS_PER_LONG - 1 - (h))))
#define __GENMASK_ULL(h, l) ((~0ULL << (l)) & (~0ULL >> (63 - (h))))
#define __GENMASK_U128(h, l) \
	((~(unsigned __int128)0 << (l)) & (~(unsigned __int128)0 >> (127 - (h))))
#define GENMASK(h, l) ((unsigned long)GENMASK_INPUT_CHECK(h, l) + __GENMASK(h, l))
#define GENMASK_ULL(h, l) \
	((unsigned long long)GENMASK_INPUT_CHECK(h, l) + __GENMASK_ULL(h, l))
#define GENMASK_U128(h, l) \
	((unsigned __int128)GENMASK_INPUT_CHECK(h, l) + __GENMASK_U128(h, l))
#define BIT_ULL_MASK(nr)  (1ULL << ((nr) % 64))
#define BIT_ULL_WORD(nr)  ((nr) / 64)
#define UL(x)             (x##UL)
#define ULL(x)            (x##ULL)
#define BITS_TO_U64(nr)   (((nr) + 63) / 64)
#define BITS_TO_U32(nr)   (((nr) + 31) / 32)
#define BITS_TO_LONGS(nr) (((nr) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define BITS_TO_BYTES(nr) (((nr) + 7) / 8)

/* Set bits, by halves: what a compiler would call for it, no module has. */
static inline unsigned long qy_weight(u64 w)
{
	w -= w >> 1 & 0x5555555555555555ull;
	w = (w & 0x3333333333333333ull) + (w >> 2 & 0x3333333333333333ull);
	w = (w + (w >> 4)) & 0x0f0f0f0f0f0f0f0full;
	return w * 0x0101010101010101ull >> 56;
}
#define QY_WEIGHT(w) \
	(__builtin_constant_p(w) ? (unsigned long)__builtin_popcountll(w) : qy_weight(w))
#define hweight8(w)     ((unsigned int)QY_WEIGHT((u64)(u8)(w)))
#define hweight16(w)    ((unsigned int)QY_WEIGHT((u64)(u16)(w)))
#define hweight32(w)    ((unsigned int)QY_WEIGHT((u64)(u32)(w)))
#define hweight64(w)    QY_WEIGHT((u64)(w))
#define hweight_long(w) hweight64(w)

static inline u32 rol32(u32 word, unsigned int shift)
{
	return word << (shift & 31) | word >> (-shift & 31);
}

static inline u32 ror32(u32 word, unsigned int shift)
{
	return word >> (shift & 31) | word << (-shift & 31);
}

static inline u64 rol64(u64 word, unsigned int shift)
{
	return word << (shift & 63) | word >> (-shift & 63);
}

static inline u64 ror64(u64 word, unsigned int shift)
{
	return word >> (shift & 63) | word << (-shift & 63);
}

static inline u16 rol16(u16 word, unsigned int shift)
{
	return (u16)(word << (shift & 15) | word >> (-shift & 15));
}

static inline u16 ror16(u16 word, unsigned int shift)
{
	return (u16)(word >> (shift & 15) | word << (-shift & 15));
}

static inline u8 rol8(u8 word, unsigned int shift)
{
	return (u8)(word << (shift & 7) | word >> (-shift & 7));
}

static inline u8 ror8(u8 word, unsigned int shift)
{
	return (u8)(word >> (shift & 7) | word << (-shift & 7));
}

static inline s64 sign_extend64(u64 value, int index)
{
	return (s64)(value << (63 - index)) >> (63 - index);
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

static inline unsigned int fls_long(unsigned long word)
{
	return (unsigned int)fls64(word);
}

/* The order of a size, rounded up; -1 of 0 and 1 is -1 and 0. */
static inline int get_count_order(unsigned int count)
{
	return count ? fls(count - 1) : -1;
}

static inline int get_count_order_long(unsigned long count)
{
	return count ? fls64(count - 1) : -1;
}

static inline unsigned long __ffs64(u64 word)
{
	return (unsigned long)__builtin_ctzll(word);
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

static inline void __clear_bit_unlock(unsigned long nr, volatile unsigned long *words)
{
	clear_bit_unlock(nr, words);
}

static inline bool __test_and_change_bit(unsigned long nr, unsigned long *words)
{
	bool was = test_bit(nr, words);

	__change_bit(nr, words);
	return was;
}

static inline bool test_bit_acquire(unsigned long nr, const volatile unsigned long *words)
{
	return __atomic_load_n(&words[BIT_WORD(nr)], __ATOMIC_ACQUIRE) >>
		       (nr % BITS_PER_LONG) &
	       1;
}

/* The bits of @mask in the lowest byte change; was bit 7 set? */
static inline bool xor_unlock_is_negative_byte(
	unsigned long mask, volatile unsigned long *words)
{
	return __atomic_fetch_xor(words, mask, __ATOMIC_RELEASE) & 0x80;
}

/* Bit @n, from 0, of those that are set; BITS_PER_LONG when there are fewer. */
static inline unsigned long fns(unsigned long word, unsigned int n)
{
	for (; word; word &= word - 1)
		if (!n--)
			return __ffs(word);
	return BITS_PER_LONG;
}

#define QY_MASK_BITS(p, mask, bits)                                           \
	({                                                                    \
		__typeof__(*(p)) old_ = READ_ONCE(*(p));                      \
		while (!__atomic_compare_exchange_n((p), &old_,               \
			(__typeof__(*(p)))((old_ & ~(mask)) | (bits)), false, \
			__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))                  \
			;                                                     \
		old_;                                                         \
	})
/* The bits of @mask become @bits. Return: what was there. */
#define set_mask_bits(p, mask, bits) QY_MASK_BITS(p, mask, bits)

#include <linux/find.h>

#endif
