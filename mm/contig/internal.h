/* SPDX-License-Identifier: MIT */
/* What the files of the contig room share. Order of the floor: handle, migrate, isolation, contig_range, cma; compaction. */
#ifndef QY_CONTIG_INTERNAL_H
#define QY_CONTIG_INTERNAL_H

#include "mm/contig/contig.h"
#include <quarry/cma.h>

/* ------------------------------------------------------------------ handle.c */

extern const struct movable_ops qy_handle_ops, qy_droppable_ops;

bool qy_handle_validate(
	const struct qy_machine *m, u32 frame, char *why, size_t why_size);

/* ------------------------------------------------------------------ compaction.c */

extern const struct rescue_ops qy_contig_rescue;

/* ------------------------------------------------------------------ isolation.c */

/*
 * Sets the pageblocks of [first, last) aside, all or none. @cma: they are of an area; else one that holds what cannot
 * be moved is refused. Context: contig_mutex. Return: 0, -EBUSY with *why.
 */
int qy_isolate_range(
	struct zone *zone, u32 first, u32 last, bool cma, struct qy_contig_failure *why);
/* They get back the type they had. */
void qy_unisolate_range(struct zone *zone, u32 first, u32 last);

/* ------------------------------------------------------------------ cma.c */

struct cma {
	struct qy_machine *m;
	struct zone *zone;
	const char *name;
	bool is_default;
	u64 base_pfn, nr_pages;
	u32 first_frame; /* of base_pfn; the frames are one run */
	u32 order_per_bit;
	/* atomic */
	u64 alloc_pages_success, alloc_pages_fail, release_pages_success;
	/* lock must be held for these: */
	struct qy_spinlock lock;
	u64 *bitmap; /* bit set: its frames are handed out, or about to be */
};

static inline u64 cma_bits(const struct cma *cma)
{
	return cma->nr_pages >> cma->order_per_bit;
}

void qy_cma_boot(struct qy_machine *m, const struct boot_plan *plan);
bool qy_cma_validate(struct cma *cma, char *why, size_t why_size);

/* ------------------------------------------------------------------ migrate.c */

/* Where moved bytes go, and what a run of moves has come to. */
struct migrate_control {
	struct qy_machine *m;
	/* A block of @order in PG_ALLOCATED with one reference, compound if asked; NO_FRAME: none. May sleep. */
	u32 (*get_target)(struct migrate_control *mc, unsigned int order, bool compound);
	/* It was not needed. */
	void (*put_target)(struct migrate_control *mc, u32 frame, unsigned int order);
	u64 moved, dropped;    /* frames */
	struct qy_holder busy; /* of the last block that could not be moved */
};

/* Is this the hot word of a block that may be tried? */
static inline bool may_move(u32 hot)
{
	return hot_state(hot) == PG_ALLOCATED && hot_flags(hot) & PGF_OWNED;
}

/* Sets PGF_ISOLATED in a movable head with one reference. Return: it is ours now. */
bool qy_isolate_frame(struct qy_machine *m, u32 frame);
void qy_unisolate_frame(struct qy_machine *m, u32 frame);

/*
 * Moves the block whose head @frame is, and frees its frames to the zone. Context: task, nothing locked; may sleep.
 * Return: 0, -EBUSY: pinned, referenced or with another mover (mc->busy), -EAGAIN: it is not such a block any more,
 * -ENOMEM: no target.
 */
int qy_migrate_block(struct migrate_control *mc, u32 frame);

#endif
