/* SPDX-License-Identifier: MIT */
/* Bytes and strings: the C library's, and what only the kernel has. No state. */
#ifndef COMPAT_LINUX_STRING_H
#define COMPAT_LINUX_STRING_H

#include <asm/quarry.h>
#include <linux/types.h>
#include <quarry/slab.h>
#include <quarry/string.h>
#include <quarry/vmalloc.h>
#include <linux/version.h>

void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
int strcasecmp(const char *a, const char *b);
int strncasecmp(const char *a, const char *b, size_t n);
char *strcpy(char *to, const char *from);
char *strncpy(char *to, const char *from, size_t n);
char *strcat(char *to, const char *from);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *part);
char *strsep(char **s, const char *separators);
size_t strnlen(const char *s, size_t n);
size_t strspn(const char *s, const char *accepted);
size_t strcspn(const char *s, const char *rejected);
void *memchr(const void *s, int c, size_t n);

/* Return: bytes that @from has, or would have needed */
#if !QY_SINCE(6, 8)
size_t strlcpy(char *to, const char *from, size_t size) QY_REAL(strlcpy);
#endif
ssize_t qy_compat_strscpy(char *to, const char *from, size_t size);
/* Return: bytes copied, -E2BIG when not all. Without a size: of the array. */
#define QY_STRSCPY_2(to, from)           qy_compat_strscpy(to, from, sizeof(to))
#define QY_STRSCPY_3(to, from, size)     qy_compat_strscpy(to, from, size)
#define QY_STRSCPY_N(a, b, c, name, ...) name
#define QY_STRSCPY_PAD_2(to, from)       qy_compat_strscpy_pad(to, from, sizeof(to))
#define QY_STRSCPY_PAD_3(to, from, size) qy_compat_strscpy_pad(to, from, size)
ssize_t qy_compat_strscpy_pad(char *to, const char *from, size_t size);
/* The rest of the array becomes 0. */
#define strscpy_pad(...)                                              \
	QY_STRSCPY_N(__VA_ARGS__, QY_STRSCPY_PAD_3, QY_STRSCPY_PAD_2) \
	(__VA_ARGS__)
#define strscpy(...) QY_STRSCPY_N(__VA_ARGS__, QY_STRSCPY_3, QY_STRSCPY_2)(__VA_ARGS__)
/* Equal but for a final newline. */
bool sysfs_streq(const char *a, const char *b) QY_REAL(sysfs_streq);
/* Without white space at both ends; changes @s. */
char *strim(char *s) QY_REAL(strim);

static inline void memzero_explicit(void *s, size_t n)
{
	memset(s, 0, n);
	__asm__ __volatile__("" : : "r"(s) : "memory");
}

char *strncat(char *to, const char *from, size_t n);
char *strpbrk(const char *s, const char *accepted);
/* What it would have had, with room enough. */
size_t strlcat(char *to, const char *from, size_t size) QY_REAL(strlcat);
char *stpcpy(char *to, const char *from) QY_REAL(stpcpy);
/* At most @n bytes are looked at; NULL: not there. */
char *strnchr(const char *s, size_t n, int c) QY_REAL(strnchr);
char *strnstr(const char *s, const char *part, size_t n) QY_REAL(strnstr);
/* Behind the end instead of NULL. */
char *strchrnul(const char *s, int c) QY_REAL(strchrnul);
char *strnchrnul(const char *s, size_t n, int c) QY_REAL(strnchrnul);
char *skip_spaces(const char *s) QY_REAL(skip_spaces);
char *strreplace(char *s, char old, char replacement) QY_REAL(strreplace);
int match_string(const char *const *array, size_t n, const char *s) QY_REAL(match_string);
int __sysfs_match_string(const char *const *array, size_t n, const char *s)
	QY_REAL(__sysfs_match_string);
#define sysfs_match_string(array, s) __sysfs_match_string(array, ARRAY_SIZE(array), s)
/* Words between white space, behind one another in one object; argv_free(). */
char **argv_split(gfp_t gfp, const char *s, int *argc) QY_REAL(argv_split);
void argv_free(char **argv) QY_REAL(argv_free);
/* Return: bytes; 0 behind the end. */
ssize_t memory_read_from_buffer(void *to, size_t count, loff_t *pos, const void *from,
	size_t available) QY_REAL(memory_read_from_buffer);
void *memset16(u16 *p, u16 value, size_t nr) QY_REAL(memset16);
void *memset32(u32 *p, u32 value, size_t nr) QY_REAL(memset32);
void *memset64(u64 *p, u64 value, size_t nr) QY_REAL(memset64);
/* Return: behind the end when it is not there. */
void *memscan(void *s, int c, size_t n) QY_REAL(memscan);
void memcpy_and_pad(void *to, size_t to_bytes, const void *from, size_t nr, int pad)
	QY_REAL(memcpy_and_pad);
int bcmp(const void *a, const void *b, size_t n) QY_REAL(bcmp);

static inline void *memset_l(unsigned long *p, unsigned long value, size_t nr)
{
	return memset64((u64 *)p, value, nr);
}

