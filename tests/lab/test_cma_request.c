// SPDX-License-Identifier: MIT
/*
 * Requests for CMA and requests that pin: what they get, what they leave behind, and what is said when they do not. No
 * state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/check.h"
#include "lab/report.h"
#include "tests/lab/test_ran.h"
#include "tests/runner/test.h"

#define BOARD(append)                                                                    \
	"board: {dts: ../boards/qemu-virt-8g.dts, memory: 128M, smp: 2, append: " append \
	"}\nduration: 4s\n"
/* 92 MiB that can move, in half a second. */
#define LOAD \
	"load: [{generator: {rate: 47100, duration: 500ms, mix: [{gfp: GFP_HIGHUSER_MOVABLE, lifetime: forever}]}}]\n"
/* 20 MiB at most at a time, nothing after a second and a half. */
#define PASSING_LOAD \
	"load: [{generator: {rate: 40000, duration: 1s, mix: [{gfp: GFP_HIGHUSER_MOVABLE, lifetime: 50ms}]}}]\n"

/*
 * area (16 MiB)   [camera 4M][camera 4M][camera 4M][camera 4M]   and a fifth is asked for
 */
TEST(cma_request, an_area_gives_what_it_has_and_says_who_has_it)
{
	struct ran r = { 0 };

	run_text(&r,
		BOARD("cma=16M") "requests: [{name: camera, cma: default, size: 4M, count: 5, start: 1s, hold: 1s}]\n"
				 "expect: [{request: camera, each: 5}]\n");
	CHECK_EQ(r.check.request[0].got, 4u);
	CHECK_EQ((int)r.check.request[0].cma_why->failure.cause, (int)QY_CONTIG_NO_RUN);
	CHECK(strstr(r.report,
		"camera: 4 of 5 buffers of 4 MiB in its one round (expected 5)\n"));
	CHECK(strstr(
		r.report, "area reserved: 16 MiB, of it 16 MiB handed out, 0 B free"));
	CHECK(strstr(r.report, "by whom: camera has 16 MiB\n"));
	CHECK(strstr(r.log, "[    2.000000] camera: 4 buffers of 4 MiB go back\n"));
	done(&r);
}

TEST(cma_request, pages_that_borrow_the_area_make_room)
{
	struct ran r = { 0 };

	run_text(&r, BOARD("cma=16M") LOAD
		"requests: [{name: camera, cma: default, size: 4M, count: 4, start: 2s}]\n"
		"expect: [{request: camera, each: 4}]\n");
	CHECK(r.check.pass);
	CHECK(strstr(r.report, "moved "));
	done(&r);
}

/* The load fills the board, the area too; what the camera wants is dropped, and nothing is copied for it. */
TEST(cma_request, a_guaranteed_area_is_lent_to_page_cache_and_taken_back_without_a_copy)
{
	struct ran r = { 0 };

	run_text(&r, BOARD("'cma=16M qy_cma_guaranteed'") LOAD
		"requests:\n"
		"  - {name: encoder, pin: 31, start: 1s}\n"
		"  - {name: camera, cma: default, size: 16M, start: 2s, every: 500ms, times: 3, hold: 1ms}\n"
		"expect: [{request: camera, each: 1}]\n");
	CHECK(r.check.pass);
	CHECK(r.check.pages_forgotten > 2000);
	CHECK_EQ(r.check.pages_moved, 0u);
	CHECK(strstr(r.report, "lent     guaranteed areas took "));
	done(&r);
}

/* Process memory never borrows it. */
TEST(cma_request, a_guaranteed_area_is_not_lent_to_process_memory)
{
	struct ran r = { 0 };

	run_text(&r,
		BOARD("'cma=16M qy_cma_guaranteed'") "load: [{generator: {rate: 47100, duration: 500ms, mix: [{gfp: GFP_HIGHUSER_MOVABLE|__GFP_ZERO, lifetime: forever}]}}]\n"
						     "requests: [{name: camera, cma: default, size: 16M, start: 2s}]\n"
						     "expect: [{request: camera, each: 1}]\n");
	CHECK(r.check.pass);
	CHECK_EQ(r.check.pages_forgotten, 0u);
	CHECK_EQ(r.check.pages_moved, 0u);
	done(&r);
}

