// SPDX-License-Identifier: MIT
/*
 * Many runs of drivers: the flags that ask for them, what they print while they last, the command that plays one again.
 *
 * No state.
 */
#include "cli/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "lab/driver_search.h"
#include "lab/units.h"

/* ------------------------------------------------------------------ flags */

bool cli_fails_one(const struct cli_args *args)
{
	return args->fail_at || args->fail_kind || args->schedule;
}

bool cli_searches(const struct cli_args *args)
{
	return args->fail_every || args->fail_pairs || args->schedules;
}

/* N or N,M. Return: 0, -1 */
static int read_requests(const char *text, uint32_t nth[2])
{
	unsigned long long number[2] = { 1, 1 };
	char rest;
	int n = sscanf(text, "%llu,%llu%c", &number[0], &number[1], &rest);

	if (n < 1 || n > 2 || strspn(text, "0123456789,") != strlen(text))
		return -1;
	for (int i = 0; i < n; i++) {
		if (!number[i] || number[i] > UINT32_MAX)
			return -1;
		nth[i] = (uint32_t)number[i];
	}
	return 0;
}

int cli_missed(const struct cli_args *args, const struct qy_driver_verdict *verdict)
{
	if (!verdict->missed)
		return 0;
	return cli_bad_input(
		"quarry check: --fail-at %s: the run makes %u requests: give a number up to that, or --fail-every for each",
		args->fail_at, verdict->nr_asked);
}

int cli_read_failures(const struct cli_args *args, struct qy_driver_plan *plan)
{
	struct qy_driver_failure *fail = &plan->fail;
	const char *name;
	uint64_t number;

	if (args->schedules &&
		(qy_parse_count(args->schedules, &number) || !number || number > 1000000))
		return cli_bad_input(
			"quarry check: --schedules: must be 1..1000000 (is %s)",
			args->schedules);
	if (args->jobs &&
		(qy_parse_count(args->jobs, &number) || !number || number > QY_MAX_JOBS))
		return cli_bad_input("quarry check: --jobs: must be 1..%u (is %s)",
			QY_MAX_JOBS, args->jobs);
	if (args->schedule && (qy_parse_count(args->schedule, &plan->schedule.number) ||
				      !plan->schedule.number))
		return cli_bad_input(
			"quarry check: --schedule: must be a number from 1 (is %s)",
			args->schedule);

	if (args->fail_at) {
		if (read_requests(args->fail_at, fail->nth))
			return cli_bad_input(
				"quarry check: --fail-at: must be N or N,M, from 1 (is %s)",
				args->fail_at);
	}
	if (args->fail_kind) {
		for (unsigned int i = 1; (name = qy_driver_scarcity_name(i)); i++)
			if (!strcmp(name, args->fail_kind))
				fail->scarce = (enum qy_driver_scarcity)i;
		if (fail->scarce == QY_SCARCE_NOTHING)
			return cli_bad_input(
				"quarry check: --fail-kind: must be contiguous, atomic, mask or mapping (is %s)",
				args->fail_kind);
	}
	if ((args->fail_at || args->fail_kind) && (args->fail_every || args->fail_pairs))
		return cli_bad_input(
			"quarry check: --fail-at and --fail-kind are one run, --fail-every all of them: leave one out");
	return 0;
}

/* ------------------------------------------------------------------ many runs */

/* Pairs are not known before: their runs are counted. */
static void show_progress(
	void *arg, uint32_t nr_done, uint32_t nr, uint32_t nr_sites_left)
{
	char of[32] = "", left[48] = "";

	(void)arg;
	if (nr_done <= nr)
		snprintf(of, sizeof(of), " of %u", nr);
	if (nr_sites_left)
		snprintf(left, sizeof(left), ", %u site%s left", nr_sites_left,
			nr_sites_left == 1 ? "" : "s");
	fprintf(stderr, "\r%-48s\rrun %u%s%s", "", nr_done, of, left);
}

/* How many words from here on are not of the run: of the search, or of its output. */
static int skip_words(char *const *words)
{
	static const char *const valued[] = { "--schedules", "--schedule", "--fail-at",
		"--fail-kind", "--jobs" };
	static const char *const others[] = { "--fail-", "--schedule", "--json", "--ktap",
		"--junit", "--quiet" };

	for (size_t i = 0; i < sizeof(valued) / sizeof(valued[0]); i++)
		if (!strcmp(*words, valued[i]))
			return 2;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strncmp(*words, others[i], strlen(others[i])))
			return 1;
	return 0;
}

/* The command again, for the shell. Return: to be given to free(). */
static char *make_replay(const struct cli_args *args)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	fputs("quarry check", f);
	for (int i = 0; i < args->nr_words; i++) {
		const char *word = args->words[i];
		int skipped = skip_words(args->words + i);

		if (skipped) {
			i += skipped - 1;
			continue;
		}
		fputc(' ', f);
		if (!word[strcspn(word, " \t\n'\"\\$`&|;<>()*?[]#~!")] && *word) {
			fputs(word, f);
			continue;
		}
		fputc('\'', f);
		for (; *word; word++)
			fputs(*word == '\'' ? "'\\''" : (char[2]){ *word }, f);
		fputc('\'', f);
	}
	if (!fclose(f))
		return text;
	free(text);
	return NULL;
}

/* --fail-every, --schedules: what each adds to a verdict that passes so far. */
int cli_search(const struct cli_args *args, struct qy_driver_plan *plan,
	struct qy_symbols *symbols, struct qy_driver_verdict *verdict,
	const volatile sig_atomic_t *stop, struct qy_err *err)
{
	struct qy_driver_search search = { .pairs = args->fail_pairs, .stop = stop };
	char *replay = make_replay(args);
	uint64_t nr = 0, jobs = 0;
	int error = 0;

	if (!replay)
		return qy_fail(err, "quarry check: the host has no memory left");
	search.replay = replay;
	if (args->jobs)
		qy_parse_count(args->jobs, &jobs);
	search.jobs = (uint32_t)jobs;
	if (isatty(STDERR_FILENO) && !args->quiet)
		search.progress = show_progress;
	if (args->fail_every || args->fail_pairs)
		error = qy_driver_search(&search, plan, symbols, verdict, err);
	if (args->schedules)
		qy_parse_count(args->schedules, &nr);
	if (nr && !error)
		error = qy_driver_schedules(&search, plan, nr, symbols, verdict, err);
	if (search.progress)
		fprintf(stderr, "\r%48s\r", "");
	free(replay);
	return error;
}
