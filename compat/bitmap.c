// SPDX-License-Identifier: MIT
/*
 * Runs of bits (linux/bitmap.h): what is no matter of one word, and their text.
 *
 * No state.
 */
#include <linux/bitmap.h>
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

/* ------------------------------------------------------------------ memory */

unsigned long *bitmap_alloc(unsigned int nr_bits, gfp_t gfp)
{
	return kmalloc_array(BITS_TO_LONGS(nr_bits), sizeof(long), gfp);
}

unsigned long *bitmap_zalloc(unsigned int nr_bits, gfp_t gfp)
{
	return bitmap_alloc(nr_bits, gfp | __GFP_ZERO);
}

unsigned long *bitmap_alloc_node(unsigned int nr_bits, gfp_t gfp, int node)
{
	return kmalloc_array_node(BITS_TO_LONGS(nr_bits), sizeof(long), gfp, node);
}

unsigned long *bitmap_zalloc_node(unsigned int nr_bits, gfp_t gfp, int node)
{
	return bitmap_alloc_node(nr_bits, gfp | __GFP_ZERO, node);
}

void bitmap_free(const unsigned long *words)
{
	kfree(words);
}

unsigned long *devm_bitmap_alloc(struct device *dev, unsigned int nr_bits, gfp_t gfp)
{
	return devm_kmalloc_array(dev, BITS_TO_LONGS(nr_bits), sizeof(long), gfp);
}

unsigned long *devm_bitmap_zalloc(struct device *dev, unsigned int nr_bits, gfp_t gfp)
{
	return devm_bitmap_alloc(dev, nr_bits, gfp | __GFP_ZERO);
}

/* ------------------------------------------------------------------ runs */

/* Words of [from, from + nr), each with the bits of it that are meant. */
#define FOR_EACH_WORD(i, mask, from, nr)                                            \
	for (unsigned long at_ = (from), end_ = at_ + (unsigned long)(nr), i, mask; \
		at_ < end_ &&                                                       \
		(i = BIT_WORD(at_),                                                 \
		mask = BITMAP_FIRST_WORD_MASK(at_) &                                \
			(BIT_WORD(end_) == i ? BITMAP_LAST_WORD_MASK(end_) : ~0ul), \
		true);                                                              \
		at_ = (i + 1) * BITS_PER_LONG)

void __bitmap_set(unsigned long *words, unsigned int from, int nr)
{
	FOR_EACH_WORD(i, mask, from, nr)
	words[i] |= mask;
}

void __bitmap_clear(unsigned long *words, unsigned int from, int nr)
{
	FOR_EACH_WORD(i, mask, from, nr)
	words[i] &= ~mask;
}

unsigned int __bitmap_weight(const unsigned long *words, unsigned int nr_bits)
{
	unsigned long weight = 0;

	FOR_EACH_WORD(i, mask, 0, nr_bits)
	weight += hweight_long(words[i] & mask);
	return (unsigned int)weight;
}

bool __bitmap_equal(const unsigned long *a, const unsigned long *b, unsigned int nr_bits)
{
	unsigned long differ = 0;

	FOR_EACH_WORD(i, mask, 0, nr_bits)
	differ |= (a[i] ^ b[i]) & mask;
	return !differ;
}

/* Up to 64 bits at @bit; none behind the end. */
static unsigned long bits_at(
	const unsigned long *words, unsigned long bit, unsigned long nr_bits)
{
	unsigned long left = nr_bits > bit ? nr_bits - bit : 0;

	return bitmap_read(words, bit, min(left, (unsigned long)BITS_PER_LONG));
}

void __bitmap_shift_right(unsigned long *to, const unsigned long *from,
	unsigned int shift, unsigned int nr_bits)
{
	for (unsigned long i = 0; i < BITS_TO_LONGS(nr_bits); i++)
		to[i] = bits_at(from, i * BITS_PER_LONG + shift, nr_bits);
}

void __bitmap_shift_left(unsigned long *to, const unsigned long *from, unsigned int shift,
	unsigned int nr_bits)
{
	for (unsigned long i = BITS_TO_LONGS(nr_bits); i--;) {
		unsigned long first = i * BITS_PER_LONG;

		if (first >= shift)
			to[i] = bits_at(from, first - shift,
				BITS_TO_LONGS(nr_bits) * BITS_PER_LONG);
		else if (first + BITS_PER_LONG > shift)
			to[i] = from[0] << (shift - first);
		else
			to[i] = 0;
	}
}

