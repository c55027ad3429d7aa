// SPDX-License-Identifier: MIT
/*
 * The test program: `quarry-tests-* [--ktap | --list] [FILTER]`. The last line is `N passed, N failed[, N skipped]`; when red,
 * the lines before it give the seed and the command that runs the failures again. A crash closes the same way.
 *
 * Locking: one thread until a test makes more.
 */
#include "tests/runner/runner.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Sanitizers call this before they end the process; absent in other builds. */
__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

static const char *asked_filter;

static void say_how_to_rerun(const char *filter)
{
	const char *scale = getenv("QY_SCALE");

	fprintf(stderr, "seed %llu; again: make test QY_SEED=%llu%s%s%s%s\n",
		(unsigned long long)qy_test_seed(), (unsigned long long)qy_test_seed(),
		scale && *scale ? " QY_SCALE=" : "", scale ? scale : "",
		filter ? " T=" : "", filter ? filter : "");
}

/* What a crash leaves behind: stdio may be broken, but a test program has nothing to lose by trying. */
static void report_crash(void)
{
	const struct qy_test *test = qy_check_current();
	char filter[512];

	if (!test)
		return;
	snprintf(filter, sizeof(filter), "%s.%s", test->suite, test->name);
	fprintf(stderr, "crashed: %s; the tests after it did not run\n", filter);
	say_how_to_rerun(filter);
}

static void on_abort(int signal_number)
{
	report_crash();
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

static void list_tests(void)
{
	for (const struct qy_test **entry = __start_qy_tests; entry < __stop_qy_tests;
		entry++)
		if (qy_test_selected(*entry, asked_filter))
			printf("%s.%s\n", (*entry)->suite, (*entry)->name);
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 && strncmp(argv[1], "--", 2) == 0 ? argv[1] : "";
	int first = *mode ? 2 : 1;
	struct qy_test_counts counts;

	if (argc > first && *argv[first])
		asked_filter = argv[first];
	if (strcmp(mode, "--list") == 0) {
		list_tests();
		return EXIT_SUCCESS;
	}
	if (*mode && strcmp(mode, "--ktap") != 0) {
		fprintf(stderr, "%s: unknown option %s; known: --ktap --list\n", argv[0],
			mode);
		return 2;
	}
	signal(SIGABRT, on_abort);
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(report_crash);

	counts = *mode ? qy_run_ktap(asked_filter) : qy_run_cmocka(asked_filter);
	if (counts.failed)
		say_how_to_rerun(asked_filter);
	printf("%s%u passed, %u failed", *mode ? "# " : "", counts.passed, counts.failed);
	if (counts.skipped)
		printf(", %u skipped", counts.skipped);
	putchar('\n');
	return counts.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
