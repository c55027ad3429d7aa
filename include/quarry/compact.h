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

#endif