void bitmap_cut(unsigned long *to, const unsigned long *from, unsigned int first,
	unsigned int nr, unsigned int nr_bits)
{
	unsigned int last = first / BITS_PER_LONG;
	unsigned long keep =
		first % BITS_PER_LONG ? from[last] & BITMAP_LAST_WORD_MASK(first) : 0;

	memmove(to, from, last * sizeof(long));
	for (unsigned long i = last; i < BITS_TO_LONGS(nr_bits); i++) {
		unsigned long word = bits_at(from, i * BITS_PER_LONG + nr,
			BITS_TO_LONGS(nr_bits) * BITS_PER_LONG);

		to[i] = i > last ? word
			: first % BITS_PER_LONG
				? (word & BITMAP_FIRST_WORD_MASK(first)) | keep
				: word;
	}
}

void bitmap_replace(unsigned long *to, const unsigned long *old,
	const unsigned long *replacement, const unsigned long *mask, unsigned int nr_bits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nr_bits); i++)
		to[i] = (old[i] & ~mask[i]) | (replacement[i] & mask[i]);
}

/* How many set bits are before @bit; -1 where it is not set. */
static int rank(const unsigned long *words, unsigned int bit, unsigned int nr_bits)
{
	return bit < nr_bits && test_bit(bit, words) ? (int)bitmap_weight(words, bit)
						     : -1;
}

int bitmap_bitremap(
	int old_bit, const unsigned long *old, const unsigned long *new_bits, int nr_bits)
{
	unsigned int weight = bitmap_weight(new_bits, (unsigned int)nr_bits);
	int n = rank(old, (unsigned int)old_bit, (unsigned int)nr_bits);

	if (n < 0 || !weight)
		return old_bit;
	return (int)find_nth_bit(
		new_bits, (unsigned long)nr_bits, (unsigned int)n % weight);
}

void bitmap_remap(unsigned long *to, const unsigned long *from, const unsigned long *old,
	const unsigned long *new_bits, unsigned int nr_bits)
{
	unsigned long bit;

	if (to == from)
		return;
	bitmap_zero(to, nr_bits);
	for_each_set_bit(bit, from, nr_bits) __set_bit(
		(unsigned long)bitmap_bitremap((int)bit, old, new_bits, (int)nr_bits),
		to);
}

void bitmap_onto(unsigned long *to, const unsigned long *from,
	const unsigned long *relative, unsigned int nr_bits)
{
	unsigned long n, m = 0;

	if (to == from)
		return;
	bitmap_zero(to, nr_bits);
	for_each_set_bit(n, relative, nr_bits)
	{
		if (test_bit(m, from))
			__set_bit(n, to);
		m++;
	}
}

void bitmap_fold(unsigned long *to, const unsigned long *from, unsigned int size,
	unsigned int nr_bits)
{
	unsigned long bit;

	if (to == from)
		return;
	bitmap_zero(to, nr_bits);
	for_each_set_bit(bit, from, nr_bits) __set_bit(bit % size, to);
}

void bitmap_scatter(unsigned long *to, const unsigned long *from,
	const unsigned long *mask, unsigned int nr_bits)
{
	unsigned long bit, n = 0;

	bitmap_zero(to, nr_bits);
	for_each_set_bit(bit, mask, nr_bits) __assign_bit(bit, to, test_bit(n++, from));
}

void bitmap_gather(unsigned long *to, const unsigned long *from,
	const unsigned long *mask, unsigned int nr_bits)
{
	unsigned long bit, n = 0;

	bitmap_zero(to, nr_bits);
	for_each_set_bit(bit, mask, nr_bits) __assign_bit(n++, to, test_bit(bit, from));
}

