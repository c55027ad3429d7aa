/* SPDX-License-Identifier: MIT */
/*
 * Runs that branch off another one: it is played once, and at each request that shall fail a child of it goes on as if that
 * had failed. What comes before is played once, however long it is.
 *
 *   qy_driver_branch()      the trunk, and all its branches one after the other
 *   qy_session_branch()     in the trunk, at each request (driver_session.h)
 *
 *   searcher            trunk                     branch
 *     |  fork ----------> boots, loads, ...
 *     |                   request 1   fork ------> RAM becomes its own; request 1 fails; goes on to its end
 *     |  <- report ------ waits for it  <--------- what it found lies in memory that the searcher sees
 *     |  -- go on ------> request 2   fork ------> ...
 *
 * A branch may be a trunk itself: of two requests that fail, the second. State: none; a trunk's is that of its process.
 */
#ifndef QUARRY_LAB_DRIVER_BRANCH_H
#define QUARRY_LAB_DRIVER_BRANCH_H

#include "lab/driver.h"

struct qy_driver_trunk {
	const bool *wanted; /* requests that fail, by index: QY_DRIVER_ASKS of them */
	bool scarce;        /* kinds of them, too, from the first of each on */
	bool pairs;         /* a wanted one, and each later one of its act */
	/* qy_driver_branch()'s */
	int report, go, outcome; /* pipes, and the file behind a branch's outcome */
	bool begun[QY_NR_SCARCITIES];
	uint32_t first; /* in a branch: what has failed, from 1 */
};

/* Of @arg: a branch has ended. Return: 0; 1: no more branches are wanted; -1: an error, in which the search ends. */
typedef int qy_driver_ended(void *arg, const struct qy_driver_failure *fail);

/**
 * qy_driver_branch() - plays a plan, and what branches off
 * @plan:  without failures; its trunk is @trunk while this lasts
 * @trunk: what is wanted
 * @out:   of qy_driver_branch_outcome(): each branch's in turn
 * @ended: called behind each branch
 * @stop:  not 0: all of it is ended; may be NULL
 *
 * Context: Any thread; forks.
 * Return: 0, or -1 with @err, or with what @ended has said.
 */
int qy_driver_branch(struct qy_driver_plan *plan, struct qy_driver_trunk *trunk,
	struct qy_driver_outcome *out, qy_driver_ended *ended, void *arg,
	const volatile sig_atomic_t *stop, struct qy_err *err);

/* Memory for outcomes that a branch can make its own; trunk->outcome is the file behind it. NULL: the host has no memory. */
struct qy_driver_outcome *qy_driver_branch_outcome(struct qy_driver_trunk *trunk);
void qy_driver_branch_outcome_free(
	struct qy_driver_trunk *trunk, struct qy_driver_outcome *out);

#endif
