// SPDX-License-Identifier: MIT
/*
 * Text for drivers: the kernel's formats, and numbers from text.
 *
 * Each conversion is the C library's, but those of %p, which are the kernel's: %pK %px %pe %pa %pad %pM %p4ch %*ph %pS.
 * A plain pointer is printed as the kernel prints one when it does not hash: as its value.
 *
 * No state.
 */
#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "compat/core.h"
#include "compat/host.h"

struct spec {
	char text[32]; /* with its % and its letter, stars kept */
	int stars[2];
	unsigned int nr_stars;
	enum qy_host_kind kind;
	int width;
	bool left;
};

/* A piece goes to the text, or only counts when there is no room. */
struct out {
	char *text;
	size_t size, used;
};

static void put(struct out *out, char c)
{
	if (out->used + 1 < out->size)
		out->text[out->used] = c;
	out->used++;
}

static void put_text(struct out *out, const char *s, const struct spec *spec)
{
	int pad = spec->width - (int)strlen(s);

	for (; !spec->left && pad > 0; pad--)
		put(out, ' ');
	while (*s)
		put(out, *s++);
	for (; pad > 0; pad--)
		put(out, ' ');
}

static void put_bytes(struct out *out, const u8 *bytes, int nr, char separator)
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < nr && i < 64; i++) {
		if (i && separator)
			put(out, separator);
		put(out, digits[bytes[i] >> 4]);
		put(out, digits[bytes[i] & 15]);
	}
}

static void put_hex(struct out *out, const char *fmt, u64 value, const struct spec *spec)
{
	union qy_host_value v = { .ll = (long long)value };
	char text[32];

	qy_host_format(text, sizeof(text), fmt, QY_HOST_LLONG, NULL, 0, &v);
	put_text(out, text, spec);
}

/* Bits as digits in groups of 32, the highest first. */
static void put_bitmap(struct out *out, const unsigned long *words, unsigned int nr_bits)
{
	for (unsigned int chunk = BITS_TO_U32(nr_bits); chunk--;) {
		unsigned int bits = min(nr_bits - chunk * 32, 32u);
		u32 value = (u32)(words[chunk / 2] >> (chunk % 2 * 32));

		if (bits < 32)
			value &= (1u << bits) - 1;
		for (unsigned int nr = (bits + 3) / 4; nr--;)
			put(out, hex_asc[value >> (4 * nr) & 15]);
		if (chunk)
			put(out, ',');
	}
}

static void put_decimal(struct out *out, unsigned int value)
{
	char digits[12];
	int nr = 0;

	do
		digits[nr++] = (char)('0' + value % 10);
	while (value /= 10);
	while (nr)
		put(out, digits[--nr]);
}

/* Bits as ranges. */
static void put_list(struct out *out, const unsigned long *words, unsigned int nr_bits)
{
	unsigned int first, end;
	bool more = false;

	for_each_set_bitrange(first, end, words, nr_bits)
	{
		if (more)
			put(out, ',');
		more = true;
		put_decimal(out, first);
		if (end == first + 1)
			continue;
		put(out, '-');
		put_decimal(out, end - 1);
	}
}

/* @at: behind the p. Return: behind what belongs to it. */
/* An address of memory as the board would print it; what is none of it as it is. */
static u64 board_pointer(const void *p)
{
	u64 board = qy_this_machine() ? qy_compat_board_address(p) : 0;

	return board ? board : (u64)(uintptr_t)p;
}

static const char *put_pointer(
	struct out *out, const char *at, const void *p, const struct spec *spec)
{
	const char *name;
	char number[16];

	switch (*at) {
	case 'e': /* an error by its name */
		if (!IS_ERR(p))
			break;
		name = qy_host_error_name(-(int)PTR_ERR(p));
		if (!name) {
			union qy_host_value v = { .i = (int)PTR_ERR(p) };

			qy_host_format(
				number, sizeof(number), "%d", QY_HOST_INT, NULL, 0, &v);
			put_text(out, number, spec);
			return at + 1;
		}
		put(out, '-');
		put_text(out, name, spec);
		return at + 1;
	case 'a': /* phys_addr_t, dma_addr_t: both have 64 bits */
		put_hex(out, "0x%016llx", *(const u64 *)p, spec);
		return at + (at[1] == 'd' || at[1] == 'p' ? 2 : 1);
	case 'M':
		put_bytes(out, p, 6, at[1] == 'F' ? '-' : ':');
		return at + (at[1] == 'F' ? 2 : 1);
	case 'm':
		put_bytes(out, p, 6, '\0');
		return at + 1;
	case 'h':
		put_bytes(out, p, spec->width > 0 ? spec->width : 1,
			at[1] == 'C'   ? ':'
			: at[1] == 'D' ? '-'
			: at[1] == 'N' ? '\0'
				       : ' ');
		return at + (at[1] == 'C' || at[1] == 'D' || at[1] == 'N' ? 2 : 1);
	case 'b':
		if (at[1] == 'l')
			put_list(out, p, (unsigned int)max(spec->width, 0));
		else
			put_bitmap(out, p, (unsigned int)max(spec->width, 0));
		return at + (at[1] == 'l' ? 2 : 1);
	case 'K':
	case 'x':
	case 'S':
	case 's':
		at++;
		break;
	default:
		break;
	}
	put_hex(out, "%016llx", board_pointer(p), spec);
	return at;
}

