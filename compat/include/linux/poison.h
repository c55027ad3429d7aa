/* SPDX-License-Identifier: MIT */
/* Bytes that mark memory nobody should read. No state. */
#ifndef COMPAT_LINUX_POISON_H
#define COMPAT_LINUX_POISON_H

#define PAGE_POISON 0xaa

#endif
