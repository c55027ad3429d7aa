/* SPDX-License-Identifier: MIT */
/* Marks for the kernel's scan for lost objects. No state. */
#ifndef COMPAT_LINUX_KMEMLEAK_H
#define COMPAT_LINUX_KMEMLEAK_H

#include <linux/types.h>

/* stub: what a driver holds is known without marks */
#define kmemleak_alloc(p, size, min_count, gfp) ((void)(p))
/* stub: as kmemleak_alloc */
#define kmemleak_free(p)                        ((void)(p))
/* stub: as kmemleak_alloc */
#define kmemleak_not_leak(p)                    ((void)(p))
/* stub: as kmemleak_alloc */
#define kmemleak_ignore(p)                      ((void)(p))
/* stub: as kmemleak_alloc */
#define kmemleak_update_trace(p)                ((void)(p))
/* stub: as kmemleak_alloc */
#define kmemleak_no_scan(p)                     ((void)(p))
/* stub: as kmemleak_alloc */
#define kmemleak_scan_area(p, size, gfp)        ((void)(p))

#endif
