/* SPDX-License-Identifier: MIT */
/*
 * What a recording says about the time before it: the blocks that are first seen at their free were held when it
 * began.
 *
 *   qy_load_scale()        a share of a recording's blocks
 *   qy_load_older()        one pass over the events
 *   qy_load_older_free()
 *
 * A free tells frame and order, not the type. Frames of one pageblock mostly have one type, so such a block gets the
 * type that most recorded allocations in its pageblock of the recording machine have; movable when there are none.
 *
 * Invariants: blocks are sorted by frame and disjoint; no frame of one is in an earlier event.
 *
 * No state.
 */
#ifndef LAB_LOAD_H
#define LAB_LOAD_H

#include "lab/trace.h"

struct qy_older_block {
	uint64_t pfn; /* of the machine that recorded */
	uint16_t cpu; /* where it is freed */
	uint8_t order;
	uint8_t migratetype; /* 0 unmovable, 1 movable, 2 reclaimable */
};

struct qy_older {
	struct qy_older_block *blocks;
	size_t nr;
	uint64_t pages;
	size_t nr_typed; /* blocks whose type is known from their pageblock */
};

/**
 * qy_load_scale() - leaves a share of a recording
 * @trace:       loaded; loses the events of the other blocks. Its counts of what was recorded stay
 * @thousandths: 1 to 1000, of the blocks of each order and type, and of those that were held before
 *
 * A block goes with all of its frees. Which ones stay is the same each time: as many of any stretch of the recording as
 * the share says, without a period of its own.
 *
 * Context: Any. Takes host memory: 160 bytes for each pageblock that the events touch.
 * Return: 0, -ENOMEM.
 */
int qy_load_scale(struct qy_trace *trace, uint32_t thousandths);

/**
 * qy_load_older() - the blocks that were held before the first event
 * @trace: loaded
 * @older: filled in; to be given to qy_load_older_free()
 *
 * A free of a block that was seen in part gives its unseen frames, one by one.
 *
 * Context: Any. Takes host memory: 160 bytes for each pageblock that the events touch.
 * Return: 0, -ENOMEM.
 */
int qy_load_older(const struct qy_trace *trace, struct qy_older *older);
void qy_load_older_free(struct qy_older *older);

/* The flags of an allocation of that type, as the replay holds it. */
qy_gfp_t qy_older_gfp(uint8_t migratetype);

#endif
