/* SPDX-License-Identifier: MIT */
/* Bytes and addresses that mark what nobody should use. No state. */
#ifndef COMPAT_LINUX_POISON_H
#define COMPAT_LINUX_POISON_H

#define PAGE_POISON  0xaa
#define LIST_POISON1 ((void *)0xdead000000000100ul)
#define LIST_POISON2 ((void *)0xdead000000000122ul)

/* under slab_debug= */
#define POISON_INUSE      0x5a /* nobody's */
#define POISON_FREE       0x6b /* a free object */
#define POISON_END        0xa5 /* its last byte */
#define SLUB_RED_INACTIVE 0xbb /* around a free object */
#define SLUB_RED_ACTIVE   0xcc /* around a used one */

#endif