static inline void *memset_p(void **p, void *value, size_t nr)
{
	return memset64((u64 *)p, (u64)(uintptr_t)value, nr);
}

/* Members of a structure: behind one, and from one on. */
#define memset_after(obj, value, member)                                           \
	({                                                                         \
		u8 *obj_ = (u8 *)(obj);                                            \
		__typeof__(value) value_ = (value);                                \
		memset(obj_ + offsetofend(__typeof__(*(obj)), member), value_,     \
			sizeof(*(obj)) - offsetofend(__typeof__(*(obj)), member)); \
	})
#define memset_startat(obj, value, member)                                      \
	({                                                                      \
		u8 *obj_ = (u8 *)(obj);                                         \
		__typeof__(value) value_ = (value);                             \
		memset(obj_ + offsetof(__typeof__(*(obj)), member), value_,     \
			sizeof(*(obj)) - offsetof(__typeof__(*(obj)), member)); \
	})
/* Arrays of bytes that need no end, from strings and to them. */
#define strtomem_pad(to, from, pad) \
	memcpy_and_pad(to, sizeof(to), from, strnlen(from, sizeof(to)), pad)
#define strtomem(to, from)                             \
	({                                             \
		size_t n_ = strnlen(from, sizeof(to)); \
		memcpy(to, from, n_);                  \
	})
#define memtostr(to, from)                                                    \
	({                                                                    \
		size_t n_ = strnlen(from, min(sizeof(to) - 1, sizeof(from))); \
		memcpy(to, from, n_);                                         \
		(to)[n_] = '\0';                                              \
	})
#define memtostr_pad(to, from)                                                \
	({                                                                    \
		size_t n_ = strnlen(from, min(sizeof(to) - 1, sizeof(from))); \
		memcpy(to, from, n_);                                         \
		memset((to) + n_, 0, sizeof(to) - n_);                        \
	})
#define unsafe_memcpy(to, from, n, why) memcpy(to, from, n)
#define memcpy_flushcache(to, from, n)  memcpy(to, from, n)
#define strstrip(s)                     strim(s)

static inline bool strstarts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static inline const char *kbasename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

#define str_has_prefix(s, prefix) \
	(strncmp(s, prefix, strlen(prefix)) ? 0 : strlen(prefix))

/* Return: the first byte that is not @c, or NULL. */
static inline void *memchr_inv(const void *start, int c, size_t n)
{
	const unsigned char *p = start;

	for (; n; n--, p++)
		if (*p != (unsigned char)c)
			return (void *)(uintptr_t)p;
	return NULL;
}

static inline bool mem_is_zero(const void *s, size_t n)
{
	return !memchr_inv(s, 0, n);
}

static inline char *kstrdup(const char *s, gfp_t gfp)
{
	return qy_take(QY_HELD_OBJECT, gfp, s ? strlen(s) + 1 : 0,
		qy_kstrdup(qy_this_machine(), s, gfp));
}

static inline char *kstrndup(const char *s, size_t max, gfp_t gfp)
{
	return qy_take(QY_HELD_OBJECT, gfp, s ? strnlen(s, max) + 1 : 0,
		qy_kstrndup(qy_this_machine(), s, max, gfp));
}

static inline void *kmemdup(const void *from, size_t n, gfp_t gfp)
{
	qy_touches(from, n, false);
	return qy_take(
		QY_HELD_OBJECT, gfp, n, qy_kmemdup(qy_this_machine(), from, n, gfp));
}

static inline void *kvmemdup(const void *from, size_t n, gfp_t gfp)
{
	void *p;

	qy_touches(from, n, false);
	if (qy_refuses(QY_HELD_OBJECT, gfp, n))
		return NULL;
	p = qy_kvmemdup(qy_this_machine(), from, n, gfp);
	return qy_hold(qy_is_vmalloc_addr(qy_this_machine(), p) ? QY_HELD_VMALLOC
								: QY_HELD_OBJECT,
		p, n);
}

static inline void *kmemdup_array(
	const void *from, size_t nr, size_t size_bytes, gfp_t gfp)
{
	qy_touches(from, nr * size_bytes, false);
	return qy_take(QY_HELD_OBJECT, gfp, nr * size_bytes,
		qy_kmemdup_array(qy_this_machine(), from, nr, size_bytes, gfp));
}

static inline char *kmemdup_nul(const char *s, size_t n, gfp_t gfp)
{
	qy_touches(s, n, false);
	return qy_take(
		QY_HELD_OBJECT, gfp, n + 1, qy_kmemdup_nul(qy_this_machine(), s, n, gfp));
}

/* What is constant for these is the kernel image's own: strings of a module are copied. */
static inline const char *kstrdup_const(const char *s, gfp_t gfp)
{
	return kstrdup(s, gfp);
}

static inline void kfree_const(const void *p)
{
	qy_let_go(QY_HELD_OBJECT, p);
	qy_kfree(qy_this_machine(), p);
}

#endif
