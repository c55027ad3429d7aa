/* SPDX-License-Identifier: MIT */
/*
 * The geometry of a cache, as Linux 6.12 computes it.
 *
 *   qy_slab_layout()
 *
 * No state.
 */
#ifndef QY_SLAB_LAYOUT_H
#define QY_SLAB_LAYOUT_H

#include "mm/base/types.h"
#include <quarry/slab.h>

/* Those under which a cache has no CPU slabs and every call is checked. */
#define QY_SLAB_DEBUG_FLAGS                                               \
	(QY_SLAB_CONSISTENCY_CHECKS | QY_SLAB_RED_ZONE | QY_SLAB_POISON | \
		QY_SLAB_STORE_USER | QY_SLAB_TRACE)

#define SLAB_TRACK_BYTES 32u    /* who allocated, or freed, and when */
#define SLAB_ASKED_BYTES 8u     /* what was asked of kmalloc */
#define SLAB_MAX_OBJECTS 32767u /* of a slab: a count has 15 bits */

struct slab_request {
	u32 size, align; /* bytes; align a power of two, or 0 */
	u32 flags;       /* QY_SLAB_* */
	bool has_ctor;
	s32 freeptr_offset; /* -1: none. Only with TYPESAFE_BY_RCU */
	u32 cache_line_bytes;
	u32 nr_cpu_ids;                        /* present; possible if one is present */
	u32 min_order, max_order, min_objects; /* slab_min_order= and so on; 0, 3, 0 */
	u32 debug_flags;                       /* what slab_debug= adds to flags */
};

struct slab_layout {
	u32 object_size, size, align, inuse; /* bytes */
	u32 offset;                          /* of the free pointer, from the object */
	u32 red_left_pad;                    /* bytes between slot and object */
	u8 order, min_order;
	u16 objects, min_objects; /* of a slab of that order */
	u32 min_partial;          /* slabs */
	u32 cpu_partial;          /* objects */
	u32 cpu_partial_slabs;
};

/*
 * Context: any; no locks. Return: 0, or -EINVAL: no or more than 4 MiB, align is no power of two, the free pointer is
 * not where it may be, or what debugging adds makes a slot larger than the largest block.
 */
int __must_check qy_slab_layout(const struct slab_request *want, struct slab_layout *out);

#endif
