/* SPDX-License-Identifier: MIT */
/*
 * Copies of bytes and strings in memory of qy_kmalloc(); qy_kfree() releases them.
 *
 * Each returns NULL when there is no memory; the strings also when @s is NULL. Names and rules are Linux's.
 */
#ifndef QUARRY_STRING_H
#define QUARRY_STRING_H

#include <stdarg.h>
#include <stddef.h>
#include <quarry/gfp.h>

#ifdef __cplusplus
extern "C" {
#endif

struct qy_machine;

/* A string; at most its first @max bytes; @len bytes and a NUL behind them. Context: as qy_kmalloc(). */
char *qy_kstrdup(struct qy_machine *m, const char *s, qy_gfp_t gfp);
char *qy_kstrndup(struct qy_machine *m, const char *s, size_t max, qy_gfp_t gfp);
char *qy_kmemdup_nul(struct qy_machine *m, const char *s, size_t len, qy_gfp_t gfp);

/* @len bytes; an array of @n elements, NULL when its size overflows. Context: as qy_kmalloc(). */
void *qy_kmemdup(struct qy_machine *m, const void *from, size_t len, qy_gfp_t gfp);
void *qy_kmemdup_array(
	struct qy_machine *m, const void *from, size_t n, size_t size, qy_gfp_t gfp);

/*
 * Formatted text of any length. Conversions: %d %i %u %x %X %c %s %% with flags - 0 + space, width, precision, * and the
 * sizes h hh l ll z; at any other the rest of the format is taken as it stands.
 * Context: as qy_kmalloc().
 */
char *qy_kasprintf(struct qy_machine *m, qy_gfp_t gfp, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
char *qy_kvasprintf(struct qy_machine *m, qy_gfp_t gfp, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

#ifdef __cplusplus
}
#endif

#endif
