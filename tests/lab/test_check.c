// SPDX-License-Identifier: MIT
/*
 * A verdict: the same for the same seed, right where the outcome is known, and with the why. No state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/check.h"
#include "lab/report.h"
#include "tests/lab/test_ran.h"
#include "tests/runner/test.h"

#define BOARD \
	"board: {dts: ../boards/qemu-virt-8g.dts, memory: 128M, smp: 2, append: transparent_hugepage=never}\n"

/* Page cache fills the board, kernel pages stay among it, the network card asks all the time. */
#define BUSY(seed)                                                                                \
	BOARD "seed: " seed "\nduration: 2s\n"                                                    \
	      "load:\n"                                                                           \
	      "  - generator:\n"                                                                  \
	      "      rate: 40000\n"                                                               \
	      "      duration: 2s\n"                                                              \
	      "      mix:\n"                                                                      \
	      "        - {gfp: GFP_HIGHUSER_MOVABLE, weight: 7}\n"                                \
	      "        - {gfp: GFP_KERNEL, weight: 1, lifetime: 100ms}\n"                         \
	      "        - {gfp: GFP_KERNEL|__GFP_RECLAIMABLE, order: 1, lifetime: 300ms}\n"        \
	      "requests:\n"                                                                       \
	      "  - {name: nic, order: 3, count: 16, gfp: GFP_ATOMIC, every: 100ms, hold: 50ms}\n" \
	      "  - {name: task, order: 0, count: 64, every: 300ms, hold: 10ms, cpu: 1}\n"         \
	      "expect:\n"                                                                         \
	      "  - {request: nic, success: 50%}\n"                                                \
	      "  - {request: task, success: 100%}\n"

TEST(check, a_share_is_told_as_exactly_as_it_was_asked_for)
{
	struct ran r = { 0 };

	run_text(&r, BOARD
		"duration: 1s\nrequests: [{name: a, order: 10, count: 64, gfp: GFP_ATOMIC|__GFP_NOWARN}]\n"
		"expect: [{request: a, success: 99.95%}, {request: a, success: 0%}]\n");
	CHECK(strstr(r.report, ", expected 99.95%) in 1 round, 0 of them whole\n"));
	CHECK(strstr(r.report, ", expected 0.0%) in 1 round, 0 of them whole\n"));
	done(&r);
}

/* kswapd only works once free memory is below low: that it was there must not be hidden by its work. */
TEST(check, the_least_free_memory_is_that_before_room_was_made)
{
	struct ran r = { 0 };

	run_text(&r,
		"board: {dts: ../boards/qemu-virt-8g.dts, memory: 128M, sysctl: [vm.watermark_boost_factor=0]}\n"
		"load: [{generator: {rate: 40000, duration: 2s, mix: [{gfp: GFP_HIGHUSER_MOVABLE}]}}]\n"
		"expect: [free: {at_least: 0}]\n");
	CHECK(r.check.nr_balanced > 0);
	CHECK(r.check.min_free_pages <= r.check.zone[0].watermark[1]);
	CHECK_EQ(r.check.expect[0].actual,
		(int64_t)(r.check.min_free_pages * QY_PAGE_SIZE));
	done(&r);
}

TEST(check, same_seed_gives_the_same_bytes_of_report_and_log)
{
	struct ran a = { 0 }, b = { 0 }, c = { 0 };

	run_text(&a, BUSY("7"));
	run_text(&b, BUSY("7"));
	run_text(&c, BUSY("8"));
	CHECK_STR_EQ(a.report, b.report);
	CHECK_STR_EQ(a.log, b.log);
	CHECK(a.check.digest == b.check.digest);
	CHECK(a.check.digest != c.check.digest);
	CHECK(strcmp(a.log, c.log) != 0);
	done(&a);
	done(&b);
	done(&c);
}

