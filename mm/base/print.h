/* SPDX-License-Identifier: MIT */
/*
 * Text without libc: a sink that counts what does not fit, and the printf subset of the kernel's text files.
 *
 * Conversions: %d %i %u %x %X %c %s %% with flags - 0 + space, width, precision, *, and the sizes h hh l ll z.
 * Locking: a sink belongs to its caller.
 */
#ifndef QY_BASE_PRINT_H
#define QY_BASE_PRINT_H

#include "mm/base/types.h"

/* Text goes to buf[0..size-1] as far as it fits, NUL-terminated when size > 0; len counts all of it. */
struct qy_seq {
	char *buf;
	size_t size;
	size_t len;
};

void qy_seq_init(struct qy_seq *seq, char *buf, size_t size);
void qy_seq_puts(struct qy_seq *seq, const char *text);
void qy_seq_printf(struct qy_seq *seq, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void qy_seq_vprintf(struct qy_seq *seq, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* Return: length of the whole text, like snprintf. */
size_t qy_snprintf(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
