/* SPDX-License-Identifier: MIT */
/* Fields of registers by their masks, which are constants. No state. */
#ifndef COMPAT_LINUX_BITFIELD_H
#define COMPAT_LINUX_BITFIELD_H

#include <linux/bitops.h>
#include <linux/types.h>

#define __bf_shf(mask)  (__builtin_ffsll(mask) - 1)
#define FIELD_MAX(mask) ((__typeof__(mask))((mask) >> __bf_shf(mask)))
#define FIELD_FIT(mask, value) \
	(!((((__typeof__(mask))(value)) << __bf_shf(mask)) & ~(mask)))
#define FIELD_PREP(mask, value) (((__typeof__(mask))(value) << __bf_shf(mask)) & (mask))
#define FIELD_GET(mask, reg)    ((__typeof__(mask))(((reg) & (mask)) >> __bf_shf(mask)))

#endif
