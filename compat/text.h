/* SPDX-License-Identifier: MIT */
/*
 * What a conversion of the kernel's formats is made of, for text.c and text_pointer.c.
 *
 * No state.
 */
#ifndef COMPAT_TEXT_H
#define COMPAT_TEXT_H

#include <linux/types.h>

/* A piece goes to the text, or only counts when there is no room. */
struct out {
	char *text;
	size_t size, used;
};

struct spec {
	bool left, plus, space, alternate, zero; /* - + blank # 0 */
	bool upper, is_signed;
	unsigned int base;
	int width;     /* -1: none was given */
	int precision; /* likewise */
};

void qy_put(struct out *out, char c);
/* As wide as @spec wants, cut to its precision. */
void qy_put_text(struct out *out, const char *s, const struct spec *spec);
void qy_put_number(struct out *out, u64 value, const struct spec *spec);
/* Return: behind the conversion, of which @at is what stands behind %p. */
const char *qy_put_pointer(
	struct out *out, const char *at, const void *p, const struct spec *spec);
void qy_put_format(struct out *out, const char *fmt, va_list *args);

#endif
