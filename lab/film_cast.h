/* SPDX-License-Identifier: MIT */
/*
 * The cast of a film: which tasks hold pages of which pageblock, at a few moments. What the board's page_owner knows,
 * shortened: of each pageblock QY_CAST_PARTS parts, those that cannot move first, then by pages.
 *
 *   qy_cast_init/exit
 *   qy_cast_take()      the board as it stands, as one moment
 *
 * A moment's cells are, for each pageblock, QY_CAST_PARTS pairs: 1 + 2 * task + (can its pages not move?), pages; 0 where
 * there is none. Task 0 stands for all that are too many.
 *
 * Locking: none; the machine's thread.
 */
#ifndef LAB_FILM_CAST_H
#define LAB_FILM_CAST_H

#include <stdbool.h>
#include <stdint.h>
#include <quarry/port.h>
#include "lab/reel.h"

#define QY_CAST_MOMENTS   9u /* first refusals, and the end */
#define QY_CAST_PARTS     4u
#define QY_CAST_TASKS     4096u
#define QY_CAST_MAX_BYTES (1u << 20) /* of code; then only the end is taken */

struct qy_machine;

struct qy_cast {
	struct qy_task *tasks; /* [0] is nobody's */
	uint32_t nr_tasks;
	uint16_t *slots; /* hash of tasks[], 0 = empty */
	struct qy_reel reel;
	uint32_t *cells;
	uint64_t at_ns[QY_CAST_MOMENTS];
};

/* Where a frame lies. Return: index of its pageblock, UINT32_MAX when it has none. */
typedef uint32_t qy_cast_place(void *arg, uint64_t pfn);

/* Return: 0, -ENOMEM; to be given to qy_cast_exit() in any case. */
int qy_cast_init(struct qy_cast *cast, uint32_t nr_blocks);
void qy_cast_exit(struct qy_cast *cast);

/**
 * qy_cast_take() - who holds what now
 * @cast:  not more than QY_CAST_MOMENTS times; a moment for which there is no room is left out
 * @m:     knows owners, or the cast stays empty
 * @at_ns: board time
 * @end:   the run's end: there is always room for it
 * @place: of a frame
 * @arg:   for @place
 *
 * Context: Task context on the machine's thread.
 * Return: 0, -ENOMEM.
 */
int qy_cast_take(struct qy_cast *cast, const struct qy_machine *m, uint64_t at_ns,
	bool end, qy_cast_place *place, void *arg);

#endif
