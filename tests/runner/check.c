// SPDX-License-Identifier: MIT
/*
 * Owns what happens when a check fails: one line that names place, test, and both values.
 *
 * Locking: the state belongs to the thread that runs tests; other threads only read `runner_thread`, which is set
 * before they exist.
 */
#include "tests/runner/runner.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct qy_test *current;
static const struct qy_test_exits *current_exits;
static pthread_t runner_thread;
static bool in_child;

void qy_check_enter(const struct qy_test *test, const struct qy_test_exits *exits)
{
	runner_thread = pthread_self();
	current = test;
	current_exits = exits;
}

void qy_check_leave(void)
{
	current = NULL;
	current_exits = NULL;
}

const struct qy_test *qy_check_current(void)
{
	return current;
}

void qy_check_enter_child(void)
{
	in_child = true;
}

bool qy_test_selected(const struct qy_test *test, const char *filter)
{
	char full[512];

	snprintf(full, sizeof(full), "%s.%s", test->suite, test->name);
	return !filter || strstr(full, filter);
}

void qy_test_fail(const char *file, int line, const char *format, ...)
{
	char text[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fprintf(stderr, "%s:%d: %s.%s: %s\n", file, line, current ? current->suite : "-",
		current ? current->name : "-", text);

	if (in_child)
		_exit(EXIT_FAILURE);
	if (current_exits && pthread_equal(pthread_self(), runner_thread))
		current_exits->failed(file, line);
	abort();
}

void qy_test_skip(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "skipped: %s.%s: ", current->suite, current->name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	current_exits->skipped();
	abort();
}

void qy_test_eq(const char *file, int line, const char *text_a, const char *text_b,
	long long a, long long b)
{
	if (a == b)
		return;
	qy_test_fail(file, line, "CHECK_EQ(%s, %s): %lld (%#llx) is not %lld (%#llx)",
		text_a, text_b, a, (unsigned long long)a, b, (unsigned long long)b);
}

void qy_test_contains(const char *file, int line, const char *text, const char *words)
{
	if (!text || !strstr(text, words))
		qy_test_fail(
			file, line, "`%s` is not in:\n%s", words, text ? text : "(null)");
}

void qy_test_str_eq(const char *file, int line, const char *text_a, const char *text_b,
	const char *a, const char *b)
{
	if (a && b && strcmp(a, b) == 0)
		return;
	qy_test_fail(file, line, "CHECK_STR_EQ(%s, %s):\n\"%s\"\nis not\n\"%s\"", text_a,
		text_b, a ? a : "(null)", b ? b : "(null)");
}

uint64_t qy_test_seed(void)
{
	const char *text = getenv("QY_SEED");

	return text && *text ? strtoull(text, NULL, 0) : 1;
}

unsigned long qy_test_scale(unsigned long n)
{
	const char *text = getenv("QY_SCALE");
	double scaled = (double)n * (text && *text ? strtod(text, NULL) : 1.0);

	return scaled < 1.0 ? 1 : (unsigned long)scaled;
}
