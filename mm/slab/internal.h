/* SPDX-License-Identifier: MIT */
/*
 * What the files of the slab room share. Order of the floor: layout, slab (bitmaps), node, sheaf, slub (doors), kmalloc;
 * slab_common makes and ends caches.
 *
 *   objects of a slab = in use + in a sheaf + free in its bitmap; no object in two of them
 */
#ifndef QY_SLAB_INTERNAL_H
#define QY_SLAB_INTERNAL_H

#include "mm/slab/layout.h"
#include "mm/slab/slab.h"
#include "mm/slab/layout.h"
#include "mm/base/print.h"

/* ------------------------------------------------------------------ a slab
 *
 * A block of frames; its record lies in the cold parts of them. The free objects are a bitmap, object i in bit i & 63 of
 * word i >> 6. Objects of 64 bytes and more: word w is the `free` of the block's frame w. Smaller ones have a bitmap of
 * their own, and `free` of the head is its address.
 */
enum slab_state {
	SLAB_FULL,    /* on no list: all objects in use or in sheaves */
	SLAB_PARTIAL, /* on its node's list */
	SLAB_ACTIVE,  /* a CPU takes from it */
	SLAB_WAITING, /* empty, until a grace period has passed */
};

struct slab {
	u32 next, prev; /* frame + 1 on a list; 0 = end */
	u16 cache;      /* id */
	u8 order;
	u8 state; /* node->lock */
	/* node->lock must be held for these: */
	u16 inuse; /* objects that are not in the bitmap */
	u16 objects;
	u64 free;
} __attribute__((may_alias));
_Static_assert(
	sizeof(struct slab) == sizeof(struct page), "a slab's record is a frame's");

/*
 * How many objects of a slab were in use when its empty pages went back to the host (trim.c). Kept in the record of the second
 * frame, so slabs of one frame have none.
 */
#define NOT_TRIMMED UINT16_MAX

#define SMALL_OBJECT 64 /* below: the bitmap does not fit into the cold parts */

/* What the class map says of a frame. */
enum {
	CLASS_NONE = 0, /* no slab */
	CLASS_FIRST =
		1, /* CLASS_FIRST..CLASS_LAST: the cache's id, in a slab of its usual order */
	CLASS_LAST = 253,
	CLASS_LARGE = 254, /* first frame of a large kmalloc */
	CLASS_LOOK = 255,  /* a slab; its record says of which cache and order */
};

/* ------------------------------------------------------------------ sheaves */

/*
 * Free objects at hand. The last of objects[] is the next to go. where[] and above[] find an object by a hash of its address:
 *   if objects with hash h are there, where[h] is the place of the lowest of them
 *   above[p] is the next higher place that holds an object of the same hash as p
 * A link is stale when its place is past nr, or holds an object of another hash, or is not above; so only a free writes
 * them, and a chain that ends in a stale link has ended: what is above in the sheaf came later, and was appended.
 */
#define SHEAF_SMALL     26
#define SHEAF_LARGE     60
#define SHEAF_HASH_BITS 10
#define SHEAF_HASHES    (1u << SHEAF_HASH_BITS)
struct sheaf {
	u32 nr;
	u32 room; /* capacity, or 0 while where[] does not know every object: a free goes the long way */
	u32 capacity;       /* 1..255: a place fits into a byte */
	struct sheaf *next; /* in a barn */
	u8 where[SHEAF_HASHES];
	u8 above[SHEAF_LARGE];
	void *objects[];
};
#define SHEAF_BYTES(capacity) (sizeof(struct sheaf) + (capacity) * sizeof(void *))

/* What a free checks of its pointer, by class byte. inverse 0: nothing is right, so go the long way. */
struct object_class {
	u64 inverse;     /* 2^64 / size, rounded up */
	u32 offset_mask; /* bytes of a slab - 1 */
	u32 used_bytes;  /* of it, objects * size */
};

/* One CPU's share of the room: a cache line of what every call reads, one of the rest, then by cache id main[], spare[], active[]. */
struct slab_cpu {
	/*
	 * Who may touch main[] and spare[], as in struct per_cpu_pages: the owner stores busy, then looks at remote; a
	 * remote CPU stores remote under lock, passes a heavy barrier, then waits for busy == 0. Where threads share the
	 * CPU, the owner is who claimed busy by qy_cpu_claim() (ADR 0013).
	 */
	u32 busy;
	u32 remote;
	/* what the doors want of the machine, once more: set at boot */
	uintptr_t window;
	size_t window_bytes;
	const u8 *class_map;
	const struct object_class *classes;
	qy_gfp_t init_gfp;
	u32 number;
	bool shared; /* by threads */

