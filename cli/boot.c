// SPDX-License-Identifier: MIT
/*
 * `quarry boot`: boots a board and prints the boot log and the kernel's views of its memory, as text or JSON. No state.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <quarry/sim.h>
#include <quarry/stats.h>

#include "lab/board_device.h"
#include "lab/boot_json.h"

#define VIEW_NAMES                                                                      \
	"buddyinfo, pagetypeinfo, zoneinfo, meminfo, vmstat, slabinfo, extfrag_index, " \
	"unusable_index, sysctl, show_mem, page_owner, allocinfo, cma, devices (with "  \
	"commas between them) or all"

#define ALL_VIEWS ((1u << QY_NR_BOOT_VIEWS) - 1)

/* Bit i of *@wanted: qy_boot_views[i]. @list: "buddyinfo,zoneinfo" or "all". */
static int parse_views(const char *list, unsigned int *wanted)
{
	char word[32];

	*wanted = 0;
	while (list) {
		size_t length = strcspn(list, ","), i = 0;

		snprintf(word, sizeof(word), "%.*s", (int)(length < 31 ? length : 31),
			list);
		while (i < QY_NR_BOOT_VIEWS && strcmp(word, qy_boot_views[i]) != 0)
			i++;
		if (strcmp(word, "all") == 0)
			*wanted = ALL_VIEWS;
		else if (i < QY_NR_BOOT_VIEWS)
			*wanted |= 1u << i;
		else
			return cli_bad_input("quarry boot: --show: no view `%s`: %s",
				word, VIEW_NAMES);
		list = list[length] ? list + length + 1 : NULL;
	}
	return 0;
}

/* ------------------------------------------------------------------ the log */

struct listener {
	struct qy_notes lines; /* of the boot */
	bool print;            /* as they come */
	bool plain;            /* without a time */
	bool keep;
};

static void hear(void *arg, enum qy_log_level level, const char *line)
{
	struct listener *l = arg;

	(void)level;
	if (l->print)
		printf("%s%s\n", l->plain ? "" : "[    0.000000] ", line);
	if (l->keep)
		qy_note(&l->lines, "%s", line);
}

/* ------------------------------------------------------------------ text */

static int show_file(struct qy_machine *m, const char *path)
{
	long length = qy_proc_read(m, path, NULL, 0);
	char *text = length >= 0 ? malloc((size_t)length + 1) : NULL;

	if (!text)
		return cli_bad_input(
			"quarry boot: %s: the host has no memory left", path);
	qy_proc_read(m, path, text, (size_t)length + 1);
	fputs(text, stdout);
	free(text);
	return 0;
}

/* As sysctl(8) prints them. */
static void show_sysctls(struct qy_machine *m)
{
	static const char dir[] = "/proc/sys/vm/";
	const char *path;
	char text[256];

	for (unsigned int n = 0; (path = qy_proc_path(n)); n++) {
		if (strncmp(path, dir, sizeof(dir) - 1) == 0 &&
			qy_proc_read(m, path, text, sizeof(text)) >= 0)
			printf("vm.%s = %s", path + sizeof(dir) - 1, text);
	}
}

static int show(const struct qy_boot *boot, struct listener *l, enum qy_boot_view view,
	bool with_name)
{
	const char *path = qy_boot_view_path(view);

	if (with_name)
		printf("\n==> %s <==\n", path ? path : qy_boot_views[view]);
	if (path)
		return show_file(boot->m, path);
	if (view == QY_VIEW_SYSCTL) {
		show_sysctls(boot->m);
		return 0;
	}
	if (view == QY_VIEW_DEVICES) {
		qy_dt_device_text(stdout, boot->board);
		return 0;
	}
	l->print = l->plain = true;
	l->keep = false;
	qy_proc_write(boot->m, "/proc/sysrq-trigger", "m");
	l->print = l->plain = false;
	return 0;
}

