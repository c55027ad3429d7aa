/* SPDX-License-Identifier: MIT */
/*
 * One scenario under several seeds: is the verdict luck?
 *
 *   qy_seeds_prepare() reads its files
 *   qy_seeds_run()     checks it with seed, seed + 1, ...
 *   qy_seeds_print()   the verdicts and how far the numbers spread
 *   qy_seeds_free()
 *
 * No state.
 */
#ifndef LAB_SEEDS_H
#define LAB_SEEDS_H

#include "lab/check.h"

struct qy_seed_verdict {
	uint64_t seed;
	bool pass;
	uint32_t nr_failed_expects;
	struct qy_expect_result expect[QY_MAX_EXPECTS];
};

struct qy_seeds {
	struct qy_scenario *scenario;
	struct qy_check *first; /* prepared, until it runs */
	struct qy_seed_verdict *verdict;
	uint32_t nr, nr_failed;
	uint32_t shown;         /* index of the first of the worst */
	struct qy_check *check; /* of that one, with everything the report wants */
};

/**
 * qy_seeds_prepare() - read everything that a scenario names
 * @scenario: says which seeds; must outlive @seeds
 * @seeds:    filled in; to be given to qy_seeds_free() in any case
 * @err:      one line
 *
 * Context: Task context, forks.
 * Return: 0, or -1 with @err.
 */
int qy_seeds_prepare(
	struct qy_scenario *scenario, struct qy_seeds *seeds, struct qy_err *err);

/**
 * qy_seeds_run() - check the scenario with each of its seeds
 * @seeds: prepared; run once
 * @hooks: the event log gets all runs, one after the other
 * @err:   one line
 *
 * The scenario's seed changes on the way; afterwards it is that of seeds->check.
 *
 * Context: Task context, forks; a thread that stands in no machine.
 * Return: 0 when there is a verdict, or -1 with @err.
 */
int qy_seeds_run(
	struct qy_seeds *seeds, const struct qy_check_hooks *hooks, struct qy_err *err);

/* What more than one seed adds to the report; nothing for one. */
void qy_seeds_print(FILE *out, const struct qy_seeds *seeds);

void qy_seeds_free(struct qy_seeds *seeds);

#endif
