// SPDX-License-Identifier: MIT
/*
 * Reads the words of the command line by a verb's table. State: words that were put together.
 */
#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/units.h"

#define MAX_WORD 24 /* longer words are not compared */

int cli_bad_input(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return EXIT_BAD_INPUT;
}

int cli_finish(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	return cli_bad_input(
		"quarry: standard output: %s: the output is incomplete", strerror(errno));
}

static size_t min_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Edit distance: letters to insert, drop or change. */
static size_t distance(const char *a, const char *b)
{
	size_t row[MAX_WORD + 1], length = strlen(b);

	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= length; j++) {
			size_t above = row[j];
			size_t change = corner + (a[i - 1] != b[j - 1]);

			row[j] = min_of(change, 1 + min_of(above, row[j - 1]));
			corner = above;
		}
	}
	return row[length];
}

const char *cli_nearest(const char *word, const char *const *words)
{
	const char *best = NULL;
	size_t best_distance = 3;

	if (strlen(word) > MAX_WORD)
		return NULL;
	for (; *words; words++) {
		size_t d = strlen(*words) <= MAX_WORD ? distance(word, *words)
						      : best_distance;

		if (d < best_distance && d < strlen(*words)) {
			best = *words;
			best_distance = d;
		}
	}
	return best;
}

static int unknown_flag(const struct cli_verb *verb, const char *word)
{
	const char *names[32] = { NULL }, *nearest;
	size_t nr = 0;

	for (const struct cli_flag *f = verb->flags; f->name && nr < 31; f++)
		names[nr++] = f->name;
	nearest = cli_nearest(word, names);
	if (nearest)
		return cli_bad_input("quarry %s: unknown flag %s: did you mean %s?",
			verb->name, word, nearest);
	return cli_bad_input("quarry %s: unknown flag %s: see `quarry help %s`",
		verb->name, word, verb->name);
}

static int store(const struct cli_verb *verb, const struct cli_flag *flag,
	const char *value, struct cli_args *args)
{
	char *field = (char *)args + flag->offset;
	uint64_t cpus;

	switch (flag->kind) {
	case FLAG_WORD:
	case FLAG_TEXT:
	case FLAG_FILE:
		if (*(const char **)field)
			return cli_bad_input("quarry %s: %s is given twice: %s, then %s",
				verb->name, flag->name, *(const char **)field, value);
		*(const char **)field = value;
		break;
	case FLAG_SWITCH:
		*(bool *)field = true;
		break;
	case FLAG_PASS:
		if (args->nr_passed == MAX_CLI_PASSED)
			return cli_bad_input("quarry %s: %s: at most %d of them",
				verb->name, flag->name, MAX_CLI_PASSED);
		args->passed[args->nr_passed++] = value;
		break;
	case FLAG_CPUS:
		if (qy_parse_count(value, &cpus) || cpus < 1 || cpus > QY_MAX_CPUS)
			return cli_bad_input("quarry %s: %s: must be 1..%d (is %s)",
				verb->name, flag->name, QY_MAX_CPUS, value);
		*(int *)field = (int)cpus;
		break;
	case FLAG_SYSCTL:
		if (args->board.nr_sysctls == MAX_CLI_SYSCTLS)
			return cli_bad_input(
				"quarry %s: --sysctl: at most %d: use a sysctl.conf",
				verb->name, MAX_CLI_SYSCTLS);
		args->sysctls[args->board.nr_sysctls++] = value;
		break;
	}
	return 0;
}

/* "--flag" or "--flag=value". Return: the flag, *@value points behind the '=', or NULL. */
static const struct cli_flag *find_flag(
	const struct cli_verb *verb, const char *word, const char **value)
{
	size_t length = strcspn(word, "=");

	*value = word[length] ? word + length + 1 : NULL;
	for (const struct cli_flag *f = verb->flags; f->name; f++) {
		if (f->kind == FLAG_PASS &&
			strncmp(f->name, word, strlen(f->name)) == 0) {
			*value = word[strlen(f->name)] ? word : NULL;
			return f;
		}
		if (strlen(f->name) == length && memcmp(f->name, word, length) == 0)
			return f;
	}
	return NULL;
}

