// SPDX-License-Identifier: MIT
/*
 * Sizes for people, escaped text, lists of names (linux/string_helpers.h).
 *
 * No state.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/slab.h>
#include <linux/string_helpers.h>
#include "compat/text.h"

/* ------------------------------------------------------------------ sizes */

/*
 * The number is kept as whole units and a rest in millionths, so that a number of blocks that is no number of bytes of 64 bits
 * has room.
 */
int string_get_size(u64 size, u64 block_bytes, const enum string_size_units units,
	char *text, int text_bytes)
{
	static const char *const prefixes[2][9] = {
		{ "", "k", "M", "G", "T", "P", "E", "Z", "Y" },
		{ "", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi" },
	};
	bool binary = units & STRING_UNITS_MASK;
	unsigned int divisor = binary ? 1024 : 1000, unit = 0, digits = 0, rest;
	unsigned __int128 bytes = (unsigned __int128)size * block_bytes, part = 1,
			  rounded;
	const char *prefix;
	char fraction[8] = "";

	while (bytes / part >= divisor) {
		part *= divisor;
		unit++;
	}
	/* three digits: so many of them behind the point */
	for (unsigned __int128 whole = bytes / part; unit && digits < 2 && whole < 100;
		whole = whole ? whole * 10 : 10)
		digits++;
	rest = digits == 2 ? 100 : digits ? 10 : 1;
	rounded = (bytes * rest + part / 2) / part;
	if (rounded >= (unsigned __int128)divisor * rest && unit) {
		rounded = 100; /* "1.00" of the next */
		rest = 100, digits = 2;
		unit++;
	}
	if (digits)
		snprintf(fraction, sizeof(fraction), ".%0*u", (int)digits,
			(unsigned int)(rounded % rest));
	prefix = unit < ARRAY_SIZE(prefixes[0]) ? prefixes[binary][unit] : "UNK";
	return snprintf(text, (size_t)text_bytes, "%u%s%s%s%s",
		(unsigned int)(rounded / rest), fraction,
		(u32)units & STRING_UNITS_NO_SPACE ? "" : " ", prefix,
		(u32)units & (u32)STRING_UNITS_NO_BYTES ? "" : "B");
}

/* ------------------------------------------------------------------ what cannot be shown */

/* A character that stands for another one behind a backslash, both ways. */
static const struct {
	char c, letter;
	unsigned int escape, unescape;
} letters[] = {
	{ '\n', 'n', ESCAPE_SPACE, UNESCAPE_SPACE },
	{ '\r', 'r', ESCAPE_SPACE, UNESCAPE_SPACE },
	{ '\t', 't', ESCAPE_SPACE, UNESCAPE_SPACE },
	{ '\v', 'v', ESCAPE_SPACE, UNESCAPE_SPACE },
	{ '\f', 'f', ESCAPE_SPACE, UNESCAPE_SPACE },
	{ '"', '"', ESCAPE_SPECIAL, UNESCAPE_SPECIAL },
	{ '\\', '\\', ESCAPE_SPECIAL, UNESCAPE_SPECIAL },
	{ '\a', 'a', ESCAPE_SPECIAL, UNESCAPE_SPECIAL },
	{ '\e', 'e', ESCAPE_SPECIAL, UNESCAPE_SPECIAL },
	{ '\0', '0', ESCAPE_NULL, 0 },
};

/* Behind a backslash. Return: characters that it took; 0: it means nothing. */
static int unescape_one(const char *s, unsigned int flags, char *c)
{
	int value = 0, nr = 0;

	for (size_t i = 0; i < ARRAY_SIZE(letters); i++) {
		if (*s == letters[i].letter && flags & letters[i].unescape) {
			*c = letters[i].c;
			return 1;
		}
	}
	if (flags & UNESCAPE_OCTAL && isodigit(*s)) {
		for (; nr < 3 && isodigit(s[nr]) && value * 8 + s[nr] - '0' < 256; nr++)
			value = value * 8 + s[nr] - '0';
		*c = (char)value;
		return nr;
	}
	if (flags & UNESCAPE_HEX && *s == 'x' && isxdigit(s[1])) {
		for (nr = 1; nr < 3 && isxdigit(s[nr]); nr++)
			value = value * 16 + hex_to_bin((unsigned char)s[nr]);
		*c = (char)value;
		return nr;
	}
	return 0;
}

int string_unescape(char *from, char *to, size_t size, unsigned int flags)
{
	char *out = to;

	if (!size)
		size = SIZE_MAX;
	while (*from && --size) {
		int nr = *from == '\\' && size > 1 ? unescape_one(from + 1, flags, out)
						   : 0;

		if (nr) {
			from += nr + 1;
			out++;
			continue;
		}
		if (*from == '\\' && from[1] && size > 1) { /* it stands for itself */
			*out++ = *from++;
			size--;
		}
		*out++ = *from++;
	}
	*out = '\0';
	return (int)(out - to);
}

/* Does it go as it is? */
static bool stays(char c, unsigned int flags, const char *only)
{
	bool listed = only && *only && strchr(only, c); /* '\0' ends every list */
	u8 byte = (u8)c;

	if (flags & ESCAPE_APPEND && listed)
		return false;
	if (!(flags & ESCAPE_APPEND) && only && *only && !listed)
		return true;
	return (flags & ESCAPE_NAP && isascii(byte) && isprint(byte)) ||
	       (flags & ESCAPE_NP && isprint(byte)) ||
	       (flags & ESCAPE_NA && isascii(byte));
}

static void escape_one(struct out *out, char c, unsigned int flags)
{
	u8 byte = (u8)c;

	for (size_t i = 0; i < ARRAY_SIZE(letters); i++) {
		if (c == letters[i].c && flags & letters[i].escape) {
			qy_put(out, '\\');
			qy_put(out, letters[i].letter);
			return;
		}
	}
	if (flags & ESCAPE_OCTAL) {
		qy_put(out, '\\');
		for (int shift = 6; shift >= 0; shift -= 3)
			qy_put(out, (char)('0' + (byte >> shift & 7)));
	} else if (flags & ESCAPE_HEX) {
		qy_put(out, '\\');
		qy_put(out, 'x');
		qy_put(out, hex_asc_hi(byte));
		qy_put(out, hex_asc_lo(byte));
	} else {
		qy_put(out, c);
	}
}

int string_escape_mem(const char *from, size_t nr, char *to, size_t size,
	unsigned int flags, const char *only)
{
	struct out out = { .text = to, .size = size ? size + 1 : 0 };

	for (; nr--; from++) {
		if (stays(*from, flags, only))
			qy_put(&out, *from);
		else
			escape_one(&out, *from, flags);
	}
	return (int)out.used;
}

char *kstrdup_quotable(const char *from, gfp_t gfp)
{
	const unsigned int flags = ESCAPE_HEX;
	size_t nr, bytes;
	char *to;

	if (!from)
		return NULL;
	nr = strlen(from);
	bytes = (size_t)string_escape_mem(from, nr, NULL, 0, flags, "\f\n\r\t\v\a\e\\\"");
	to = kmalloc(bytes + 1, gfp);
	if (!to)
		return NULL;
	string_escape_mem(from, nr, to, bytes, flags, "\f\n\r\t\v\a\e\\\"");
	to[bytes] = '\0';
	return to;
}

/* ------------------------------------------------------------------ lists of names */

char **kasprintf_strarray(gfp_t gfp, const char *prefix, size_t nr)
{
	char **names = kcalloc(nr + 1, sizeof(*names), gfp);

	for (size_t i = 0; names && i < nr; i++) {
		names[i] = kasprintf(gfp, "%s-%zu", prefix, i);
		if (!names[i]) {
			kfree_strarray(names, i);
			return NULL;
		}
	}
	return names;
}

void kfree_strarray(char **array, size_t nr)
{
	for (size_t i = 0; array && i < nr; i++)
		kfree(array[i]);
	kfree(array);
}

struct names {
	char **array;
	size_t nr;
};

static void free_names(struct device *dev, void *res)
{
	struct names *names = res;

	(void)dev;
	kfree_strarray(names->array, names->nr);
}

char **devm_kasprintf_strarray(struct device *dev, const char *prefix, size_t nr)
{
	struct names *names = devres_alloc(free_names, sizeof(*names), GFP_KERNEL);

	if (!names)
		return ERR_PTR(-ENOMEM);
	names->nr = nr;
	names->array = kasprintf_strarray(GFP_KERNEL, prefix, nr);
	if (!names->array) {
		devres_free(names);
		return ERR_PTR(-ENOMEM);
	}
	devres_add(dev, names);
	return names->array;
}
