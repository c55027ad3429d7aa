// SPDX-License-Identifier: MIT
/*
 * The bundled scenarios that no other test runs: each has the verdict, and the cause, that its comment promises. (The others:
 * test_task_check.c, test_file_check.c, test_device_request.c, test_tight.c, test_timeline.c.) No state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/check.h"
#include "lab/report.h"
#include "tests/runner/test.h"

/* Exactly one expectation fails, if @why says a word of its cause; without contents, which is faster and decides nothing. */
static void check_verdict(const char *name, const char *failed, const char *why)
{
	struct qy_check_hooks hooks = { 0 };
	struct qy_check check;
	struct qy_scenario *s;
	struct qy_err err;
	char path[256], *report;
	size_t size;
	FILE *out = open_memstream(&report, &size);

	snprintf(path, sizeof(path), QY_SOURCE_DIR "/scenarios/%s.yaml", name);
	s = qy_scenario_load(path, &err);
	if (s)
		s->contents = qy_scenario_has_bytes(s);
	if (!s || qy_check_prepare(s, &check, &err) || qy_check_run(&check, &hooks, &err))
		FAIL("refused: %s", err.text);
	qy_report_print(out, &check, false);
	fclose(out);
	if (check.nr_failed_expects != !!failed || check.broken[0] || check.nr_corrupt)
		FAIL("%s", report);
	if (failed && (!strstr(report, failed) || !strstr(report, why)))
		FAIL("neither `%s` nor `%s` in\n%s", failed, why, report);
	free(report);
	qy_check_free(&check);
	qy_scenario_free(s);
}

TEST(examples, a_camera_whose_area_is_taken_and_pinned_lacks_a_buffer)
{
	check_verdict("camera", "  FAIL  camera: 3 of 4 buffers of 24 MiB",
		"        why: pinned. First refused: buffer 4 of round 1 at 4 s");
}

TEST(examples, large_blocks_that_come_late_are_missing_for_fragmentation)
{
	check_verdict("bedrock",
		"  FAIL  camera: ", "        why: fragmentation. First refused: block ");
}

TEST(examples, numbers_that_make_a_load_leave_all_blocks_there)
{
	check_verdict("generated", NULL, NULL);
}

TEST(examples, of_two_cameras_the_one_with_the_small_area_lacks_a_buffer)
{
	check_verdict("two-cameras", "  FAIL  rear: 3 of 4 buffers of 6 MiB",
		"        why: no_run. First refused: buffer 4 of round 1 at 3 s");
}

TEST(examples, without_its_iommu_a_jetson_lacks_a_large_buffer)
{
	check_verdict("orin-nano-nosmmu", "  FAIL  vic: 2 of 3 buffers of 48 MiB",
		"        why: cma. First refused: buffer 3 of round 1 at 3 s");
}