	struct sheaf **spare __attribute__((aligned(QY_CACHELINE)));
	u32 *active; /* frame + 1 of the slab that this CPU takes from; the lock of its node */
	u8 *idle; /* main[] was not exchanged since the last tick */
	struct qy_spinlock lock;
	u32 node;
	/* busy, or lock with the owner kept out, for these: */
	struct sheaf *main[] __attribute__((aligned(QY_CACHELINE)));
};

/* ------------------------------------------------------------------ a cache */

#define BARN_FULL  10 /* sheaves of each kind that a node keeps for a cache */
#define BARN_EMPTY 10

struct kmem_cache_node {
	struct qy_spinlock lock;
	/* lock must be held for these: */
	u32 partial, partial_tail; /* frame + 1 of slabs with free objects */
	u32 nr_partial;
	u32 nr_full, nr_empty; /* the barn */
	struct sheaf *full, *empty;
	u64 nr_slabs, total_objects;
} __attribute__((aligned(QY_CACHELINE)));

struct cache_alias {
	struct cache_alias *next;
	char name[];
};

struct kmem_cache {
	/* what the doors read; set when the cache is made */
	struct qy_machine *machine;
	u64 inverse; /* 2^64 / size, rounded up */
	u32 size;
	u32 object_size; /* grows when caches merge */
	u16 id;          /* index of its sheaves */
	u8 class_byte;   /* of the class map: id, or CLASS_LOOK */
	u8 order;
	u16 objects;
	u16 sheaf_capacity; /* 0 = none */
	u32 flags;
	bool zero_on_alloc, zero_on_free;
	bool no_sheaves;  /* debugged, or of the room itself */
	bool shares_name; /* see struct cache_facts */

	/* the rest */
	struct slab_layout layout;
	qy_gfp_t gfp; /* what the cache adds to a request for frames */
	void (*ctor)(void *object);
	u32 useroffset, usersize;
	s32 refcount;
	struct kmem_cache *next; /* slabs->caches, newest first */
	char *name;              /* of its own memory, but for the caches of the boot */
	u32 nr_waiting;          /* slabs that wait for a grace period; grace_lock */
	bool destroyed;          /* and its struct waits for them; grace_lock */
	char boot_name[24];
	struct cache_alias *aliases;
	struct kmem_cache_node node[];
};

#define MAX_CACHES       1024
#define NR_KMALLOC_SIZES 13
enum kmalloc_type {
	KMALLOC_NORMAL,
	KMALLOC_RECLAIM,
	KMALLOC_DMA,
	NR_KMALLOC_TYPES,
};
#define KMALLOC_FIRST_ID \
	CLASS_FIRST /* id of kmalloc-8; type t begins NR_KMALLOC_SIZES * t behind */
#define NR_KMALLOC_IDS (NR_KMALLOC_SIZES * NR_KMALLOC_TYPES)

/* Caches of the room itself have the ids behind. No cache has id 0. */
enum {
	ID_DESTROYED = 0,
	ID_KMEM_CACHE = KMALLOC_FIRST_ID + NR_KMALLOC_IDS,
	ID_SHEAF_SMALL,
	ID_SHEAF_LARGE,
	NR_BOOT_IDS,
};

/* Everything of the room, in the machine's tables. */
struct qy_slabs {
	/* what the doors read */
	u8 *class_map; /* by frame */
	struct kmem_cache **by_id;
	bool many_nodes;
	struct object_class classes[256];

	struct qy_kfence *kfence; /* NULL: it is off */
	void *kfence_tables;      /* what it will be */
	bool long_way; /* nothing is kept in sheaves: every request meets qy_alloc_slow() */
	u32 nr_ids;
	char *cpus; /* struct slab_cpu, cpu_bytes apart */
	size_t cpu_bytes;
	size_t cache_bytes; /* of a struct kmem_cache with its nodes */
	char *boot_caches;

	struct qy_mutex mutex; /* caches are made, merged and ended one at a time */
	struct kmem_cache *caches;
	u32 nr_caches;

	bool taint; /* a report was made; atomic */
	u64 random; /* state of the shuffle; racy on purpose: any value does */

