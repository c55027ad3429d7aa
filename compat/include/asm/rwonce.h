/* SPDX-License-Identifier: MIT */
/* READ_ONCE() and WRITE_ONCE(). No state. */
#ifndef COMPAT_ASM_RWONCE_H
#define COMPAT_ASM_RWONCE_H

#include <linux/compiler.h>

#endif
