/* SPDX-License-Identifier: MIT */
/* Lines of the cache. No state. */
#ifndef COMPAT_ASM_CACHE_H
#define COMPAT_ASM_CACHE_H

#include <linux/cache.h>

#endif
