// SPDX-License-Identifier: MIT
/*
 * Text that is read by a format (linux/sprintf.h), and numbers with something behind them (linux/kstrtox.h).
 *
 * No state.
 */
#include <linux/bitmap.h>
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/string.h>

#define NO_WIDTH 0x7fffu

static int digit_of(char c)
{
	return isdigit(c) ? c - '0' : isxdigit(c) ? (c | 0x20) - 'a' + 10 : 99;
}

/* At most @width characters of a number in @base; 0: what its begin says. Digits that do not fit are read, too. */
static unsigned long long number(
	const char *s, size_t width, unsigned int base, const char **end)
{
	unsigned long long n = 0;
	bool prefix = width > 1 && s[0] == '0' && (s[1] | 0x20) == 'x' &&
		      digit_of(s[2]) < 16; /* also where that is behind the width */

	if (!base)
		base = prefix ? 16 : width && s[0] == '0' ? 8 : 10;
	/* two characters of the width may be no digits' */
	if (base == 16 && width >= 2 && s[0] == '0' && (s[1] | 0x20) == 'x') {
		s += 2;
		width -= 2;
	}
	for (; width && digit_of(*s) < (int)base; s++, width--)
		n = n * base + (unsigned int)digit_of(*s);
	*end = s;
	return n;
}

unsigned long long simple_strtoull(const char *s, char **end, unsigned int base)
{
	const char *behind;
	unsigned long long n = number(s, (size_t)INT_MAX, base, &behind);

	if (end)
		*end = (char *)(uintptr_t)behind;
	return n;
}

unsigned long simple_strtoul(const char *s, char **end, unsigned int base)
{
	return simple_strtoull(s, end, base);
}

long long simple_strtoll(const char *s, char **end, unsigned int base)
{
	return *s == '-' ? -(long long)simple_strtoull(s + 1, end, base)
			 : (long long)simple_strtoull(s, end, base);
}

long simple_strtol(const char *s, char **end, unsigned int base)
{
	return simple_strtoll(s, end, base);
}

/* ------------------------------------------------------------------ one conversion */

struct conversion {
	bool skip;
	unsigned int width; /* NO_WIDTH: none */
	unsigned int bytes; /* of what a number is stored in */
	char letter;
};

/* Behind the '%'. Return: behind the conversion; NULL: it is none. */
static const char *read_conversion(const char *fmt, struct conversion *c)
{
	*c = (struct conversion){ .width = NO_WIDTH, .bytes = sizeof(int) };
	if (*fmt == '*') {
		c->skip = true;
		fmt++;
	}
	if (isdigit(*fmt)) {
		c->width = (unsigned int)simple_strtoul(fmt, (char **)&fmt, 10);
		if (!c->width)
			return NULL;
	}
	if (fmt[0] == 'h' && fmt[1] == 'h') {
		c->bytes = 1;
		fmt += 2;
	} else if (*fmt == 'h') {
		c->bytes = 2;
		fmt++;
	} else if (*fmt == 'l' || *fmt == 'L' || *fmt == 'z' || *fmt == 't' ||
		   *fmt == 'q') {
		c->bytes = 8;
		fmt += 1 + (fmt[0] == 'l' && fmt[1] == 'l');
	}
	c->letter = *fmt;
	return *fmt ? fmt + 1 : NULL;
}

static const char *read_chars(const char *s, const struct conversion *c, char *to)
{
	unsigned int nr = c->width == NO_WIDTH ? 1 : c->width;

	for (; nr && *s; nr--, s++)
		if (to)
			*to++ = *s;
	return s;
}

/* Up to white space, or to what is not in the set. */
static const char *read_word(
	const char *s, const struct conversion *c, const unsigned long *set, char *to)
{
	unsigned int width = c->width;

	for (; width && *s && (set ? test_bit((u8)*s, set) : !isspace(*s)); width--, s++)
		if (to)
			*to++ = *s;
	if (to)
		*to = '\0';
	return s;
}

/* "[a-z]" without its first bracket. Return: behind the last one; NULL: it has none. */
static const char *read_set(const char *fmt, unsigned long *set)
{
	bool invert = *fmt == '^';

	bitmap_zero(set, 256);
	fmt += invert;
	for (const char *first = fmt; *fmt && (*fmt != ']' || fmt == first); fmt++)
		__set_bit((u8)*fmt, set);
	if (*fmt != ']')
		return NULL;
	if (invert)
		bitmap_complement(set, set, 256);
	__clear_bit(0, set);
	return fmt + 1;
}

static const char *read_number(
	const char *s, const struct conversion *c, unsigned long long *value)
{
	unsigned int base = c->letter == 'o'            ? 8
			    : (c->letter | 0x20) == 'x' ? 16
			    : c->letter == 'i'          ? 0
							: 10;
	bool negative = (c->letter == 'd' || c->letter == 'i') && *s == '-';
	const char *end, *digits = s + negative;

	if (negative && c->width == 1)
		return NULL;
	if (digit_of(*digits) >= (int)(base ? base : 10))
		return NULL;
	*value = number(digits, c->width - negative, base, &end);
	if (negative)
		*value = -*value;
	return end;
}

static void store(void *to, unsigned int bytes, unsigned long long value)
{
	switch (bytes) {
	case 1:
		*(u8 *)to = (u8)value;
		break;
	case 2:
		*(u16 *)to = (u16)value;
		break;
	case 4:
		*(u32 *)to = (u32)value;
		break;
	default:
		*(u64 *)to = value;
	}
}

int vsscanf(const char *text, const char *fmt, va_list given)
{
	unsigned long set[BITS_TO_LONGS(256)];
	const char *s = text;
	int got = 0;
	va_list args;

	va_copy(args, given);
	while (*fmt) {
		unsigned long long value;
		struct conversion c;
		char *to;

		if (isspace(*fmt)) {
			fmt = skip_spaces(fmt);
			s = skip_spaces(s);
			continue;
		}
		if (*fmt != '%' || fmt[1] == '%') {
			fmt += *fmt == '%';
			if (*fmt == '%')
				s = skip_spaces(s);
			if (*s != *fmt)
				break;
			fmt++;
			s++;
			continue;
		}
		fmt = read_conversion(fmt + 1, &c);
		if (!fmt)
			break;
		if (c.letter == 'n') {
			store(va_arg(args, void *), c.bytes, (u64)(s - text));
			continue;
		}
		if (c.letter == '[') {
			if (c.width == NO_WIDTH || !(fmt = read_set(fmt, set)))
				break;
			if (!*s || !test_bit((u8)*s, set))
				break;
			to = c.skip ? NULL : va_arg(args, char *);
			s = read_word(s, &c, set, to);
			got += !c.skip;
			continue;
		}
		if (c.letter != 'c')
			s = skip_spaces(s);
		if (!*s)
			break;
		if (c.letter == 'c') {
			to = c.skip ? NULL : va_arg(args, char *);
			s = read_chars(s, &c, to);
		} else if (c.letter == 's') {
			to = c.skip ? NULL : va_arg(args, char *);
			s = read_word(s, &c, NULL, to);
		} else if (strchr("diouxX", c.letter)) {
			const char *end = read_number(s, &c, &value);

			if (!end)
				break;
			if (!c.skip)
				store(va_arg(args, void *), c.bytes, value);
			s = end;
		} else {
			break;
		}
		got += !c.skip;
	}
	va_end(args);
	return got;
}

int sscanf(const char *text, const char *fmt, ...)
{
	va_list args;
	int got;

	va_start(args, fmt);
	got = vsscanf(text, fmt, args);
	va_end(args);
	return got;
}
