/* SPDX-License-Identifier: MIT */
/* Where the image lies: nothing of it is here. No state. */
#ifndef COMPAT_ASM_SECTIONS_H
#define COMPAT_ASM_SECTIONS_H

#include <linux/types.h>

#endif
