// SPDX-License-Identifier: MIT
/*
 * `quarry explain` as a user meets it: a pipe, one line for a log without a report, exit codes. No state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/runner/test.h"

#define EXPLAIN QY_BINARY_DIR "/quarry explain"
#define DATA    QY_SOURCE_DIR "/tests/lab/data/dmesg/"

/* Both streams, in @text; the exit code. */
static int sh(const char *command, char *text, size_t size)
{
	FILE *pipe = popen(command, "r");
	size_t got;
	int status;

	CHECK(pipe != NULL);
	got = fread(text, 1, size - 1, pipe);
	text[got] = '\0';
	status = pclose(pipe);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(cli_explain, a_pipe_is_explained_with_the_shortage_and_what_would_do)
{
	char text[8192];

	CHECK_EQ(sh("cat " DATA "recorded-6.12-small-atomic.txt | " EXPLAIN " 2>&1", text,
			 sizeof(text)),
		0);
	CHECK(strstr(text, "DMA32: refused by the watermark min, short by 648 kB.") !=
		NULL);
	CHECK(strstr(text, "vm.min_free_kbytes of at least 3040") != NULL);
}

TEST(cli_explain, a_log_without_a_report_is_one_line_and_exit_2)
{
	char text[8192];

	CHECK_EQ(
		sh("echo '[1.0] all is well' | " EXPLAIN " 2>&1", text, sizeof(text)), 2);
	CHECK(strstr(text, "no page allocation failure in it") != NULL);
	CHECK(strchr(text, '\n') == text + strlen(text) - 1);
	CHECK_EQ(sh("echo 'hog invoked oom-killer: gfp_mask=0x1' | " EXPLAIN " 2>&1",
			 text, sizeof(text)),
		2);
	CHECK(strstr(text,
		      "1 OOM report (the first in line 1): this release explains page "
		      "allocation failures only") != NULL);
}

TEST(cli_explain, a_missing_file_or_report_number_is_one_line_and_exit_2)
{
	char text[8192];

	CHECK_EQ(sh(EXPLAIN " /nowhere/log 2>&1", text, sizeof(text)), 2);
	CHECK(strstr(text, "/nowhere/log: No such file or directory") != NULL);
	CHECK_EQ(sh(EXPLAIN " --report 2 " DATA "made-5.10-cut.txt 2>&1", text,
			 sizeof(text)),
		2);
	CHECK(strstr(text, "--report: must be 1..1 (is 2)") != NULL);
}
