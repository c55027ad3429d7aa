/* SPDX-License-Identifier: MIT */
/*
 * The printf subset of print.h: text into a caller's buffer, with the length of what did not fit.
 *
 *   qy_seq_init, qy_seq_puts, qy_seq_printf, qy_seq_vprintf   append to a sink
 *   qy_snprintf                                               one text, like snprintf
 *
 * Invariant: size > 0 => buf[min(len, size - 1)] == 0. A conversion that is not of the subset ends the text with
 * the rest of the format as it stands: its argument's size is unknown, so none after it can be fetched.
 * No state.
 */
#include "mm/base/print.h"

#define NUMBER_DIGITS 20 /* of 2^64 - 1 in decimal */

enum {
	FLAG_LEFT = 1 << 0,
	FLAG_ZERO = 1 << 1,
	FLAG_PLUS = 1 << 2,
	FLAG_SPACE = 1 << 3,
};

struct spec {
	unsigned int flags;
	int width;
	int precision; /* -1: none given */
	int size;      /* h: -1, hh: -2, l or z: 1, ll: 2 */
};

static void put_char(struct qy_seq *seq, char c)
{
	if (seq->len + 1 < seq->size) {
		seq->buf[seq->len] = c;
		seq->buf[seq->len + 1] = '\0';
	}
	seq->len++;
}

static void put_repeated(struct qy_seq *seq, char c, int count)
{
	while (count-- > 0)
		put_char(seq, c);
}

void qy_seq_init(struct qy_seq *seq, char *buf, size_t size)
{
	*seq = (struct qy_seq){ .buf = buf, .size = size };
	if (size)
		buf[0] = '\0';
}

void qy_seq_puts(struct qy_seq *seq, const char *text)
{
	while (*text)
		put_char(seq, *text++);
}

static void put_text(struct qy_seq *seq, const struct spec *spec, const char *text)
{
	int length = 0;

	if (!text)
		text = "(null)";
	while ((spec->precision < 0 || length < spec->precision) && text[length])
		length++;
	if (!(spec->flags & FLAG_LEFT))
		put_repeated(seq, ' ', spec->width - length);
	for (int i = 0; i < length; i++)
		put_char(seq, text[i]);
	if (spec->flags & FLAG_LEFT)
		put_repeated(seq, ' ', spec->width - length);
}

/* Digits of @value, lowest first. Return: how many; none for 0. */
static int make_digits(char *digits, u64 value, unsigned int base, bool upper)
{
	const char *names = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	int count = 0;

	for (; value; value /= base)
		digits[count++] = names[value % base];
	return count;
}

static void put_number(struct qy_seq *seq, const struct spec *spec, char sign, u64 value,
	unsigned int base, bool upper)
{
	char digits[NUMBER_DIGITS];
	int count = make_digits(digits, value, base, upper);
	int zeros = max(spec->precision < 0 ? 1 : spec->precision, 0) - count;
	int blanks;

	zeros = max(zeros, 0);
	blanks = spec->width - (sign != '\0') - zeros - count;
	if (spec->flags & FLAG_ZERO && !(spec->flags & FLAG_LEFT) &&
		spec->precision < 0) {
		zeros += max(blanks, 0);
		blanks = 0;
	}
	if (!(spec->flags & FLAG_LEFT))
		put_repeated(seq, ' ', blanks);
	if (sign)
		put_char(seq, sign);
	put_repeated(seq, '0', zeros);
	while (count > 0)
		put_char(seq, digits[--count]);
	if (spec->flags & FLAG_LEFT)
		put_repeated(seq, ' ', blanks);
}

static u64 fetch_unsigned(const struct spec *spec, va_list *ap)
{
	switch (spec->size) {
	case 2:
		return va_arg(*ap, unsigned long long);
	case 1:
		return va_arg(*ap, unsigned long);
	case -1:
		return (unsigned short)va_arg(*ap, unsigned int);
	case -2:
		return (unsigned char)va_arg(*ap, unsigned int);
	default:
		return va_arg(*ap, unsigned int);
	}
}

