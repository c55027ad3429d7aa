// SPDX-License-Identifier: MIT
/*
 * The front end without cmocka: KTAP version 1 from the list of tests, one subtest per suite. Needs nothing but a
 * way to print and a way back out of a failed test, so a runner without an operating system can do the same.
 *
 * Locking: one thread.
 */
#include "tests/runner/runner.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

enum outcome {
	PASSED,
	FAILED,
	SKIPPED,
};

static jmp_buf way_out;

static void leave_failed(const char *file, int line)
{
	(void)file;
	(void)line;
	longjmp(way_out, FAILED);
}

static void leave_skipped(void)
{
	longjmp(way_out, SKIPPED);
}

static enum outcome run_one(const struct qy_test *test)
{
	static const struct qy_test_exits exits = { leave_failed, leave_skipped };
	int outcome = setjmp(way_out);

	if (outcome == PASSED) {
		qy_check_enter(test, &exits);
		test->run();
	}
	qy_check_leave();
	return (enum outcome)outcome;
}

/* A suite's tests need not be neighbours in the list: it is entered at its first selected test. */
static bool opens_suite(const struct qy_test **entry, const char *filter)
{
	if (!qy_test_selected(*entry, filter))
		return false;
	for (const struct qy_test **earlier = __start_qy_tests; earlier < entry;
		earlier++)
		if (qy_test_selected(*earlier, filter) &&
			strcmp((*earlier)->suite, (*entry)->suite) == 0)
			return false;
	return true;
}

static bool belongs(const struct qy_test *test, const char *suite, const char *filter)
{
	return strcmp(test->suite, suite) == 0 && qy_test_selected(test, filter);
}

static struct qy_test_counts run_suite(const char *suite, const char *filter)
{
	struct qy_test_counts counts = { 0, 0, 0 };
	unsigned int nr_tests = 0, number = 0;
	const struct qy_test **entry;

	for (entry = __start_qy_tests; entry < __stop_qy_tests; entry++)
		nr_tests += belongs(*entry, suite, filter);
	printf("    KTAP version 1\n    # Subtest: %s\n    1..%u\n", suite, nr_tests);
	for (entry = __start_qy_tests; entry < __stop_qy_tests; entry++) {
		enum outcome outcome;

		if (!belongs(*entry, suite, filter))
			continue;
		outcome = run_one(*entry);
		counts.passed += outcome == PASSED;
		counts.failed += outcome == FAILED;
		counts.skipped += outcome == SKIPPED;
		printf("    %s %u %s%s\n", outcome == FAILED ? "not ok" : "ok", ++number,
			(*entry)->name, outcome == SKIPPED ? " # SKIP" : "");
		fflush(stdout);
	}
	return counts;
}

struct qy_test_counts qy_run_ktap(const char *filter)
{
	struct qy_test_counts total = { 0, 0, 0 };
	unsigned int nr_suites = 0, number = 0;
	const struct qy_test **entry;

	for (entry = __start_qy_tests; entry < __stop_qy_tests; entry++)
		nr_suites += opens_suite(entry, filter);
	printf("KTAP version 1\n1..%u\n", nr_suites);
	for (entry = __start_qy_tests; entry < __stop_qy_tests; entry++) {
		struct qy_test_counts counts;

		if (!opens_suite(entry, filter))
			continue;
		counts = run_suite((*entry)->suite, filter);
		printf("%s %u %s\n", counts.failed ? "not ok" : "ok", ++number,
			(*entry)->suite);
		total.passed += counts.passed;
		total.failed += counts.failed;
		total.skipped += counts.skipped;
	}
	return total;
}