TEST(check, what_a_fresh_board_has_is_had)
{
	struct ran r = { 0 };

	run_text(&r, BOARD
		"duration: 1s\n"
		"requests:\n"
		"  - {name: ring, order: 3, count: 8, gfp: GFP_ATOMIC, every: 250ms, hold: 10ms, start: 100ms}\n"
		"  - {name: huge, order: 9, count: 8, gfp: GFP_TRANSHUGE_LIGHT, context: atomic}\n"
		"expect:\n"
		"  - {request: ring, success: 100%}\n"
		"  - {request: huge, each: 8}\n"
		"  - free: {at_least: 64M}\n");
	CHECK(r.check.pass);
	CHECK_EQ(r.check.request[0].rounds, 4); /* 100, 350, 600, 850 ms */
	CHECK_EQ(r.check.request[0].got, 32);
	CHECK(strstr(r.report, "verdict: PASS (3 expectations)\n"));
	done(&r);
}

TEST(check, a_watermark_that_refuses_is_named)
{
	struct ran r = { 0 };
	const struct qy_why *why;

	run_text(&r, BOARD "duration: 1s\n"
			   "requests: [{name: hog, order: 0, count: 65536}]\n"
			   "expect: [{request: hog, success: 100%}]\n");
	why = r.check.request[0].why;
	CHECK(!r.check.pass);
	CHECK_EQ(r.check.nr_failed_expects, 1);
	CHECK(r.check.request[0].got > 20000 && r.check.request[0].got < 32768);
	CHECK_EQ(why->nr_zones, 1);
	CHECK_EQ(why->zone[0].refusal, QY_REFUSED_WATERMARK);
	CHECK(why->zone[0].usable_pages <=
		why->zone[0].mark_pages + why->zone[0].reserve_pages);
	CHECK_EQ(why->zone[0].stats.watermark[0] + why->zone[0].stats.watermark_boost,
		why->zone[0].mark_pages);
	CHECK(strstr(r.report, "why: watermark. First refused: block "));
	CHECK(strstr(r.report, "a round asks for 256 MiB, the board has "));
	CHECK(strstr(r.report, "DMA: the watermark refused: "));
	CHECK(strstr(r.report, "\nverdict: FAIL (1 of 1 expectations)\n"));
	done(&r);
}

TEST(check, an_atomic_request_goes_deeper_into_the_reserve)
{
	struct ran r = { 0 };
	const struct qy_why_zone *zone;
	uint64_t min;

	run_text(&r,
		BOARD "duration: 1s\n"
		      "requests: [{name: hog, order: 0, count: 65536, gfp: GFP_ATOMIC}]\n"
		      "expect: [{request: hog, success: 100%}]\n");
	zone = &r.check.request[0].why->zone[0];
	min = zone->stats.watermark[0] + zone->stats.watermark_boost;
	CHECK_EQ(zone->refusal, QY_REFUSED_WATERMARK);
	CHECK_EQ(zone->mark_pages, min - min / 2 - (min - min / 2) / 4);
	CHECK(zone->stats.free_pages <= zone->mark_pages);
	done(&r);
}

TEST(check, what_is_held_goes_back_when_its_time_is_over)
{
	struct ran r = { 0 };

	/* 80 MiB of 128 a round: the second needs what the first had */
	run_text(&r, BOARD
		"duration: 1s\n"
		"requests:\n"
		"  - {name: short, order: 4, count: 1280, every: 100ms, times: 3, hold: 100ms}\n"
		"  - {name: long, order: 4, count: 1280, start: 500ms, every: 100ms, times: 2}\n"
		"expect: [{request: short, each: 1280}, {request: long, each: 1280}]\n");
	CHECK_EQ(r.check.request[0].whole_rounds, 3);
	CHECK_EQ(r.check.request[1].whole_rounds, 1);
	CHECK_EQ(r.check.request[1].why_round, 1);
	CHECK(r.check.expect[0].pass && !r.check.expect[1].pass);
	done(&r);
}

/*
 * Every second page goes back: half of the board is free, in single pages.
 *
 *   | keep | go | keep | go | keep | go | ...
 */
