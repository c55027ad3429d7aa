// SPDX-License-Identifier: MIT
/*
 * `quarry check DRIVER.c`: compiles, loads, probes, removes, and says what was wrong. No state.
 */
#include "cli/cli.h"
#include "cli/search.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/driver.h"
#include "lab/driver_cc.h"
#include "lab/driver_place.h"
#include "lab/driver_search.h"
#include "lab/driver_stack.h"
#include "lab/units.h"

bool cli_is_driver(const struct cli_args *args)
{
	for (int i = 0; i < args->nr_files; i++)
		if (qy_driver_is_source(args->files[i]) ||
			qy_driver_is_module(args->files[i]))
			return true;
	return false;
}

/* ------------------------------------------------------------------ flags */

struct refused {
	const char *flag;
	bool given;
};

static int check_flags(const struct cli_args *args)
{
	const struct refused refused[] = {
		{ "--capture", args->capture != NULL },
		{ "--seeds", args->seeds != NULL },
		{ "--snapshots", args->snapshots != NULL },
		{ "--html", args->html != NULL },
		{ "--no-remedy", args->no_remedy },
	};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (refused[i].given)
			return cli_bad_input(
				"quarry check: %s is of scenarios: %s is a driver",
				refused[i].flag, args->file);
	for (int i = 0; i < args->nr_files; i++)
		if (!qy_driver_is_source(args->files[i]) &&
			!qy_driver_is_object(args->files[i]) &&
			!qy_driver_is_module(args->files[i]))
			return cli_bad_input(
				"quarry check: %s: is neither C source (.c), an object file (.o) nor a module (.qko), as the others are",
				args->files[i]);
	return 0;
}

static const struct format {
	const char *flag;
	size_t offset;
	int (*print)(FILE *out, const struct qy_driver_verdict *verdict);
} formats[] = {
	{ "--json", offsetof(struct cli_args, json), qy_driver_report_json },
	{ "--ktap", offsetof(struct cli_args, ktap), qy_driver_report_ktap },
	{ "--junit", offsetof(struct cli_args, junit), qy_driver_report_junit },
};

#define NR_FORMATS (sizeof(formats) / sizeof(formats[0]))

static const char *format_path(const struct format *format, const struct cli_args *args)
{
	return *(const char *const *)((const char *)args + format->offset);
}

static int check_formats(const struct cli_args *args, bool *on_stdout)
{
	const char *first = NULL;

	for (size_t i = 0; i < NR_FORMATS; i++) {
		const char *path = format_path(&formats[i], args);
		int error = path ? cli_can_write(path) : 0;

		if (error)
			return error;
		if (!path || strcmp(path, "-") != 0)
			continue;
		if (first)
			return cli_bad_input(
				"quarry check: %s and %s both go to standard output: give one a file (%s=FILE)",
				first, formats[i].flag, formats[i].flag);
		first = formats[i].flag;
	}
	*on_stdout = first != NULL;
	return 0;
}

static int write_formats(
	const struct cli_args *args, const struct qy_driver_verdict *verdict)
{
	int error = 0;

	for (size_t i = 0; i < NR_FORMATS && !error; i++) {
		const char *path = format_path(&formats[i], args);
		char *text = NULL;
		size_t size = 0;
		FILE *memory;

		if (!path)
			continue;
		memory = open_memstream(&text, &size);
		error = !memory || formats[i].print(memory, verdict);
		if (memory)
			error |= fclose(memory) != 0;
		error = error ? cli_bad_input("%s: the host has no memory left", path)
			      : cli_write_text(path, text, size);
		free(text);
	}
	return error;
}

/* ------------------------------------------------------------------ the modules */

