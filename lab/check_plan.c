// SPDX-License-Identifier: MIT
/* See check_plan.h. */
#include "lab/check_plan.h"

#include <stdlib.h>
#include <string.h>

/* plan->run: the scenario from its begin, in this process. */
static void play_scenario(
	const struct qy_driver_plan *drivers, struct qy_driver_outcome *out)
{
	const struct qy_check_plan *plan = drivers->run_arg;
	struct qy_check *check = malloc(sizeof(*check));
	struct qy_check_hooks hooks = { 0 };
	struct qy_err err = { "the host has no memory left" };
	int error = check ? 0 : -1;

	if (!error)
		error = qy_check_borrow(
			plan->base, plan->scenario->seed, plan->scenario, check, &err);
	if (!error) {
		check->plan = drivers;
		check->outcome = out;
		error = qy_check_run(check, &hooks, &err);
	}
	if (error) {
		out->end = QY_DRIVER_NO_BOARD;
		snprintf(out->end_line, sizeof(out->end_line), "%.250s", err.text);
	} else if (*check->broken && out->end == QY_DRIVER_UNFINISHED) {
		out->end = QY_DRIVER_PANICKED;
		snprintf(out->end_line, sizeof(out->end_line), "%s", check->broken);
	}
}

bool qy_check_has_loads(const struct qy_scenario *s)
{
	return s->nr_loads || s->nr_tasks || s->nr_files || s->nr_requests;
}

int qy_check_plan(const struct qy_check *base, struct qy_scenario *scenario,
	struct qy_check_plan *plan, struct qy_err *err)
{
	*plan = (struct qy_check_plan){ .base = base, .scenario = scenario };
	plan->drivers = (struct qy_driver_plan){ .board = base->board,
		.board_name = base->board_name,
		.nr_modules = scenario->nr_drivers,
		.loaded = qy_check_has_loads(scenario),
		.run = play_scenario,
		.run_arg = plan };
	for (uint32_t i = 0; i < scenario->nr_drivers; i++)
		plan->drivers.kmemleak |= scenario->driver[i].kmemleak;
	for (uint32_t i = 0; i < scenario->nr_drivers; i++)
		plan->drivers.module[i] =
			(struct qy_driver_module){ .source =
							   scenario->driver[i].source[0],
				.path = base->modules.path[i],
				.params = scenario->driver[i].params,
				.hardware = scenario->driver[i].hardware };
	return qy_driver_open(&plan->drivers, err);
}

void qy_check_plan_free(struct qy_check_plan *plan)
{
	qy_driver_close(&plan->drivers);
}
