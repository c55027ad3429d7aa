// SPDX-License-Identifier: MIT
/*
 * Requests of devices: the bundled scenarios have the verdicts that their comments say, each refusal its cause, and bad
 * input its line. No state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/check.h"
#include "lab/report.h"
#include "tests/lab/test_ran.h"
#include "tests/runner/test.h"

/* The expectation of @failing (NULL: of nobody) fails, all others hold. */
static void run_with_verdicts(struct ran *r, const char *name, const char *failing)
{
	run_file(r, name);
	for (uint32_t i = 0; i < r->scenario->nr_expects; i++) {
		const struct qy_expect_spec *expect = &r->scenario->expect[i];
		const char *request = r->scenario->request[expect->request].name;
		bool fails = failing && expect->kind == QY_EXPECT_EACH &&
			     !strcmp(request, failing);

		if (r->check.expect[i].pass == fails)
			FAIL("%s: %s:\n%s", name, request, r->report);
	}
}

TEST(device_request, boards_with_an_iommu_give_their_devices_what_they_ask_for)
{
	static const char *const names[] = { "orin-nano", "pc-accelerator-vtd",
		"edu-smmu" };
	struct ran r;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		run_with_verdicts(&r, names[i], NULL);
		done(&r);
	}
}

TEST(device_request, a_mask_below_all_memory_fails_the_probe)
{
	struct ran r;

	run_with_verdicts(&r, "edu", "edu");
	CHECK_CONTAINS(r.report,
		"        why: mask. First refused: buffer 1 of round 1 at 0 ns (4 KiB for 0000:00:02.0)\n"
		"        device 0000:00:02.0: 28 address bits, sees the CPUs' caches, no IOMMU\n"
		"        dma_set_mask() refuses 28 bits: no zone of this board is kept below 0xfffffff, and no IOMMU stands in front of the device\n");
	done(&r);
}

TEST(device_request, an_area_out_of_reach_leaves_blocks_of_4_mib)
{
	struct ran r;

	run_with_verdicts(&r, "pc-accelerator", "large");
	CHECK_CONTAINS(r.report,
		"        why: order. First refused: buffer 1 of round 1 at 2 s (16 MiB for 0000:01:00.0)\n"
		"        device 0000:01:00.0: 32 address bits, sees the CPUs' caches, no IOMMU\n"
		"        area reserved lies at 0x100000000, beyond 32 bits: nothing of it is for this device\n"
		"        without one the largest block is 4 MiB; wanted 16 MiB in one piece\n");
	done(&r);
}

/* Of the 256 MiB of the area one belongs to the pool of who may not sleep. */
TEST(device_request, a_full_area_says_who_has_it)
{
	struct ran r;

	run_with_verdicts(&r, "orin-nano-nosmmu", "vic");
	CHECK_CONTAINS(r.report,
		"        why: cma. First refused: buffer 3 of round 1 at 3 s (48 MiB for 15340000.vic)\n");
	CHECK_CONTAINS(r.report,
		"        area linux,cma: 256 MiB, of it 225 MiB handed out, 31 MiB free, ");
	CHECK_CONTAINS(r.report, "        by whom: nvdla has 128 MiB; vic has 96 MiB\n");
	done(&r);
}

TEST(device_request, a_region_that_is_its_alone_is_all_it_has)
{
	struct ran r;

	run_text(&r,
		"board: {dts: ../boards/orin-nano-8g-nosmmu.dts}\nduration: 1s\ncontents: false\n"
		"requests:\n"
		"  - {name: first, device: display, size: 16M}\n"
		"  - {name: second, device: display, size: 10M, count: 2}\n"
		"expect: [{request: second, each: 2}]\n");
	CHECK_CONTAINS(r.report,
		"        why: area. First refused: buffer 2 of round 1 at 0 ns (10 MiB for 13800000.display)\n");
	CHECK_CONTAINS(r.report,
		"        region display-pool@fc000000: 32 MiB, its alone: what it has not, nobody else gives\n"
		"        by whom: first has 16 MiB\n");
	done(&r);
}

/* Frames have content: each device writes what it was given, each CPU finds it. */
TEST(device_request, devices_write_and_the_cpu_reads)
{
	struct ran r;

	run_text(&r,
		"board: {dts: ../boards/orin-nano-8g.dts, memory: 512M}\nduration: 1s\n"
		"requests:\n"
		"  - {name: camera, device: isp, use: stream, size: 1M, count: 4, every: 100ms, hold: 50ms}\n"
		"  - {name: vic, device: vic, size: 2M, count: 2, every: 100ms, hold: 150ms}\n"
		"expect: [{request: camera, each: 4}, {request: vic, each: 2}]\n");
	CHECK(r.check.expect[0].pass && r.check.expect[1].pass);
	done(&r);
}

/* 64 MiB of bounce buffers for a camera that wants 96: the accelerator's mask is 32 bits, the pages lie above. */
TEST(device_request, bounce_buffers_that_are_used_up_are_said)
{
	struct ran r;

	run_text(&r,
		"board: {dts: ../boards/pc-8g.dts}\nduration: 1s\ncontents: false\n"
		"requests: [{name: video, device: accelerator, use: stream, size: 16M, count: 6}]\n"
		"expect: [{request: video, each: 6}]\n");
	CHECK_CONTAINS(r.report, "        why: bounce. First refused: buffer ");
	CHECK_CONTAINS(r.report,
		"        pages beyond 32 bits are bounced: of 64 MiB of bounce buffers ");
	done(&r);
}

TEST(device_request, the_same_seed_gives_the_same_bytes)
{
	struct ran a, b;

	run_file(&a, "edu-smmu");
	run_file(&b, "edu-smmu");
	CHECK_STR_EQ(a.report, b.report);
	CHECK_STR_EQ(a.log, b.log);
	done(&a);
	done(&b);
}

static void check_refused(const char *request, const char *expected)
{
	static const char head[] =
		"board: {dts: ../boards/pc-8g.dts}\nduration: 1s\nrequests:\n  - ";
	struct qy_scenario *scenario;
	struct qy_check check;
	struct qy_err err = { "" };
	char text[512];

	snprintf(text, sizeof(text), "%s%s\nexpect: [{request: a, each: 1}]\n", head,
		request);
	scenario = qy_scenario_parse(text, strlen(text), "x.yaml", &err);
	if (scenario) {
		CHECK_EQ(qy_check_prepare(scenario, &check, &err), 0);
		CHECK(qy_check_run(&check, NULL, &err) != 0);
		qy_check_free(&check);
		qy_scenario_free(scenario);
	}
	CHECK_STR_EQ(err.text, expected);
}

TEST(device_request, bad_input_is_one_line)
{
	check_refused("{name: a, device: sound}",
		"x.yaml: requests[0].size: is missing: write `size: 6M`");
	check_refused("{name: a, device: sound, size: 4K, order: 3}",
		"x.yaml: requests[0]: give exactly one of order, cma, pin, device");
	check_refused("{name: a, order: 0, use: stream}",
		"x.yaml: requests[0].use: goes with device only");
	check_refused("{name: a, device: sound, size: 65M, use: stream}",
		"x.yaml: requests[0].size: is at most 64M of `use: stream` (is 65M)");
	check_refused("{name: a, device: sound, size: 4K, gfp: GFP_KERNEL|GFP_DMA}",
		"x.yaml: requests[0].gfp: has a zone in it: of a device the mask says which (remove it)");
}
