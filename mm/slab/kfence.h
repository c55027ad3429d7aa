/* SPDX-License-Identifier: MIT */
/*
 * Sampled objects on pages of their own, as the files of the room see them. See quarry/kfence.h.
 *
 *   kfence.c          the pool: which request is served from it, canaries, frees
 *   kfence_report.c   a fault, and the words
 */
#ifndef QY_SLAB_KFENCE_H
#define QY_SLAB_KFENCE_H

#include "mm/slab/internal.h"
#include <quarry/kfence.h>

struct kfence_object {
	enum qy_kfence_state state;
	u32 next; /* + 1: of those that are free, or of those that wait for a grace period; 0: the last */
	char *address;
	u32 size;
	struct kmem_cache *cache; /* NULL: there never was one, or it is gone */
	char *opened; /* a page that was made accessible after its report; NULL */
	u32 stack;    /* a hash of who allocated it */
	bool zombie;  /* its cache went before it: never used again */
	struct qy_kfence_track alloc, free;
};

struct kfence_list {
	u32 first, last; /* + 1 */
};

struct qy_kfence {
	struct qy_spinlock lock;
	/* set at boot */
	char *pool;
	size_t pool_bytes;
	u32 nr;
	u64 interval_ns;
	u32 burst, covered_at; /* objects in use */
	struct qy_kfence_stacks stacks;
	bool has_stacks;
	/* lock must be held for these: */
	u64 opens_ns; /* when the next request is served */
	u64 passed;   /* requests since it opened */
	u64 random;
	struct kfence_list unused, waiting, in_grace; /* oldest first */
	struct qy_kfence_stats stats;
	struct kfence_object object[];
};

/* ------------------------------------------------------------------ for the doors */

static inline bool is_kfence(const struct qy_machine *m, const void *p)
{
	const struct qy_kfence *kf = slabs_of(m)->kfence;

	return unlikely(kf != NULL) &&
	       (uintptr_t)p - (uintptr_t)kf->pool < kf->pool_bytes;
}

/*
 * pre: it is on. @size: bytes that were asked for. NULL: this request is not for the pool. The object is constructed, or zeroed,
 * as @cache and @gfp say. Context: any; takes kf->lock.
 */
void *qy_kfence_alloc(struct kmem_cache *cache, u32 size, qy_gfp_t gfp, int node);
/* pre: is_kfence(). @named: the cache that it is said to be of; NULL: kfree(). What is wrong is reported. Context: any. */
void qy_kfence_free(struct qy_machine *m, struct kmem_cache *named, void *object);
/* pre: is_kfence(). Bytes of the object in that place; 0: there was none yet. Context: any. */
size_t qy_kfence_size(struct qy_machine *m, const void *p);
/* pre: is_kfence(). The cache of the object in that place; NULL: there was none yet, or it is gone. Context: any. */
const struct kmem_cache *qy_kfence_cache(const struct qy_machine *m, const void *p);
/* What waited goes. Context: any. */
void qy_kfence_grace_period(struct qy_machine *m);
/* The cache goes: objects that it has left stay forbidden for ever. Return: how many there are. Context: task. */
u32 qy_kfence_forget_cache(struct kmem_cache *cache);

/* ------------------------------------------------------------------ tables */

void *qy_kfence_tables(const struct qy_board *board, qy_take_fn take, void *arg);

/* ------------------------------------------------------------------ between the two files */

/* The byte that lies at @p outside of an object. */
static inline u8 kfence_canary(const void *p)
{
	return (u8)(0xaa ^ ((uintptr_t)p & 7));
}

/* Of the page that @p lies in; NULL: a guard in front of all. */
static inline struct kfence_object *kfence_object_at(struct qy_kfence *kf, const void *p)
{
	size_t index = ((uintptr_t)p - (uintptr_t)kf->pool) / (2 * QY_PAGE_SIZE);

	return index && index <= kf->nr ? &kf->object[index - 1] : NULL;
}

static inline char *kfence_page(struct qy_kfence *kf, const struct kfence_object *object)
{
	return kf->pool + (size_t)(object - kf->object + 1) * 2 * QY_PAGE_SIZE;
}

static inline int kfence_guard(struct qy_machine *m, char *page, bool on)
{
	return m->port->guard(m->port->ctx, (size_t)(page - m->window), QY_PAGE_SIZE, on);
}

enum kfence_error {
	KFENCE_OUT_OF_BOUNDS,
	KFENCE_USE_AFTER_FREE,
	KFENCE_CORRUPTION,
	KFENCE_INVALID,
	KFENCE_INVALID_FREE,
};

/* Who runs. @pc: as qy_kfence_stacks.take() has it. */
void qy_kfence_track(struct qy_machine *m, const void *pc, struct qy_kfence_track *track);
/*
 * @object is a copy, or NULL. @who: who did it. @write: 1, 0, -1. Context: no lock of the room is held; takes report_lock.
 */
void qy_kfence_report(struct qy_machine *m, enum kfence_error error, const void *p,
	int write, const struct kfence_object *object, const struct qy_kfence_track *who);

#endif
