/* SPDX-License-Identifier: MIT */
/* Caches that give back what they can do without, over quarry/reclaim.h. No state. */
#ifndef COMPAT_LINUX_SHRINKER_H
#define COMPAT_LINUX_SHRINKER_H

#include <asm/quarry.h>
#include <linux/compiler.h>
#include <linux/types.h>
#include <quarry/reclaim.h>

#define shrink_control qy_shrink_control

#define SHRINK_STOP          QY_SHRINK_STOP
#define SHRINK_EMPTY         QY_SHRINK_EMPTY
#define DEFAULT_SEEKS        QY_DEFAULT_SEEKS
#define SHRINKER_NUMA_AWARE  QY_SHRINKER_NUMA_AWARE
/* stub: there are no memory cgroups */
#define SHRINKER_MEMCG_AWARE 0u
/* stub: there are no memory cgroups */
#define SHRINKER_NONSLAB     0u

/* Since 6.7. NULL: no memory. Context: task, may sleep. */
struct shrinker *shrinker_alloc(unsigned int flags, const char *fmt, ...)
	QY_REAL(shrinker_alloc) __printf(2, 3);
void shrinker_register(struct shrinker *shrinker) QY_REAL(shrinker_register);
void shrinker_free(struct shrinker *shrinker) QY_REAL(shrinker_free);

#endif