static void make_holes(struct qy_check *check)
{
	struct qy_trace *trace = &check->trace[0];
	const size_t nr = 24000;

	free(trace->events);
	trace->events = calloc(nr + nr / 2, sizeof(*trace->events));
	for (size_t i = 0; i < nr; i++)
		trace->events[i] = (struct qy_page_event){ .ts_ns = i * 1000,
			.pfn = i,
			.gfp = QY_GFP_KERNEL,
			.kind = QY_EV_ALLOC };
	for (size_t i = 0; i < nr / 2; i++)
		trace->events[nr + i] = (struct qy_page_event){
			.ts_ns = (nr + i) * 1000, .pfn = i * 2, .kind = QY_EV_FREE
		};
	trace->nr_events = nr + nr / 2;
}

TEST(check, fragmentation_is_told_from_lack_of_memory)
{
	static const char text[] = BOARD
		"duration: 1s\n"
		"load: [{generator: {rate: 1, duration: 1s, mix: [{gfp: GFP_KERNEL}]}}]\n"
		"requests: [{name: ring, order: 4, count: 600, gfp: GFP_NOWAIT, start: 500ms}]\n"
		"expect: [{request: ring, each: 600}]\n";
	struct qy_check_hooks hooks = { 0 };
	struct qy_check check;
	struct qy_err err = { "" };
	struct qy_scenario *s =
		qy_scenario_parse(text, strlen(text), SCENARIO_PATH, &err);
	const struct qy_why *why;

	CHECK(s && !qy_check_prepare(s, &check, &err));
	make_holes(&check);
	CHECK(!qy_check_run(&check, &hooks, &err));
	why = check.request[0].why;
	CHECK(why != NULL);
	CHECK_EQ(why->zone[0].refusal, QY_REFUSED_NO_BLOCK);
	CHECK(why->zone[0].usable_pages > 8000); /* plenty of memory free */
	CHECK_EQ(why->zone[0].large_blocks, 0);
	CHECK(why->zone[0].fragmentation > 900);
	CHECK_EQ(why->zone[0].unusable, 1000);
	CHECK_STR_EQ(qy_why_reason(why), "fragmentation");
	qy_check_free(&check);
	qy_scenario_free(s);
}

TEST(check, a_request_of_an_absent_cpu_is_refused_with_its_path)
{
	static const char text[] =
		BOARD "duration: 1s\nrequests: [{name: a, order: 0, cpu: 2}]\n"
		      "expect: [{request: a, each: 1}]\n";
	struct qy_check check;
	struct qy_err err = { "" };
	struct qy_scenario *s =
		qy_scenario_parse(text, strlen(text), SCENARIO_PATH, &err);

	CHECK(s && qy_check_prepare(s, &check, &err) == -1);
	CHECK_STR_EQ(err.text,
		SCENARIO_PATH ": requests[0].cpu: the board has CPUs 0..1 (is 2)");
	qy_check_free(&check);
	qy_scenario_free(s);
}

TEST(check, rounds_of_a_load_follow_one_another_and_are_cut_at_the_end)
{
	struct ran r = { 0 };

	run_text(&r, BOARD
		"load: [{start: 100ms, trace: {file: ../traces/files.dat, repeat: 2, speed: 100}}]\n"
		"reclaim: none\n"
		"duration: 170ms\n"
		"expect: [{free: {at_least: 0}}]\n");
	/* 5.219 s at a hundred times the speed are 52 ms: one round and a third */
	CHECK_EQ(r.check.load[0].rounds, 2);
	CHECK(r.check.load[0].nr_cut > 0);
	CHECK_EQ(r.check.load[0].nr_events + r.check.load[0].nr_cut,
		2 * r.check.trace[0].nr_events);
	CHECK_EQ(r.check.pages_dropped, 0);
	done(&r);
}

TEST(check, a_scenario_may_begin_with_an_aged_board)
{
	struct ran r = { 0 };

	run_text(&r, BOARD
		"start: {aged: 3}\nduration: 1s\n"
		"requests: [{name: big, order: 9, gfp: GFP_NOWAIT}, {name: small, order: 0, count: 100}]\n"
		"expect: [{request: small, each: 100}, {request: big, each: 1}]\n");
	CHECK(r.check.expect[0].pass);
	CHECK(!r.check.expect[1].pass);
	CHECK(strstr(r.report, "start    after a life drawn by seed 3: "));
	CHECK(r.check.free_at_start < r.check.free_at_boot / 2 + 64);
	done(&r);
}

