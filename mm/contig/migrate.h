/* SPDX-License-Identifier: MIT */
/*
 * Moving blocks of a machine, one by one or together: who wants them gone says where their bytes may go.
 *
 *   qy_migrate_block              one block, now
 *   qy_migrate_batch              a cluster of them
 *   qy_migrate_queue, _flush      many; those that move better in company wait for it
 *   qy_migrate_look               would it go?
 *   qy_isolate_frame              nobody moves it meanwhile
 *
 * Locking: none is held by the caller; PGF_ISOLATED in a hot word keeps movers apart.
 */
#ifndef QY_CONTIG_MIGRATE_H
#define QY_CONTIG_MIGRATE_H

#include "mm/machine.h"
#include <quarry/trace.h>

#define CLUSTER_MAX   32u  /* frames that are looked for and moved at a time */
#define MIGRATE_BATCH 512u /* frames that wait for company: one pageblock */

/* Where moved bytes go, and what a run of moves has come to. */
struct migrate_control {
	struct qy_machine *m;
	/* A block of @order in PG_ALLOCATED with one reference, compound if asked; NO_FRAME: none. May sleep. */
	u32 (*get_target)(struct migrate_control *mc, unsigned int order, bool compound);
	/* It was not needed. */
	void (*put_target)(struct migrate_control *mc, u32 frame, unsigned int order);
	enum qy_migrate_mode mode; /* these two for a watcher only */
	enum qy_migrate_reason reason;
	u64 moved, dropped;    /* frames */
	struct qy_holder busy; /* of the last block that could not be moved */
	u32 failed;            /* its head */
	/* frames that move together, once there are enough or the caller says so */
	const struct movable_ops *queue_ops;
	u32 nr_queued;
	u32 queued[MIGRATE_BATCH];
};

/* Blocks that are moved together. */
struct migrate_batch {
	u32 nr, nr_frames;
	u32 head[CLUSTER_MAX];
	u32 target[CLUSTER_MAX];
	u8 order[CLUSTER_MAX];
	int error[CLUSTER_MAX]; /* of qy_migrate_batch(): as qy_migrate_block() */
	struct qy_holder busy[CLUSTER_MAX];
};

static inline void batch_add(struct migrate_batch *b, u32 head, u32 hot)
{
	b->head[b->nr] = head;
	b->order[b->nr++] = (u8)hot_order(hot);
	b->nr_frames += 1u << hot_order(hot);
}

static inline bool batch_full(const struct migrate_batch *b)
{
	return b->nr_frames >= CLUSTER_MAX;
}

/* Is this the hot word of a block that may be tried? */
static inline bool may_move(u32 hot)
{
	return hot_state(hot) == PG_ALLOCATED && hot_is_movable_kind(hot);
}

/* Sets PGF_ISOLATED in a movable head with one reference. Return: it is ours now. */
bool qy_isolate_frame(struct qy_machine *m, u32 frame);
void qy_unisolate_frame(struct qy_machine *m, u32 frame);

/*
 * Could the block at @frame be moved now, as far as can be seen? Sets mc->busy where not. It may change right after.
 * Return: 0, -EBUSY: pinned, referenced or with another mover, -EAGAIN: nothing that moves.
 */
int qy_migrate_look(struct migrate_control *mc, u32 frame);

/*
 * Moves the blocks of a batch, the last one first: targets for all, the moves, then all old frames to the zone. Context:
 * as qy_migrate_block(). Return: how many stayed; batch->error and ->busy say why.
 */
u32 qy_migrate_batch(struct migrate_control *mc, struct migrate_batch *batch);

/*
 * Moves the block whose head @frame is, and frees its frames to the zone. Context: task, nothing locked; may sleep.
 * Return: 0, -EBUSY: pinned, referenced or with another mover (mc->busy), -EAGAIN: it is not such a block any more,
 * -ENOMEM: no target, -ENOSPC: the port could not map it elsewhere (mc->busy).
 */
int qy_migrate_block(struct migrate_control *mc, u32 frame);

/*
 * The same, but blocks of a kind that moves better in company wait for it: until there are MIGRATE_BATCH, or until
 * qy_migrate_flush(), which every user calls at its end. Return: as above, of mc->failed: the last block that could not
 * be moved, this one or one that waited; 0: none, so far.
 */
int qy_migrate_queue(struct migrate_control *mc, u32 frame);
int qy_migrate_flush(struct migrate_control *mc);
/* Does it wait? Not while a watcher sees the events of each cluster. */
bool qy_migrate_in_company(const struct qy_machine *m, u32 frame, u32 hot);

#endif
