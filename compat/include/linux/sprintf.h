/* SPDX-License-Identifier: MIT */
/* Text of any length in kmalloc's memory, by the C library's formats. No state. */
#ifndef COMPAT_LINUX_SPRINTF_H
#define COMPAT_LINUX_SPRINTF_H

#include <linux/printk.h>
#include <quarry/slab.h>

static inline __printf(2, 0) char *kvasprintf(gfp_t gfp, const char *fmt, va_list args)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len < 0)
		return NULL;
	if (qy_refuses(QY_HELD_OBJECT, gfp, (size_t)len + 1))
		return NULL;
	text = qy_kmalloc(qy_this_machine(), (size_t)len + 1, gfp);
	if (text)
		vsnprintf(text, (size_t)len + 1, fmt, args);
	return qy_hold(QY_HELD_OBJECT, text, (size_t)len + 1);
}

static inline __printf(2, 3) char *kasprintf(gfp_t gfp, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = kvasprintf(gfp, fmt, args);
	va_end(args);
	return text;
}

int sscanf(const char *text, const char *fmt, ...) QY_TEXT(sscanf) __scanf(2, 3);
int vsscanf(const char *text, const char *fmt, va_list args) QY_TEXT(vsscanf)
	__scanf(2, 0);

#endif
