// SPDX-License-Identifier: MIT
/*
 * The runner tests itself: what a check says when it fails, and that a death test tells death from survival.
 */
#include "tests/runner/test.h"

#include <stdio.h>
#include <stdlib.h>

static void die_saying(const char *sentence)
{
	fprintf(stderr, "%s\n", sentence);
	abort();
}

TEST(runner, a_failed_check_names_its_condition)
{
	DEATH("CHECK(1 == 2)", CHECK(1 == 2));
}

TEST(runner, a_failed_comparison_prints_both_values)
{
	DEATH("1 (0x1) is not -1 (0xffffffffffffffff)", CHECK_EQ(1, -1));
	DEATH("4294967295 (0xffffffff) is not -1 (0xffffffffffffffff)",
		CHECK_EQ(UINT32_MAX, -1));
}

TEST(runner, a_failed_string_comparison_prints_both_strings)
{
	DEATH("\"fuel\"\nis not\n\"full\"", CHECK_STR_EQ("fuel", "full"));
}

TEST(runner, a_death_test_wants_its_sentence_once)
{
	DEATH("the end", die_saying("the end"));
	DEATH("found 2 times", DEATH("end", die_saying("end of the end")));
	DEATH("found 0 times", DEATH("the end", die_saying("a beginning")));
}

TEST(runner, a_death_test_fails_when_the_statement_survives)
{
	DEATH("survived: (void)0", DEATH("anything", (void)0));
}

TEST(runner, scaled_counts_never_reach_zero)
{
	CHECK(qy_test_scale(1) >= 1);
	CHECK(qy_test_scale(0) == 1);
}