TEST(check, a_load_frees_frames_of_a_recorded_machine_in_place)
{
	struct ran r = { 0 };

	run_text(&r,
		"board: {dts: ../boards/x86_64-24g.dts}\n"
		"start:\n  snapshot:\n"
		"    buddyinfo: ../tests/lab/data/start/files/buddyinfo.before\n"
		"    pagetypeinfo: ../tests/lab/data/start/files/pagetypeinfo.before\n"
		"    zoneinfo: ../tests/lab/data/start/files/zoneinfo.before\n"
		"load: [{trace: {file: ../traces/files.dat, leftovers: keep}}]\n"
		"expect: [{load: {failures: 0}}]\n");
	CHECK(r.check.pass);
	CHECK(!r.scenario->contents);
	CHECK_EQ(r.check.gap.free_blocks + r.check.gap.pageblocks + r.check.gap.pcp_pages,
		0);
	CHECK(r.check.start_kept > 100000);
	CHECK_EQ(r.check.load[0].counts.older_in_place, r.check.start_kept);
	CHECK_EQ(r.check.load[0].counts.nr_older_refused, 0);
	/* free or on a CPU's list after the load, on Linux 2293730 pages: within 1 % (docs/fidelity.md) */
	CHECK_EQ(r.check.zone[2].type, QY_ZONE_NORMAL);
	CHECK(r.check.zone[2].free_pages + r.check.zone[2].pcp_pages >
		2293730 / 100 * 99);
	CHECK(r.check.zone[2].free_pages + r.check.zone[2].pcp_pages <
		2293730 / 100 * 101);
	done(&r);
}

/* ------------------------------------------------------------------ recordings again and again, and side by side */

#define RECORDED(load_keys, trace_keys)                                         \
	BOARD "load: [{" load_keys                                              \
	      "trace: {file: ../tests/data/trace/v7.dat, unknown_frees: skip, " \
	      "leftovers: keep" trace_keys "}}]\n"                              \
	      "reclaim: none\nexpect: [{load: {failures: 1000000}}]\n"

TEST(check, until_repeats_a_recording_up_to_that_moment)
{
	struct ran once = { 0 }, r = { 0 };
	char text[512];
	uint64_t period, until;
	size_t last = 0;

	run_text(&once, RECORDED("", ""));
	period = once.check.trace[0].duration_ns + 1;
	until = 2 * period + period / 2; /* two rounds and a part of the third */
	while (last < once.check.trace[0].nr_events &&
		once.check.trace[0].events[last].ts_ns < until - 2 * period)
		last++;
	CHECK(last > 0 && last < once.check.trace[0].nr_events);

	snprintf(text, sizeof(text), RECORDED("", ", until: %lluns"),
		(unsigned long long)until);
	run_text(&r, text);
	CHECK_EQ(r.check.duration_ns, until);
	CHECK_EQ(r.check.load[0].rounds, 3);
	CHECK_EQ(r.check.load[0].nr_events, 2 * once.check.trace[0].nr_events + last);
	CHECK_EQ(r.check.load[0].nr_cut, 0);
	CHECK(strstr(r.report, ", again and again until "));
	done(&once);
	done(&r);
}

TEST(check, an_end_before_until_is_counted_as_cut)
{
	struct ran whole = { 0 }, r = { 0 };

	run_text(&whole, RECORDED("", ", until: 100ms"));
	run_text(&r, "duration: 40ms\n" RECORDED("", ", until: 100ms"));
	CHECK(r.check.load[0].nr_cut > 0);
	CHECK_EQ(r.check.load[0].nr_events + r.check.load[0].nr_cut,
		whole.check.load[0].nr_events);
	done(&whole);
	done(&r);
}

