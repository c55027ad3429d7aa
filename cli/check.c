// SPDX-License-Identifier: MIT
/*
 * `quarry check`: plays a scenario and gives a verdict. No state.
 */
#include "cli/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/search.h"
#include "lab/check.h"
#include "lab/check_plan.h"
#include "lab/driver_search.h"
#include "lab/driver_stack.h"
#include "lab/remedy.h"
#include "lab/report.h"
#include "lab/report_formats.h"
#include "lab/seeds.h"
#include "lab/units.h"

int cli_apply_flags(struct qy_scenario *scenario, const struct cli_args *args,
	struct cli_overrides *o)
{
	struct qy_board_opts *board = &scenario->board;
	int nr = board->nr_sysctls;
	uint64_t seeds;

	if (args->seed && qy_parse_count(args->seed, &scenario->seed))
		return cli_bad_input(
			"quarry: --seed: must be a number (is %s)", args->seed);
	if (args->seeds &&
		(qy_parse_count(args->seeds, &seeds) || !seeds || seeds > QY_MAX_SEEDS))
		return cli_bad_input("quarry: --seeds: must be 1..%u (is %s)",
			QY_MAX_SEEDS, args->seeds);
	if (args->seeds)
		scenario->seeds = (uint32_t)seeds;
	if (args->board.dtb)
		board->dtb = args->board.dtb;
	if (args->board.memory) {
		board->memory = args->board.memory;
		board->memory_place = NULL;
	}
	if (args->board.smp)
		board->smp = args->board.smp;
	if (args->board.append) {
		if (asprintf(&o->append, "%s%s%s", board->append ? board->append : "",
			    board->append ? " " : "", args->board.append) < 0)
			return cli_bad_input("quarry: the host has no memory left");
		board->append = o->append;
	}
	if (nr)
		memcpy(o->sysctls, board->sysctls, (size_t)nr * sizeof(o->sysctls[0]));
	memcpy(o->sysctls + nr, args->sysctls,
		(size_t)args->board.nr_sysctls * sizeof(o->sysctls[0]));
	board->sysctls = o->sysctls;
	board->nr_sysctls = nr + args->board.nr_sysctls;
	return 0;
}

/* ------------------------------------------------------------------ Ctrl-C */

static const volatile sig_atomic_t *interrupted; /* which signal */

static void show_progress(void *arg, uint64_t now_ns, uint64_t end_ns)
{
	(void)arg;
	fprintf(stderr, "\r%3u %%", (unsigned int)(now_ns / (end_ns / 100 + 1)));
}

static void show_trying(void *arg, uint32_t nr_runs)
{
	(void)arg;
	fprintf(stderr, "\rtrying remedies: %u", nr_runs);
}

/* The progress is gone, and the ^C that the terminal has put behind it. */
static void clear_line(void)
{
	fprintf(stderr, "\r%32s\r", "");
}

/* Return: 0, -1 with @err. */
static int find_remedies(struct qy_seeds *seeds, bool on_terminal, struct qy_err *err)
{
	struct qy_remedy_hooks hooks = { .stop = interrupted };
	int error;

	if (on_terminal)
		hooks.trying = show_trying;
	error = qy_remedies_find(seeds, &hooks, err);
	if (on_terminal)
		clear_line();
	return error;
}

/* A log that is not whole, or that is not @wanted any more, does not stay; a device does. */
static int close_log(FILE *log, const char *path, bool wanted)
{
	struct stat st;
	bool regular = fstat(fileno(log), &st) == 0 && S_ISREG(st.st_mode);
	bool failed = fflush(log) != 0 || ferror(log);
	int error = errno;

	if (fclose(log) != 0 && !failed) {
		failed = true;
		error = errno;
	}
	if (regular && (failed || !wanted))
		unlink(path);
	if (failed && wanted)
		return cli_bad_input(
			"%s: %s: nothing was written", path, strerror(error));
	return 0;
}

static void print_report(const struct qy_check *check, const struct cli_args *args)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
	bool colour = isatty(STDOUT_FILENO) && !(no_colour && *no_colour) && term &&
		      strcmp(term, "dumb") != 0;

	if (args->quiet)
		qy_report_print_brief(stdout, check, colour);
	else
		qy_report_print(stdout, check, colour);
}

#define NR_FORMATS 4

static const struct format {
	const char *flag;
	size_t offset; /* of its path in struct cli_args */
	int (*print)(FILE *out, const struct qy_seeds *seeds);
} formats[NR_FORMATS] = {
	{ "--json", offsetof(struct cli_args, json), qy_report_json },
	{ "--ktap", offsetof(struct cli_args, ktap), qy_report_ktap },
	{ "--junit", offsetof(struct cli_args, junit), qy_report_junit },
	{ "--html", offsetof(struct cli_args, html), qy_report_html },
};

