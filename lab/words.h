/* SPDX-License-Identifier: MIT */
/* Text that is put together in a buffer of the caller's and cut where that ends. No state. */
#ifndef LAB_WORDS_H
#define LAB_WORDS_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

struct qy_words {
	char *buf;
	size_t size, used;
};

__attribute__((format(printf, 2, 3))) static inline void qy_words_add(
	struct qy_words *words, const char *fmt, ...)
{
	va_list args;
	int length;

	if (words->used >= words->size)
		return;
	va_start(args, fmt);
	length =
		vsnprintf(words->buf + words->used, words->size - words->used, fmt, args);
	va_end(args);
	if (length > 0)
		words->used += (size_t)length;
}

#endif