unsigned long bitmap_find_next_zero_area_off(unsigned long *words, unsigned long size,
	unsigned long from, unsigned int nr, unsigned long align_mask,
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

int bitmap_allocate_region(unsigned long *words, unsigned int pos, int order)
{
	unsigned int nr = 1u << order;

	if (find_next_bit(words, pos + nr, pos) < pos + nr)
		return -EBUSY;
	bitmap_set(words, pos, nr);
	return 0;
}

int bitmap_find_free_region(unsigned long *words, unsigned int nr_bits, int order)
{
	unsigned int nr = 1u << order;

	for (unsigned int pos = 0; pos + nr <= nr_bits; pos += nr)
		if (!bitmap_allocate_region(words, pos, order))
			return (int)pos;
	return -ENOMEM;
}

void bitmap_release_region(unsigned long *words, unsigned int pos, int order)
{
	bitmap_clear(words, pos, 1u << order);
}

/* ------------------------------------------------------------------ words of other lengths */

void bitmap_from_arr32(unsigned long *to, const u32 *from, unsigned int nr_bits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nr_bits); i++)
		to[i] = 0;
	for (unsigned int i = 0; i < BITS_TO_U32(nr_bits); i++)
		to[i / 2] |= (unsigned long)from[i] << (i % 2 * 32);
	if (nr_bits % BITS_PER_LONG)
		to[nr_bits / BITS_PER_LONG] &= BITMAP_LAST_WORD_MASK(nr_bits);
}

void bitmap_to_arr32(u32 *to, const unsigned long *from, unsigned int nr_bits)
{
	for (unsigned int i = 0; i < BITS_TO_U32(nr_bits); i++)
		to[i] = (u32)(from[i / 2] >> (i % 2 * 32));
	if (nr_bits % 32)
		to[nr_bits / 32] &= (u32)(~0u >> (-nr_bits & 31));
}

void bitmap_from_arr64(unsigned long *to, const u64 *from, unsigned int nr_bits)
{
	bitmap_copy_clear_tail(to, (const unsigned long *)from, nr_bits);
}

void bitmap_to_arr64(u64 *to, const unsigned long *from, unsigned int nr_bits)
{
	bitmap_copy_clear_tail((unsigned long *)to, from, nr_bits);
}

/* ------------------------------------------------------------------ text that is read */

static bool is_end(char c)
{
	return c == '\0' || c == '\n';
}

static bool is_between(char c)
{
	return c == ' ' || c == '\t' || c == ',';
}

/* A number, or N for the last bit. */
static const char *read_bit(const char *at, const char *end, unsigned int nr_bits,
	unsigned int *value, int *error)
{
	unsigned long long n = 0;
	const char *begin = at;

	if (at < end && *at == 'N') {
		*value = nr_bits - 1;
		return at + 1;
	}
	for (; at < end && *at >= '0' && *at <= '9'; at++) {
		n = n * 10 + (unsigned int)(*at - '0');
		if (n > UINT_MAX)
			*error = -EOVERFLOW;
	}
	if (at == begin)
		*error = -EINVAL;
	else if (at < end && !is_end(*at) && !is_between(*at) && *at != '-' &&
		 *at != ':' && *at != '/')
		*error = -EINVAL;
	*value = (unsigned int)n;
	return at;
}

/* "a", "a-b", "a-b:used/group", "all". */
static const char *read_range(const char *at, const char *end, unsigned int nr_bits,
	unsigned long *words, int *error)
{
	unsigned int first, last, used, group;

	if (end - at >= 3 && (at[0] | 0x20) == 'a' && (at[1] | 0x20) == 'l' &&
		(at[2] | 0x20) == 'l') {
		first = 0;
		last = nr_bits - 1;
		at += 3;
	} else {
		at = read_bit(at, end, nr_bits, &first, error);
		last = first;
		if (*error)
			return at;
		if (at == end || is_end(*at) || is_between(*at))
			goto done;
		if (*at != '-') {
			*error = -EINVAL;
			return at;
		}
		at = read_bit(at + 1, end, nr_bits, &last, error);
		if (*error)
			return at;
	}
	used = group = last + 1;
	if (at < end && *at == ':') {
		at = read_bit(at + 1, end, nr_bits, &used, error);
		if (!*error && (at == end || *at != '/'))
			*error = -EINVAL;
		if (*error)
			return at;
		at = read_bit(at + 1, end, nr_bits, &group, error);
		if (*error)
			return at;
	}
	if (at < end && !is_end(*at) && !is_between(*at)) {
		*error = -EINVAL;
		return at;
	}
	if (first > last || !group || used > group) {
		*error = -EINVAL;
		return at;
	}
	if (last >= nr_bits) {
		*error = -ERANGE;
		return at;
	}
	for (unsigned long bit = first; bit <= last; bit += group)
		bitmap_set(words, (unsigned int)bit,
			(unsigned int)min((unsigned long)used, last - bit + 1));
	return at;
done:
	if (first >= nr_bits)
		*error = -ERANGE;
	else
		__set_bit(first, words);
	return at;
}

