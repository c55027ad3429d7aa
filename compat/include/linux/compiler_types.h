/* SPDX-License-Identifier: MIT */
/* What the kernel asks of its compiler. No state. */
#ifndef COMPAT_LINUX_COMPILER_TYPES_H
#define COMPAT_LINUX_COMPILER_TYPES_H

#include <linux/compiler.h>

/* Warnings of the compiler, for a few lines. @option: "-Wformat". */
#define QY_PRAGMA(text)                    _Pragma(#text)
#define __diag(text)                       QY_PRAGMA(GCC diagnostic text)
#define __diag_push()                      __diag(push)
#define __diag_pop()                       __diag(pop)
#define __diag_ignore_all(option, comment) __diag(ignored option)

#endif
