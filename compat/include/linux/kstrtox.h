/* SPDX-License-Identifier: MIT */
/* Numbers from text. No state. */
#ifndef COMPAT_LINUX_KSTRTOX_H
#define COMPAT_LINUX_KSTRTOX_H

#include <linux/errno.h>
#include <linux/types.h>
#include <asm/quarry.h>

/* The whole text, a final newline aside. Return: 0, -EINVAL, -ERANGE. */
int kstrtoull(const char *s, unsigned int base, unsigned long long *res)
	QY_REAL(kstrtoull);
int kstrtoll(const char *s, unsigned int base, long long *res) QY_REAL(kstrtoll);
int kstrtobool(const char *s, bool *res) QY_REAL(kstrtobool);

/* @parse's result, where it fits. */
#define QY_KSTRTO(name, value_type, wide, parse)                                  \
	static inline int name(const char *s, unsigned int base, value_type *res) \
	{                                                                         \
		wide value;                                                       \
		int error = parse(s, base, &value);                               \
                                                                                  \
		if (error)                                                        \
			return error;                                             \
		if (value != (wide)(value_type)value)                             \
			return -ERANGE;                                           \
		*res = (value_type)value;                                         \
		return 0;                                                         \
	}
/* real: kstrtoul, kstrtol, kstrtouint, kstrtoint, kstrtou64, kstrtos64, kstrtou32, kstrtos32, kstrtou16, kstrtos16, kstrtou8, kstrtos8 */
QY_KSTRTO(kstrtoul, unsigned long, unsigned long long, kstrtoull)
QY_KSTRTO(kstrtol, long, long long, kstrtoll)
QY_KSTRTO(kstrtouint, unsigned int, unsigned long long, kstrtoull)
QY_KSTRTO(kstrtoint, int, long long, kstrtoll)
QY_KSTRTO(kstrtou64, u64, unsigned long long, kstrtoull)
QY_KSTRTO(kstrtos64, s64, long long, kstrtoll)
QY_KSTRTO(kstrtou32, u32, unsigned long long, kstrtoull)
QY_KSTRTO(kstrtos32, s32, long long, kstrtoll)
QY_KSTRTO(kstrtou16, u16, unsigned long long, kstrtoull)
QY_KSTRTO(kstrtos16, s16, long long, kstrtoll)
QY_KSTRTO(kstrtou8, u8, unsigned long long, kstrtoull)
QY_KSTRTO(kstrtos8, s8, long long, kstrtoll)

/* The older ones: as many digits as there are; @end: behind them. */
unsigned long long simple_strtoull(const char *s, char **end, unsigned int base)
	QY_REAL(simple_strtoull);
unsigned long simple_strtoul(const char *s, char **end, unsigned int base)
	QY_REAL(simple_strtoul);
long simple_strtol(const char *s, char **end, unsigned int base) QY_REAL(simple_strtol);
long long simple_strtoll(const char *s, char **end, unsigned int base)
	QY_REAL(simple_strtoll);

#endif
