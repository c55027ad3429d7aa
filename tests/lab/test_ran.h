/* SPDX-License-Identifier: MIT */
/*
 * Scenarios that have run, with all that they printed, for the tests of the lab.
 *
 *   run_text(r, yaml)     its paths are relative to scenarios/
 *   run_file(r, name)     scenarios/NAME.yaml
 *   parse(r, yaml)        the text alone
 *   run_scenario(r)       the one that is in @r; play_scenario(r): which may end in a panic
 *   done(r)
 *
 * No state.
 */
#ifndef QUARRY_TEST_RAN_H
#define QUARRY_TEST_RAN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/check.h"
#include "lab/report.h"
#include "tests/runner/test.h"

#define SCENARIO_PATH QY_SOURCE_DIR "/scenarios/test.yaml"

struct ran {
	struct qy_scenario *scenario;
	struct qy_check check;
	char *report, *log;
	struct qy_err err;
};

/* The board may have come to its end before the scenario did. */
static inline void play_scenario(struct ran *r)
{
	size_t report_size, log_size;
	FILE *report = open_memstream(&r->report, &report_size);
	struct qy_check_hooks hooks = { .log = open_memstream(&r->log, &log_size) };

	if (!r->scenario || qy_check_prepare(r->scenario, &r->check, &r->err) ||
		qy_check_run(&r->check, &hooks, &r->err))
		FAIL("refused: %s", r->err.text);
	CHECK_EQ(r->check.nr_corrupt, 0);
	qy_report_print(report, &r->check, false);
	fclose(report);
	fclose(hooks.log);
	/* the driver that stands for the users' is a correct one */
	if (strstr(r->log, "DMA-API"))
		FAIL("log:\n%s", r->log);
}

static inline void run_scenario(struct ran *r)
{
	play_scenario(r);
	CHECK_STR_EQ(r->check.broken, "");
}

static inline void parse(struct ran *r, const char *text)
{
	*r = (struct ran){ 0 };
	r->scenario = qy_scenario_parse(text, strlen(text), SCENARIO_PATH, &r->err);
}

static inline void run_text(struct ran *r, const char *text)
{
	parse(r, text);
	run_scenario(r);
}

static inline void run_file(struct ran *r, const char *name)
{
	char path[256];

	*r = (struct ran){ 0 };
	snprintf(path, sizeof(path), QY_SOURCE_DIR "/scenarios/%s.yaml", name);
	r->scenario = qy_scenario_load(path, &r->err);
	run_scenario(r);
}

static inline void done(struct ran *r)
{
	qy_check_free(&r->check);
	qy_scenario_free(r->scenario);
	free(r->report);
	free(r->log);
}

#endif
