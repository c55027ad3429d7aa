/* SPDX-License-Identifier: MIT */
/* Marks of functions that assembler calls. No state. */
#ifndef COMPAT_LINUX_LINKAGE_H
#define COMPAT_LINUX_LINKAGE_H

#include <linux/compiler.h>

#endif