/* Words that were put together; they last as long as the process. */
static struct joined {
	struct joined *next;
	char text[];
} * joined_words;

/* "-D", "NAME" -> "-DNAME". Return: NULL: the host has no memory. */
static const char *joined(const char *flag, const char *value)
{
	size_t size = strlen(flag) + strlen(value) + 1;
	struct joined *word = malloc(sizeof(*word) + size);

	if (!word)
		return NULL;
	snprintf(word->text, size, "%s%s", flag, value);
	word->next = joined_words;
	joined_words = word;
	return word->text;
}

static int take_operand(
	const struct cli_verb *verb, const char *word, struct cli_args *args)
{
	if (verb->knob && !args->knob) {
		args->knob = word;
		return 0;
	}
	if (!verb->operand)
		return cli_bad_input(
			"quarry %s: unexpected word `%s`: see `quarry help %s`",
			verb->name, word, verb->name);
	if (args->file && !verb->operand_repeats)
		return cli_bad_input("quarry %s: one %s at a time: `%s` is too much",
			verb->name, verb->operand, word);
	if (args->nr_files == MAX_CLI_FILES)
		return cli_bad_input("quarry %s: at most %d files: `%s` is too much",
			verb->name, MAX_CLI_FILES, word);
	if (!args->nr_files)
		args->file = word;
	args->files[args->nr_files++] = word;
	return 0;
}

int cli_parse(const struct cli_verb *verb, int argc, char **argv, struct cli_args *args)
{
	int error = 0;

	args->words = argv;
	args->nr_words = argc;
	for (int i = 0; i < argc && !error; i++) {
		const struct cli_flag *flag;
		const char *value;

		if (argv[i][0] != '-' || !argv[i][1]) {
			error = take_operand(verb, argv[i], args);
			continue;
		}
		flag = find_flag(verb, argv[i], &value);
		if (!flag)
			return unknown_flag(verb, argv[i]);
		if (flag->kind == FLAG_SWITCH && value)
			return cli_bad_input(
				"quarry %s: %s takes no value", verb->name, flag->name);
		if (flag->kind == FLAG_FILE && !value)
			value = "-";
		if (flag->kind != FLAG_SWITCH && !value) {
			if (++i == argc)
				return cli_bad_input(
					"quarry %s: %s: its value is missing (%s)",
					verb->name, flag->name, flag->value);
			value = argv[i];
			if (flag->kind == FLAG_PASS)
				value = joined(flag->name, value);
			if (!value)
				return cli_bad_input(
					"quarry: the host has no memory left");
		}
		if ((flag->kind == FLAG_WORD || flag->kind == FLAG_FILE) && !*value)
			return cli_bad_input("quarry %s: %s: its value is empty (%s)",
				verb->name, flag->name, flag->value);
		error = store(verb, flag, value, args);
	}
	args->board.sysctls = args->sysctls;
	if (!error && verb->knob && !args->knob)
		return cli_bad_input("quarry %s: %s is missing: see `quarry help %s`",
			verb->name, verb->knob, verb->name);
	if (!error && verb->operand && !verb->operand_optional && !args->file)
		return cli_bad_input("quarry %s: %s is missing: see `quarry help %s`",
			verb->name, verb->operand, verb->name);
	return error;
}

void cli_help_verb(const struct cli_verb *verb)
{
	printf("usage: quarry %s [flags]%s%s%s%s%s\n\n%s\n\n", verb->name,
		verb->knob ? " " : "", verb->knob ? verb->knob : "",
		!verb->operand           ? ""
		: verb->operand_optional ? " ["
					 : " ",
		verb->operand ? verb->operand : "",
		verb->operand_optional  ? "]"
		: verb->operand_repeats ? " ..."
					: "",
		verb->help);
	for (const struct cli_flag *f = verb->flags; f->name; f++) {
		char left[40];

		snprintf(left, sizeof(left), f->kind == FLAG_FILE ? "%s[=%s]" : "%s %s",
			f->name, f->value ? f->value : "");
		printf("  %-20s %s\n", left, f->help);
	}
}
