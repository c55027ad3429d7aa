// SPDX-License-Identifier: MIT
/*
 * The front end on a host: one cmocka group per suite. cmocka's own chatter goes nowhere; what a failing check says
 * goes to standard error, so a green run is silent.
 *
 * Locking: one thread.
 */
#include "tests/runner/runner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct qy_test_counts totals;
static bool ended_by_itself; /* false after a test: cmocka caught a signal */

static void leave_failed(const char *file, int line)
{
	ended_by_itself = true;
	_fail(file, line);
}

static void leave_skipped(void)
{
	ended_by_itself = true;
	totals.skipped++;
	skip();
}

static void run_one(void **state)
{
	static const struct qy_test_exits exits = { leave_failed, leave_skipped };
	const struct qy_test *test = *state;

	ended_by_itself = false;
	qy_check_enter(test, &exits);
	test->run();
	ended_by_itself = true;
	totals.passed++;
}

static int after_one(void **state)
{
	const struct qy_test *test = *state;

	if (!ended_by_itself)
		fprintf(stderr, "%s.%s: ended by a signal\n", test->suite, test->name);
	qy_check_leave();
	return 0;
}

static int mute_stdout(void)
{
	int saved = dup(STDOUT_FILENO);
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

	fflush(stdout);
	dup2(nowhere, STDOUT_FILENO);
	close(nowhere);
	return saved;
}

static void unmute_stdout(int saved)
{
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
}

/* Takes the tests of the first entry's suite out of `left`, runs them as one group, returns how many remain. */
static size_t run_first_suite(const struct qy_test **left, size_t nr_left)
{
	struct CMUnitTest *group = calloc(nr_left, sizeof(*group));
	const char *suite = left[0]->suite;
	size_t nr_group = 0, nr_kept = 0;
	int saved_stdout;

	for (size_t i = 0; i < nr_left; i++) {
		if (strcmp(left[i]->suite, suite) != 0) {
			left[nr_kept++] = left[i];
			continue;
		}
		group[nr_group++] = (struct CMUnitTest){ .name = left[i]->name,
			.test_func = run_one,
			.teardown_func = after_one,
			.initial_state = (void *)(uintptr_t)left[i] };
	}
	saved_stdout = mute_stdout();
	totals.failed +=
		(unsigned int)_cmocka_run_group_tests(suite, group, nr_group, NULL, NULL);
	unmute_stdout(saved_stdout);
	free(group);
	return nr_kept;
}

/* QY_SHARD=K/N: every Nth selected test, from the Kth (0, ...); unset or wrong: each. */
static bool is_of_shard(size_t nth)
{
	const char *shard = getenv("QY_SHARD");
	unsigned int k, n;

	return !shard || sscanf(shard, "%u/%u", &k, &n) != 2 || !n || nth % n == k;
}

struct qy_test_counts qy_run_cmocka(const char *filter)
{
	size_t nr_listed = (size_t)(__stop_qy_tests - __start_qy_tests), nr_left = 0;
	size_t nr_selected = 0;
	const struct qy_test **left = calloc(nr_listed + 1, sizeof(*left));

	for (size_t i = 0; i < nr_listed; i++)
		if (qy_test_selected(__start_qy_tests[i], filter) &&
			is_of_shard(nr_selected++))
			left[nr_left++] = __start_qy_tests[i];
	/* The standard format writes its summaries to stderr; this one keeps to stdout, which is muted. */
	cmocka_set_message_output(CM_OUTPUT_SUBUNIT);
	while (nr_left)
		nr_left = run_first_suite(left, nr_left);
	free(left);
	return totals;
}
