/* SPDX-License-Identifier: MIT */
/* The lock of a buffer that devices share. There are no fences: who has it locked has it alone. No state. */
#ifndef COMPAT_LINUX_DMA_RESV_H
#define COMPAT_LINUX_DMA_RESV_H

#include <linux/mutex.h>

struct ww_acquire_ctx;

struct dma_resv {
	struct mutex lock;
};

#define dma_resv_init(obj)        mutex_init(&(obj)->lock)
#define dma_resv_fini(obj)        mutex_destroy(&(obj)->lock)
#define dma_resv_trylock(obj)     mutex_trylock(&(obj)->lock)
#define dma_resv_is_locked(obj)   mutex_is_locked(&(obj)->lock)
#define dma_resv_unlock(obj)      mutex_unlock(&(obj)->lock)
#define dma_resv_assert_held(obj) WARN_ON(!mutex_is_locked(&(obj)->lock))

/* @ctx: NULL, since nobody takes two at once here; else -EDEADLK. */
static inline int dma_resv_lock(struct dma_resv *obj, struct ww_acquire_ctx *ctx)
{
	if (ctx)
		return -EDEADLK;
	mutex_lock(&obj->lock);
	return 0;
}

#endif