TEST(cma_request, a_pinned_page_keeps_a_buffer_out_and_is_named)
{
	struct ran r = { 0 };
	const struct qy_cma_why *why;

	run_text(&r, BOARD("cma=16M") LOAD
		"requests:\n"
		"  - {name: encoder, pin: 31, start: 1s, hold: 1s}\n"
		"  - {name: camera, cma: default, size: 16M, start: 1500ms, every: 1s, times: 2, hold: 1ms}\n"
		"expect: [{request: encoder, each: 31}, {request: camera, each: 1}]\n");
	why = r.check.request[1].cma_why;
	CHECK(r.check.expect[0].pass);
	CHECK_EQ(r.check.request[1].got, 1u); /* the second, when nothing is pinned */
	CHECK_EQ(r.check.request[1].worst, 0u);
	CHECK_EQ((int)why->failure.cause, (int)QY_CONTIG_PINNED);
	CHECK_STR_EQ(why->failure.holder.pinned_by, "encoder");
	CHECK_EQ(why->area.pinned_pages, 31u);
	CHECK_EQ(why->holder[0].pages, 31u);
	CHECK(strstr(r.report, "is pinned by encoder (1 pin), held by page cache\n"));
	CHECK(strstr(r.report, "by whom: encoder pins 31 pages\n"));
	done(&r);
}

TEST(cma_request, pages_pinned_for_long_leave_the_area_to_its_device)
{
	struct ran r = { 0 };

	run_text(&r, BOARD("cma=16M") LOAD
		"requests:\n"
		"  - {name: rdma, pin: 31, longterm: true, start: 1s}\n"
		"  - {name: camera, cma: default, size: 16M, start: 1500ms, hold: 1ms}\n"
		"expect: [{request: rdma, each: 31}, {request: camera, each: 1}]\n");
	CHECK(r.check.expect[0].pass);
	CHECK(r.check.expect[1].pass);
	CHECK(strstr(r.report, "rdma: 31 of 31 pages pinned for long"));
	done(&r);
}

TEST(cma_request, a_page_that_the_load_frees_stays_as_long_as_it_is_pinned)
{
	struct ran r = { 0 };

	run_text(&r, BOARD("cma=16M") PASSING_LOAD
		"requests:\n"
		"  - {name: filler, order: 0, count: 20000, gfp: GFP_HIGHUSER_MOVABLE, hold: 400ms}\n"
		"  - {name: encoder, pin: 31, start: 300ms, hold: 2700ms}\n"
		"  - {name: camera, cma: default, size: 16M, start: 2500ms, every: 1s, times: 2, hold: 1ms}\n"
		"expect: [{request: encoder, each: 31}, {request: camera, each: 1}]\n");
	CHECK(r.check.expect[0].pass);
	CHECK_EQ(r.check.request[2].got, 1u);
	CHECK_STR_EQ(r.check.request[2].cma_why->failure.holder.pinned_by, "encoder");
	CHECK_STR_EQ(r.check.request[2].cma_why->failure.holder.owner, "nobody else");
	done(&r);
}

TEST(cma_request, more_pins_than_pages_are_counted_short)
{
	struct ran r = { 0 };

	run_text(&r,
		BOARD("cma=16M") "load: [{generator: {rate: 1000, duration: 10ms, mix: [{gfp: GFP_HIGHUSER_MOVABLE}, {gfp: GFP_KERNEL}]}}]\n"
				 "requests: [{name: encoder, pin: 31, start: 1s, hold: 1s}]\n"
				 "expect: [{request: encoder, each: 31}]\n");
	CHECK(r.check.request[0].got > 0);
	CHECK(r.check.request[0].got < 10);
	CHECK(strstr(r.report, "why: the load held fewer single pages that can move\n"));
	done(&r);
}

