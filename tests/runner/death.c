// SPDX-License-Identifier: MIT
/*
 * Owns death tests: a misuse runs in a forked child, and the parent compares what the child printed.
 *
 * The child's standard output and error are one unlinked file, so a long report can never fill a pipe and hang.
 * Locking: one death test at a time, on the thread that runs tests.
 */
#include "tests/runner/runner.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_REPORT_BYTES 65536
#define CHILD_LIMIT_S \
	60           /* a child that hangs is killed by SIGALRM, and the parent says so */
#define SURVIVED 113 /* exit status that no report uses */

static pid_t child;
static int report_fd;

/* The runner's handlers would turn the child's death into a failed test of its own. */
static void restore_default_signals(void)
{
	static const int signals[] = { SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGSYS,
		SIGTRAP };
	const struct rlimit no_core = { 0, 0 };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_DFL);
	setrlimit(RLIMIT_CORE, &no_core);
	alarm(CHILD_LIMIT_S);
}

bool qy_death_in_child(void)
{
	report_fd = memfd_create("report", MFD_CLOEXEC);
	if (report_fd < 0)
		FAIL("memfd_create: %m");
	fflush(NULL);
	child = fork();
	if (child < 0)
		FAIL("fork: %m");
	if (child > 0)
		return false;

	restore_default_signals();
	qy_check_enter_child();
	dup2(report_fd, STDOUT_FILENO);
	dup2(report_fd, STDERR_FILENO);
	return true;
}

void qy_death_survived(void)
{
	fflush(NULL);
	_exit(SURVIVED);
}

static unsigned int count_in(const char *text, const char *sentence)
{
	unsigned int count = 0;

	for (const char *at = text; (at = strstr(at, sentence)) != NULL; at++)
		count++;
	return count;
}

void qy_death_check(
	const char *file, int line, const char *expected, const char *statement)
{
	static char report[MAX_REPORT_BYTES];
	unsigned int count;
	ssize_t length;
	int status;

	if (waitpid(child, &status, 0) != child)
		qy_test_fail(file, line, "waitpid: %m");
	length = pread(report_fd, report, sizeof(report) - 1, 0);
	close(report_fd);
	report[length > 0 ? length : 0] = '\0';

	if (WIFEXITED(status) && WEXITSTATUS(status) == SURVIVED)
		qy_test_fail(file, line, "survived: %s\nexpected: %s\nprinted:  %s",
			statement, expected, report);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		qy_test_fail(file, line, "hung for %d s: %s\nprinted:  %s", CHILD_LIMIT_S,
			statement, report);
	count = count_in(report, expected);
	if (count != 1)
		qy_test_fail(file, line, "%s\nexpected once: %s\nfound %u times in: %s",
			statement, expected, count, report);
}
