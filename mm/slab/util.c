// SPDX-License-Identifier: MIT
/*
 * Copies of bytes and strings in kmalloc's memory.
 *
 *   qy_kstrdup, qy_kstrndup, qy_kmemdup_nul, qy_kmemdup, qy_kmemdup_array, qy_kasprintf, qy_kvasprintf
 *
 * No state.
 */
#include "mm/slab/slab.h"
#include "mm/base/print.h"
#include <quarry/string.h>

static size_t length(const char *s, size_t max)
{
	size_t len = 0;

	while (len < max && s[len])
		len++;
	return len;
}

char *qy_kmemdup_nul(struct qy_machine *m, const char *s, size_t len, qy_gfp_t gfp)
{
	char *copy;

	if (!s || len == SIZE_MAX)
		return NULL;
	copy = qy_kmalloc(m, len + 1, gfp);
	if (!copy)
		return NULL;
	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *qy_kstrdup(struct qy_machine *m, const char *s, qy_gfp_t gfp)
{
	return s ? qy_kmemdup_nul(m, s, length(s, SIZE_MAX), gfp) : NULL;
}

char *qy_kstrndup(struct qy_machine *m, const char *s, size_t max, qy_gfp_t gfp)
{
	return s ? qy_kmemdup_nul(m, s, length(s, max), gfp) : NULL;
}

void *qy_kmemdup(struct qy_machine *m, const void *from, size_t len, qy_gfp_t gfp)
{
	void *copy = qy_kmalloc(m, len, gfp);

	/* of no bytes there is no copy, but a pointer that may be freed */
	if (copy && len)
		memcpy(copy, from, len);
	return copy;
}

void *qy_kmemdup_array(
	struct qy_machine *m, const void *from, size_t n, size_t size, qy_gfp_t gfp)
{
	size_t bytes;

	return __builtin_mul_overflow(n, size, &bytes) ? NULL
						       : qy_kmemdup(m, from, bytes, gfp);
}

/* Once to learn the length, once to write; the arguments must be the same both times. */
char *qy_kvasprintf(struct qy_machine *m, qy_gfp_t gfp, const char *fmt, va_list ap)
{
	struct qy_seq text;
	va_list again;
	char *copy;

	va_copy(again, ap);
	qy_seq_init(&text, NULL, 0);
	qy_seq_vprintf(&text, fmt, again);
	va_end(again);
	copy = qy_kmalloc(m, text.len + 1, gfp);
	if (!copy)
		return NULL;
	qy_seq_init(&text, copy, text.len + 1);
	qy_seq_vprintf(&text, fmt, ap);
	return copy;
}

char *qy_kasprintf(struct qy_machine *m, qy_gfp_t gfp, const char *fmt, ...)
{
	va_list ap;
	char *copy;

	va_start(ap, fmt);
	copy = qy_kvasprintf(m, gfp, fmt, ap);
	va_end(ap);
	return copy;
}
