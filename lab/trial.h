/* SPDX-License-Identifier: MIT */
/*
 * Would the scenario pass with these settings? Plays it again in a child process, which changes its own copy of the
 * scenario, shares what the first run has read, and writes nothing into frames.
 *
 *   qy_trials_run()   a few at once, QY_TRIALS_AT_ONCE in parallel
 *
 * What passes does not depend on how fast the children are.
 *
 * No state.
 */
#ifndef LAB_TRIAL_H
#define LAB_TRIAL_H

#include "lab/check.h"
#include "lab/scenario_set.h"

#define QY_TRIALS_AT_ONCE \
	2 /* a constant, not the host's CPUs: what is tried must not depend on them */
#define QY_MAX_CHANGES 3

/* Settings that go together. */
struct qy_change {
	struct qy_setting set[QY_MAX_CHANGES];
	uint32_t nr;
};

struct qy_trial_job {
	const struct qy_change *change;
	uint64_t seed;
	struct qy_trial trial;
	/* filled in */
	bool pass; /* the target, when there is one, and all that is wanted hold */
	uint64_t nr_events; /* played */
};

/**
 * qy_trials_run() - play each of @job
 * @base:     has run; gives loads and start state
 * @scenario: of @base; not changed
 * @job:      at most QY_TRIALS_AT_ONCE
 * @nr:       entries of @job
 * @err:      one line: the host refused a process, or one of them died
 *
 * A change that the board refuses (it does not boot, a file contradicts it) does not pass.
 *
 * Context: Task context, forks. SIGCHLD must not be ignored.
 * Return: 0, or -1 with @err.
 */
int qy_trials_run(const struct qy_check *base, struct qy_scenario *scenario,
	struct qy_trial_job *job, uint32_t nr, struct qy_err *err);

#endif
