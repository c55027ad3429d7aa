/* SPDX-License-Identifier: MIT */
/* Memory of which each CPU has its own. It is cleared. No state. */
#ifndef COMPAT_LINUX_PERCPU_H
#define COMPAT_LINUX_PERCPU_H

#include <linux/gfp.h>
#include <linux/percpu-defs.h>

#define PCPU_MIN_UNIT_SIZE  (32 << 10)
#define PCPU_MIN_ALLOC_SIZE 4

/* @size: at most PCPU_MIN_UNIT_SIZE. Context: task, may sleep; with GFP_NOWAIT: any. Return: CPU 0's address, NULL. */
void *__alloc_percpu_gfp(size_t size, size_t align, gfp_t gfp)
	QY_REAL(__alloc_percpu_gfp);
void free_percpu(void *p) QY_REAL(free_percpu);

static inline void *__alloc_percpu(size_t size, size_t align)
{
	return __alloc_percpu_gfp(size, align, GFP_KERNEL);
}

#define alloc_percpu_gfp(type, gfp) \
	((__typeof__(type) *)__alloc_percpu_gfp(sizeof(type), __alignof__(type), gfp))
#define alloc_percpu(type) alloc_percpu_gfp(type, GFP_KERNEL)

#endif