static int parse_list(
	const char *at, const char *end, unsigned long *words, unsigned int nr_bits)
{
	int error = 0;

	bitmap_zero(words, nr_bits);
	while (!error) {
		while (at < end && is_between(*at))
			at++;
		if (at == end || is_end(*at))
			return 0;
		at = read_range(at, end, nr_bits, words, &error);
	}
	return error;
}

int bitmap_parselist(const char *text, unsigned long *words, int nr_bits)
{
	return parse_list(text, text + strlen(text), words, (unsigned int)nr_bits);
}

/* From the last digit to the first: a chunk of up to eight digits between commas and blanks is 32 bits. */
int bitmap_parse(const char *text, unsigned int size, unsigned long *words, int nr_bits)
{
	const char *begin = text, *end = text + strnlen(text, size), *newline;
	unsigned int nr_chunks = BITS_TO_U32((unsigned int)nr_bits), chunk = 0;

	newline = memchr(text, '\n', (size_t)(end - begin));
	if (newline)
		end = newline;
	memset(words, 0, BITS_TO_LONGS((unsigned int)nr_bits) * sizeof(long));
	for (;; chunk++) {
		unsigned int nr_digits = 0;
		u64 value = 0;

		while (end > begin && is_between(end[-1]))
			end--;
		if (end == begin)
			break;
		for (; end > begin && !is_between(end[-1]); end--) {
			int digit = hex_to_bin((unsigned char)end[-1]);

			if (digit < 0)
				return -EINVAL;
			if (nr_digits == 8)
				return -EOVERFLOW;
			value |= (u64)digit << (4 * nr_digits++);
		}
		if (chunk >= nr_chunks) {
			if (value)
				return -EOVERFLOW;
			continue;
		}
		words[chunk / 2] |= (unsigned long)value << (chunk % 2 * 32);
	}
	if (nr_bits % BITS_PER_LONG) {
		unsigned long *last = &words[(unsigned int)nr_bits / BITS_PER_LONG];

		if (*last & ~BITMAP_LAST_WORD_MASK((unsigned int)nr_bits))
			return -EOVERFLOW;
	}
	return 0;
}

static int parse_user(
	const char *text, unsigned int size, unsigned long *words, int nr_bits, bool list)
{
	char *copy = kmalloc((size_t)size + 1, GFP_KERNEL);
	int error;

	if (!copy)
		return -ENOMEM;
	if (copy_from_user(copy, text, size)) {
		kfree(copy);
		return -EFAULT;
	}
	copy[size] = '\0';
	error = list ? bitmap_parselist(copy, words, nr_bits)
		     : bitmap_parse(copy, UINT_MAX, words, nr_bits);
	kfree(copy);
	return error;
}

int bitmap_parse_user(
	const char *text, unsigned int size, unsigned long *words, int nr_bits)
{
	return parse_user(text, size, words, nr_bits, false);
}

int bitmap_parselist_user(
	const char *text, unsigned int size, unsigned long *words, int nr_bits)
{
	return parse_user(text, size, words, nr_bits, true);
}

/* ------------------------------------------------------------------ text that is written */

int bitmap_print_to_pagebuf(
	bool list, char *page, const unsigned long *words, int nr_bits)
{
	size_t room = PAGE_SIZE - offset_in_page(page);

	return list ? scnprintf(page, room, "%*pbl\n", nr_bits, words)
		    : scnprintf(page, room, "%*pb\n", nr_bits, words);
}

static int print_part(const char *fmt, char *buf, const unsigned long *words, int nr_bits,
	loff_t off, size_t count)
{
	char *text = kasprintf(GFP_KERNEL, fmt, nr_bits, words);
	size_t length;
	int copied = 0;

	if (!text)
		return -ENOMEM;
	length = strlen(text) + 1;
	if (off < 0 || (size_t)off >= length)
		goto out;
	copied = (int)min(count, length - (size_t)off);
	memcpy(buf, text + off, (size_t)copied);
out:
	kfree(text);
	return copied;
}

int bitmap_print_bitmask_to_buf(
	char *buf, const unsigned long *words, int nr_bits, loff_t off, size_t count)
{
	return print_part("%*pb\n", buf, words, nr_bits, off, count);
}

int bitmap_print_list_to_buf(
	char *buf, const unsigned long *words, int nr_bits, loff_t off, size_t count)
{
	return print_part("%*pbl\n", buf, words, nr_bits, off, count);
}
