/* SPDX-License-Identifier: MIT */
/* Mappings: absent until their room is built. No state. */
#ifndef COMPAT_LINUX_VMALLOC_H
#define COMPAT_LINUX_VMALLOC_H

#include <linux/mm.h>

#define QY_UNTIL "until the virt room"
QY_ABSENT(void *, vmalloc, (unsigned long size_bytes), QY_UNTIL);
QY_ABSENT(void *, vzalloc, (unsigned long size_bytes), QY_UNTIL);
QY_ABSENT(void *, vmalloc_32, (unsigned long size_bytes), QY_UNTIL);
QY_ABSENT(void, vfree, (const void *p), QY_UNTIL);
QY_ABSENT(void *, vmap,
	(struct page * *pages, unsigned int nr, unsigned long flags, unsigned long prot),
	QY_UNTIL);
QY_ABSENT(void, vunmap, (const void *p), QY_UNTIL);
QY_ABSENT(struct page *, vmalloc_to_page, (const void *p), QY_UNTIL);
#undef QY_UNTIL

#endif
