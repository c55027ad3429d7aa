/* SPDX-License-Identifier: MIT */
/* Errors by name. No state. */
#ifndef COMPAT_ASM_ERRNO_H
#define COMPAT_ASM_ERRNO_H

#include <linux/errno.h>

#endif
