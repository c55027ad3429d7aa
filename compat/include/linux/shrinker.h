/* SPDX-License-Identifier: MIT */
/* Caches that give back what they can do without, over quarry/reclaim.h. No state. */
#ifndef COMPAT_LINUX_SHRINKER_H
#define COMPAT_LINUX_SHRINKER_H

#include <asm/quarry.h>
#include <linux/compiler.h>
#include <linux/types.h>
#include <quarry/reclaim.h>
#include <linux/version.h>

#define shrink_control qy_shrink_control

#define SHRINK_STOP          QY_SHRINK_STOP
#define SHRINK_EMPTY         QY_SHRINK_EMPTY
#define DEFAULT_SEEKS        QY_DEFAULT_SEEKS
#define SHRINKER_NUMA_AWARE  QY_SHRINKER_NUMA_AWARE
/* stub: there are no memory cgroups */
#define SHRINKER_MEMCG_AWARE 0u
/* stub: there are no memory cgroups */
#define SHRINKER_NONSLAB     0u

#if QY_SINCE(6, 7)
/* NULL: no memory. Context: task, may sleep. */
struct shrinker *shrinker_alloc(unsigned int flags, const char *fmt, ...)
	QY_REAL(shrinker_alloc) __printf(2, 3);
void shrinker_register(struct shrinker *shrinker) QY_REAL(shrinker_register);
void shrinker_free(struct shrinker *shrinker) QY_REAL(shrinker_free);
#else
/* A structure of the driver's. Return: 0, -ENOMEM. Context: task, may sleep. */
int qy_compat_register_shrinker(struct shrinker *shrinker);
#if QY_SINCE(6, 0)
#define register_shrinker(shrinker, fmt, ...) \
	(shrinker_name(fmt, ##__VA_ARGS__), qy_compat_register_shrinker(shrinker))
static inline __printf(1, 2) void shrinker_name(const char *fmt, ...)
{
	(void)fmt;
}
#else
#define register_shrinker(shrinker) qy_compat_register_shrinker(shrinker)
#endif
void unregister_shrinker(struct shrinker *shrinker) QY_REAL(unregister_shrinker);
#endif

#endif
