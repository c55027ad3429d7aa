// SPDX-License-Identifier: MIT
/*
 * `quarry explain`: says what the refusals in a kernel log were short of; and, without a log, which allocator gives what on a
 * board. No state.
 */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/allocators.h"
#include "lab/dmesg.h"
#include "lab/explain.h"
#include "lab/units.h"

#define MAX_LOG_BYTES (256ul << 20)

static int read_stream(FILE *file, const char *name, char **text, size_t *size)
{
	size_t room = 0, got;

	do {
		if (*size == room) {
			char *more = room < MAX_LOG_BYTES
					     ? realloc(*text, room * 2 + 65536)
					     : NULL;

			if (!more)
				return cli_bad_input(
					"%s: more than %lu MiB: give the part with the report",
					name, (unsigned long)(room >> 20));
			*text = more;
			room = room * 2 + 65536;
		}
		got = fread(*text + *size, 1, room - *size, file);
		*size += got;
	} while (got);
	if (ferror(file))
		return cli_bad_input("%s: %s: give a kernel log", name, strerror(errno));
	return 0;
}

static int read_log(const char *path, char **text, size_t *size)
{
	FILE *file;
	int code;

	if (!path || strcmp(path, "-") == 0)
		return read_stream(stdin, "standard input", text, size);
	file = fopen(path, "r");
	if (!file)
		return cli_bad_input("%s: %s: give a kernel log, or pipe dmesg into it",
			path, strerror(errno));
	code = read_stream(file, path, text, size);
	fclose(file);
	return code;
}

/* The one report that is meant, from 1; 0 = all. */
static int which_report(
	const struct cli_args *args, const struct qy_dmesg *log, uint64_t *which)
{
	*which = 0;
	if (args->report && (qy_parse_count(args->report, which) || *which < 1 ||
				    *which > log->nr_reports))
		return cli_bad_input("quarry explain: --report: must be 1..%u (is %s)",
			log->nr_reports, args->report);
	return 0;
}

static int write_scenario(const struct qy_explain *explain, const char *path)
{
	struct qy_err err;
	sigset_t before;
	int error;

	cli_hold_signals(&before);
	error = qy_explain_scenario(explain, path, &err);
	cli_let_signals(&before);
	return error ? cli_bad_input("%s", err.text) : 0;
}

/* JSON on standard output takes the text's place. */
static bool prints_text(const struct cli_args *args)
{
	return !args->json || strcmp(args->json, "-") != 0;
}

/* What was written to @memory, without an @error, becomes @path. */
static int finish_json(
	const char *path, FILE *memory, int error, char **text, const size_t *size)
{
	if (memory && fclose(memory) != 0)
		error = -1;
	error = error ? cli_bad_input("%s: the host has no memory left", path)
		      : cli_write_text(path, *text, *size);
	free(*text);
	return error;
}

static int write_json(const char *path, const struct qy_dmesg *log, uint32_t which)
{
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);
	int error = memory ? qy_explain_json(memory, log, which) : -1;

	return finish_json(path, memory, error, &text, &size);
}

static int explain_reports(const struct qy_dmesg *log, const struct cli_args *args)
{
	struct qy_explain *explain = malloc(sizeof(*explain));
	uint64_t which;
	int code;

	if (!explain)
		return cli_bad_input("quarry explain: the host has no memory left");
	code = which_report(args, log, &which);
	for (uint32_t i = 0; i < log->nr_reports && !code; i++) {
		if (which && i + 1 != which)
			continue;
		qy_explain(&log->report[i], explain);
		if (prints_text(args)) {
			if (i && !which)
				putchar('\n');
			qy_explain_print(stdout, explain);
		}
		/* of several reports the first, unless one was named */
		if (args->scenario && (which || i == 0))
			code = write_scenario(explain, args->scenario);
	}
	free(explain);
	if (args->json && !code)
		code = write_json(args->json, log, (uint32_t)which);
	return code;
}

/* What was found besides, or instead. */
static int answer(
	const struct qy_dmesg *log, const struct cli_args *args, const char *name)
{
	char others[256];
	int code;

	qy_dmesg_others_text(log, others, sizeof(others));
	if (!log->nr_reports)
		return others[0]
			       ? cli_bad_input(
					 "%s: %s: explained are page allocation failures, OOM reports and failed CMA allocations",
					 name, others)
			       : cli_bad_input(
					 "%s: no page allocation failure, OOM report or failed CMA allocation in it: give the kernel log that has the report",
					 name);
	code = explain_reports(log, args);
	if (!prints_text(args))
		return code;
	if (log->nr_left_out)
		printf("\n%u more reports were left out: give a part of the log.\n",
			log->nr_left_out);
	if (others[0])
		printf("\nAlso found, and not explained: %s.\n", others);
	return code;
}