static int show_all(const struct qy_boot *boot, struct listener *l,
	const struct cli_args *args, unsigned int wanted)
{
	bool with_name = !args->quiet || (wanted & (wanted - 1));
	int error = 0;

	for (unsigned int i = 0; i < QY_NR_BOOT_VIEWS && !error; i++) {
		enum qy_boot_view view = (enum qy_boot_view)i;

		if (!(wanted & 1u << i))
			continue;
		if (qy_boot_view_present(boot, view))
			error = show(boot, l, view, with_name);
		else if (wanted != ALL_VIEWS)
			error = cli_bad_input(
				"quarry boot: --show: this board was booted without %s: add %s to its command line",
				qy_boot_views[i],
				view == QY_VIEW_PAGE_OWNER ? "page_owner=on"
							   : "sysctl.vm.mem_profiling=1");
	}
	return error;
}

/* ------------------------------------------------------------------ JSON */

static int write_json(const struct qy_boot *boot, const char *path, unsigned int wanted)
{
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);
	int error = memory ? qy_boot_json(memory, boot, wanted ? wanted : ALL_VIEWS) : -1;

	if (memory && fclose(memory) != 0)
		error = -1;
	if (error)
		error = cli_bad_input("quarry boot: --json: the host has no memory left");
	else
		error = cli_write_text(path, text, size);
	free(text);
	return error;
}

/* ------------------------------------------------------------------ the verb */

static int show_and_write(const struct qy_boot *boot, struct listener *l,
	const struct cli_args *args, unsigned int wanted)
{
	bool text = !args->json || strcmp(args->json, "-") != 0;
	struct qy_err err;
	sigset_t before;
	int error = text ? show_all(boot, l, args, wanted) : 0;

	if (!error && args->json)
		error = write_json(boot, args->json, wanted);
	if (error || !args->proc)
		return error;
	cli_hold_signals(&before);
	if (cli_proc_tree(boot->m, args->proc, &err))
		error = cli_bad_input("quarry boot: --proc: %s", err.text);
	cli_let_signals(&before);
	return error;
}

static int boot_and_show(const struct qy_loaded_board *board, const struct cli_args *args,
	unsigned int wanted)
{
	bool text = !args->json || strcmp(args->json, "-") != 0;
	struct listener l = { .print = text && !args->quiet, .keep = args->json };
	struct qy_sim_opts opts = { .log = hear, .log_arg = &l };
	const char *slash = strrchr(args->board.dtb, '/');
	struct qy_boot boot = { .board = board,
		.tree = slash ? slash + 1 : args->board.dtb };
	char why[256] = "";
	int error;

	for (size_t i = 0; i < board->notes.nr && l.print; i++)
		printf("quarry: %s\n", board->notes.line[i]);
	boot.m = qy_sim_boot(&board->board, &opts, why, sizeof(why));
	if (!boot.m) {
		qy_notes_free(&l.lines);
		return cli_bad_input(
			"%s: the board does not boot: %s", args->board.dtb, why);
	}
	boot.log = args->quiet ? NULL : (const char *const *)l.lines.line;
	boot.nr_log = l.lines.nr;
	l.print = l.keep = false;
	error = show_and_write(&boot, &l, args, wanted);
	qy_sim_shutdown(boot.m);
	qy_notes_free(&l.lines);
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
	{ "--show", "VIEWS", "after the log: " VIEW_NAMES, FLAG_WORD,
		offsetof(struct cli_args, show) },
	{ "--proc", "DIR",
		"writes every view and setting below DIR, under its Linux path",
		FLAG_WORD, offsetof(struct cli_args, proc) },
	{ "--json", "FILE", "board, log and views (of --show, else all) as JSON",
		FLAG_FILE, offsetof(struct cli_args, json) },
	{ "--quiet", NULL, "no boot log", FLAG_SWITCH, offsetof(struct cli_args, quiet) },
	{ 0 },
};

const struct cli_verb cli_boot = {
	.name = "boot",
	.help = "Boots a board and prints its boot log, and the kernel's views of its memory.",
	.flags = boot_flags,
	.run = run_boot,
};
