/* SPDX-License-Identifier: MIT */
/*
 * Objects: caches of things of one size, and kmalloc on top of them.
 *
 *   qy_kmem_cache_create ... destroy   a cache and its life
 *   qy_kmem_cache_alloc, free, _bulk   its objects
 *   qy_kmalloc ... qy_kfree            objects of any size up to 4 MiB
 *   qy_kmem_cache_info, qy_slab_pages  what it holds
 *
 * Objects lie in slabs: blocks of frames of the machine. A CPU has some free objects of each cache at hand (a sheaf),
 * behind it stand the slab it takes from, full sheaves and partly used slabs of its node, and the page allocator.
 *
 * Names, flags and rules are Linux's of 6.12 with QY_ and qy_ in front. What every build catches:
 * a free of a foreign or interior pointer, a free to the wrong cache, a repeated free within this CPU's sheaf, and a
 * repeat when a sheaf is emptied into its slabs. Each is reported in one line, and changes nothing.
 *
 * Contexts: a thread that has entered the machine. A request with __GFP_DIRECT_RECLAIM may sleep, others may come from an
 * interrupt; every free may. Locks are named in mm/README.md.
 */
#ifndef QUARRY_SLAB_H
#define QUARRY_SLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <quarry/board.h>
#include <quarry/gfp.h>

