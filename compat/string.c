// SPDX-License-Identifier: MIT
/*
 * Bytes and strings that only the kernel has functions for (linux/string.h).
 *
 * No state.
 */
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

ssize_t qy_compat_strscpy_pad(char *to, const char *from, size_t size)
{
	ssize_t n = qy_compat_strscpy(to, from, size);

	if (n >= 0)
		memset(to + n + 1, 0, size - (size_t)n - 1);
	return n;
}

size_t strlcat(char *to, const char *from, size_t size)
{
	size_t used = strlen(to), more = strlen(from), room = size - used - 1;

	BUG_ON(used >= size);
	memcpy(to + used, from, min(more, room));
	to[used + min(more, room)] = '\0';
	return used + more;
}

char *stpcpy(char *to, const char *from)
{
	size_t n = strlen(from);

	memcpy(to, from, n + 1);
	return to + n;
}

char *strnchr(const char *s, size_t n, int c)
{
	for (; n--; s++) {
		if (*s == (char)c)
			return (char *)(uintptr_t)s;
		if (!*s)
			break;
	}
	return NULL;
}

char *strnstr(const char *s, const char *part, size_t n)
{
	size_t length = strlen(part);

	for (; length && n >= length; s++, n--)
		if (!memcmp(s, part, length))
			return (char *)(uintptr_t)s;
	return length ? NULL : (char *)(uintptr_t)s;
}

char *strchrnul(const char *s, int c)
{
	while (*s && *s != (char)c)
		s++;
	return (char *)(uintptr_t)s;
}

char *strnchrnul(const char *s, size_t n, int c)
{
	while (n-- && *s && *s != (char)c)
		s++;
	return (char *)(uintptr_t)s;
}

char *skip_spaces(const char *s)
{
	while (isspace(*s))
		s++;
	return (char *)(uintptr_t)s;
}

char *strreplace(char *s, char old, char replacement)
{
	for (char *at = s; *at; at++)
		if (*at == old)
			*at = replacement;
	return s;
}

int match_string(const char *const *array, size_t n, const char *s)
{
	for (size_t i = 0; i < n && array[i]; i++)
		if (!strcmp(array[i], s))
			return (int)i;
	return -EINVAL;
}

int __sysfs_match_string(const char *const *array, size_t n, const char *s)
{
	for (size_t i = 0; i < n && array[i]; i++)
		if (sysfs_streq(array[i], s))
			return (int)i;
	return -EINVAL;
}

/* A copy with its words cut apart, and in front of the words where it is. */
char **argv_split(gfp_t gfp, const char *s, int *argc)
{
	char *copy = kstrdup(s, gfp), **argv;
	int n = 0;
	bool inside = false;

	if (!copy)
		return NULL;
	for (const char *at = s; *at; at++) {
		n += !inside && !isspace(*at);
		inside = !isspace(*at);
	}
	argv = kmalloc_array((size_t)n + 2, sizeof(*argv), gfp);
	if (!argv) {
		kfree(copy);
		return NULL;
	}
	*argv++ = copy;
	if (argc)
		*argc = n;
	n = 0;
	inside = false;
	for (; *copy; copy++) {
		if (isspace(*copy)) {
			*copy = '\0';
			inside = false;
		} else if (!inside) {
			argv[n++] = copy;
			inside = true;
		}
	}
	argv[n] = NULL;
	return argv;
}

void argv_free(char **argv)
{
	kfree(argv[-1]);
	kfree(argv - 1);
}

ssize_t memory_read_from_buffer(
	void *to, size_t count, loff_t *pos, const void *from, size_t available)
{
	loff_t at = *pos;

	if (at < 0)
		return -EINVAL;
	if ((size_t)at >= available)
		return 0;
	count = min(count, available - (size_t)at);
	memcpy(to, (const char *)from + at, count);
	*pos = at + (loff_t)count;
	return (ssize_t)count;
}

void *memset16(u16 *p, u16 value, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		p[i] = value;
	return p;
}

void *memset32(u32 *p, u32 value, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		p[i] = value;
	return p;
}

void *memset64(u64 *p, u64 value, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		p[i] = value;
	return p;
}

void *memscan(void *s, int c, size_t n)
{
	u8 *p = s;

	while (n && *p != (u8)c) {
		p++;
		n--;
	}
	return p;
}

void memcpy_and_pad(void *to, size_t to_bytes, const void *from, size_t nr, int pad)
{
	nr = min(nr, to_bytes);
	memcpy(to, from, nr);
	memset((char *)to + nr, pad, to_bytes - nr);
}

int bcmp(const void *a, const void *b, size_t n)
{
	return memcmp(a, b, n);
}
