/* SPDX-License-Identifier: MIT */
/* Bytes and strings: the C library's, and what only the kernel has. No state. */
#ifndef COMPAT_LINUX_STRING_H
#define COMPAT_LINUX_STRING_H

#include <asm/quarry.h>
#include <linux/types.h>
#include <quarry/string.h>
#include <quarry/vmalloc.h>

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

static inline char *kstrdup(const char *s, gfp_t gfp)
{
	return qy_kstrdup(qy_this_machine(), s, gfp);
}

static inline char *kstrndup(const char *s, size_t max, gfp_t gfp)
{
	return qy_kstrndup(qy_this_machine(), s, max, gfp);
}

static inline void *kmemdup(const void *from, size_t n, gfp_t gfp)
{
	return qy_kmemdup(qy_this_machine(), from, n, gfp);
}

static inline void *kvmemdup(const void *from, size_t n, gfp_t gfp)
{
	return qy_kvmemdup(qy_this_machine(), from, n, gfp);
}

static inline void *kmemdup_array(
	const void *from, size_t nr, size_t size_bytes, gfp_t gfp)
{
	return qy_kmemdup_array(qy_this_machine(), from, nr, size_bytes, gfp);
}

static inline char *kmemdup_nul(const char *s, size_t n, gfp_t gfp)
{
	return qy_kmemdup_nul(qy_this_machine(), s, n, gfp);
}

#define QY_UNTIL "until modules are loaded: which strings are constant is not known here"
QY_ABSENT(const char *, kstrdup_const, (const char *s, gfp_t gfp), QY_UNTIL);
QY_ABSENT(void, kfree_const, (const void *p), QY_UNTIL);
#undef QY_UNTIL

#endif
