/* SPDX-License-Identifier: MIT */
/*
 * Caches that are checked: which ones, what lies around their objects, and what is said when a byte of it is wrong.
 *
 *   qy_slub_debug_flags, qy_slub_debug_keeps_order           what slab_debug= asks for
 *   qy_debug_setup_slab, qy_debug_take, qy_debug_give        objects of such a cache, one at a time, node->lock held
 *   qy_debug_validate_slab                                   everything that can be checked of one slab
 *   qy_slab_bug ... qy_report_track                          the words of Linux's reports
 *
 * A cache with one of QY_SLAB_DEBUG_FLAGS has no sheaves and no active slabs. The free objects of its slabs are linked
 * through the objects, from slab->free, as on Linux; there is no bitmap.
 */
#ifndef QY_SLAB_SLUB_DEBUG_H
#define QY_SLAB_SLUB_DEBUG_H

#include "mm/slab/internal.h"

/* Bytes of free and used memory; Linux's values. */
#define POISON_INUSE      0x5a /* nobody's: padding, the rest of a slab */
#define POISON_FREE       0x6b /* of a free object, and of a fresh one */
#define POISON_END        0xa5 /* the last of them */
#define SLUB_RED_INACTIVE 0xbb /* around a free object */
#define SLUB_RED_ACTIVE   0xcc /* around a used one */

#define JIFFY_NS 4000000ull /* HZ = 250: the unit of "age" */

static inline bool kmem_cache_debug(const struct kmem_cache *cache)
{
	return cache->flags & QY_SLAB_DEBUG_FLAGS;
}

/* ------------------------------------------------------------------ debug_flags.c */

/* @flags with what slab_debug=@debug adds for the cache @name. Context: any. */
u32 qy_slub_debug_flags(const char *debug, const char *name, u32 flags);
/* 'O' was among the letters: a cache whose least order would grow is not checked. Context: any. */
bool qy_slub_debug_keeps_order(const char *debug);

/* ------------------------------------------------------------------ slub_debug.c */

enum track_item {
	TRACK_ALLOC,
	TRACK_FREE,
};

/* Who did it, and when. In the slot, behind the free pointer; a program may have overwritten it. */
struct track {
	const struct qy_site *site;
	u32 seal; /* of site; 0 = never */
	u32 cpu;
	s32 pid;
	u64 when_ns;
};
_Static_assert(sizeof(struct track) == SLAB_TRACK_BYTES, "the layout has room for two");

/* Not 0, and not the same for another place. */
u32 qy_track_seal(const struct qy_site *site);

/* From the start of an object: where the two records begin; where all that is kept ends. */
u32 qy_debug_info_end(const struct kmem_cache *cache);
u32 qy_debug_used_bytes(const struct kmem_cache *cache);
/* The link in a free object. */
void *qy_debug_next(const struct kmem_cache *cache, const void *object);

/* A new slab nobody knows yet: bytes around the objects, and their links. */
void qy_debug_setup_slab(struct kmem_cache *cache, u32 head);
/* Up to @nr free objects, each checked and marked as used. Return: how many; a corrupt slab is given up and has no more. */
u32 qy_debug_take(struct kmem_cache *cache, u32 head, u32 nr, void **objects);
/* Return: 0; -EINVAL: the free was wrong, which has been said, and nothing changed. */
int qy_debug_give(struct kmem_cache *cache, u32 head, void *object);
/* Return: whether all is as it should be; what is not has been said, and repaired. */
bool qy_debug_validate_slab(struct kmem_cache *cache, u32 head);
/* Is the object on the slab's list of free ones? */
bool qy_debug_is_free(struct kmem_cache *cache, u32 head, const void *object);
/* Bytes that were asked for; object_size where nobody keeps it. */
u32 qy_debug_asked(const struct kmem_cache *cache, const void *object);
/* kmalloc() says what was asked for; @fresh: the bytes still have their pattern. */
void qy_debug_set_asked(struct kmem_cache *cache, void *object, u32 asked, bool fresh);
/* ksize() was asked: all of the object may be written from now on. */
void qy_debug_use_all(struct kmem_cache *cache, const void *object);
/* Free objects on the slab's list, or UINT32_MAX: it leads astray. */
u32 qy_debug_nr_free(const struct kmem_cache *cache, u32 head);
/* What is still used of a slab whose cache is to end, object by object. */
void qy_debug_report_remaining(struct kmem_cache *cache, u32 head);

/* ------------------------------------------------------------------ slub_report.c
 *
 * Context: any; callers hold report_lock from the first line of a report to the last.
 */

/* Head of a report; @blank: with an empty line behind the text. */
void qy_slab_bug(struct kmem_cache *cache, const char *text, bool blank);
void qy_slab_fix(const struct kmem_cache *cache, const char *text);
void qy_report_slab(const struct kmem_cache *cache, u32 head);
void qy_report_tracks(const struct kmem_cache *cache, const void *object);
/* All of the slot. */
void qy_report_object(const struct kmem_cache *cache, u32 head, const void *object);
void qy_report_section(const struct qy_machine *m, enum qy_log_level level,
	const char *label, const void *from, u32 bytes);
/* The end of a report: the machine is tainted. */
void qy_slab_taint(struct kmem_cache *cache);

#endif
