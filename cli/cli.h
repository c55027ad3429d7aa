/* SPDX-License-Identifier: MIT */
/*
 * The `quarry` command: verbs, their flags, exit codes.
 *
 * Exit codes: 0 done or passed, 1 a failed expectation, 2 bad input (one line on stderr).
 *
 * No state.
 */
#ifndef QUARRY_CLI_H
#define QUARRY_CLI_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "lab/board.h"
#include "lab/scenario.h"

enum { EXIT_PASS, EXIT_FAIL, EXIT_BAD_INPUT };

#define MAX_CLI_SYSCTLS 64
#define MAX_CLI_FILES   32
#define MAX_CLI_PASSED  64

/* What the flags of any verb can set. */
struct cli_args {
	struct qy_board_opts board;
	const char *sysctls[MAX_CLI_SYSCTLS];
	const char *file; /* the operand; of several the first */
	const char *files[MAX_CLI_FILES];
	int nr_files;
	const char *knob; /* the one in front of it */
	const char *seed, *seeds, *log, *show, *scenario, *report, *proc;
	const char *snapshots, *trace, *capture;
	const char *output, *compiler, *kernel, *params, *timeout;
	const char *context, *size, *device;
	bool contiguous, user, movable, account, may_fail, no_fail;
	const char *fail_at, *fail_kind, *schedules, *schedule, *jobs;
	bool fail_every, fail_pairs;
	const char *passed[MAX_CLI_PASSED]; /* "-DNAME", "-IDIR" */
	int nr_passed;
	const char *json, *ktap, *junit, *html; /* files; "-" = standard output */
	bool quiet, no_remedy, no_instrument, kmemleak;
	char *const *words; /* all of them, behind the verb */
	int nr_words;
};

/* The scenario's board with what the flags change in it; lives as long as the check. */
struct cli_overrides {
	const char *sysctls[QY_MAX_SYSCTLS + MAX_CLI_SYSCTLS];
	char *append; /* to be given to free() */
};

enum flag_kind {
	FLAG_WORD,   /* const char *, not empty */
	FLAG_TEXT,   /* const char * */
	FLAG_FILE,   /* const char *; "--flag=FILE", "-" without a value */
	FLAG_CPUS,   /* int, 1..QY_MAX_CPUS */
	FLAG_SYSCTL, /* one more key=value */
	FLAG_SWITCH, /* bool, no value */
	FLAG_PASS,   /* "-Dvalue" or "-D value": one more for the compiler */
};

struct cli_flag {
	const char *name;  /* with its dashes */
	const char *value; /* its name in the help; NULL for a switch */
	const char *help;
	enum flag_kind kind;
	size_t offset; /* in struct cli_args */
};

/**
 * cli_apply_flags() - what the command line says instead of the scenario
 * @scenario: changed; points into @o and @args afterwards
 * @o:        zeroed
 *
 * Context: Any.
 * Return: 0, or EXIT_BAD_INPUT after a line.
 */
int cli_apply_flags(struct qy_scenario *scenario, const struct cli_args *args,
	struct cli_overrides *o);

struct cli_verb {
	const char *name;
	const char *knob;    /* an operand in front of the other; NULL: none */
	const char *operand; /* NULL: takes none */
	bool operand_optional, operand_repeats;
	const char *help;
	const struct cli_flag *flags; /* ends with a NULL name */
	int (*run)(const struct cli_args *args);
};

extern const struct cli_verb cli_boot, cli_cc, cli_check, cli_capture, cli_explain,
	cli_fit, cli_new;

/* The flags that choose a board, for every verb's table. */
#define BOARD_FLAGS                                                                     \
	{ "-m", "SIZE", "RAM: one bank instead of those of the tree", FLAG_WORD,        \
		offsetof(struct cli_args, board.memory) },                              \
		{ "-smp", "N", "CPUs, instead of those of the tree", FLAG_CPUS,         \
			offsetof(struct cli_args, board.smp) },                         \
		{ "--append", "TEXT", "added to the kernel command line", FLAG_TEXT,    \
			offsetof(struct cli_args, board.append) },                      \
	{                                                                               \
		"--sysctl", "KEY=VALUE", "set last; may be given again", FLAG_SYSCTL, 0 \
	}

