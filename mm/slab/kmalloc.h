/* SPDX-License-Identifier: MIT */
/* What the doors share: flags that no slab obeys, clearing, large blocks. No state. */
#ifndef QY_SLAB_KMALLOC_H
#define QY_SLAB_KMALLOC_H

#include "mm/slab/internal.h"

/* Zone bits come from the cache; a caller that names them is wrong. */
#define SLAB_BUG_GFP (QY___GFP_HIGHMEM | QY___GFP_DMA32)

void qy_report_sleep(struct qy_machine *m);

/* A request that may sleep where it must not is reported even when it need not. */
static inline void note_sleep(struct qy_machine *m, qy_gfp_t gfp)
{
	const struct qy_context *context = qy_current();

	if (unlikely(context->preempt_count | context->irqs_disabled) &&
		gfp & QY___GFP_DIRECT_RECLAIM)
		qy_report_sleep(m);
}

/* Bytes of an object that its user may touch. */
static inline u32 usable_size(const struct kmem_cache *cache)
{
	const u32 keeps_size = QY_SLAB_RED_ZONE | QY_SLAB_POISON;
	const u32 keeps_track = QY_SLAB_TYPESAFE_BY_RCU | QY_SLAB_STORE_USER;

	if (cache->flags & keeps_size)
		return cache->object_size;
	if (cache->flags & keeps_track)
		return cache->layout.inuse;
	return cache->size;
}

/* What a constructor made must stay: there, __GFP_ZERO is a caller's error, said once. */
static inline void clear_object(struct kmem_cache *cache, void *object, qy_gfp_t gfp)
{
	if (unlikely(cache->ctor != NULL)) {
		if (gfp & QY___GFP_ZERO)
			qy_report_zeroed_ctor(cache);
		return;
	}
	memset(object, 0, cache->object_size);
}

/* Whole blocks of frames. qy_free_large(): false when @p is none. qy_large_size(): 0 then. */
bool qy_free_large(struct qy_machine *m, const void *p);
size_t qy_large_size(const struct qy_machine *m, const void *p);

#endif
