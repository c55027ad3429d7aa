// SPDX-License-Identifier: MIT
/*
 * The recording of a small machine near its watermarks: its replay ends near where the machine ended, and the bundled
 * scenario finds the burst that is too large. No state.
 */
#include <stdlib.h>
#include <string.h>

#include "lab/check.h"
#include "tests/runner/test.h"

#define TRACES QY_SOURCE_DIR "/traces/tight/"

static void run(struct qy_scenario *scenario, struct qy_check *check)
{
	struct qy_check_hooks hooks = { 0 };
	struct qy_err err = { "" };

	if (qy_check_prepare(scenario, check, &err) || qy_check_run(check, &hooks, &err))
		FAIL("%s", err.text);
	CHECK_EQ(
		check->gap.free_blocks + check->gap.pageblocks + check->gap.pcp_pages, 0);
	CHECK(!check->broken[0]);
}

static const struct qy_zone_stats *zone_of(const struct qy_check *check, const char *name)
{
	for (uint32_t i = 0; i < check->nr_zones; i++)
		if (strcmp(check->zone[i].name, name) == 0)
			return &check->zone[i];
	FAIL("no zone %s", name);
	return NULL;
}

/* Linux ended with 7514 pages free in DMA32 and 1574 on lists; it began with 3501 and 240. */
TEST(tight, a_replay_ends_with_the_free_memory_of_the_recorded_machine)
{
	static const char text[] =
		"board: {dts: '" QY_SOURCE_DIR "/boards/x86_64-1g-cma64.dts'}\n"
		"reclaim: none\n"
		"start:\n  snapshot: {buddyinfo: '" TRACES
		"buddyinfo.before', pagetypeinfo: '" TRACES
		"pagetypeinfo.before', zoneinfo: '" TRACES "zoneinfo.before'}\n"
		"load: [{trace: {file: '" QY_SOURCE_DIR
		"/traces/tight.dat', leftovers: keep}}]\n"
		"expect: [{load: {failures: 3000}}]\n";

	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct qy_check *check = calloc(1, sizeof(*check));
		struct qy_err err = { "" };
		struct qy_scenario *scenario =
			qy_scenario_parse(text, strlen(text), "tight", &err);
		const struct qy_zone_stats *z;
		uint64_t both;

		CHECK(check && scenario);
		scenario->seed = seed;
		run(scenario, check);
		CHECK(check->pass);
		z = zone_of(check, "DMA32");
		both = z->free_pages + z->pcp_pages;
		CHECK(both >= 9088 - 600 && both <= 9088 + 600);
		CHECK(z->free_pages >= 6400 && z->free_pages <= 8700);
		qy_check_free(check);
		qy_scenario_free(scenario);
		free(check);
	}
}

TEST(tight, the_bundled_scenario_serves_all_but_a_burst_when_what_is_free_is_cma)
{
	static const char *const served[] = { "nic", "sensor", "camera", "floppy" };
	struct qy_check *check = calloc(1, sizeof(*check));
	struct qy_err err = { "" };
	struct qy_scenario *scenario =
		qy_scenario_load(QY_SOURCE_DIR "/scenarios/tight.yaml", &err);

	if (!scenario)
		FAIL("%s", err.text);
	CHECK(check != NULL);
	run(scenario, check);
	CHECK(!check->pass);
	CHECK_STR_EQ(scenario->request[0].name, "radio");
	CHECK(!check->expect[0].pass);
	for (uint32_t i = 1; i < scenario->nr_expects; i++)
		CHECK(check->expect[i].pass);
	for (uint32_t i = 0; i < 4; i++)
		CHECK_STR_EQ(scenario->request[i + 1].name, served[i]);
	CHECK_EQ(check->request[0].rounds, 741);
	CHECK(check->request[0].whole_rounds >= 700);
	CHECK_EQ(check->request[0].why_round, 0);
	CHECK_STR_EQ(qy_why_reason(check->request[0].why), "watermark");
	qy_check_free(check);
	qy_scenario_free(scenario);
	free(check);
}