/* The .c files are one module, loaded last; modules come in the order of the command line. */
static int make_plan(
	const struct cli_args *args, const char *compiled, struct qy_driver_plan *plan)
{
	const char *source = NULL;

	for (int i = 0; i < args->nr_files; i++) {
		if (qy_driver_is_source(args->files[i])) {
			source = source ? source : args->files[i];
			continue;
		}
		if (qy_driver_is_object(args->files[i]))
			continue;
		if (plan->nr_modules == QY_MAX_MODULES - 1)
			return cli_bad_input(
				"quarry check: at most %d modules", QY_MAX_MODULES);
		plan->module[plan->nr_modules++] =
			(struct qy_driver_module){ .source = args->files[i],
				.path = args->files[i] };
	}
	if (source)
		plan->module[plan->nr_modules++] =
			(struct qy_driver_module){ .source = source, .path = compiled };
	plan->module[plan->nr_modules - 1].params = args->params;
	return 0;
}

/* DIR/isp.qko for drivers/isp.c */
static const char *name_output(
	const struct cli_args *args, const char *dir, char *path, size_t size)
{
	for (int i = 0; i < args->nr_files; i++) {
		const char *file = args->files[i], *slash = strrchr(file, '/');
		const char *name = slash ? slash + 1 : file;

		if (!qy_driver_is_source(file))
			continue;
		snprintf(path, size, "%s/%.*s.qko", dir, (int)(strlen(name) - 2), name);
		return path;
	}
	return NULL;
}

/* ------------------------------------------------------------------ the run */

static int write_log(const char *path, const struct qy_driver_outcome *out)
{
	static const char cut[] = "more lines are left out\n";
	char *text;
	int n = asprintf(
		&text, "%.*s%s", (int)out->log_bytes, out->log, out->log_cut ? cut : "");
	int error;

	if (n < 0)
		return cli_bad_input("%s: the host has no memory left", path);
	error = cli_write_text(path, text, (size_t)n);
	free(text);
	return error;
}

static int report(const struct cli_args *args, const struct qy_driver_verdict *verdict,
	struct qy_symbols *symbols, bool on_stdout)
{
	int code;

	if (!on_stdout)
		qy_driver_report_text(stdout, verdict, symbols, args->quiet);
	code = write_formats(args, verdict);
	if (!code && args->log)
		code = write_log(args->log, verdict->out);
	return code ? code : verdict->pass ? EXIT_PASS : EXIT_FAIL;
}

/*
 * Once; where nothing is wrong, once more to the board's shutdown, if a driver would be told; then with files and devices used more
 * than once. Return: 0, -1 with @err.
 */
static int play(struct qy_driver_plan *plan, struct qy_driver_outcome *out,
	struct qy_symbols *symbols, struct qy_driver_verdict *verdict,
	const volatile sig_atomic_t *stop, struct qy_err *err)
{
	bool shut_down = false;

	for (;;) {
		if (qy_driver_play(plan, out, stop, err))
			return -1;
		if (out->end == QY_DRIVER_NO_BOARD)
			return qy_fail(err, "%s: %s", plan->board_name, out->end_line);
		if (qy_driver_judge(plan, out, symbols, verdict))
			return qy_fail(err, "quarry check: the host has no memory left");
		if (!verdict->pass || plan->again || qy_driver_fails(plan) ||
			plan->schedule.number)
			break;
		plan->shut_down = out->can_shut_down && !shut_down;
		plan->again = !plan->shut_down;
		shut_down |= plan->shut_down;
		qy_driver_verdict_free(verdict);
	}
	if (shut_down && verdict->pass)
		snprintf(qy_driver_case_add(verdict)->name, sizeof(verdict->cases->name),
			"the board shuts down");
	return 0;
}

/* ------------------------------------------------------------------ the whole */

static int play_all(const struct cli_args *args, struct qy_driver_plan *plan,
	struct qy_driver_outcome *out, struct qy_symbols *symbols,
	struct qy_driver_verdict *verdict, const volatile sig_atomic_t *stop,
	struct qy_err *err)
{
	uint64_t number = plan->schedule.number;

