/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the runner share: the list, the two front ends, and how a failing check leaves its test.
 */
#ifndef QUARRY_TEST_RUNNER_H
#define QUARRY_TEST_RUNNER_H

#include "tests/runner/test.h"

#include <stddef.h>

/* Bounds of the section that TEST() fills, made by the linker; both NULL in a program without tests. */
extern const struct qy_test *__start_qy_tests[] __attribute__((weak));
extern const struct qy_test *__stop_qy_tests[] __attribute__((weak));

/* How a front end ends the running test. Neither returns. */
struct qy_test_exits {
	void (*failed)(const char *file, int line);
	void (*skipped)(void);
};

struct qy_test_counts {
	unsigned int passed, failed, skipped;
};

/* Until qy_check_leave(), a failing check on this thread leaves `test` through `exits`. */
void qy_check_enter(const struct qy_test *test, const struct qy_test_exits *exits);
void qy_check_leave(void);

/* The test between enter and leave, NULL between tests. */
const struct qy_test *qy_check_current(void);

/* From here on a failing check ends the process: this is the child of a death test. */
void qy_check_enter_child(void);

/* "suite.name" contains the filter, or there is none. */
bool qy_test_selected(const struct qy_test *test, const char *filter);

/* Runs the selected tests, suite by suite, and returns the counts. */
struct qy_test_counts qy_run_cmocka(const char *filter);
struct qy_test_counts qy_run_ktap(const char *filter);

#endif
