// SPDX-License-Identifier: MIT
/*
 * Text for drivers: the kernel's formats, and numbers from text. What %p says is text_pointer.c's.
 *
 * The formats are those of printf, but for what the kernel does otherwise: a precision without digits is none, a negative one is
 * 0, the number 0 has a digit at least and its 0x, there are no floating-point numbers and no %n.
 *
 * No state.
 */
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "compat/core.h"
#include "compat/host.h"
#include "compat/text.h"

void qy_put(struct out *out, char c)
{
	if (out->used + 1 < out->size)
		out->text[out->used] = c;
	out->used++;
}

static void put_many(struct out *out, char c, int nr)
{
	for (; nr > 0; nr--)
		qy_put(out, c);
}

void qy_put_text(struct out *out, const char *s, const struct spec *spec)
{
	size_t n = spec->precision >= 0 ? strnlen(s, (size_t)spec->precision) : strlen(s);
	int pad = spec->width - (int)n;

	if (!spec->left)
		put_many(out, ' ', pad);
	for (size_t i = 0; i < n; i++)
		qy_put(out, s[i]);
	if (spec->left)
		put_many(out, ' ', pad);
}

void qy_put_number(struct out *out, u64 value, const struct spec *spec)
{
	const char *digits = spec->upper ? hex_asc_upper : hex_asc;
	bool negative = spec->is_signed && (s64)value < 0;
	char sign = negative ? '-' : spec->plus ? '+' : spec->space ? ' ' : '\0';
	bool hex = spec->alternate && spec->base == 16;
	bool octal = spec->alternate && spec->base == 8 && value;
	char text[24];
	int nr = 0, width, zeros;

	if (negative)
		value = -value;
	if (!spec->is_signed)
		sign = '\0';
	do
		text[nr++] = digits[value % spec->base];
	while (value /= spec->base);
	zeros = max(spec->precision - nr, 0);
	width = spec->width - nr - zeros - (sign != '\0') - (hex ? 2 : octal);
	if (spec->zero && !spec->left)
		zeros += max(width, 0), width = 0;
	if (!spec->left)
		put_many(out, ' ', width);
	if (sign)
		qy_put(out, sign);
	if (hex || octal)
		qy_put(out, '0');
	if (hex)
		qy_put(out, spec->upper ? 'X' : 'x');
	put_many(out, '0', zeros);
	while (nr)
		qy_put(out, text[--nr]);
	if (spec->left)
		put_many(out, ' ', width);
}

/* ------------------------------------------------------------------ one conversion */

/* Digits, or a star. Return: behind them; *value stays where there are none. */
static const char *read_size(const char *at, int *value, va_list *args)
{
	if (*at == '*') {
		*value = va_arg(*args, int);
		return at + 1;
	}
	if (!isdigit(*at))
		return at;
	for (*value = 0; isdigit(*at); at++)
		*value = *value < INT_MAX / 10 ? *value * 10 + (*at - '0') : *value;
	return at;
}

/* Flags, width and precision. Return: behind them. */
static const char *read_spec(const char *at, struct spec *spec, va_list *args)
{
	bool given = false;

	*spec = (struct spec){ .base = 10, .width = 0, .precision = -1 };
	for (;; at++) {
		if (*at == '-')
			spec->left = true;
		else if (*at == '+')
			spec->plus = true;
		else if (*at == ' ')
			spec->space = true;
		else if (*at == '#')
			spec->alternate = true;
		else if (*at == '0')
			spec->zero = true;
		else
			break;
	}
	given = *at == '*' || isdigit(*at);
	at = read_size(at, &spec->width, args);
	if (spec->width < 0) {
		spec->left = true;
		spec->width = -spec->width;
	}
	if (!given)
		spec->width = -1;
	if (*at == '.') {
		const char *digits = ++at;

		at = read_size(at, &spec->precision, args);
		if (at != digits)
			spec->precision = max(spec->precision, 0);
	}
	return at;
}

/* h hh l ll L q z Z t. Return: behind it. */
static const char *read_length(const char *at, int *bytes)
{
	*bytes = sizeof(int);
	switch (*at) {
	case 'h':
		*bytes = at[1] == 'h' ? 1 : 2;
		return at + (at[1] == 'h' ? 2 : 1);
	case 'l':
		*bytes = 8;
		return at + (at[1] == 'l' ? 2 : 1);
	case 'L':
	case 'q':
	case 'z':
	case 'Z':
	case 't':
		*bytes = 8;
		return at + 1;
	default:
		return at;
	}
}

static u64 number_of(int bytes, bool is_signed, va_list *args)
{
	int value;

	if (bytes == 8)
		return va_arg(*args, u64);
	value = va_arg(*args, int);
	if (is_signed)
		return (u64)(bytes == 1 ? (s8)value : bytes == 2 ? (s16)value : value);
	return bytes == 1 ? (u8)value : bytes == 2 ? (u16)value : (u32)value;
}

