/* SPDX-License-Identifier: MIT */
/* Sizes for people, text with characters that cannot be shown, lists of names. No state. */
#ifndef COMPAT_LINUX_STRING_HELPERS_H
#define COMPAT_LINUX_STRING_HELPERS_H

#include <linux/bits.h>
#include <linux/ctype.h>
#include <linux/string.h>
#include <linux/string_choices.h>
#include <linux/types.h>
#include <asm/quarry.h>

struct device;

enum string_size_units {
	STRING_UNITS_10,
	STRING_UNITS_2,
	STRING_UNITS_MASK = 1,
	STRING_UNITS_NO_SPACE = 1 << 30,
	STRING_UNITS_NO_BYTES = 1u << 31,
};

/* "15.6 GiB": three digits that count. Return: bytes of the text. */
int string_get_size(u64 size, u64 block_bytes, const enum string_size_units units,
	char *text, int text_bytes) QY_REAL(string_get_size);

#define UNESCAPE_SPACE    BIT(0) /* \f \n \r \t \v */
#define UNESCAPE_OCTAL    BIT(1)
#define UNESCAPE_HEX      BIT(2)
#define UNESCAPE_SPECIAL  BIT(3) /* \" \\ \a \e */
#define UNESCAPE_ANY      (UNESCAPE_SPACE | UNESCAPE_OCTAL | UNESCAPE_HEX | UNESCAPE_SPECIAL)
#define UNESCAPE_ALL_MASK GENMASK(3, 0)

/* @size: of @to; 0: as long as @from. Return: characters, without the end. */
int string_unescape(char *from, char *to, size_t size, unsigned int flags)
	QY_REAL(string_unescape);

static inline int string_unescape_inplace(char *text, unsigned int flags)
{
	return string_unescape(text, text, 0, flags);
}

static inline int string_unescape_any(char *from, char *to, size_t size)
{
	return string_unescape(from, to, size, UNESCAPE_ANY);
}

static inline int string_unescape_any_inplace(char *text)
{
	return string_unescape_any(text, text, 0);
}

#define ESCAPE_SPACE    BIT(0)
#define ESCAPE_SPECIAL  BIT(1)
#define ESCAPE_NULL     BIT(2)
#define ESCAPE_OCTAL    BIT(3)
#define ESCAPE_ANY      (ESCAPE_SPACE | ESCAPE_OCTAL | ESCAPE_SPECIAL | ESCAPE_NULL)
#define ESCAPE_NP       BIT(4) /* what can be printed stays */
#define ESCAPE_ANY_NP   (ESCAPE_ANY | ESCAPE_NP)
#define ESCAPE_HEX      BIT(5)
#define ESCAPE_NA       BIT(6) /* ASCII stays */
#define ESCAPE_NAP      BIT(7) /* what is both stays */
#define ESCAPE_APPEND   BIT(8) /* @only is escaped, too; else nothing but @only is */
#define ESCAPE_ALL_MASK GENMASK(8, 0)

/* No end is written. Return: characters of the whole. */
int string_escape_mem(const char *from, size_t nr, char *to, size_t size,
	unsigned int flags, const char *only) QY_REAL(string_escape_mem);

static inline int string_escape_mem_any_np(
	const char *from, size_t nr, char *to, size_t size, const char *only)
{
	return string_escape_mem(from, nr, to, size, ESCAPE_ANY_NP, only);
}

static inline int string_escape_str(
	const char *from, char *to, size_t size, unsigned int flags, const char *only)
{
	return string_escape_mem(from, strlen(from), to, size, flags, only);
}

static inline int string_escape_str_any_np(
	const char *from, char *to, size_t size, const char *only)
{
	return string_escape_str(from, to, size, ESCAPE_ANY_NP, only);
}

/* With its end. */
static inline void string_upper(char *to, const char *from)
{
	do
		*to++ = (char)toupper(*from);
	while (*from++);
}

static inline void string_lower(char *to, const char *from)
{
	do
		*to++ = (char)tolower(*from);
	while (*from++);
}

static inline bool string_is_terminated(const char *s, int nr)
{
	return memchr(s, '\0', (size_t)nr) != NULL;
}

char *kstrdup_quotable(const char *from, gfp_t gfp) QY_REAL(kstrdup_quotable);
/* "prefix-0", "prefix-1", ... and NULL; errors as pointers with devm_ */
char **kasprintf_strarray(gfp_t gfp, const char *prefix, size_t nr)
	QY_REAL(kasprintf_strarray);
char **devm_kasprintf_strarray(struct device *dev, const char *prefix, size_t nr)
	QY_REAL(devm_kasprintf_strarray);
void kfree_strarray(char **array, size_t nr) QY_REAL(kfree_strarray);

#endif
