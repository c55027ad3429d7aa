/* SPDX-License-Identifier: MIT */
/*
 * Compaction: movable blocks are moved together at the top of a zone, so that free frames come together at its bottom.
 *
 * It runs by itself where an allocation of order > 0 that may sleep finds no block; these ask for it.
 */
#ifndef QUARRY_COMPACT_H
#define QUARRY_COMPACT_H

#include <stdint.h>

struct qy_machine;

/* Compacts every zone as far as it goes: what `echo 1 > /proc/sys/vm/compact_memory` does. Context: task, may sleep. */
void qy_compact_memory(struct qy_machine *m);

/*
 * What a node's kcompactd does when it runs: compacts for the largest order that it was woken for since. Requests that
 * cannot sleep wake it. Context: task, may sleep. Return: the order it worked for, -1: nobody had woken it.
 */
int qy_kcompactd_step(struct qy_machine *m, unsigned int node);

/*
 * Policy quarry: where unmovable or reclaimable requests are short of memory of their own type, movable pages move so that
 * a stock of it is there for requests that cannot wait. Under policy linux there is nothing to do.
 * Context: task, may sleep. Return: pages moved.
 */
uint64_t qy_make_room_step(struct qy_machine *m, unsigned int node);

/* What policy quarry has done since boot, on demand and in the background. */
struct qy_room_counts {
	uint64_t pages_moved;
	uint64_t
		blocks_claimed; /* movable pageblocks that were emptied for another type */
};
/* Context: any. */
void qy_room_counts(const struct qy_machine *m, struct qy_room_counts *out);

#endif