TEST(cma_request, the_same_seed_pins_the_same_pages)
{
	static const char *const seeds[3] = { "seed: 1\n", "seed: 1\n", "seed: 2\n" };
	struct ran r[3] = { 0 };

	for (int i = 0; i < 3; i++) {
		char text[1024];

		snprintf(text, sizeof(text), "%s%s", seeds[i],
			BOARD("cma=16M") LOAD
			"requests:\n"
			"  - {name: encoder, pin: 7, start: 1s, hold: 2s}\n"
			"  - {name: camera, cma: default, size: 2M, count: 8, start: 2s}\n"
			"expect: [{request: camera, each: 8}]\n");
		run_text(&r[i], text);
	}
	CHECK_STR_EQ(r[0].log, r[1].log);
	CHECK_STR_EQ(r[0].report, r[1].report);
	CHECK(r[0].check.request[1].got < 8u);
	CHECK(strcmp(r[0].log, r[2].log) != 0);
	for (int i = 0; i < 3; i++)
		done(&r[i]);
}

/* ------------------------------------------------------------------ bad input */

TEST(cma_request, wrong_keys_end_in_one_line)
{
	static const struct {
		const char *request, *line;
	} bad[] = {
		{ "{name: c, order: 1, cma: default, size: 1M}",
			"requests[0]: give exactly one of order, cma, pin" },
		{ "{name: c, cma: default}", "requests[0].size: is missing" },
		{ "{name: c, cma: default, size: 0}",
			"requests[0].size: must be a size" },
		{ "{name: c, cma: default, size: 65G}",
			"requests[0].size: must be a size" },
		{ "{name: c, cma: '', size: 1M}",
			"requests[0].cma: must be the name of an area" },
		{ "{name: c, cma: \"a\\nb\", size: 1M}",
			"requests[0].cma: must be the name of an area" },
		{ "{name: c, cma: default, size: 1M, gfp: GFP_ATOMIC}",
			"requests[0].gfp: does not go with cma" },
		{ "{name: c, cma: default, size: 1M, context: irq}",
			"requests[0].context: does not go with cma" },
		{ "{name: c, order: 1, size: 1M}",
			"requests[0].size: goes with cma and device only" },
		{ "{name: c, pin: 31, count: 2}",
			"requests[0].count: does not go with pin" },
		{ "{name: c, pin: 0}", "requests[0].pin: must be 1.." },
		{ "{name: c, pin: 1}\nexpect: [{request: c, latency: 1us}]\n",
			"expect[0].latency: is reckoned for blocks of an order only" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		bool has_expect = strstr(bad[i].request, "expect:");
		struct qy_scenario *s;
		struct qy_err err = { "" };
		char text[512];

		snprintf(text, sizeof(text), BOARD("quiet") "requests:\n  - %s\n%s",
			bad[i].request,
			has_expect ? "" : "expect: [{request: c, each: 1}]\n");
		s = qy_scenario_parse(text, strlen(text), SCENARIO_PATH, &err);
		if (s || !strstr(err.text, bad[i].line))
			FAIL("%s: %s", bad[i].request, s ? "taken" : err.text);
	}
}

TEST(cma_request, an_area_that_the_board_lacks_ends_in_one_line)
{
	static const struct {
		const char *area, *line;
	} bad[] = {
		{ "isp", "requests[0].cma: the board has no area named `isp`" },
		{ "default", "requests[0].cma: the board has no default area" },
	};

	for (size_t i = 0; i < 2; i++) {
		struct qy_check_hooks hooks = { 0 };
		struct qy_check check = { 0 };
		struct qy_scenario *s;
		struct qy_err err = { "" };
		char text[512];

		snprintf(text, sizeof(text),
			BOARD("quiet") "requests: [{name: c, cma: %s, size: 1M}]\n"
				       "expect: [{request: c, each: 1}]\n",
			bad[i].area);
		s = qy_scenario_parse(text, strlen(text), SCENARIO_PATH, &err);
		if (!s || qy_check_prepare(s, &check, &err))
			FAIL("refused: %s", err.text);
		CHECK_EQ(qy_check_run(&check, &hooks, &err), -1);
		CHECK(strstr(err.text, bad[i].line));
		qy_check_free(&check);
		qy_scenario_free(s);
	}
}
