/* SPDX-License-Identifier: MIT */
/* Bits and masks of words. No state. */
#ifndef COMPAT_LINUX_BITS_H
#define COMPAT_LINUX_BITS_H

#include <linux/bitops.h>

#endif