static const char *format_path(const struct format *format, const struct cli_args *args)
{
	return *(const char *const *)((const char *)args + format->offset);
}

/* The format that goes to standard output instead of the text, NULL when none does. */
static const struct format *format_on_stdout(const struct cli_args *args, size_t from)
{
	for (size_t i = from; i < NR_FORMATS; i++) {
		const char *path = format_path(&formats[i], args);

		if (path && strcmp(path, "-") == 0)
			return &formats[i];
	}
	return NULL;
}

/* Before anything is played: two formats cannot share standard output, and each file can be written. */
static int check_formats(const struct cli_args *args)
{
	const struct format *first = format_on_stdout(args, 0), *second = NULL;

	if (first)
		second = format_on_stdout(args, (size_t)(first - formats) + 1);
	if (second)
		return cli_bad_input(
			"quarry check: %s and %s both go to standard output: give one a file (%s=FILE)",
			first->flag, second->flag, second->flag);
	for (size_t i = 0; i < NR_FORMATS; i++) {
		const char *path = format_path(&formats[i], args);
		int error = path ? cli_can_write(path) : 0;

		if (error)
			return error;
	}
	return 0;
}

static int write_formats(const struct qy_seeds *seeds, const struct cli_args *args)
{
	int error = 0;

	for (size_t i = 0; i < NR_FORMATS && !error; i++) {
		const char *path = format_path(&formats[i], args);

		if (path)
			error = cli_write(path, formats[i].print, seeds);
	}
	return error;
}

/* ------------------------------------------------------------------ snapshots of the timeline */

struct snapshots {
	const char *dir; /* exists; NULL: none are written */
	const struct qy_scenario *scenario;
};

/* DIR/NAME, DIR/seed-N/NAME with several seeds. */
static int write_snapshot(
	void *arg, struct qy_machine *m, const char *name, struct qy_err *err)
{
	const struct snapshots *s = arg;
	char *path;
	int error;

	if (s->scenario->seeds > 1) {
		if (asprintf(&path, "%s/seed-%" PRIu64, s->dir, s->scenario->seed) < 0)
			return qy_fail(err, "%s: the host has no memory left", s->dir);
		error = mkdir(path, 0777) && errno != EEXIST
				? qy_fail(err, "%s: %s", path, strerror(errno))
				: 0;
		free(path);
		if (error)
			return -1;
		error = asprintf(
			&path, "%s/seed-%" PRIu64 "/%s", s->dir, s->scenario->seed, name);
	} else {
		error = asprintf(&path, "%s/%s", s->dir, name);
	}
	if (error < 0)
		return qy_fail(err, "%s: the host has no memory left", s->dir);
	error = cli_proc_tree(m, path, err);
	free(path);
	return error;
}

static bool takes_snapshots(const struct qy_scenario *scenario)
{
	for (uint32_t i = 0; i < scenario->nr_steps; i++) {
		if (scenario->step[i].kind == QY_STEP_SNAPSHOT)
			return true;
	}
	return false;
}

static int open_snapshots(struct snapshots *s, const struct cli_args *args)
{
	if (!args->snapshots)
		return 0;
	if (!takes_snapshots(s->scenario))
		return cli_bad_input(
			"%s: --snapshots: the timeline takes none: add `- {at: 1s, snapshot: NAME}`",
			args->file);
	if (mkdir(args->snapshots, 0777))
		return cli_bad_input(
			"%s: %s: give --snapshots the name of a new directory",
			args->snapshots, strerror(errno));
	s->dir = args->snapshots;
	return 0;
}

/* ------------------------------------------------------------------ drivers that fail */

static int check_failures(const struct cli_args *args, const struct qy_scenario *scenario)
{
	if (!cli_fails_one(args) && !cli_searches(args))
		return 0;
	if (!scenario->nr_drivers)
		return cli_bad_input(
			"%s: --fail-every and its like are of drivers: the scenario has none",
			args->file);
	if (scenario->seeds > 1)
		return cli_bad_input(
			"%s: --fail-every and its like play one seed: leave --seeds out",
			args->file);
	return 0;
}

/* What a schedule needs to know of a run in turn. */
static int plan_schedule(struct qy_seeds *seeds, uint64_t number, struct qy_err *err)
{
	struct qy_driver_outcome *out = qy_driver_outcome_new();
	struct qy_check_plan plan;
	int error = qy_check_plan(seeds->first, seeds->scenario, &plan, err);

	if (!error && !out)
		error = qy_fail(err, "quarry check: the host has no memory left");
	if (!error)
		error = qy_driver_play(&plan.drivers, out, interrupted, err);
	if (!error)
		qy_driver_schedule_of(out, number, &seeds->first->schedule);
	qy_check_plan_free(&plan);
	qy_driver_outcome_free(out);
	return error;
}