/* A string, with its end, or as much of it as is wanted. */
static void put_string(struct out *out, const char *s, const struct spec *spec)
{
	struct spec whole = *spec;
	size_t most = spec->precision < 0 ? (size_t)INT_MAX : (size_t)spec->precision, n;

	if ((uintptr_t)s < QY_PAGE_SIZE || IS_ERR(s)) {
		qy_put_text(out, s ? "(efault)" : "(null)", &whole);
		return;
	}
	n = strnlen(s, most);
	qy_touches(s, n < most ? n + 1 : n, false);
	qy_put_text(out, s, spec);
}

static void put_char(struct out *out, char c, const struct spec *spec)
{
	if (!spec->left)
		put_many(out, ' ', spec->width - 1);
	qy_put(out, c);
	if (spec->left)
		put_many(out, ' ', spec->width - 1);
}

/* @at: behind the %. Return: behind the conversion; NULL: it is none. */
static const char *put_conversion(struct out *out, const char *at, va_list *args)
{
	struct spec spec;
	int bytes;

	at = read_spec(at, &spec, args);
	at = read_length(at, &bytes);
	switch (*at) {
	case '%':
		qy_put(out, '%');
		return at + 1;
	case 'c':
		put_char(out, (char)va_arg(*args, int), &spec);
		return at + 1;
	case 's':
		put_string(out, va_arg(*args, const char *), &spec);
		return at + 1;
	case 'p':
		return qy_put_pointer(out, at + 1, va_arg(*args, const void *), &spec);
	case 'd':
	case 'i':
		spec.is_signed = true;
		break;
	case 'u':
		break;
	case 'o':
		spec.base = 8;
		break;
	case 'x':
	case 'X':
		spec.base = 16;
		spec.upper = *at == 'X';
		break;
	default:
		WARN_ONCE(1, "Please remove unsupported %%%c in format string\n",
			*at ? *at : ' ');
		return NULL;
	}
	qy_put_number(out, number_of(bytes, spec.is_signed, args), &spec);
	return at + 1;
}

void qy_put_format(struct out *out, const char *fmt, va_list *args)
{
	while (fmt && *fmt) {
		if (*fmt == '%')
			fmt = put_conversion(out, fmt + 1, args);
		else
			qy_put(out, *fmt++);
	}
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list given)
{
	struct out out = { .text = buf, .size = size };
	va_list args;

	if (WARN_ON_ONCE(size > INT_MAX))
		return 0;
	va_copy(args, given);
	qy_put_format(&out, fmt, &args);
	va_end(args);
	if (size) {
		buf[out.used < size ? out.used : size - 1] = '\0';
		qy_touches(buf, out.used < size ? out.used + 1 : size, true);
	}
	return (int)out.used;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return n;
}

int sprintf(char *buf, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(buf, (size_t)INT_MAX, fmt, args);
	va_end(args);
	return n;
}

/* ------------------------------------------------------------------ numbers */

int kstrtoull(const char *s, unsigned int base, unsigned long long *res)
{
	bool negative;

	return qy_host_number(s, base, false, res, &negative);
}

int kstrtoll(const char *s, unsigned int base, long long *res)
{
	unsigned long long value;
	bool negative;
	int error = qy_host_number(s, base, true, &value, &negative);

	if (error)
		return error;
	if (value > (unsigned long long)LLONG_MAX + negative)
		return -ERANGE;
	*res = negative ? -(long long)value : (long long)value;
	return 0;
}

int kstrtobool(const char *s, bool *res)
{
	switch (s ? *s : '\0') {
	case 'y':
	case 'Y':
	case 't':
	case 'T':
	case '1':
		*res = true;
		return 0;
	case 'n':
	case 'N':
	case 'f':
	case 'F':
	case '0':
		*res = false;
		return 0;
	case 'o':
	case 'O':
		if (s[1] == 'n' || s[1] == 'N' || s[1] == 'f' || s[1] == 'F') {
			*res = s[1] == 'n' || s[1] == 'N';
			return 0;
		}
		return -EINVAL;
	default:
		return -EINVAL;
	}
}

/* ------------------------------------------------------------------ strings */

/* Of kernels before 6.8. */
size_t strlcpy(char *to, const char *from, size_t size) QY_REAL(strlcpy);

size_t strlcpy(char *to, const char *from, size_t size)
{
	size_t n = strlen(from), kept = n < size ? n : size - 1;

	if (size) {
		memcpy(to, from, kept);
		to[kept] = '\0';
	}
	return n;
}

ssize_t qy_compat_strscpy(char *to, const char *from, size_t size)
{
	size_t n;

	if (!size)
		return -E2BIG;
	for (n = 0; n < size - 1 && from[n]; n++)
		to[n] = from[n];
	to[n] = '\0';
	return from[n] ? -E2BIG : (ssize_t)n;
}

bool sysfs_streq(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	if (*a == *b)
		return true;
	return (!*a && *b == '\n' && !b[1]) || (*a == '\n' && !a[1] && !*b);
}

char *strim(char *s)
{
	size_t n;

	while (*s == ' ' || (*s >= '\t' && *s <= '\r'))
		s++;
	for (n = strlen(s);
		n && (s[n - 1] == ' ' || (s[n - 1] >= '\t' && s[n - 1] <= '\r'));)
		s[--n] = '\0';
	return s;
}
