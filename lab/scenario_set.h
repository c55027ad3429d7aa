/* SPDX-License-Identifier: MIT */
/*
 * One setting of a loaded scenario changed, as if its file said so: what a remedy does to a scenario.
 *
 *   qy_scenario_set()
 *
 * A setting is a path and a word, `requests[2].gfp` and `GFP_KERNEL`; both stand so in reports, and the word can be
 * written into the file as it is. docs/scenario.md describes what each path means.
 *
 * No state.
 */
#ifndef LAB_SCENARIO_SET_H
#define LAB_SCENARIO_SET_H

#include "lab/scenario.h"

struct qy_setting {
	char path[48];   /* "requests[63].start", "timeline[2].at", "board.sysctl" */
	char value[160]; /* as the scenario would write it */
};

/**
 * qy_scenario_set() - change one setting
 * @s:       loaded
 * @setting: must outlive @s. Paths: board.memory, board.append, board.sysctl and board.areas (these add to what is there),
 *           requests[N].gfp, .order, .count, .start, .hold, .times, .context, expect[N].each; likewise
 *           timeline[N].request.gfp, ... and timeline[N].at
 * @err:     one line
 *
 * Context: Any.
 * Return: 0, or -1 with @err when there is no such path, or its word cannot be read.
 */
int qy_scenario_set(
	struct qy_scenario *s, const struct qy_setting *setting, struct qy_err *err);

#endif
