/* SPDX-License-Identifier: MIT */
/* Rights of mapped pages. No state. */
#ifndef COMPAT_LINUX_SET_MEMORY_H
#define COMPAT_LINUX_SET_MEMORY_H

#include <asm/quarry.h>

#define QY_UNTIL "by design: rights of a mapping stand in the page tables of the board"
QY_ABSENT(int, set_memory_ro, (unsigned long addr, int nr_pages), QY_UNTIL);
QY_ABSENT(int, set_memory_rw, (unsigned long addr, int nr_pages), QY_UNTIL);
QY_ABSENT(int, set_memory_x, (unsigned long addr, int nr_pages), QY_UNTIL);
QY_ABSENT(int, set_memory_nx, (unsigned long addr, int nr_pages), QY_UNTIL);
#undef QY_UNTIL

#endif