/* One run in which something fails: its expectations are those of one in which nothing does. */
static int plan_failure(
	struct qy_seeds *seeds, const struct cli_args *args, struct qy_err *err)
{
	struct qy_driver_plan plan = { 0 };

	if (cli_read_failures(args, &plan)) {
		err->text[0] = '\0'; /* it is said */
		return -1;
	}
	if (!cli_fails_one(args))
		return 0;
	seeds->scenario->nr_expects = 0;
	seeds->first->fail = plan.fail;
	return plan.schedule.number ? plan_schedule(seeds, plan.schedule.number, err) : 0;
}

/* Behind a run that passes. */
static int search_failures(
	struct qy_seeds *seeds, const struct cli_args *args, struct qy_err *err)
{
	struct qy_driver_verdict *verdict = &seeds->check->drivers;
	struct qy_symbols *symbols = NULL;
	struct qy_check_plan plan;
	int error;

	if (!cli_searches(args) || !seeds->check->pass)
		return 0;
	error = qy_check_plan(seeds->check, seeds->scenario, &plan, err);
	if (!error && !(symbols = qy_symbols_open()))
		error = qy_fail(err, "quarry check: the host has no memory left");
	if (!error)
		error = cli_search(
			args, &plan.drivers, symbols, verdict, interrupted, err);
	qy_symbols_close(symbols);
	qy_check_plan_free(&plan);
	seeds->check->pass = verdict->pass;
	seeds->nr_failed = !verdict->pass;
	return error;
}

static int run_prepared(struct qy_seeds *seeds, const struct cli_args *args)
{
	struct snapshots snapshots = { .scenario = seeds->scenario };
	struct qy_check_hooks hooks = { .arg = &snapshots, .film = args->html };
	struct qy_err err;
	int error, log_error = 0;

	hooks.stop = interrupted = cli_catch_signals();
	if (plan_failure(seeds, args, &err))
		return *err.text ? cli_bad_input("%s", err.text) : EXIT_BAD_INPUT;
	error = open_snapshots(&snapshots, args);
	if (error)
		return error;
	if (snapshots.dir)
		hooks.snapshot = write_snapshot;
	if (args->log) {
		hooks.log = fopen(args->log, "w");
		if (!hooks.log) {
			error = cli_bad_input(
				"%s: %s: give --log a file that can be written",
				args->log, strerror(errno));
			if (snapshots.dir)
				cli_remove_tree(snapshots.dir);
			return error;
		}
	}
	if (isatty(STDERR_FILENO) && !args->quiet)
		hooks.progress = show_progress;
	if (qy_seeds_run(seeds, &hooks, &err))
		error = EXIT_BAD_INPUT;
	if (hooks.progress)
		clear_line();
	if (!error && search_failures(seeds, args, &err))
		error = EXIT_BAD_INPUT;
	if (!error && !args->no_remedy &&
		find_remedies(seeds, hooks.progress != NULL, &err))
		error = EXIT_BAD_INPUT;
	if (hooks.log)
		log_error = close_log(hooks.log, args->log, !error && !*interrupted);
	if (*interrupted) { /* nothing half-written stays */
		if (snapshots.dir)
			cli_remove_tree(snapshots.dir);
		return EXIT_BAD_INPUT;
	}
	if (error)
		cli_bad_input("%s", err.text);
	else
		error = log_error ? log_error : cli_missed(args, &seeds->check->drivers);
	if (error && snapshots.dir)
		cli_remove_tree(snapshots.dir);
	if (error)
		return error;
	if (!format_on_stdout(args, 0)) {
		print_report(seeds->check, args);
		qy_seeds_print(stdout, seeds);
	}
	error = write_formats(seeds, args);
	if (error)
		return error;
	return seeds->nr_failed ? EXIT_FAIL : EXIT_PASS;
}

static int run_check(const struct cli_args *args)
{
	struct cli_overrides overrides = { 0 };
	struct qy_scenario *scenario;
	struct qy_seeds seeds = { 0 };
	struct qy_err err;
	int code;

	if (cli_is_driver(args))
		return cli_check_driver(args);
	if (args->nr_files > 1)
		return cli_bad_input(
			"quarry check: one SCENARIO.yaml at a time: `%s` is too much",
			args->files[1]);
	code = check_formats(args);
	if (code)
		return code;
	if (!args->file && !args->capture)
		return cli_bad_input(
			"quarry check: SCENARIO.yaml is missing: see `quarry help check`");
	scenario = args->capture ? qy_scenario_of(args->file, args->capture, &err)
				 : qy_scenario_load(args->file, &err);
	if (!scenario)
		return cli_bad_input("%s", err.text);
	if (scenario->nr_drivers) /* compiled in a directory that goes again */
		scenario->stop = cli_catch_signals();
	code = cli_apply_flags(scenario, args, &overrides);
	if (!code)
		code = check_failures(args, scenario);
	if (!code)
		code = qy_seeds_prepare(scenario, &seeds, &err)
			       ? cli_bad_input("%s", err.text)
			       : run_prepared(&seeds, args);
	qy_seeds_free(&seeds);
	free(overrides.append);
	qy_scenario_free(scenario);
	cli_leave_if_interrupted();
	return code;
}

