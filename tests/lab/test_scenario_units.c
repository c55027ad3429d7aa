// SPDX-License-Identifier: MIT
/*
 * The words that stand for numbers: read exactly or not at all. No state.
 */
#include <string.h>

#include "lab/units.h"
#include "tests/runner/test.h"

TEST(units, a_duration_is_exact_or_refused)
{
	uint64_t ns;

	CHECK(!qy_parse_duration("50ms", &ns) && ns == 50000000);
	CHECK(!qy_parse_duration("1.5us", &ns) && ns == 1500);
	CHECK(!qy_parse_duration("2h", &ns) && ns == 7200000000000);
	CHECK(!qy_parse_duration("0", &ns) && ns == 0);
	CHECK(!qy_parse_duration("18446744073s", &ns));
	CHECK(qy_parse_duration("18446744074s", &ns)); /* past 64 bits */
	CHECK(qy_parse_duration("0.5ns", &ns));        /* not a whole number of them */
	CHECK(qy_parse_duration("5", &ns));
	CHECK(qy_parse_duration("", &ns));
	CHECK(qy_parse_duration("ms", &ns));
	CHECK(qy_parse_duration("-5ms", &ns));
	CHECK(qy_parse_duration("5 ms", &ns));
	CHECK(qy_parse_duration("5.ms", &ns));
	CHECK(qy_parse_duration("1.0000000001s", &ns));
}

TEST(units, a_size_is_in_powers_of_two)
{
	uint64_t bytes;

	CHECK(!qy_parse_size("64M", &bytes) && bytes == 64 << 20);
	CHECK(!qy_parse_size("1.5G", &bytes) && bytes == 3ull << 29);
	CHECK(!qy_parse_size("4096", &bytes) && bytes == 4096);
	CHECK(!qy_parse_size("1GiB", &bytes) && bytes == 1 << 30);
	CHECK(qy_parse_size("64m", &bytes));
	CHECK(qy_parse_size("16777216T", &bytes));
	CHECK(qy_parse_size("0x100", &bytes));
}

TEST(units, gfp_words_are_linux_names)
{
	char unknown[80];
	qy_gfp_t gfp;

	CHECK(!qy_parse_gfp("GFP_KERNEL", &gfp, unknown, sizeof(unknown)));
	CHECK_EQ(gfp, 0xcc0);
	CHECK(!qy_parse_gfp(
		"GFP_ATOMIC | __GFP_COMP|__GFP_NOWARN", &gfp, unknown, sizeof(unknown)));
	CHECK_EQ(gfp, 0x820 | 0x40000 | 0x2000);
	CHECK(qy_parse_gfp("GFP_ATOMIC __GFP_COMP", &gfp, unknown, sizeof(unknown)));
	CHECK_STR_EQ(unknown, "__GFP_COMP");
	CHECK(qy_parse_gfp("GFP_ATOMIC|gfp_comp", &gfp, unknown, sizeof(unknown)));
	CHECK_STR_EQ(unknown, "gfp_comp");
}

TEST(units, sizes_and_times_are_printed_for_people)
{
	char buf[32];

	CHECK_STR_EQ(qy_format_size(buf, sizeof(buf), 0), "0 B");
	CHECK_STR_EQ(qy_format_size(buf, sizeof(buf), 4096), "4 KiB");
	CHECK_STR_EQ(qy_format_size(buf, sizeof(buf), 1536), "1.5 KiB");
	CHECK_STR_EQ(qy_format_size(buf, sizeof(buf), 12 << 20), "12 MiB");
	CHECK_STR_EQ(qy_format_size(buf, sizeof(buf), 1ull << 30), "1 GiB");
	CHECK_STR_EQ(qy_format_size(buf, sizeof(buf), 1ull << 42), "4 TiB");
	CHECK_STR_EQ(qy_format_duration(buf, sizeof(buf), 1250000000), "1.250 s");
	CHECK_STR_EQ(qy_format_duration(buf, sizeof(buf), 5000000000), "5 s");
	CHECK_STR_EQ(qy_format_duration(buf, sizeof(buf), 999), "999 ns");
}
