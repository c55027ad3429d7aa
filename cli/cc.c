// SPDX-License-Identifier: MIT
/*
 * `quarry cc`: driver source becomes a module. No state.
 */
#include "cli/cli.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "lab/driver_cc.h"
#include "lab/driver_place.h"

int cli_compile(const struct cli_args *args, const char *output,
	const volatile sig_atomic_t *stop)
{
	char headers[PATH_MAX];
	struct qy_driver_cc cc = { .output = output,
		.compiler = args->compiler,
		.kernel = args->kernel,
		.no_instrument = args->no_instrument,
		.nr_flags = args->nr_passed,
		.nr_files = args->nr_files,
		.stop = stop };
	struct qy_err err;

	cc.headers = qy_driver_headers(headers, sizeof(headers));
	if (!cc.headers)
		return cli_bad_input(
			"quarry: its headers for drivers are not there (%s): install it whole",
			headers);
	memcpy(cc.files, args->files, sizeof(args->files));
	memcpy(cc.flags, args->passed, sizeof(args->passed));
	if (qy_driver_cc(&cc, stderr, &err))
		return cli_bad_input("%s", err.text);
	return 0;
}

static int run_cc(const struct cli_args *args)
{
	char output[PATH_MAX];
	const char *first = args->file, *slash = strrchr(first, '/');
	int code;

	for (int i = 0; i < args->nr_files; i++)
		if (!qy_driver_is_source(args->files[i]) &&
			!qy_driver_is_object(args->files[i]) &&
			!qy_driver_is_module(args->files[i]))
			return cli_bad_input(
				"quarry cc: %s: is neither C source (.c), an object file (.o), nor a module whose symbols it uses (.qko)",
				args->files[i]);
	if (args->output)
		snprintf(output, sizeof(output), "%s", args->output);
	else
		snprintf(output, sizeof(output), "%.*s.qko",
			(int)strcspn(slash ? slash + 1 : first, "."),
			slash ? slash + 1 : first);
	code = cli_compile(args, output, cli_catch_signals());
	cli_leave_if_interrupted();
	return code;
}

static const struct cli_flag cc_flags[] = {
	{ "-o", "FILE.qko", "the module; else named as the first file, here", FLAG_WORD,
		offsetof(struct cli_args, output) },
	CC_FLAGS,
	{ 0 },
};

const struct cli_verb cli_cc = {
	.name = "cc",
	.operand = "DRIVER.c",
	.operand_repeats = true,
	.help = "Compiles driver source against Quarry's headers into a module that `quarry check` loads. Symbols and headers\n"
		"that are not supported are named in one line each. Modules (.qko) among the files lend their exported symbols.\n"
		"Exit code: 0 done, 2 it does not compile.",
	.flags = cc_flags,
	.run = run_cc,
};