static const struct cli_flag check_flags[] = {
	{ "--capture", "FILE.tar",
		"of `quarry capture`: board, start and load where the scenario names none",
		FLAG_WORD, offsetof(struct cli_args, capture) },
	{ "--dtb", "FILE", "another device tree than the scenario's", FLAG_WORD,
		offsetof(struct cli_args, board.dtb) },
	BOARD_FLAGS,
	{ "--seed", "N", "instead of the scenario's", FLAG_WORD,
		offsetof(struct cli_args, seed) },
	{ "--seeds", "N", "checks with N seeds, from the seed on, and shows the spread",
		FLAG_WORD, offsetof(struct cli_args, seeds) },
	{ "--log", "FILE", "writes the event log there", FLAG_WORD,
		offsetof(struct cli_args, log) },
	{ "--snapshots", "DIR", "writes the files of each snapshot of the timeline there",
		FLAG_WORD, offsetof(struct cli_args, snapshots) },
	{ "--json", "FILE", "the verdict as JSON, there or instead of the text",
		FLAG_FILE, offsetof(struct cli_args, json) },
	{ "--ktap", "FILE", "likewise as KTAP", FLAG_FILE,
		offsetof(struct cli_args, ktap) },
	{ "--junit", "FILE", "likewise as JUnit XML", FLAG_FILE,
		offsetof(struct cli_args, junit) },
	{ "--html", "FILE", "the run as a page to look at: memory over time, and why",
		FLAG_WORD, offsetof(struct cli_args, html) },
	{ "--no-remedy", NULL, "does not try what would make a failed expectation hold",
		FLAG_SWITCH, offsetof(struct cli_args, no_remedy) },
	{ "--quiet", NULL, "only expectations and verdict", FLAG_SWITCH,
		offsetof(struct cli_args, quiet) },
	{ "--params", "TEXT", "of a driver: parameters of its module, \"name=value ...\"",
		FLAG_WORD, offsetof(struct cli_args, params) },
	{ "--timeout", "SECONDS", "of a driver: CPU time after which its run hangs (20)",
		FLAG_WORD, offsetof(struct cli_args, timeout) },
	{ "--kmemleak", NULL,
		"of a driver: looks meanwhile for objects that nothing points to",
		FLAG_SWITCH, offsetof(struct cli_args, kmemleak) },
	{ "--fail-every", NULL, "of a driver: each request fails in a run of its own",
		FLAG_SWITCH, offsetof(struct cli_args, fail_every) },
	{ "--fail-pairs", NULL, "likewise, and two requests of one act", FLAG_SWITCH,
		offsetof(struct cli_args, fail_pairs) },
	{ "--jobs", "N",
		"of drivers: so many runs of a search at once (as there are CPUs)",
		FLAG_WORD, offsetof(struct cli_args, jobs) },
	{ "--fail-at", "N[,M]", "of drivers: one run, in which that request fails",
		FLAG_WORD, offsetof(struct cli_args, fail_at) },
	{ "--schedules", "N",
		"of a driver: N runs, each with another order of tasks and interrupts",
		FLAG_WORD, offsetof(struct cli_args, schedules) },
	{ "--schedule", "K", "that one run of them", FLAG_WORD,
		offsetof(struct cli_args, schedule) },
	{ "--fail-kind", "KIND", "likewise all of contiguous, atomic, mask or mapping",
		FLAG_WORD, offsetof(struct cli_args, fail_kind) },
	CC_FLAGS,
	{ 0 },
};

const struct cli_verb cli_check = {
	.name = "check",
	.operand = "SCENARIO.yaml | DRIVER.c ...",
	.operand_optional = true,
	.operand_repeats = true,
	.help = "Plays the scenario's load and requests on its board and says which expectations hold, and\n"
		"why the others do not. Drivers (.c files of one module, .qko modules) are compiled, loaded, probed, removed and\n"
		"unloaded on a board, and everything that they took must have gone back. Exit code: 0 all hold, 1 one does not,\n"
		"2 bad input.",
	.flags = check_flags,
	.run = run_check,
};
