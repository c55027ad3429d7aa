// SPDX-License-Identifier: MIT
/*
 * Recorded /proc files become numbers, or one line. No state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/snapshot.h"
#include "tests/runner/test.h"

#define BUDDY \
	"Node 0, zone   Normal      4      0      0      0      0      0      0      0      0      1      0 \n"
#define TYPES                                                                                                                         \
	"Page block order: 9\nPages per block:  512\n\n"                                                                              \
	"Free pages count per migrate type at order       0      1      2      3      4\n"                                            \
	"Node    0, zone   Normal, type    Unmovable      3      0      0      0      0      0      0      0      0      0      0 \n" \
	"Node    0, zone   Normal, type      Movable      1      0      0      0      0      0      0      0      0      1      0 \n" \
	"\nNumber of blocks type     Unmovable      Movable\n"                                                                        \
	"Node 0, zone   Normal            1            4\n"
#define ZONES                                                                        \
	"Node 0, zone   Normal\n  pages free     516\n        high     9\n"          \
	"        managed  2560\n  pagesets\n    cpu: 0\n              count:    7\n" \
	"              high:     40\n              high_min: 3\n"

static int parse(const char *buddy, const char *types, const char *zones,
	struct qy_snapshot *snap, struct qy_err *err)
{
	const struct qy_snapshot_text files[] = { { "buddyinfo", buddy, strlen(buddy) },
		{ "pagetypeinfo", types, strlen(types) },
		{ "zoneinfo", zones, strlen(zones) } };

	return qy_snapshot_parse(files, snap, err);
}

static struct qy_snapshot snap;

TEST(snapshot, three_files_become_numbers)
{
	struct qy_err err = { "" };
	const struct qy_snapshot_zone *z = &snap.zone[0];

	if (parse(BUDDY, TYPES, ZONES, &snap, &err))
		FAIL("%s", err.text);
	CHECK_EQ(snap.nr_zones, 1);
	CHECK_STR_EQ(z->name, "Normal");
	CHECK_EQ(z->nr_free[0][0], 3);
	CHECK_EQ(z->nr_free[9][1], 1);
	CHECK_EQ(z->nr_blocks[0], 1);
	CHECK_EQ(z->nr_blocks[1], 4);
	CHECK_EQ(z->managed_pages, 2560);
	CHECK_EQ(z->pcp_count[0], 7);
	CHECK_EQ(z->pcp_high[0], 40);
	CHECK_EQ(qy_snapshot_free_pages(z), 516);
}

TEST(snapshot, a_count_that_the_kernel_cut_is_what_buddyinfo_leaves)
{
	static const char types[] =
		"Node    0, zone   Normal, type    Unmovable     >3      0      0      0      0      0      0      0      0      0      0 \n"
		"Node    0, zone   Normal, type      Movable      1      0      0      0      0      0      0      0      0      1      0 \n"
		"Number of blocks type     Unmovable      Movable\nNode 0, zone   Normal            1            4\n";
	struct qy_err err = { "" };

	if (parse(BUDDY, types, ZONES, &snap, &err))
		FAIL("%s", err.text);
	CHECK_EQ(snap.zone[0].nr_free[0][0], 3);
}

TEST(snapshot, what_contradicts_itself_is_one_line)
{
	static const struct {
		const char *buddy, *types, *zones, *wanted;
	} bad[] = {
		{ "", "", "", "buddyinfo: no zone in it" },
		{ "MemTotal: 1 kB\n", TYPES, ZONES,
			"buddyinfo:1: not a line of buddyinfo" },
		{ "Node 0, zone Normal 1 2\n", TYPES, ZONES,
			"buddyinfo:1: eleven counts" },
		{ "Node 0, zone Normal 4 0 0 0 0 0 0 0 0 1 0 0 0\n", TYPES, ZONES,
			"buddyinfo:1: more than eleven orders" },
		{ "Node 0, zone Normal 4 0 0 0 0 0 0 0 0 0 3\n", TYPES, ZONES,
			"516 pages are free by type, 3076 in buddyinfo" },
		{ BUDDY, "Page block order: 5\n", ZONES,
			"pagetypeinfo:1: pageblocks are not" },
		{ BUDDY, "Node 0, zone Normal 1 4\n", ZONES,
			"pagetypeinfo:1: counts of pageblocks without" },
		{ BUDDY, "Node 0, zone Normal, type Odd 1\n", ZONES,
			"pagetypeinfo:1: a type that Linux 6.12" },
		{ BUDDY, "", ZONES, "pagetypeinfo: node 0, zone Normal is missing" },
		{ BUDDY, TYPES, "Node 0, zone Normal\n pages free 9\n managed 2560\n",
			"zoneinfo: node 0, zone Normal: 9 of 2560 pages are free" },
		{ BUDDY, TYPES, "Node 0, zone Normal\n cpu: 999\n",
			"zoneinfo:2: a CPU that cannot be" },
		{ BUDDY, TYPES,
			"Node 0, zone Normal\n pages free 516\n managed 520\n cpu: 0\n count: 7\n",
			"516 of 520 pages are free and 7 on the CPUs' lists" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct qy_err err = { "" };

		CHECK_EQ(
			parse(bad[i].buddy, bad[i].types, bad[i].zones, &snap, &err), -1);
		if (!strstr(err.text, bad[i].wanted) || strchr(err.text, '\n'))
			FAIL("case %zu: %s", i, err.text);
	}
}

TEST(snapshot, free_pages_of_a_type_fit_its_pageblocks)
{
	static const char types[] =
		"Node 0, zone Normal, type Unmovable 516 0 0 0 0 0 0 0 0 0 0\n"
		"Number of blocks type Unmovable Movable\nNode 0, zone Normal 1 4\n";
	struct qy_err err = { "" };

	CHECK_EQ(parse("Node 0, zone Normal 516 0 0 0 0 0 0 0 0 0 0\n", types, ZONES,
			 &snap, &err),
		-1);
	CHECK(strstr(
		err.text, "516 free pages of type Unmovable do not fit 1 pageblocks"));
}

TEST(snapshot, a_missing_file_is_one_line)
{
	const char *const paths[] = { "/nowhere/buddyinfo", "b", "c" };
	struct qy_err err = { "" };

	CHECK_EQ(qy_snapshot_load(paths, &snap, &err), -1);
	CHECK(strstr(err.text, "/nowhere/buddyinfo: No such file"));
}