/* Flags, width and precision. Return: behind them. */
static const char *read_spec(const char *at, struct spec *spec, va_list *args)
{
	size_t n = 0;

	memset(spec, 0, sizeof(*spec));
	spec->text[n++] = *at++; /* % */
	for (bool precision = false; *at && n < sizeof(spec->text) - 4; at++) {
		if (*at == '*' && spec->nr_stars < 2) {
			int star = va_arg(*args, int);

			if (!precision) {
				spec->left |= star < 0;
				spec->width = star < 0 ? -star : star;
			}
			spec->stars[spec->nr_stars++] = star;
		} else if (*at >= '0' && *at <= '9') {
			if (!precision)
				spec->width = spec->width * 10 + (*at - '0');
		} else if (*at == '.') {
			precision = true;
		} else if (*at == '-') {
			spec->left = true;
		} else if (*at != '+' && *at != ' ' && *at != '#') {
			break;
		}
		spec->text[n++] = *at;
	}
	spec->kind = QY_HOST_INT;
	for (; *at == 'l' || *at == 'h' || *at == 'z' || *at == 't' || *at == 'L' ||
		*at == 'q';
		at++) {
		if (*at != 'h')
			spec->kind = spec->kind == QY_HOST_INT && *at != 'L' && *at != 'q'
					     ? QY_HOST_LONG
					     : QY_HOST_LLONG;
		spec->text[n++] = *at;
	}
	spec->text[n++] = *at;
	spec->text[n] = '\0';
	return at;
}

static void put_plain(struct out *out, struct spec *spec, va_list *args)
{
	union qy_host_value value;
	size_t room = out->used < out->size ? out->size - out->used : 0;
	int n;

	if (spec->kind == QY_HOST_LLONG)
		value.ll = va_arg(*args, long long);
	else if (spec->kind == QY_HOST_LONG)
		value.l = va_arg(*args, long);
	else if (spec->kind == QY_HOST_POINTER)
		value.p = va_arg(*args, const void *);
	else
		value.i = va_arg(*args, int);
	n = qy_host_format(room ? out->text + out->used : NULL, room, spec->text,
		spec->kind, spec->stars, spec->nr_stars, &value);
	if (n > 0)
		out->used += (size_t)n;
}

/* The string that comes next, with its end, or as much of it as is wanted. */
static void look_at_string(const struct spec *spec, va_list given)
{
	const char *s, *dot = strchr(spec->text, '.');
	size_t most = ~(size_t)0, n;
	va_list args;

	va_copy(args, given);
	s = va_arg(args, const char *);
	va_end(args);
	if ((uintptr_t)s < QY_PAGE_SIZE)
		return; /* "(null)" */
	if (dot && dot[1] == '*')
		most = spec->stars[spec->nr_stars - 1] < 0
			       ? most
			       : (size_t)spec->stars[spec->nr_stars - 1];
	else if (dot)
		for (most = 0, dot++; *dot >= '0' && *dot <= '9'; dot++)
			most = most * 10 + (size_t)(*dot - '0');
	n = strnlen(s, most == ~(size_t)0 ? (size_t)INT_MAX : most);
	qy_touches(s, n < most ? n + 1 : n, false);
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list given)
{
	struct out out = { .text = buf, .size = size };
	struct spec spec;
	va_list args;

	va_copy(args, given);
	for (const char *at = fmt; *at; at++) {
		if (*at != '%') {
			put(&out, *at);
			continue;
		}
		at = read_spec(at, &spec, &args);
		if (*at == '%') {
			put(&out, '%');
		} else if (*at == 'p') {
			at = put_pointer(
				     &out, at + 1, va_arg(args, const void *), &spec) -
			     1;
		} else if (*at == 's') {
			spec.kind = QY_HOST_POINTER;
			look_at_string(&spec, args);
			put_plain(&out, &spec, &args);
		} else if (*at && strchr("diouxXc", *at)) {
			put_plain(&out, &spec, &args);
		} else {
			WARN(1, "Please remove unsupported %%%c in format string",
				*at ? *at : ' ');
			break;
		}
	}
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