TEST(check, instances_of_a_load_have_frames_of_their_own)
{
	struct ran one = { 0 }, three = { 0 };

	run_text(&one, RECORDED("", ""));
	run_text(&three, RECORDED("instances: 3, ", ""));
	CHECK(one.check.load[0].counts.nr_allocs > 0);
	CHECK_EQ(three.check.load[0].rounds, 3);
	CHECK_EQ(three.check.load[0].counts.nr_allocs,
		3 * one.check.load[0].counts.nr_allocs);
	CHECK_EQ(three.check.load[0].counts.nr_implied_frees,
		3 * one.check.load[0].counts.nr_implied_frees);
	CHECK_EQ(three.check.pages_peak, 3 * one.check.pages_peak);
	CHECK(strstr(three.report, ", 3 of it side by side"));
	done(&one);
	done(&three);
}

TEST(check, a_log_has_an_end_and_says_what_it_lacks)
{
	struct ran r = { 0 };
	size_t lines = 0;

	run_text(&r, BOARD
		"duration: 3s\nreclaim: none\n"
		"load: [{generator: {rate: 100000, duration: 2s, mix: [{gfp: GFP_KERNEL}]}}]\n"
		"expect: [{load: {failures: 1000000}}]\n");
	for (const char *c = r.log; *c; c++)
		lines += *c == '\n';
	CHECK(r.check.load[0].counts.nr_failed > 100000);
	CHECK_EQ(lines, 100001);
	CHECK(strstr(r.log, " more lines are left out: a log holds 100000 of a run\n"));
	done(&r);
}

TEST(check, a_recording_that_would_have_too_many_rounds_is_refused)
{
	const char *text = RECORDED("", ", until: 24h, speed: 1000");
	struct qy_err err = { "" };
	struct qy_check_hooks hooks = { 0 };
	struct qy_check check;
	struct qy_scenario *s =
		qy_scenario_parse(text, strlen(text), SCENARIO_PATH, &err);

	CHECK(s && qy_check_prepare(s, &check, &err) == 0);
	CHECK_EQ(qy_check_run(&check, &hooks, &err), -1);
	CHECK_STR_EQ(err.text, SCENARIO_PATH
		": load[0]: more than 1048575 rounds of all loads: choose an earlier `until` or a longer recording");
	qy_check_free(&check);
	qy_scenario_free(s);
}

/* Blocks that are older than a long recording take seconds: Ctrl-C does not wait for them. */
TEST(check, an_interrupted_run_ends_before_it_has_its_older_blocks)
{
	const char *text = BOARD "load: [{trace: {file: ../traces/files.dat}}]\n"
				 "expect: [{load: {failures: 0}}]\n";
	const volatile sig_atomic_t stop = SIGINT;
	struct qy_check_hooks hooks = { .stop = &stop };
	struct qy_err err = { "" };
	struct qy_check check;
	struct qy_scenario *s =
		qy_scenario_parse(text, strlen(text), SCENARIO_PATH, &err);

	CHECK(s && qy_check_prepare(s, &check, &err) == 0);
	CHECK(check.older[0].nr > 1000);
	CHECK_EQ(qy_check_run(&check, &hooks, &err), -1);
	CHECK_STR_EQ(err.text, SCENARIO_PATH ": interrupted");
	CHECK_EQ(check.load[0].counts.nr_older, 0);
	qy_check_free(&check);
	qy_scenario_free(s);
}

/* Nobody is refused, and still somebody stands in the way. */
TEST(check, an_index_that_is_too_high_names_whose_pages_are_in_the_way)
{
	struct ran r = { 0 };

	run_text(&r, BUSY("7") "  - unusable: {zone: DMA, order: 9, at_most: 0.1}\n");
	CHECK(r.check.index_why[2] != NULL);
	CHECK(r.check.index_why[2]->zone[0].taint.tainted > 0);
	CHECK(strstr(r.report, " places for a block of order 9: "));
	CHECK(strstr(r.report, "          by whom: mix["));
	done(&r);
	run_text(&r, BUSY("7") "  - unusable: {zone: DMA, order: 9, at_most: 1}\n");
	CHECK(r.check.index_why[2] == NULL);
	done(&r);
}
