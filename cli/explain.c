// SPDX-License-Identifier: MIT
/*
 * `quarry explain`: says what the refusals in a kernel log were short of. Its forms without a log are in explain_board.c. No state.
 */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static int write_json(const char *path, const struct qy_dmesg *log, uint32_t which)
{
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);
	int error = memory ? qy_explain_json(memory, log, which) : -1;

	return cli_write_memory(path, memory, error, &text, &size);
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

/* ------------------------------------------------------------------ the verb */

enum form { LOG, ALLOCATORS, GFP };

/* What only another form of the verb understands. NULL: nothing. */
static const char *stray_flag(const struct cli_args *args, enum form form)
{
	const struct qy_board_opts *b = &args->board;
	const struct {
		bool given;
		const char *name;
		bool is_of[3];
	} flags[] = {
		{ args->report != NULL, "--report", { [LOG] = true } },
		{ args->scenario != NULL, "--scenario", { [LOG] = true } },
		{ b->dtb != NULL, "--dtb", { [ALLOCATORS] = true, [GFP] = true } },
		{ b->memory != NULL, "-m", { [ALLOCATORS] = true, [GFP] = true } },
		{ b->smp != 0, "-smp", { [ALLOCATORS] = true, [GFP] = true } },
		{ b->append != NULL, "--append", { [ALLOCATORS] = true, [GFP] = true } },
		{ b->nr_sysctls != 0, "--sysctl", { [ALLOCATORS] = true, [GFP] = true } },
		{ args->context != NULL, "--context", { [GFP] = true } },
		{ args->size != NULL, "--size", { [GFP] = true } },
		{ args->device != NULL, "--device", { [GFP] = true } },
		{ args->contiguous, "--contiguous", { [GFP] = true } },
		{ args->user, "--user", { [GFP] = true } },
		{ args->movable, "--movable", { [GFP] = true } },
		{ args->account, "--account", { [GFP] = true } },
		{ args->may_fail, "--may-fail", { [GFP] = true } },
		{ args->no_fail, "--no-fail", { [GFP] = true } },
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (flags[i].given && !flags[i].is_of[form])
			return flags[i].name;
	}
	return NULL;
}

static int run_explain(const struct cli_args *args)
{
	static const char *const names[] = { "a log", "allocators", "gfp" };
	enum form form = !args->file                             ? LOG
			 : strcmp(args->file, "allocators") == 0 ? ALLOCATORS
			 : strcmp(args->file, "gfp") == 0        ? GFP
								 : LOG;
	const char *stray = stray_flag(args, form);

	if (stray)
		return cli_bad_input(
			"quarry explain: %s is no flag for %s: see `quarry help explain`",
			stray, names[form]);
	if (form != GFP && args->nr_files > 1)
		return cli_bad_input(
			"quarry explain: one LOG at a time: `%s` is too much",
			args->files[1]);
	return form == GFP          ? cli_explain_gfp(args)
	       : form == ALLOCATORS ? cli_explain_allocators(args)
				    : explain_log(args);
}

static const struct cli_flag explain_flags[] = {
	{ "--json", "FILE", "for programs, there or instead of the text", FLAG_FILE,
		offsetof(struct cli_args, json) },
	{ "--report", "N", "only the Nth report of the log", FLAG_WORD,
		offsetof(struct cli_args, report) },
	{ "--scenario", "FILE.yaml", "writes a scenario of it, and FILE.dts", FLAG_WORD,
		offsetof(struct cli_args, scenario) },
	{ "--context", "WORDS",
		"of gfp: where; task, spinlock, softirq, irq ...; fs, io, reclaim",
		FLAG_WORD, offsetof(struct cli_args, context) },
	{ "--size", "SIZE", "of gfp: how much, like 4096 or 8M", FLAG_WORD,
		offsetof(struct cli_args, size) },
	{ "--device", "BITS", "of gfp: its address lines, or its name in the tree",
		FLAG_WORD, offsetof(struct cli_args, device) },
	{ "--contiguous", NULL, "of gfp: in one piece", FLAG_SWITCH,
		offsetof(struct cli_args, contiguous) },
	{ "--user", NULL, "of gfp: pages of a program", FLAG_SWITCH,
		offsetof(struct cli_args, user) },
	{ "--movable", NULL, "of gfp: its owner lets it be moved", FLAG_SWITCH,
		offsetof(struct cli_args, movable) },
	{ "--account", NULL, "of gfp: the caller's cgroup pays", FLAG_SWITCH,
		offsetof(struct cli_args, account) },
	{ "--may-fail", NULL, "of gfp: it does without", FLAG_SWITCH,
		offsetof(struct cli_args, may_fail) },
	{ "--no-fail", NULL, "of gfp: it cannot do without", FLAG_SWITCH,
		offsetof(struct cli_args, no_fail) },
	{ "--dtb", "FILE", "of allocators, gfp: the board, instead of a bundled one",
		FLAG_WORD, offsetof(struct cli_args, board.dtb) },
	BOARD_FLAGS,
	{ 0 },
};

const struct cli_verb cli_explain = {
	.name = "explain",
	.operand = "LOG | allocators | gfp [FLAGS]",
	.operand_optional = true,
	.operand_repeats = true,
	.help = "LOG: of every page allocation failure, OOM report and failed CMA allocation in a kernel log (a file, or standard\n"
		"input) what refused, by how much, and what would have sufficed.\n"
		"allocators: which of them gives what on a board, from which size to which, where.\n"
		"gfp: which allocator and which flags fit a place (--context) and a need (--size, --device ...). With FLAGS, like\n"
		"'GFP_ATOMIC|__GFP_NOWARN' or 0xcc0: what they allow there.\n"
		"docs/explain.md tells how. A log of one of these names is ./NAME.\n"
		"Exit code: 0 explained, 1 the FLAGS must not be used there, 2 no such report, or bad input.",
	.flags = explain_flags,
	.run = run_explain,
};
