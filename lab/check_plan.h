/* SPDX-License-Identifier: MIT */
/*
 * The drivers of a scenario as a plan, each run of which is the scenario in a process of its own: for searches.
 *
 *   qy_check_plan, _free
 *
 * Such a run judges the drivers, not the expectations: those are of a run in which nothing fails.
 *
 * No state.
 */
#ifndef LAB_CHECK_PLAN_H
#define LAB_CHECK_PLAN_H

#include "lab/check.h"

struct qy_check_plan {
	struct qy_driver_plan drivers;
	const struct qy_check *base;
	struct qy_scenario *scenario;
};

/**
 * qy_check_plan() - make it
 * @base:     prepared, with drivers; outlives @plan
 * @scenario: @base's
 * @plan:     filled in; to be given to qy_check_plan_free() in any case
 *
 * Context: A thread that stands in no machine.
 * Return: 0, or -1 with @err.
 */
int qy_check_plan(const struct qy_check *base, struct qy_scenario *scenario,
	struct qy_check_plan *plan, struct qy_err *err);
void qy_check_plan_free(struct qy_check_plan *plan);
/* Is there anything beside the drivers? Context: any. */
bool qy_check_has_loads(const struct qy_scenario *scenario);

#endif
