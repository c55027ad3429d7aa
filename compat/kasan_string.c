// SPDX-License-Identifier: MIT
/*
 * The functions of bytes and strings, as instrumented code calls them (asm/kasan.h): each checks what it touches, and no
 * more, then the C library's does the work. Of memory, as there, nothing is touched where not all may be.
 *
 * No state.
 */
#include "compat/kasan.h"

/*
 * A definition, and before it its declaration: only the assembler knows these names. A driver's NULL is told, and goes on to the C
 * library, which a build of ours with sanitizers is not to take for a mistake of ours.
 */
#define INSTEAD(type, name, parameters)  \
	type qy_kasan_##name parameters; \
	__attribute__((no_sanitize("undefined"))) type qy_kasan_##name parameters

#define CALLER          __builtin_return_address(0)
#define READS(p, n)     qy_kasan_check(p, n, false, CALLER)
#define WRITES(p, n)    qy_kasan_check(p, n, true, CALLER)
#define LENGTH(s)       length(s, ~(size_t)0, CALLER)
#define LENGTH_TO(s, n) length(s, n, CALLER)

/* Of a string that may end behind its memory: it is read to its end, as there. */
static size_t length(const char *s, size_t max, void *caller)
{
	size_t n;

	if (!max || !qy_kasan_check(s, 1, false, caller))
		return 0;
	n = max == ~(size_t)0 ? strlen(s) : strnlen(s, max);
	qy_kasan_check(s, n < max ? n + 1 : max, false, caller);
	return n;
}

static char low(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* How far two strings are looked at: to where they differ, or end. */
static void compared(const char *a, const char *b, size_t max, bool fold, void *caller)
{
	size_t n = 0;

	if (!max || !qy_kasan_check(a, 1, false, caller) ||
		!qy_kasan_check(b, 1, false, caller))
		return;
	while (n < max - 1 && a[n] && (fold ? low(a[n]) == low(b[n]) : a[n] == b[n]))
		n++;
	qy_kasan_check(a, n + 1, false, caller);
	qy_kasan_check(b, n + 1, false, caller);
}

/* What is bad is not done. The result is what compilers take it to be, whatever was done. */
INSTEAD(void *, memcpy, (void *to, const void *from, size_t n))
{
	return qy_kasan_check_copy(to, from, n, CALLER) ? memcpy(to, from, n) : to;
}

INSTEAD(void *, memmove, (void *to, const void *from, size_t n))
{
	return qy_kasan_check_copy(to, from, n, CALLER) ? memmove(to, from, n) : to;
}

INSTEAD(void *, memset, (void *to, int byte, size_t n))
{
	return WRITES(to, n) ? memset(to, byte, n) : to;
}

INSTEAD(int, memcmp, (const void *a, const void *b, size_t n))
{
	READS(a, n);
	READS(b, n);
	return memcmp(a, b, n);
}

INSTEAD(void *, memchr, (const void *s, int c, size_t n))
{
	char *found;

	if (n && !READS(s, 1))
		return NULL;
	found = memchr(s, c, n);
	READS(s, found ? (size_t)(found - (const char *)s) + 1 : n);
	return found;
}

INSTEAD(size_t, strlen, (const char *s))
{
	return LENGTH(s);
}

INSTEAD(size_t, strnlen, (const char *s, size_t n))
{
	return LENGTH_TO(s, n);
}

INSTEAD(int, strcmp, (const char *a, const char *b))
{
	compared(a, b, ~(size_t)0, false, CALLER);
	return strcmp(a, b);
}

INSTEAD(int, strncmp, (const char *a, const char *b, size_t n))
{
	compared(a, b, n, false, CALLER);
	return strncmp(a, b, n);
}

INSTEAD(int, strcasecmp, (const char *a, const char *b))
{
	compared(a, b, ~(size_t)0, true, CALLER);
	return strcasecmp(a, b);
}

INSTEAD(int, strncasecmp, (const char *a, const char *b, size_t n))
{
	compared(a, b, n, true, CALLER);
	return strncasecmp(a, b, n);
}

INSTEAD(char *, strcpy, (char *to, const char *from))
{
	WRITES(to, LENGTH(from) + 1);
	return strcpy(to, from);
}

INSTEAD(char *, strncpy, (char *to, const char *from, size_t n))
{
	LENGTH_TO(from, n);
	WRITES(to, n);
	return strncpy(to, from, n);
}

INSTEAD(ssize_t, strscpy, (char *to, const char *from, size_t n))
{
	size_t bytes = LENGTH_TO(from, n);

	WRITES(to, bytes < n ? bytes + 1 : n);
	return qy_compat_strscpy(to, from, n);
}

/* Of kernels before 6.8. */
size_t strlcpy(char *to, const char *from, size_t size) QY_REAL(strlcpy);

INSTEAD(size_t, strlcpy, (char *to, const char *from, size_t n))
{
	size_t bytes = LENGTH(from);

	WRITES(to, bytes < n ? bytes + 1 : n);
	return strlcpy(to, from, n);
}

INSTEAD(char *, strcat, (char *to, const char *from))
{
	size_t n = LENGTH(to);

	WRITES(to + n, LENGTH(from) + 1);
	return strcat(to, from);
}

INSTEAD(char *, strchr, (const char *s, int c))
{
	LENGTH(s);
	return strchr(s, c);
}

INSTEAD(char *, strrchr, (const char *s, int c))
{
	LENGTH(s);
	return strrchr(s, c);
}

INSTEAD(char *, strstr, (const char *s, const char *part))
{
	LENGTH(s);
	LENGTH(part);
	return strstr(s, part);
}

INSTEAD(char *, strsep, (char **s, const char *separators))
{
	READS(s, sizeof(*s));
	if (*s)
		LENGTH(*s);
	LENGTH(separators);
	return strsep(s, separators);
}

INSTEAD(size_t, strspn, (const char *s, const char *accepted))
{
	LENGTH(s);
	LENGTH(accepted);
	return strspn(s, accepted);
}

INSTEAD(size_t, strcspn, (const char *s, const char *rejected))
{
	LENGTH(s);
	LENGTH(rejected);
	return strcspn(s, rejected);
}
