/* SPDX-License-Identifier: MIT */
/* Bytes and strings: the C library's, and what only the kernel has. No state. */
#ifndef COMPAT_LINUX_STRING_H
#define COMPAT_LINUX_STRING_H

#include <asm/quarry.h>
#include <linux/types.h>

void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);

/* Return: the first byte that is not @c, or NULL. */
static inline void *memchr_inv(const void *start, int c, size_t n)
{
	const unsigned char *p = start;

	for (; n; n--, p++)
		if (*p != (unsigned char)c)
			return (void *)(uintptr_t)p;
	return NULL;
}

#define QY_UNTIL "until the slab room"
QY_ABSENT(char *, kstrdup, (const char *s, gfp_t gfp), QY_UNTIL);
QY_ABSENT(void *, kmemdup, (const void *from, size_t n, gfp_t gfp), QY_UNTIL);
#undef QY_UNTIL

#endif