static int explain_log(const struct cli_args *args)
{
	const char *name = args->file && strcmp(args->file, "-") != 0 ? args->file
								      : "standard input";
	struct qy_dmesg log;
	struct qy_err err;
	size_t size = 0;
	char *text = NULL;
	int code = read_log(args->file, &text, &size);

	if (!code) {
		code = qy_dmesg_parse(text, size, &log, &err)
			       ? cli_bad_input("%s", err.text)
			       : answer(&log, args, name);
		qy_dmesg_free(&log);
	}
	free(text);
	return code;
}

/* ------------------------------------------------------------------ without a log */

/* The board of --dtb, or the bundled one. NULL after a line. */
static struct qy_loaded_board *load_board(const struct cli_args *args)
{
	struct qy_board_opts opts = args->board;
	struct qy_loaded_board *board;
	struct qy_err err;
	char path[512];

	if (!opts.dtb)
		opts.dtb = cli_bundled_board(path, sizeof(path));
	if (!opts.dtb) {
		cli_bad_input("quarry explain: --dtb is missing: give a device tree");
		return NULL;
	}
	board = qy_board_load(&opts, &err);
	if (!board)
		cli_bad_input("%s", err.text);
	return board;
}

static int write_allocators(const char *path, const struct qy_allocators *a)
{
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);
	int error = memory ? qy_allocators_json(memory, a) : -1;

	return finish_json(path, memory, error, &text, &size);
}

static int explain_allocators(const struct cli_args *args)
{
	struct qy_loaded_board *board = load_board(args);
	struct qy_allocators a;
	struct qy_err err;
	int code = 0;

	if (!board)
		return EXIT_BAD_INPUT;
	if (qy_allocators_measure(board, &a, &err))
		code = cli_bad_input("quarry explain: %s", err.text);
	qy_board_free(board);
	if (!code && prints_text(args))
		qy_allocators_print(stdout, &a);
	if (!code && args->json)
		code = write_allocators(args->json, &a);
	return code;
}

/* ------------------------------------------------------------------ the verb */

/* What only one form of the verb understands, given to another one. NULL: nothing. */
static const char *stray_flag(const struct cli_args *args, bool log)
{
	const struct qy_board_opts *b = &args->board;

	if (log)
		return b->dtb          ? "--dtb"
		       : b->memory     ? "-m"
		       : b->smp        ? "-smp"
		       : b->append     ? "--append"
		       : b->nr_sysctls ? "--sysctl"
				       : NULL;
	return args->report ? "--report" : args->scenario ? "--scenario" : NULL;
}

static int run_explain(const struct cli_args *args)
{
	bool allocators = args->file && strcmp(args->file, "allocators") == 0;
	const char *stray = stray_flag(args, !allocators);

	if (stray)
		return cli_bad_input(
			allocators
				? "quarry explain allocators: %s is for a log"
				: "quarry explain: %s is for `quarry explain allocators`; a log says itself what board it is of",
			stray);
	if (args->nr_files > 1)
		return cli_bad_input(
			"quarry explain: one LOG at a time: `%s` is too much",
			args->files[1]);
	return allocators ? explain_allocators(args) : explain_log(args);
}

static const struct cli_flag explain_flags[] = {
	{ "--json", "FILE", "for programs, there or instead of the text", FLAG_FILE,
		offsetof(struct cli_args, json) },
	{ "--report", "N", "only the Nth report of the log", FLAG_WORD,
		offsetof(struct cli_args, report) },
	{ "--scenario", "FILE.yaml", "writes a scenario of it, and FILE.dts", FLAG_WORD,
		offsetof(struct cli_args, scenario) },
	{ "--dtb", "FILE", "of allocators: the board, instead of a bundled one",
		FLAG_WORD, offsetof(struct cli_args, board.dtb) },
	BOARD_FLAGS,
	{ 0 },
};

const struct cli_verb cli_explain = {
	.name = "explain",
	.operand = "LOG | allocators",
	.operand_optional = true,
	.operand_repeats = true,
	.help = "Reads a kernel log (a file, or standard input) and says of every page allocation failure, OOM report and\n"
		"failed CMA allocation in it what refused, by how much, and what would have sufficed. docs/explain.md\n"
		"tells how.\n"
		"With the word `allocators`: which of them gives what on a board, from which size to which, where. A log of that\n"
		"name is ./allocators.\n"
		"Exit code: 0 explained, 2 no such report, or bad input.",
	.flags = explain_flags,
	.run = run_explain,
};
