// SPDX-License-Identifier: MIT
/*
 * The `quarry` command: finds the verb. No state.
 */
#include "cli/cli.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <quarry.h>

static const struct cli_verb *const verbs[] = { &cli_boot, &cli_cc, &cli_check,
	&cli_capture, &cli_explain, &cli_fit, &cli_new };

#define NR_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static const struct cli_verb *find_verb(const char *name)
{
	for (size_t i = 0; i < NR_VERBS; i++) {
		if (strcmp(verbs[i]->name, name) == 0)
			return verbs[i];
	}
	return NULL;
}

static int unknown_verb(const char *name)
{
	const char *names[NR_VERBS + 2] = { "help" }, *nearest;

	for (size_t i = 0; i < NR_VERBS; i++)
		names[i + 1] = verbs[i]->name;
	nearest = cli_nearest(name, names);
	if (nearest)
		return cli_bad_input(
			"quarry: no verb `%s`: did you mean %s?", name, nearest);
	return cli_bad_input("quarry: no verb `%s`: see `quarry help`", name);
}

static int help(const char *name)
{
	const struct cli_verb *verb = name ? find_verb(name) : NULL;

	if (name && !verb)
		return unknown_verb(name);
	if (verb) {
		cli_help_verb(verb);
		return 0;
	}
	puts("quarry: Linux's memory manager as a library, and what it says about your board\n\n"
	     "  quarry boot --dtb FILE [flags]        boot log and views of a board\n"
	     "  quarry new [flags] > mine.yaml        a commented scenario to start from\n"
	     "  quarry check SCENARIO.yaml [flags]    does the board give what is asked under this load?\n"
	     "  quarry check DRIVER.c [flags]         does a driver load, probe, and give back what it took?\n"
	     "  quarry cc DRIVER.c -o DRIVER.qko      compiles a driver against Quarry's headers\n"
	     "  quarry fit KNOB SCENARIO.yaml         which value of cma, memory, ... makes it hold\n"
	     "  quarry capture > capture.sh           a script that collects a target's board, state and load\n"
	     "  dmesg | quarry explain [flags]        which number was short in a page allocation failure\n"
	     "  quarry explain allocators [flags]     which allocator gives what on a board\n"
	     "  quarry explain gfp [FLAGS] [flags]    which GFP flags fit a place, what given ones allow\n"
	     "  quarry help [verb]                    the flags of a verb\n"
	     "  quarry --version\n\n"
	     "Exit code: 0 done or passed, 1 a failed expectation, 2 bad input.");
	return 0;
}

static bool asks_for_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static int run_verb(const struct cli_verb *verb, int argc, char **argv)
{
	struct cli_args args = { 0 };
	int code;

	for (int i = 0; i < argc; i++) {
		if (asks_for_help(argv[i]))
			return help(verb->name);
	}
	code = cli_parse(verb, argc, argv, &args);
	return code ? code : verb->run(&args);
}

static int dispatch(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : NULL;
	const struct cli_verb *verb;

	if (!word)
		return cli_bad_input("quarry: a verb is missing: see `quarry help`");
	if (strcmp(word, "help") == 0 || asks_for_help(word))
		return help(argc > 2 ? argv[2] : NULL);
	if (strcmp(word, "--version") == 0) {
		puts("quarry " QY_VERSION);
		return 0;
	}
	verb = find_verb(word);
	return verb ? run_verb(verb, argc - 2, argv + 2) : unknown_verb(word);
}

int main(int argc, char **argv)
{
	signal(SIGXFSZ,
		SIG_IGN); /* a file that may not grow is an error of the write, with a line */
	return cli_finish(dispatch(argc, argv));
}
