/* SPDX-License-Identifier: MIT */
/* Text into buffers, from the C library under the same names; the kernel log waits for the device model. No state. */
#ifndef COMPAT_LINUX_PRINTK_H
#define COMPAT_LINUX_PRINTK_H

#include <asm/quarry.h>
#include <linux/compiler.h>
#include <linux/types.h>

int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
int vsnprintf(char *buf, size_t size, const char *fmt, va_list args) __printf(3, 0);

/* What was written, not what would have been. */
static inline __printf(3, 0) int vscnprintf(
	char *buf, size_t size, const char *fmt, va_list args)
{
	int n = vsnprintf(buf, size, fmt, args);

	if (n >= 0 && (size_t)n >= size)
		return size ? (int)size - 1 : 0;
	return n;
}

static inline __printf(3, 4) int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vscnprintf(buf, size, fmt, args);
	va_end(args);
	return n;
}

#define QY_UNTIL "until the device model"
QY_ABSENT(int, printk, (const char *fmt, ...), QY_UNTIL);
QY_ABSENT(int, pr_err, (const char *fmt, ...), QY_UNTIL);
QY_ABSENT(int, pr_warn, (const char *fmt, ...), QY_UNTIL);
QY_ABSENT(int, pr_info, (const char *fmt, ...), QY_UNTIL);
#undef QY_UNTIL

#endif
