/* SPDX-License-Identifier: MIT */
/* Bytes and strings. No state. */
#ifndef COMPAT_ASM_STRING_H
#define COMPAT_ASM_STRING_H

#include <linux/string.h>

#endif