	struct qy_spinlock grace_lock;
	u32 waiting,
		in_grace; /* frame + 1: slabs that wait; those whose period is running */
};

static inline struct qy_slabs *slabs_of(const struct qy_machine *m)
{
	return m->slabs;
}

static inline struct slab_cpu *slab_cpu(const struct qy_slabs *slabs, u32 cpu)
{
	return (struct slab_cpu *)(void *)(slabs->cpus + cpu * slabs->cpu_bytes);
}

static inline struct slab *frame_slab(const struct qy_machine *m, u32 head)
{
	return (struct slab *)(void *)frame_to_page(m, head);
}

static inline u16 *trimmed_at(const struct qy_machine *m, u32 head)
{
	return &frame_slab(m, head + 1)->inuse;
}

static inline u32 slab_frame(const struct qy_machine *m, const struct slab *slab)
{
	return (u32)((const struct page *)(const void *)slab - m->cold);
}

static inline u32 frame_node(const struct qy_machine *m, u32 frame)
{
	return zone_of(m, frame)->node;
}

/* NO_FRAME when @p does not point into the window. */
static inline u32 address_frame(const struct qy_machine *m, const void *p)
{
	u64 frame = ((uintptr_t)p - (uintptr_t)m->window) >> QY_PAGE_SHIFT;

	return likely(frame < m->nr_frames) ? (u32)frame : NO_FRAME;
}

/* Does the size with this inverse divide the offset? The fraction is below the inverse exactly then. */
static inline bool is_multiple(u64 inverse, u32 offset)
{
	return inverse * offset < inverse;
}

/* Place of an object inside its slab. pre: is_multiple() */
static inline u32 object_index(const struct kmem_cache *cache, u32 offset)
{
	return (u32)((unsigned __int128)cache->inverse * offset >> 64);
}

/*
 * Frames that hold objects are not the page room's to free (qy_free_pages() says so) until they are let go. A
 * compare-exchange, since others may look at the word and try to isolate the frame.
 */
static inline void own_frames(struct qy_machine *m, u32 head, bool on)
{
	const u32 kind = (u32)PGF_MOVABLE_KIND << HOT_FLAGS_SHIFT;
	const u32 owned = on ? (u32)PGF_OWNED << HOT_FLAGS_SHIFT : 0;
	u32 hot = READ_ONCE(m->hot[head]);

	while (!qy_cmpxchg32(&m->hot[head], &hot, (hot & ~kind) | owned))
		;
}

/* ------------------------------------------------------------------ marks for a sanitizer (port->mark) */

static inline void mark(
	const struct qy_machine *m, const void *p, size_t bytes, enum qy_mark how)
{
	if (unlikely(m->port->mark != NULL) && bytes)
		m->port->mark(m->port->ctx, p, bytes, how);
}

/* @asked bytes of @size are the user's, the rest is nobody's. */
static inline void mark_asked(const struct qy_machine *m, const void *p, size_t asked,
	size_t size, enum qy_mark how)
{
	mark(m, p, asked, how);
	mark(m, (const char *)p + asked, size - asked, QY_MARK_NOACCESS);
}

/* ------------------------------------------------------------------ node.c: slabs and their lists */

/* What an object is of, looked at without trust. Return: the slab's head frame, or NO_FRAME. */
u32 qy_object_slab(const struct qy_machine *m, const void *object);

/*
 * Up to @nr objects into @objects, lowest address last: from the active slab of the CPU, partial lists, at most one new slab.
 * @node: preferred. Return: how many; 0 = none to be had.
 */
u32 qy_take_objects(
	struct kmem_cache *cache, qy_gfp_t gfp, int node, u32 nr, void **objects);
/* Back into their slabs. An object that is free already, or none of the cache's, is reported and left alone. */
void qy_give_objects(struct kmem_cache *cache, u32 nr, void **objects);
/* Every empty slab of the nodes' lists to the page allocator. Context: sheaves and active slabs are given up already. */
void qy_discard_empty(struct kmem_cache *cache);
/* The slab that a CPU takes from goes back to its node's list. */
void qy_release_active(struct kmem_cache *cache, struct slab_cpu *cpu);
/* Free objects in the slabs of a node's list. Its lock must be held. */
u64 qy_node_partial_free(const struct kmem_cache *cache, u32 id);
/* The slab at the head of the list becomes the last one. Return: its frame, NO_FRAME. Its lock must be held. */
u32 qy_next_partial(const struct qy_machine *m, struct kmem_cache_node *node);
/* Word @w of the bitmap of the slab at @head. */
u64 *qy_slab_word(const struct kmem_cache *cache, u32 head, u32 w);

