// SPDX-License-Identifier: MIT
/*
 * Pages of docs/ whose blocks are what their commands print: they are all run again. No state.
 */
#include "tests/runner/command.h"
#include "tests/runner/test.h"

static void is_up_to_date(const char *page)
{
	static char text[32768];
	char command[1024];

	snprintf(command, sizeof(command),
		"cd " QY_SOURCE_DIR " && tools/gen-output " QY_BINARY_DIR
		" docs/%s 2>&1 | diff docs/%s - 2>&1",
		page, page);
	if (run_command(command, text, sizeof(text)))
		FAIL("docs/%s is old, run tools/gen-output BUILD_DIR docs/%s > new && mv new docs/%s:\n%s",
			page, page, page, text);
}

TEST(pages, the_lecture_and_its_six_questions_are_answered_by_what_is_printed)
{
	is_up_to_date("lecture.md");
}

TEST(pages, the_answers_of_explain_are_what_is_printed)
{
	is_up_to_date("explain.md");
}
