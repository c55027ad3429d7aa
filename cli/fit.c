// SPDX-License-Identifier: MIT
/*
 * `quarry fit`: which value of one knob of the board makes a scenario's expectations hold. No state.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/remedy.h"

static enum qy_remedy_kind find_knob(const char *name)
{
	for (int kind = 0; kind < QY_NR_REMEDIES; kind++) {
		if (qy_remedy_is_knob((enum qy_remedy_kind)kind) &&
			strcmp(qy_remedy_kind_name((enum qy_remedy_kind)kind), name) == 0)
			return (enum qy_remedy_kind)kind;
	}
	return QY_REMEDY_NONE;
}

static int unknown_knob(const char *name)
{
	char names[320] = "";

	for (int kind = 0; kind < QY_NR_REMEDIES; kind++) {
		size_t used = strlen(names);

		if (qy_remedy_is_knob((enum qy_remedy_kind)kind))
			snprintf(names + used, sizeof(names) - used, "%s%s",
				used ? ", " : "",
				qy_remedy_kind_name((enum qy_remedy_kind)kind));
	}
	return cli_bad_input("quarry fit: no knob `%.40s` (there are %s)", name, names);
}

static void show_trying(void *arg, uint32_t nr_runs)
{
	(void)arg;
	fprintf(stderr, "\rtrying: %u", nr_runs);
}

/* Return: how many expectations no value mends. */
static uint32_t print_answers(const struct qy_check *check)
{
	const struct qy_scenario *s = check->scenario;
	uint32_t nr_open = 0;
	char text[2048];

	for (uint32_t i = 0; i < s->nr_expects; i++) {
		const struct qy_remedy *remedy = check->remedy[i];

		if (check->expect[i].pass)
			continue;
		if (qy_expect_of_request(&s->expect[i]))
			printf("%s: ", s->request[s->expect[i].request].name);
		else
			printf("expect[%u]: ", i);
		puts(remedy ? qy_remedy_text(remedy, text, sizeof(text))
			    : "no setting mends a board that broke");
		nr_open += !remedy || remedy->kind == QY_REMEDY_NONE;
	}
	return nr_open;
}

static int fit(struct qy_seeds *seeds, const struct qy_remedy_hooks *hooks)
{
	struct qy_check_hooks run = { .stop = hooks->stop };
	struct qy_err err;
	int error;

	if (qy_seeds_run(seeds, &run, &err))
		return cli_bad_input("%s", err.text);
	error = qy_remedies_find(seeds, hooks, &err);
	if (hooks->trying)
		fprintf(stderr, "\r%24s\r", "");
	if (error)
		return cli_bad_input("%s", err.text);
	if (!seeds->nr_failed) {
		puts("all expectations hold as it is");
		return EXIT_PASS;
	}
	return print_answers(seeds->check) ? EXIT_FAIL : EXIT_PASS;
}

static int run_fit(const struct cli_args *args)
{
	struct qy_remedy_hooks hooks = { .only = find_knob(args->knob) };
	struct cli_overrides overrides = { 0 };
	struct qy_seeds seeds = { 0 };
	struct qy_scenario *scenario;
	struct qy_err err;
	int code;

	if (hooks.only == QY_REMEDY_NONE)
		return unknown_knob(args->knob);
	if (isatty(STDERR_FILENO))
		hooks.trying = show_trying;
	scenario = qy_scenario_load(args->file, &err);
	if (!scenario)
		return cli_bad_input("%s", err.text);
	if (scenario->nr_drivers) /* compiled in a directory that goes again */
		scenario->stop = hooks.stop = cli_catch_signals();
	code = cli_apply_flags(scenario, args, &overrides);
	if (!code)
		code = qy_seeds_prepare(scenario, &seeds, &err)
			       ? cli_bad_input("%s", err.text)
			       : fit(&seeds, &hooks);
	qy_seeds_free(&seeds);
	free(overrides.append);
	qy_scenario_free(scenario);
	cli_leave_if_interrupted();
	return code;
}

static const struct cli_flag fit_flags[] = {
	{ "--dtb", "FILE", "another device tree than the scenario's", FLAG_WORD,
		offsetof(struct cli_args, board.dtb) },
	BOARD_FLAGS,
	{ "--seed", "N", "instead of the scenario's", FLAG_WORD,
		offsetof(struct cli_args, seed) },
	{ "--seeds", "N", "the value passes with N seeds, from the seed on", FLAG_WORD,
		offsetof(struct cli_args, seeds) },
	{ 0 },
};

const struct cli_verb cli_fit = {
	.name = "fit",
	.knob = "KNOB",
	.operand = "SCENARIO.yaml",
	.help = "Prints for each failed expectation the value of one knob of the board that makes it hold, and the next\n"
		"one that does not; both were played. KNOB: cma (the default area), area (the named one that the request asks),\n"
		"memory, movablecore, kernelcore, swappiness, min_free_kbytes, lowmem_reserve_ratio,\n"
		"watermark_scale_factor, watermark_boost_factor, percpu_pagelist_high_fraction.\n"
		"Exit code: 0 all hold, or would; 1 no value of it helps; 2 bad input.",
	.flags = fit_flags,
	.run = run_fit,
};