static s64 fetch_signed(const struct spec *spec, va_list *ap)
{
	switch (spec->size) {
	case 2:
		return va_arg(*ap, long long);
	case 1:
		return va_arg(*ap, long);
	case -1:
		return (short)va_arg(*ap, int);
	case -2:
		return (signed char)va_arg(*ap, int);
	default:
		return va_arg(*ap, int);
	}
}

static void put_signed(struct qy_seq *seq, const struct spec *spec, s64 value)
{
	char sign = value < 0                  ? '-'
		    : spec->flags & FLAG_PLUS  ? '+'
		    : spec->flags & FLAG_SPACE ? ' '
					       : '\0';

	put_number(seq, spec, sign, value < 0 ? 0 - (u64)value : (u64)value, 10, false);
}

static const char *parse_flags(struct spec *spec, const char *fmt)
{
	for (;; fmt++) {
		switch (*fmt) {
		case '-':
			spec->flags |= FLAG_LEFT;
			break;
		case '0':
			spec->flags |= FLAG_ZERO;
			break;
		case '+':
			spec->flags |= FLAG_PLUS;
			break;
		case ' ':
			spec->flags |= FLAG_SPACE;
			break;
		default:
			return fmt;
		}
	}
}

static const char *parse_count(int *count, const char *fmt, va_list *ap)
{
	if (*fmt == '*') {
		*count = va_arg(*ap, int);
		return fmt + 1;
	}
	for (*count = 0; *fmt >= '0' && *fmt <= '9'; fmt++)
		*count = *count * 10 + (*fmt - '0');
	return fmt;
}

static const char *parse_size(struct spec *spec, const char *fmt)
{
	if (*fmt == 'z') {
		spec->size = 1;
		return fmt + 1;
	}
	for (; *fmt == 'l' && spec->size < 2; fmt++)
		spec->size++;
	for (; *fmt == 'h' && spec->size <= 0 && spec->size > -2; fmt++)
		spec->size--;
	return fmt;
}

static const char *parse_spec(struct spec *spec, const char *fmt, va_list *ap)
{
	*spec = (struct spec){ .precision = -1 };
	fmt = parse_flags(spec, fmt);
	fmt = parse_count(&spec->width, fmt, ap);
	if (spec->width < 0) {
		spec->flags |= FLAG_LEFT;
		spec->width = -spec->width;
	}
	if (*fmt == '.')
		fmt = parse_count(&spec->precision, fmt + 1, ap);
	return parse_size(spec, fmt);
}

/* Return: false when @conversion is not of the subset; nothing is fetched then. */
static bool put_conversion(
	struct qy_seq *seq, const struct spec *spec, char conversion, va_list *ap)
{
	char character[2] = { 0 };

	switch (conversion) {
	case 'd':
	case 'i':
		put_signed(seq, spec, fetch_signed(spec, ap));
		return true;
	case 'u':
		put_number(seq, spec, '\0', fetch_unsigned(spec, ap), 10, false);
		return true;
	case 'x':
	case 'X':
		put_number(
			seq, spec, '\0', fetch_unsigned(spec, ap), 16, conversion == 'X');
		return true;
	case 'c':
		character[0] = (char)va_arg(*ap, int);
		put_text(seq, spec, character);
		return true;
	case 's':
		put_text(seq, spec, va_arg(*ap, const char *));
		return true;
	case '%':
		put_char(seq, '%');
		return true;
	default:
		return false;
	}
}

void qy_seq_vprintf(struct qy_seq *seq, const char *fmt, va_list ap)
{
	struct spec spec;
	va_list args;

	va_copy(args, ap);
	while (*fmt) {
		const char *start = fmt;

		if (*fmt++ != '%') {
			put_char(seq, *start);
			continue;
		}
		fmt = parse_spec(&spec, fmt, &args);
		if (!put_conversion(seq, &spec, *fmt, &args)) {
			qy_seq_puts(seq, start);
			break;
		}
		fmt++;
	}
	va_end(args);
}

void qy_seq_printf(struct qy_seq *seq, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	qy_seq_vprintf(seq, fmt, ap);
	va_end(ap);
}

size_t qy_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	struct qy_seq seq;
	va_list ap;

	qy_seq_init(&seq, buf, size);
	va_start(ap, fmt);
	qy_seq_vprintf(&seq, fmt, ap);
	va_end(ap);
	return seq.len;
}
