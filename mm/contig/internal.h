/* SPDX-License-Identifier: MIT */
/* What the files of the contig room share. Order of the floor: handle, migrate. */
#ifndef QY_CONTIG_INTERNAL_H
#define QY_CONTIG_INTERNAL_H

#include "mm/contig/contig.h"

/* ------------------------------------------------------------------ handle.c */

extern const struct movable_ops qy_handle_ops, qy_droppable_ops;

bool qy_handle_validate(
	const struct qy_machine *m, u32 frame, char *why, size_t why_size);

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

/*
 * Moves the block whose head @frame is, and frees its frames to the zone. Context: task, nothing locked; may sleep.
 * Return: 0, -EBUSY: pinned, referenced or with another mover (mc->busy), -EAGAIN: it is not such a block any more,
 * -ENOMEM: no target.
 */
int qy_migrate_block(struct migrate_control *mc, u32 frame);

#endif
