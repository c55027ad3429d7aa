// SPDX-License-Identifier: MIT
/*
 * `quarry boot`: boots a board and prints the boot log and the kernel's views of its memory. No state.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <quarry/sim.h>
#include <quarry/stats.h>

static const struct view {
	const char *name, *path;
} views[] = {
	{ "buddyinfo", "/proc/buddyinfo" },
	{ "pagetypeinfo", "/proc/pagetypeinfo" },
	{ "zoneinfo", "/proc/zoneinfo" },
	{ "meminfo", "/proc/meminfo" },
	{ "vmstat", "/proc/vmstat" },
};

#define NR_VIEWS (sizeof(views) / sizeof(views[0]))

/* Bit i of *@wanted: views[i]. @list: "buddyinfo,zoneinfo" or "all". */
static int parse_views(const char *list, unsigned int *wanted)
{
	char word[32];

	*wanted = 0;
	while (list) {
		size_t length = strcspn(list, ","), i = 0;

		snprintf(word, sizeof(word), "%.*s", (int)(length < 31 ? length : 31),
			list);
		while (i < NR_VIEWS && strcmp(word, views[i].name) != 0)
			i++;
		if (strcmp(word, "all") == 0)
			*wanted = (1u << NR_VIEWS) - 1;
		else if (i < NR_VIEWS)
			*wanted |= 1u << i;
		else
			return cli_bad_input(
				"quarry boot: --show: no view `%s`: buddyinfo, pagetypeinfo, zoneinfo, meminfo, vmstat or all",
				word);
		list = list[length] ? list + length + 1 : NULL;
	}
	return 0;
}

static void print_log(void *arg, enum qy_log_level level, const char *line)
{
	(void)level;
	if (!*(const bool *)arg)
		printf("[    0.000000] %s\n", line);
}

static int show(struct qy_machine *m, const struct view *view, bool with_name)
{
	long length = qy_proc_read(m, view->path, NULL, 0);
	char *text = length >= 0 ? malloc((size_t)length + 1) : NULL;

	if (!text)
		return cli_bad_input("quarry boot: %s: %s", view->path,
			length < 0 ? "this machine does not have it"
				   : "the host has no memory left");
	qy_proc_read(m, view->path, text, (size_t)length + 1);
	if (with_name)
		printf("\n==> %s <==\n", view->path);
	fputs(text, stdout);
	free(text);
	return 0;
}

static int show_all(struct qy_machine *m, unsigned int wanted, bool quiet)
{
	bool with_name = !quiet || (wanted & (wanted - 1));
	int error = 0;

	for (size_t i = 0; i < NR_VIEWS && !error; i++) {
		if (wanted & 1u << i)
			error = show(m, &views[i], with_name);
	}
	return error;
}

static int boot_and_show(const struct qy_loaded_board *board, const struct cli_args *args,
	unsigned int wanted)
{
	bool quiet = args->quiet;
	struct qy_sim_opts opts = { .log = print_log, .log_arg = &quiet };
	struct qy_machine *m;
	char why[256] = "";
	struct qy_err err;
	int error;

	for (size_t i = 0; i < board->notes.nr && !quiet; i++)
		printf("quarry: %s\n", board->notes.line[i]);
	m = qy_sim_boot(&board->board, &opts, why, sizeof(why));
	if (!m)
		return cli_bad_input(
			"%s: the board does not boot: %s", args->board.dtb, why);
	error = show_all(m, wanted, quiet);
	if (!error && args->proc && cli_proc_tree(m, args->proc, &err))
		error = cli_bad_input("quarry boot: --proc: %s", err.text);
	qy_sim_shutdown(m);
	return error;
}

static int run_boot(const struct cli_args *args)
{
	struct qy_loaded_board *board;
	unsigned int wanted;
	struct qy_err err;
	int error = parse_views(args->show, &wanted);

	if (error)
		return error;
	if (!args->board.dtb)
		return cli_bad_input(
			"quarry boot: --dtb is missing: give a device tree (.dts or .dtb)");
	board = qy_board_load(&args->board, &err);
	if (!board)
		return cli_bad_input("%s", err.text);
	error = boot_and_show(board, args, wanted);
	qy_board_free(board);
	return error;
}

static const struct cli_flag boot_flags[] = {
	{ "--dtb", "FILE", "device tree, .dts or .dtb", FLAG_WORD,
		offsetof(struct cli_args, board.dtb) },
	BOARD_FLAGS,
	{ "--show", "VIEWS",
		"buddyinfo,pagetypeinfo,zoneinfo,meminfo,vmstat or all, after the log",
		FLAG_WORD, offsetof(struct cli_args, show) },
	{ "--proc", "DIR",
		"writes every view and setting below DIR, under its Linux path",
		FLAG_WORD, offsetof(struct cli_args, proc) },
	{ "--quiet", NULL, "no boot log", FLAG_SWITCH, offsetof(struct cli_args, quiet) },
	{ 0 },
};

const struct cli_verb cli_boot = {
	.name = "boot",
	.help = "Boots a board and prints its boot log, and the kernel's views of its memory.",
	.flags = boot_flags,
	.run = run_boot,
};
