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

/* One node, as `echo 1 > /sys/devices/system/node/nodeN/compact`. Context: task, may sleep. Return: 0; -EINVAL: no such node. */
int qy_compact_node(struct qy_machine *m, unsigned int node);

/*
 * What a node's kcompactd does of itself, by vm.compaction_proactiveness (0..100, default 20; a write to the file but 0 has it look
 * at once). A node whose score is above 110 less that (at most 100, at least 15) is compacted, each zone until its own is
 * 10 lower. To be called again after the time that is returned: half a second, or 32 seconds when the score did not fall.
 * Context: task, may sleep. Return: ns until there is something to do; 0: it is switched off.
 */
uint64_t qy_kcompactd_proactive(struct qy_machine *m, unsigned int node);

/*
 * How fragmented a node's free memory is, 0..100: of each zone the per cent of it in no block of order 9 and above, weighed
 * by the pages of the zones. Context: any.
 */
unsigned int qy_fragmentation_score(const struct qy_machine *m, unsigned int node);

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