#ifdef __cplusplus
extern "C" {
#endif

struct qy_machine;
struct kmem_cache;

typedef unsigned int qy_slab_flags_t;

#define QY_SLAB_CONSISTENCY_CHECKS 0x00001u /* F: check at every operation */
#define QY_SLAB_RED_ZONE           0x00002u /* Z: bytes around objects that nobody may write */
#define QY_SLAB_POISON             0x00004u /* P: free objects hold a pattern */
#define QY_SLAB_KMALLOC \
	0x00008u /* kmalloc's: keeps what was asked for, under STORE_USER */
#define QY_SLAB_HWCACHE_ALIGN   0x00010u /* objects do not share a cache line */
#define QY_SLAB_CACHE_DMA       0x00020u /* from the zone DMA */
#define QY_SLAB_CACHE_DMA32     0x00040u /* from the zones below 4 GiB */
#define QY_SLAB_STORE_USER      0x00080u /* U: who allocated and who freed */
#define QY_SLAB_RECLAIM_ACCOUNT 0x40000u /* reclaimable: counted and placed so */
#define QY_SLAB_PANIC           0x00100u /* the machine stops if the cache cannot be made */
#define QY_SLAB_TYPESAFE_BY_RCU \
	0x00200u /* slabs outlive a grace period, see qy_slab_grace_period() */
#define QY_SLAB_TRACE         0x00400u /* T: log every operation */
#define QY_SLAB_NOLEAKTRACE   0x01000u
#define QY_SLAB_NO_MERGE      0x02000u /* never share slabs with another cache */
#define QY_SLAB_FAILSLAB      0x04000u /* A: may be made to fail */
#define QY_SLAB_ACCOUNT       0x08000u /* no effect, as with cgroups off */
#define QY_SLAB_NO_USER_FLAGS 0x20000u /* slub_debug= does not apply */
#define QY_SLAB_SKIP_KFENCE   0x80000u /* none of its objects is sampled */
#define QY_SLAB_TEMPORARY     QY_SLAB_RECLAIM_ACCOUNT

#define QY_KMALLOC_MAX_CACHE_SIZE 8192u /* above: whole blocks of frames */
#define QY_KMALLOC_MAX_SIZE       ((size_t)QY_PAGE_SIZE << QY_MAX_PAGE_ORDER) /* 4 MiB */
#define QY_ZERO_SIZE_PTR          ((void *)16) /* what kmalloc(0) returns; must not be read */
#define QY_ZERO_OR_NULL_PTR(p)    ((uintptr_t)(p) <= (uintptr_t)QY_ZERO_SIZE_PTR)
#define QY_NUMA_NO_NODE           (-1)

/* ------------------------------------------------------------------ caches */

/* What qy_kmem_cache_create_args() takes beside name and size; zero means: not wanted. */
struct qy_kmem_cache_args {
	unsigned int align;                /* bytes, a power of two; 0 = of a pointer */
	unsigned int useroffset, usersize; /* the part that may be copied to user space */
	unsigned int
		freeptr_offset; /* where a free pointer would go, in a typesafe cache */
	bool use_freeptr_offset;
	void (*ctor)(void *object);
};

/**
 * qy_kmem_cache_create() - a cache of objects of one size
 * @name:  copied; not NULL. One that another cache has, or with a blank, is said, and the cache is made
 * @size:  bytes, 1..4 MiB
 * @align: bytes, a power of two, or 0
 * @flags: QY_SLAB_*
 * @ctor:  runs on each object once, when its slab is made; what a user leaves in an object stays in it. May be NULL
 *
 * A cache of a size and kind that is there already may be returned again (merging); it then counts its users.
 *
 * Context: Task context, may sleep. Takes slab_mutex.
 * Return: the cache, or NULL: a bad argument or no memory, said in Linux's words. With SLAB_PANIC the machine stops instead.
 */
struct kmem_cache *qy_kmem_cache_create(struct qy_machine *m, const char *name,
	unsigned int size, unsigned int align, qy_slab_flags_t flags,
	void (*ctor)(void *object));

/* The same, with a part that may be copied to user space; one outside of the object is said, and is none. Context: as qy_kmem_cache_create(). */
struct kmem_cache *qy_kmem_cache_create_usercopy(struct qy_machine *m, const char *name,
	unsigned int size, unsigned int align, qy_slab_flags_t flags,
	unsigned int useroffset, unsigned int usersize, void (*ctor)(void *object));

/* The same, by a structure; @args may be NULL. Context: as qy_kmem_cache_create(). */
struct kmem_cache *qy_kmem_cache_create_args(struct qy_machine *m, const char *name,
	unsigned int size, const struct qy_kmem_cache_args *args, qy_slab_flags_t flags);

/**
 * qy_kmem_cache_destroy() - a user of a cache is gone; with the last one the cache
 * @cache: NULL is ignored
 *
 * Objects that are still allocated are reported one by one; cache and objects then stay, as on Linux. What is no cache, or not
 * any more, is reported.
 *
 * Context: Task context. Takes slab_mutex and, in turn, each CPU's sheaves and the node locks.
 */
void qy_kmem_cache_destroy(struct kmem_cache *cache);

/**
 * qy_kmem_cache_shrink() - give every empty slab back to the page allocator
 *
 * Empties the sheaves of all CPUs and nodes into the slabs first, and frees empty sheaves.
 *
 * Context: Task context.
 * Return: 0 when the cache has no slab left, else 1.
 */
int qy_kmem_cache_shrink(struct kmem_cache *cache);

/* Bytes of an object, as it was asked for; of merged caches the largest. Context: any. */
unsigned int qy_kmem_cache_size(const struct kmem_cache *cache);

/* ------------------------------------------------------------------ their objects */

/**
 * qy_kmem_cache_alloc() - one object
 * @gfp: what is allowed; zone bits come from the cache
 *
 * The content is what the last user or the constructor left; __GFP_ZERO clears it.
 *
 * Context: May sleep if @gfp has __GFP_DIRECT_RECLAIM; else also in interrupts.
 * Return: the object, or NULL.
 */
void *qy_kmem_cache_alloc(struct kmem_cache *cache, qy_gfp_t gfp);

/* Zeroed. Context: as qy_kmem_cache_alloc(). */
void *qy_kmem_cache_zalloc(struct kmem_cache *cache, qy_gfp_t gfp);

/* Prefers @node; QY_NUMA_NO_NODE = this CPU's. __GFP_THISNODE forbids others. Context: as qy_kmem_cache_alloc(). */
void *qy_kmem_cache_alloc_node(struct kmem_cache *cache, qy_gfp_t gfp, int node);

/**
 * qy_kmem_cache_free() - an object goes back
 * @object: as it was allocated; not NULL
 *
 * An object of another cache is reported and goes to the cache that it is of.
 *
 * Context: Any.
 */
void qy_kmem_cache_free(struct kmem_cache *cache, void *object);

/**
 * qy_kmem_cache_alloc_bulk() - @nr objects at once, or none
 * @objects: receives them
 *
 * Context: As qy_kmem_cache_alloc(), with interrupts on.
 * Return: @nr, or 0.
 */
size_t qy_kmem_cache_alloc_bulk(
	struct kmem_cache *cache, qy_gfp_t gfp, size_t nr, void **objects);

/* Frees @nr objects of the cache. Context: any, with interrupts on. */
void qy_kmem_cache_free_bulk(struct kmem_cache *cache, size_t nr, void **objects);

/* ------------------------------------------------------------------ kmalloc */

/**
 * qy_kmalloc() - @size bytes
 * @size: bytes; 0 gives QY_ZERO_SIZE_PTR
 * @gfp:  what is allowed; DMA and RECLAIMABLE choose the cache
 *
 * Sizes up to 8 KiB come from the cache of the next class (8 16 32 64 96 128 192 256 512 1k 2k 4k 8k), larger ones are a
 * block of frames. Aligned to the largest power of two that divides the class, at least 8. Above 4 MiB: NULL, and one
 * warning unless __GFP_NOWARN.
 *
 * Context: May sleep if @gfp has __GFP_DIRECT_RECLAIM; else also in interrupts.
 * Return: the memory, or NULL.
 */
void *qy_kmalloc(struct qy_machine *m, size_t size, qy_gfp_t gfp);

/* Zeroed; on a node; an array, NULL when its size overflows; both. Context: as qy_kmalloc(). */
void *qy_kzalloc(struct qy_machine *m, size_t size, qy_gfp_t gfp);
void *qy_kmalloc_node(struct qy_machine *m, size_t size, qy_gfp_t gfp, int node);
void *qy_kzalloc_node(struct qy_machine *m, size_t size, qy_gfp_t gfp, int node);
void *qy_kmalloc_array(struct qy_machine *m, size_t n, size_t size, qy_gfp_t gfp);
void *qy_kcalloc(struct qy_machine *m, size_t n, size_t size, qy_gfp_t gfp);
void *qy_kmalloc_array_node(
	struct qy_machine *m, size_t n, size_t size, qy_gfp_t gfp, int node);
void *qy_kcalloc_node(
	struct qy_machine *m, size_t n, size_t size, qy_gfp_t gfp, int node);

/**
 * qy_krealloc() - make @p at least @new_size bytes
 * @p:        NULL: as qy_kmalloc()
 * @new_size: 0: @p is freed, QY_ZERO_SIZE_PTR returned
 *
 * What fits into the class of @p stays where it is. Else the bytes are copied to a new place, and @p is freed.
 *
 * Context: As qy_kmalloc().
 * Return: the memory, or NULL; then @p is as it was.
 */
void *qy_krealloc(struct qy_machine *m, void *p, size_t new_size, qy_gfp_t gfp);

/* The same for an array; NULL when its size overflows. Context: as qy_kmalloc(). */
void *qy_krealloc_array(
	struct qy_machine *m, void *p, size_t n, size_t size, qy_gfp_t gfp);

/**
 * qy_kfree() - memory of qy_kmalloc() or an object of any cache goes back
 * @p: NULL and QY_ZERO_SIZE_PTR are ignored
 *
 * Context: Any.
 */
void qy_kfree(struct qy_machine *m, const void *p);

/* Zeroes all of it first. Context: any. */
void qy_kfree_sensitive(struct qy_machine *m, const void *p);

/* Frees @nr objects of any caches and of kmalloc. Context: any, with interrupts on. */
void qy_kfree_bulk(struct qy_machine *m, size_t nr, void **objects);

/* Bytes that may be used at @p; 0 of NULL and QY_ZERO_SIZE_PTR. Context: any; the caller owns it. */
size_t qy_ksize(struct qy_machine *m, const void *p);

/* What qy_ksize() would say of qy_kmalloc(@size); above 4 MiB: @size. Context: any. */
size_t qy_kmalloc_size_roundup(size_t size);

/* ------------------------------------------------------------------ grace periods */

/**
 * qy_kmem_cache_kmalloc() - an object of a cache of kmalloc's, of which @size bytes are asked for
 * @cache: made with QY_SLAB_KMALLOC
 * @gfp:   as of qy_kmem_cache_alloc()
 * @size:  bytes, at most the object's size
 *
 * Context: as qy_kmem_cache_alloc().
 * Return: the object, or NULL.
 */
void *qy_kmem_cache_kmalloc(struct kmem_cache *cache, qy_gfp_t gfp, size_t size);

/**
 * qy_kmem_cache_validate() - look at every slab of a cache, as `echo 1 > validate` in sysfs does
 * @cache: of whose slabs all objects are looked at, where it is checked (slab_debug=); what is wrong is reported and repaired
 *
 * Context: task. Takes node->lock.
 */
void qy_kmem_cache_validate(struct kmem_cache *cache);

/* What may be read of a cache, and where it is in struct kmem_cache: the kernel's own tests set flags of it. */
#define QY_KMEM_CACHE_SIZE_AT   16
#define QY_KMEM_CACHE_OBJECT_AT 20
#define QY_KMEM_CACHE_FLAGS_AT  32

/**
 * qy_slab_grace_period() - every reader that might look at freed objects of typesafe caches has ended
 *
 * Slabs of SLAB_TYPESAFE_BY_RCU caches that became empty wait for this before their frames go back. Who has readers
 * calls it after all that were inside at the call before have left (port->grace_period asks for it).
 *
 * Context: Any.
 */
void qy_slab_grace_period(struct qy_machine *m);

/* ------------------------------------------------------------------ seeing */

/* One cache, with the numbers of a line of /proc/slabinfo. */
struct qy_kmem_cache_info {
	struct kmem_cache *cache;
	const char *name; /* of the first of merged caches */
	qy_slab_flags_t flags;
	unsigned int object_size;      /* as asked for */
	unsigned int size;             /* distance of objects in a slab: objsize */
	unsigned int align;            /* bytes */
	unsigned int objects_per_slab; /* objperslab */
	unsigned int order;            /* pagesperslab = 1 << order */
	unsigned int users;            /* 1 + aliases */
	uint64_t nr_slabs, nr_partial; /* of these, on the nodes' partial lists */
	uint64_t total_objects;        /* num_objs */
	uint64_t free_objects;         /* in the slabs' bitmaps */
	uint64_t
		partial_free; /* of these, in slabs on partial lists: active_objs = total - this */
	uint64_t sheaf_objects; /* free, but in a sheaf of a CPU or a node */
};

/**
 * qy_kmem_cache_info() - the n-th cache, in the order of /proc/slabinfo: newest first
 * @n: from 0
 *
 * Context: Task context. Takes slab_mutex and node locks. Sheaves of running CPUs are read without their lock.
 * Return: false past the last.
 */
bool qy_kmem_cache_info(
	struct qy_machine *m, unsigned int n, struct qy_kmem_cache_info *out);

/* The n-th further name of a merged cache, or NULL past the last. Context: task; no cache is made or destroyed meanwhile. */
const char *qy_kmem_cache_alias(const struct kmem_cache *cache, unsigned int n);

/* Pages of a node (-1: all) that slabs hold: SReclaimable, SUnreclaim. Blocks of large kmallocs count in the second. Context: any. */
uint64_t qy_slab_pages(const struct qy_machine *m, int node, bool reclaimable);

#ifdef __cplusplus
}
#endif

#endif