	if (number) { /* what it needs of a run in turn */
		plan->schedule.number = 0;
		if (qy_driver_play(plan, out, stop, err))
			return -1;
		qy_driver_schedule_of(out, number, &plan->schedule);
	}
	if (play(plan, out, symbols, verdict, stop, err))
		return -1;
	return verdict->pass ? cli_search(args, plan, symbols, verdict, stop, err) : 0;
}

static int run_plan(const struct cli_args *args, struct qy_driver_plan *plan,
	bool on_stdout, const volatile sig_atomic_t *stop)
{
	struct qy_driver_outcome *out = qy_driver_outcome_new();
	struct qy_driver_verdict verdict = { 0 };
	struct qy_symbols *symbols = NULL;
	struct qy_err err;
	int code;

	if (!out)
		return cli_bad_input("quarry check: the host has no memory left");
	code = qy_driver_open(plan, &err);
	if (!code) {
		symbols = qy_symbols_open();
		code = symbols ? play_all(args, plan, out, symbols, &verdict, stop, &err)
			       : qy_fail(&err,
					 "quarry check: the host has no memory left");
	}
	code = code ? cli_bad_input("%s", err.text) : cli_missed(args, &verdict);
	if (!code)
		code = report(args, &verdict, symbols, on_stdout);
	qy_driver_verdict_free(&verdict);
	qy_symbols_close(symbols);
	qy_driver_close(plan);
	qy_driver_outcome_free(out);
	return code;
}

static int load_board(
	const struct cli_args *args, struct qy_driver_plan *plan, char *path, size_t size)
{
	struct qy_board_opts opts = args->board;
	struct qy_err err;

	if (!opts.dtb)
		opts.dtb = cli_bundled_board(path, size);
	if (!opts.dtb)
		opts.dtb = cli_source_board();
	if (!opts.dtb)
		return cli_bad_input("quarry check: no board: give --dtb FILE");
	plan->board_name = opts.dtb;
	plan->board = qy_board_load(&opts, &err);
	return plan->board ? 0 : cli_bad_input("%s", err.text);
}

static int read_numbers(const struct cli_args *args, struct qy_driver_plan *plan)
{
	uint64_t seconds;

	if (args->seed && qy_parse_count(args->seed, &plan->seed))
		return cli_bad_input(
			"quarry: --seed: must be a number (is %s)", args->seed);
	if (!args->timeout)
		return 0;
	if (qy_parse_count(args->timeout, &seconds) || !seconds || seconds > 86400)
		return cli_bad_input("quarry check: --timeout: must be 1..86400 (is %s)",
			args->timeout);
	plan->cpu_limit = (uint32_t)seconds;
	return 0;
}

static int run_in(const struct cli_args *args, const char *dir, bool on_stdout,
	const volatile sig_atomic_t *stop)
{
	struct qy_driver_plan plan = { .run = qy_driver_run };
	char compiled[PATH_MAX], board[PATH_MAX];
	const char *output = name_output(args, dir, compiled, sizeof(compiled));
	int code;

	plan.kmemleak = args->kmemleak;
	code = make_plan(args, output, &plan);
	if (!code)
		code = read_numbers(args, &plan);
	if (!code)
		code = cli_read_failures(args, &plan);
	if (!code)
		code = load_board(args, &plan, board, sizeof(board));
	if (!code && output)
		code = cli_compile(args, output, stop);
	if (!code)
		code = run_plan(args, &plan, on_stdout, stop);
	qy_board_free((struct qy_loaded_board *)(uintptr_t)plan.board);
	return code;
}

int cli_check_driver(const struct cli_args *args)
{
	const volatile sig_atomic_t *stop;
	bool on_stdout = false;
	struct qy_err err;
	char dir[64];
	int code = check_flags(args);

	if (!code)
		code = check_formats(args, &on_stdout);
	if (code)
		return code;
	stop = cli_catch_signals();
	if (qy_driver_temp(dir, sizeof(dir), &err))
		return cli_bad_input("%s", err.text);
	code = run_in(args, dir, on_stdout, stop);
	qy_driver_remove(dir);
	cli_leave_if_interrupted();
	return code;
}