/* ------------------------------------------------------------------ sheaf.c; the hot half is in sheaf.h */

/* One object when this CPU's sheaf has none, or may not be touched. Return: NULL = none to be had. */
void *qy_alloc_slow(struct kmem_cache *cache, qy_gfp_t gfp, int node);
/* The free of an object of @cache that the hot half did not take. */
void qy_free_slow(struct kmem_cache *cache, void *object);
/* Sheaves stay empty while this is on, so that every request can be counted or made to fail. Context: task. */
void qy_slab_long_way(struct qy_machine *m, bool on);
/* Empties every sheaf of a cache, on all CPUs and nodes, into the slabs, and frees the sheaves. */
void qy_flush_sheaves(struct kmem_cache *cache);
/* Objects in the sheaves of a CPU. Context: task. */
u32 qy_count_sheaves(struct kmem_cache *cache, u32 cpu);
/* A cache begins: its places on every CPU. */
void qy_sheaves_init(struct qy_machine *m, u32 id);

/* ------------------------------------------------------------------ slab_common.c */

/* The last slab of a cache that has been destroyed is gone. */
void qy_release_cache(struct kmem_cache *cache);

/* ------------------------------------------------------------------ slab_common.c: merging */

/* May a further cache become an alias of it? */
bool qy_cache_is_mergeable(const struct kmem_cache *cache);

/* ------------------------------------------------------------------ failslab.c */

/* One object of @size bytes, as kmalloc() asks for it. */
void *qy_alloc_asked(struct kmem_cache *cache, qy_gfp_t gfp, int node, u32 size);

/* Whether this request is to fail. Asked once per call of a door while sheaves stay empty. */
bool qy_should_failslab(struct kmem_cache *cache, qy_gfp_t gfp);

/* ------------------------------------------------------------------ kmalloc.c */

/* Where a plain kmalloc of @size bytes comes from. pre: 1..QY_KMALLOC_MAX_CACHE_SIZE */
struct kmem_cache *qy_kmalloc_cache(const struct qy_machine *m, size_t size);

/* ------------------------------------------------------------------ report.c: one place for what is said */

/* @deed: "free", "size": what was to be done with @p. @named: the cache that it was to be of, or NULL */
void qy_report_not_ours(struct qy_machine *m, const char *deed,
	const struct kmem_cache *named, const void *p);
void qy_report_interior(
	struct kmem_cache *cache, const char *deed, const void *p, u32 head);
void qy_report_wrong_cache(
	const struct kmem_cache *named, const struct kmem_cache *real, const void *p);
void qy_report_double_free(struct kmem_cache *cache, const void *p, const char *where);
void qy_report_no_cache(struct qy_machine *m, const void *p);
void qy_report_destroyed(struct qy_machine *m);
void qy_report_remaining(struct kmem_cache *cache);
/* @wrong stands behind the name. The next three: a cache is made all the same. */
void qy_report_refused(struct qy_machine *m, const char *name, const char *wrong);
void qy_report_same_name(struct qy_machine *m, const char *name);
void qy_report_blank_name(struct qy_machine *m, const char *name);
void qy_report_bad_usercopy(
	struct qy_machine *m, const char *name, u32 offset, u32 bytes, u32 size);
void qy_report_create_failed(struct qy_machine *m, const char *name, int err, bool panic);
void qy_report_too_large(struct qy_machine *m, size_t size, qy_gfp_t gfp);
void qy_report_unexpected_gfp(struct qy_machine *m, qy_gfp_t wrong, qy_gfp_t fixed);
void qy_report_zeroed_ctor(struct kmem_cache *cache);
void qy_report_no_memory(struct kmem_cache *cache, qy_gfp_t gfp, int node);

/* What is printed of a pointer into the machine: PAGE_OFFSET + physical; 0 = not into it. */
u64 qy_object_address(const struct qy_machine *m, const void *p);

static inline size_t qy_strlen(const char *text)
{
	size_t length = 0;

	while (text[length])
		length++;
	return length;
}

static inline bool same_text(const char *a, const char *b)
{
	size_t length = qy_strlen(a);

	return length == qy_strlen(b) && !memcmp(a, b, length);
}

#endif
