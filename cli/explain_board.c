// SPDX-License-Identifier: MIT
/*
 * `quarry explain` without a log: which allocator gives what on a board, and which GFP flags fit where. No state.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/allocators.h"
#include "lab/gfp.h"
#include "lab/units.h"

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

/* JSON on standard output takes the text's place. */
static bool prints_text(const struct cli_args *args)
{
	return !args->json || strcmp(args->json, "-") != 0;
}

/* ------------------------------------------------------------------ allocators */

static int write_allocators(const char *path, const struct qy_allocators *a)
{
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);
	int error = memory ? qy_allocators_json(memory, a) : -1;

	return cli_write_memory(path, memory, error, &text, &size);
}

int cli_explain_allocators(const struct cli_args *args)
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

/* ------------------------------------------------------------------ gfp */

static int write_gfp(const char *path, const struct qy_gfp_choice *choice,
	const struct qy_gfp_answer *answer)
{
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);
	int error = memory ? qy_gfp_json(memory, choice, answer) : -1;

	return cli_write_memory(path, memory, error, &text, &size);
}

/* --device: a number of address lines, or a device of the board. */
static int read_device(
	const char *word, const struct qy_board *board, struct qy_gfp_need *need)
{
	uint64_t bits;

	if (qy_parse_count(word, &bits) == 0) {
		if (bits < 1 || bits > 64)
			return cli_bad_input(
				"quarry explain gfp: --device: must be 1..64 address lines (is %s)",
				word);
		need->device_bits = (uint32_t)bits;
		return 0;
	}
	for (uint32_t i = 0; i < board->nr_devices; i++) {
		const struct qy_board_device *d = &board->devices[i];

		if (strcmp(d->name, word) != 0)
			continue;
		need->device_name = d->name;
		need->device_bits = d->address_bits ? d->address_bits : 64;
		return 0;
	}
	return cli_bad_input(
		"quarry explain gfp: --device: no device `%s` in the tree: its name as `quarry boot --show devices` has it, or its number of address lines",
		word);
}

static int read_need(const struct cli_args *args, const struct qy_board *board,
	struct qy_gfp_need *need)
{
	*need = (struct qy_gfp_need){
		.contiguous = args->contiguous,
		.user = args->user,
		.movable = args->movable,
		.account = args->account,
		.may_fail = args->may_fail,
		.no_fail = args->no_fail,
	};
	if (args->size && (qy_parse_size(args->size, &need->bytes) || !need->bytes))
		return cli_bad_input(
			"quarry explain gfp: --size: expected " QY_SIZE_WANTED " (is %s)",
			args->size);
	return args->device ? read_device(args->device, board, need) : 0;
}

/* A flag of the tree, beside flags that are given. NULL: none. */
static const char *needless(const struct cli_args *args)
{
	return args->device       ? "--device"
	       : args->contiguous ? "--contiguous"
	       : args->user       ? "--user"
	       : args->movable    ? "--movable"
	       : args->account    ? "--account"
	       : args->may_fail   ? "--may-fail"
	       : args->no_fail    ? "--no-fail"
				  : NULL;
}

/* "GFP_ATOMIC|__GFP_NOWARN", or the same as several words. */
static int read_flags(const struct cli_args *args, qy_gfp_t *gfp)
{
	char text[1024] = "";
	struct qy_err err;
	size_t length = 0;

	for (int i = 1; i < args->nr_files && length < sizeof(text); i++)
		length += (size_t)snprintf(
			text + length, sizeof(text) - length, "%s ", args->files[i]);
	return qy_gfp_parse(text, gfp, &err)
		       ? cli_bad_input("quarry explain gfp: %s", err.text)
		       : 0;
}

/* The order of --size, and whether such a request makes sense. */
static int check_flags(const struct cli_args *args, const struct qy_gfp_need *need,
	struct qy_gfp_request *r)
{
	const char *stray = needless(args), *problem;

	if (stray)
		return cli_bad_input(
			"quarry explain gfp: %s chooses flags, and flags are given: one of the two",
			stray);
	while ((uint64_t)QY_PAGE_SIZE << r->order < need->bytes &&
		r->order <= QY_MAX_PAGE_ORDER)
		r->order++;
	problem = qy_gfp_problem(r->gfp, r->order);
	return problem ? cli_bad_input("quarry explain gfp: %s", problem) : 0;
}

static int explain_gfp_on(
	const struct qy_loaded_board *board, const struct cli_args *args)
{
	bool given = args->nr_files > 1;
	struct qy_gfp_context context;
	struct qy_gfp_choice choice;
	struct qy_gfp_answer answer;
	struct qy_gfp_need need;
	struct qy_err err;
	struct qy_gfp_request request = { .door = QY_GFP_ALLOC_PAGES };
	int code;

	if (qy_gfp_parse_context(args->context, &context, &err))
		return cli_bad_input("quarry explain gfp: %s", err.text);
	code = read_need(args, &board->board, &need);
	if (!code && given) {
		code = read_flags(args, &request.gfp);
		if (!code)
			code = check_flags(args, &need, &request);
	} else if (!code) {
		if (qy_gfp_choose(&context, &need, &choice, &err))
			return cli_bad_input("quarry explain gfp: %s", err.text);
		request = choice.request;
	}
	if (code)
		return code;
	if (qy_gfp_look(board, &context, &request, &answer, &err))
		return cli_bad_input("quarry explain gfp: %s", err.text);
	if (prints_text(args))
		qy_gfp_print(stdout, given ? NULL : &choice, &answer);
	if (args->json)
		code = write_gfp(args->json, given ? NULL : &choice, &answer);
	return code ? code : answer.misused ? EXIT_FAIL : EXIT_PASS;
}

int cli_explain_gfp(const struct cli_args *args)
{
	struct qy_loaded_board *board = load_board(args);
	int code;

	if (!board)
		return EXIT_BAD_INPUT;
	code = explain_gfp_on(board, args);
	qy_board_free(board);
	return code;
}
