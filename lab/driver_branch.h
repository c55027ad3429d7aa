/* SPDX-License-Identifier: MIT */
/*
 * Runs that branch off another one: it is played once, and at each request that shall fail a child of it goes on as if that
 * had failed. What comes before is played once, however long it is.
 *
 *   qy_driver_branch()      the trunk, and all its branches, some of them at once
 *   qy_session_branch()     in the trunk, at each request (driver_session.h)
 *   qy_session_exit()       its end: when its branches have ended
 *
 *   searcher            trunk                     branch
 *     |  fork ----------> boots, loads, ...
 *     |                   request 1   fork ------> RAM becomes its own
 *     |                   goes on   <- ready ----- request 1 fails; goes on to its end
 *     |                   request 2   fork ------> ...
 *     |                   ...
 *     |  <- report ------ the first has ended <--- what it found lies in memory that the searcher sees
 *     |  -- go on ------>
 *
 * Reports come in the order of the requests, whichever branch ends first: so does what the searcher makes of them.
 *
 * A branch may be a trunk itself: of two requests that fail, the second. State: none; a trunk's is that of its process.
 */
#ifndef QUARRY_LAB_DRIVER_BRANCH_H
#define QUARRY_LAB_DRIVER_BRANCH_H

#include "lab/driver_search.h"

#define QY_MAX_BRANCH \
	(2 * QY_MAX_JOBS) /* that run, or wait to be reported behind one that does */

/* A branch, from its fork to its report. */
struct qy_branch {
	pid_t pid; /* 0: it has ended */
	uint32_t slot;
	int error; /* there was no process */
	int status;
	struct qy_driver_failure fail;
};

struct qy_driver_trunk {
	const bool *wanted; /* requests that fail, by index: QY_DRIVER_ASKS of them */
	bool scarce;        /* kinds of them, too, from the first of each on */
	bool pairs;         /* a wanted one, and each later one of its act */
	uint32_t jobs;      /* branches at once, 1..QY_MAX_JOBS */
	/* that the whole run makes: behind the last one the trunk may end */
	uint32_t nr_asks, nr_runs;
	/* qy_driver_branch_open()'s: where a branch puts what it finds */
	uint32_t nr_slots;
	int file[QY_MAX_BRANCH];
	struct qy_driver_outcome *out[QY_MAX_BRANCH];
	/* qy_driver_branch()'s */
	int report, go; /* pipes */
	bool begun[QY_NR_SCARCITIES];
	uint32_t first; /* in a branch: what has failed, from 1 */
	/* in the trunk: those that are not reported, in the order of their requests */
	struct qy_branch branch[QY_MAX_BRANCH];
	uint32_t nr_branches, nr_running;
};

/* Of @arg: a branch has ended. Return: 0; 1: no more branches are wanted; -1: an error, in which the search ends. */
typedef int qy_driver_ended(void *arg, const struct qy_driver_failure *fail,
	const struct qy_driver_outcome *out);

/**
 * qy_driver_branch() - plays a plan, and what branches off
 * @plan:  without failures; its trunk is @trunk while this lasts
 * @trunk: what is wanted; opened
 * @ended: called for each branch, in the order of their requests
 * @stop:  not 0: all of it is ended; may be NULL
 *
 * Context: Any thread; forks.
 * Return: 0, or -1 with @err, or with what @ended has said.
 */
int qy_driver_branch(struct qy_driver_plan *plan, struct qy_driver_trunk *trunk,
	qy_driver_ended *ended, void *arg, const volatile sig_atomic_t *stop,
	struct qy_err *err);

/* Memory for what branches find, of trunk->jobs at once. Return: 0, -1: the host has none; to be closed in any case. */
int qy_driver_branch_open(struct qy_driver_trunk *trunk);
void qy_driver_branch_close(struct qy_driver_trunk *trunk);

#endif
