// SPDX-License-Identifier: MIT
/*
 * `quarry capture` and `quarry check --capture` as a user meets them. The script itself runs on targets only: here it is
 * parsed, and asked what it refuses. No state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/runner/command.h"
#include "tests/runner/test.h"

#define QUARRY  QY_BINARY_DIR "/quarry"
#define CAPTURE QY_SOURCE_DIR "/tests/lab/data/capture/arm64.tar.gz"

static void expect(const char *command, int code, const char *wanted)
{
	char text[8192];
	int got = run_command(command, text, sizeof(text));

	CHECK_STR_EQ(text, wanted);
	CHECK_EQ(got, code);
}

TEST(cli_capture, the_script_is_plain_shell)
{
	static const char *const shells[] = { "sh", "dash", "bash --posix",
		"busybox sh" };
	char command[512], text[64];

	expect(QUARRY " capture | cmp - " QY_SOURCE_DIR "/cli/capture.sh", 0, "");
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		snprintf(command, sizeof(command), "command -v %s", shells[i]);
		if (run_command(command, text, sizeof(text)) == 0) {
			snprintf(command, sizeof(command), QUARRY " capture | %s -n 2>&1",
				shells[i]);
			expect(command, 0, "");
		}
	}
}

TEST(cli_capture, the_script_refuses_in_one_line)
{
	static const struct {
		const char *words, *line;
	} cases[] = {
		{ "-s 0", "capture: -s 0: must be 1 to 3600 seconds\n" },
		{ "-s 1e3", "capture: -s 1e3: must be 1 to 3600 seconds\n" },
		{ "-s 99999999999999999999",
			"capture: -s 99999999999999999999: must be 1 to 3600 seconds\n" },
		{ "-b", "capture: -b: its value is missing: see sh capture.sh --help\n" },
		{ "--trace",
			"capture: unknown word --trace: see sh capture.sh --help\n" },
		{ "-o ''", "capture: -o: a file name is missing\n" },
		{ "-o /dev/null", "capture: -o /dev/null: not a regular file\n" },
	};
	char command[512];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(command, sizeof(command), QUARRY " capture | sh -s -- %s 2>&1",
			cases[i].words);
		expect(command, 2, cases[i].line);
	}
}

TEST(cli_capture, check_takes_the_archive_and_nothing_else)
{
	char text[65536];

	CHECK_EQ(run_command(QUARRY " check --capture " CAPTURE, text, sizeof(text)), 0);
	CHECK(strstr(text, "board    arm64.tar.gz (linux,dummy-virt): arm64, 2 CPUs"));
	CHECK(strstr(text,
		"\n         the board's own load: recorded on 2 CPUs, Linux 6.12.95"));
	CHECK(strstr(text, "\n  PASS  rings: "));
	CHECK(strstr(text, "\nverdict: PASS (4 expectations)\n"));
	CHECK_EQ(run_command(QUARRY " check --capture " CAPTURE
				    " --json | grep -c arm64.tar.gz",
			 text, sizeof(text)),
		0);
	expect(QUARRY " check --capture /nowhere.tar 2>&1", 2,
		"/nowhere.tar: No such file or directory: name a file that the script of `quarry capture` wrote\n");
	expect(QUARRY " check --capture " QUARRY " 2>&1 | cut -d: -f2-", 0,
		" not a whole archive: Unrecognized archive format; copy it again, or run the script of `quarry capture` again\n");
}

TEST(cli_capture, an_archive_that_was_packed_again_is_the_same)
{
	expect("d=$(mktemp -d) && cd $d && mkdir t && tar xzf " CAPTURE " -C t"
	       " && tar czf again.tar.gz -C t . && " QUARRY
	       " check --ktap --capture " CAPTURE " > a && " QUARRY
	       " check --ktap --capture again.tar.gz | cmp - a; rm -r $d",
		0, "");
}
