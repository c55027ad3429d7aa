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

#define QY_KSTRTO(value_type, wide, parse)            \
	{                                             \
		wide value;                           \
		int error = parse(s, base, &value);   \
                                                      \
		if (error)                            \
			return error;                 \
		if (value != (wide)(value_type)value) \
			return -ERANGE;               \
		*res = (value_type)value;             \
		return 0;                             \
	}

static inline int kstrtoul(
	const char *s, unsigned int base, unsigned long *res) QY_KSTRTO(unsigned long,
	unsigned long long, kstrtoull) static inline int kstrtol(const char *s,
	unsigned int base, long *res) QY_KSTRTO(long, long long,
	kstrtoll) static inline int kstrtouint(const char *s, unsigned int base,
	unsigned int *res) QY_KSTRTO(unsigned int, unsigned long long,
	kstrtoull) static inline int kstrtoint(const char *s, unsigned int base, int *res)
	QY_KSTRTO(int, long long, kstrtoll) static inline int kstrtou64(
		const char *s, unsigned int base, u64 *res) QY_KSTRTO(u64,
		unsigned long long, kstrtoull) static inline int kstrtou32(const char *s,
		unsigned int base, u32 *res) QY_KSTRTO(u32, unsigned long long,
		kstrtoull) static inline int kstrtou16(const char *s, unsigned int base,
		u16 *res)
		QY_KSTRTO(u16, unsigned long long, kstrtoull) static inline int kstrtou8(
			const char *s, unsigned int base, u8 *res)
			QY_KSTRTO(u8, unsigned long long, kstrtoull)

#endif
