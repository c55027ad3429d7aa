// SPDX-License-Identifier: MIT
/*
 * `quarry new`: a commented scenario to start from. No state.
 */
#include "cli/cli.h"

#include <limits.h>
#include <stdio.h>

#include "lab/draft.h"

static int run_new(const struct cli_args *args)
{
	char installed[PATH_MAX];
	struct qy_draft draft = {
		.dtb = args->board.dtb,
		.memory = args->board.memory,
		.trace = args->trace,
		.capture = args->capture,
	};
	struct qy_err err;

	if (args->capture && (args->board.dtb || args->trace || args->board.memory))
		return cli_bad_input(
			"quarry new: --capture has a board and a load: leave %s out",
			args->board.dtb ? "--dtb"
			: args->trace   ? "--trace"
					: "-m");
	if (!draft.dtb && !args->capture)
		draft.dtb = cli_bundled_board(installed, sizeof(installed));
	if (!draft.dtb && !args->capture)
		return cli_bad_input(
			"quarry new: no board: give --dtb FILE (a running target has it as /sys/firmware/fdt)");
	if (qy_draft_print(stdout, &draft, &err))
		return cli_bad_input("%s", err.text);
	return 0;
}

static const struct cli_flag new_flags[] = {
	{ "--dtb", "FILE", "the board's device tree, .dtb or .dts; else a bundled board",
		FLAG_WORD, offsetof(struct cli_args, board.dtb) },
	{ "-m", "SIZE", "RAM: one bank instead of those of the tree", FLAG_WORD,
		offsetof(struct cli_args, board.memory) },
	{ "--trace", "FILE", "a recording as the load; else numbers make one", FLAG_WORD,
		offsetof(struct cli_args, trace) },
	{ "--capture", "FILE.tar", "an archive of `quarry capture` as board and load",
		FLAG_WORD, offsetof(struct cli_args, capture) },
	{ 0 },
};

const struct cli_verb cli_new = {
	.name = "new",
	.help = "Prints a scenario that `quarry check` takes as it is, with a line of explanation for each key:\n"
		"quarry new --dtb board.dtb --trace trace.dat > mine.yaml\n"
		"File names in it count from the directory of mine.yaml. Exit code: 0 printed, 2 bad input.",
	.flags = new_flags,
	.run = run_new,
};