/* What is said to the compiler of drivers. */
#define CC_FLAGS                                                                         \
	{ "-D", "NAME[=VALUE]", "of a driver: as the compiler takes it", FLAG_PASS, 0 }, \
		{ "-I", "DIR", "likewise", FLAG_PASS, 0 },                               \
		{ "--kernel", "VERSION",                                                 \
			"of a driver: LINUX_VERSION_CODE, as 6.1 (6.12)", FLAG_WORD,     \
			offsetof(struct cli_args, kernel) },                             \
		{ "--compiler", "CC", "of a driver: instead of $CC, else cc", FLAG_WORD, \
			offsetof(struct cli_args, compiler) },                           \
	{                                                                                \
		"--no-instrument", NULL,                                                 \
			"of a driver: accesses are not checked; KFENCE samples objects", \
			FLAG_SWITCH, offsetof(struct cli_args, no_instrument)            \
	}

/**
 * cli_parse() - flags and operand of a verb
 * @verb: whose table rules
 * @argc: words left
 * @argv: words left, without the verb
 * @args: zeroed; filled in
 *
 * Return: 0, or EXIT_BAD_INPUT after one line on stderr.
 */
int cli_parse(const struct cli_verb *verb, int argc, char **argv, struct cli_args *args);

/* Usage of one verb on stdout. */
void cli_help_verb(const struct cli_verb *verb);

/* The word of @words (NULL-terminated) that @word was probably meant to be, NULL when none is near. */
const char *cli_nearest(const char *word, const char *const *words);

/* One line on stderr. Return: EXIT_BAD_INPUT. */
int cli_bad_input(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * SIGINT and SIGTERM wait from cli_hold_signals() to cli_let_signals(), while files are written: what is there when the
 * process ends is whole.
 */
void cli_hold_signals(sigset_t *before);
void cli_let_signals(const sigset_t *before);

/*
 * What @print makes of @seeds goes to @path, "-" for standard output; a file gets all of it or is not there.
 * Return: 0, or EXIT_BAD_INPUT after one line.
 */
struct qy_seeds;
int cli_write(const char *path, int (*print)(FILE *out, const struct qy_seeds *seeds),
	const struct qy_seeds *seeds);

/* The same with a text that is made already. */
int cli_write_text(const char *path, const char *text, size_t size);

/* The same with what was written to @memory (open_memstream), which is closed; @error: that it failed. Gives the text back. */
int cli_write_memory(
	const char *path, FILE *memory, int error, char **text, const size_t *size);

/* Whether @path can be written, asked before a long run. Return: 0, or EXIT_BAD_INPUT after one line. */
int cli_can_write(const char *path);

/*
 * Every readable file of the machine below @dir, which must not exist yet and does not after an error.
 * Return: 0, or -1 with @err.
 */
struct qy_machine;
int cli_proc_tree(struct qy_machine *m, const char *dir, struct qy_err *err);
/* @dir and everything below it. */
void cli_remove_tree(const char *dir);

/* The bundled board, seen from the source tree or from where the command is installed. Return: NULL when it is not there. */
const char *cli_bundled_board(char *path, size_t size);
/* The same one in the source tree that the command was built from. */
const char *cli_source_board(void);

/* SIGINT, SIGTERM and SIGPIPE are noted in what this returns: the first signal ends a run so that it can be cleaned up. */
const volatile sig_atomic_t *cli_catch_signals(void);
/* After the clean-up: the process ends as the signal would have ended it, if there was one. */
void cli_leave_if_interrupted(void);

/* The files of @args, through the compiler. Return: 0, or EXIT_BAD_INPUT after lines. */
int cli_compile(const struct cli_args *args, const char *output,
	const volatile sig_atomic_t *stop);
/* Are these drivers (.c, .qko) and no scenario? */
bool cli_is_driver(const struct cli_args *args);
/* `quarry check` of drivers. Return: exit code. */
int cli_check_driver(const struct cli_args *args);

/* `quarry explain` without a log. Return: exit code. */
int cli_explain_allocators(const struct cli_args *args);
int cli_explain_gfp(const struct cli_args *args);

/* Everything that was printed has arrived. Return: @code, or EXIT_BAD_INPUT after one line. */
int cli_finish(int code);

#endif
