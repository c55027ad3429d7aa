/* SPDX-License-Identifier: MIT */
/* Lines of the cache that are wanted soon. No state. */
#ifndef COMPAT_LINUX_PREFETCH_H
#define COMPAT_LINUX_PREFETCH_H

#define prefetch(p)  __builtin_prefetch(p)
#define prefetchw(p) __builtin_prefetch(p, 1)

#endif
