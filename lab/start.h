/* SPDX-License-Identifier: MIT */
/*
 * The state in which a board begins: as it boots, as a recorded machine stood, or as after a long life.
 *
 *   qy_start_snapshot()   free blocks per (zone, order, type), pageblocks per type and the CPUs' lists as recorded
 *   qy_start_aged()       fragmented by a churn of allocations
 *   qy_start_take()       a frame of the start state that a load will free
 *   qy_start_owns()       is this a movable block of the start state?
 *   qy_start_exit()
 *
 * A snapshot says how many free blocks there are, not where: a seed places them. All memory is taken page by page first,
 * then the frames of the wanted blocks are given back, so that they merge to exactly those blocks. Frames that a load
 * frees before it allocates them stay taken, at the place that the recording names, when the board has RAM there.
 *
 * What it took from movable pageblocks and those of CMA may be moved by the board, but for the frames that a load frees;
 * a record does not tell which pages of a movable pageblock could not.
 *
 * Invariant: what is not free belongs to the start state for ever, or to whom qy_start_take() gave it.
 *
 * Locking: none; the thread that booted the machine.
 */
#ifndef LAB_START_H
#define LAB_START_H

#include <quarry.h>
#include <quarry/movable.h>
#include <quarry/stats.h>
#include "lab/error.h"
#include "lab/load.h"
#include "lab/snapshot.h"

struct start_block; /* a pageblock, see start.c */

/* How far the state is from the record; all 0 when it is met. */
struct qy_start_gap {
	uint64_t free_blocks; /* sum over (zone, order, type) of the differences */
	uint64_t
		pageblocks; /* sum over (zone, type), without the board's additional ones */
	uint64_t pcp_pages; /* sum over (zone, CPU) */
	uint64_t
		more_pageblocks; /* that the board has and the record has not: taken, movable */
};

struct qy_start {
	struct qy_machine *m;
	struct start_block *blocks; /* by first frame */
	uint32_t nr_blocks;
	struct qy_handle *handles; /* of what may move */
	size_t nr_handles;
	uint64_t random;
	uint64_t pages;   /* taken when the load begins */
	uint64_t nr_kept; /* of these, frames at their recorded place */
	struct qy_start_gap gap;
};

/**
 * qy_start_snapshot() - the board becomes the recorded machine
 * @start:  filled in; to be given to qy_start_exit() in any case
 * @m:      just booted
 * @nr_cpus: of the board
 * @snap:   parsed
 * @path:   names the snapshot in messages
 * @older:  what the loads held before they began; NULL where a load has none
 * @nr:     entries of @older
 * @seed:   where the blocks are
 * @err:    one line: what the board cannot hold
 *
 * Context: Task context on the machine's thread. Takes all memory of the board for a moment: boot the machine without
 * contents unless the host has that much.
 * Return: 0, or -1 with @err.
 */
int qy_start_snapshot(struct qy_start *start, struct qy_machine *m, unsigned int nr_cpus,
	const struct qy_snapshot *snap, const char *path,
	const struct qy_older *const *older, uint32_t nr, uint64_t seed,
	struct qy_err *err);

/**
 * qy_start_aged() - the board has had a life
 * @start: as qy_start_snapshot()
 * @m:     just booted
 * @seed:  of the churn
 * @err:   when the host has no memory
 *
 * Memory is filled, but for a 32nd, with blocks of drawn type and order; as many are replaced at random places as
 * were allocated, then random movable blocks go until half of the memory is free. What is left stays.
 *
 * Context: as qy_start_snapshot().
 * Return: 0, or -1 with @err.
 */
int qy_start_aged(
	struct qy_start *start, struct qy_machine *m, uint64_t seed, struct qy_err *err);

/**
 * qy_start_take() - the start state's block at a recorded frame passes to the caller
 * @start: with a snapshot, else it has none
 * @pfn:   of the machine that recorded
 * @order: of the block
 *
 * Context: Any.
 * Return: its first page, the block being 2^order single pages side by side; NULL when it was not kept.
 */
struct page *qy_start_take(struct qy_start *start, uint64_t pfn, unsigned int order);

bool qy_start_owns(const struct qy_start *start, const struct qy_handle *h);

/* Host memory only; nothing moves from here on. */
void qy_start_exit(struct qy_start *start);

#endif
