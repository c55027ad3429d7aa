// SPDX-License-Identifier: MIT
/*
 * The timeline: each step does at its moment what it says, and nothing else. No state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/check.h"
#include "lab/report.h"
#include "tests/runner/test.h"

#define PATH QY_SOURCE_DIR "/scenarios/test.yaml"
#define BOARD \
	"board: {dts: ../boards/qemu-virt-8g.dts, memory: 128M, smp: 2}\nduration: 6s\nreclaim: none\n"
#define LOAD \
	"load: [{generator: {rate: 2000, duration: 5s, mix: [{gfp: GFP_KERNEL, lifetime: 1s}]}}]\n"

struct ran {
	struct qy_scenario *scenario;
	struct qy_check check;
	char *report, *log;
	struct qy_err err;
	int error;
};

static void run_with(struct ran *r, const char *text, struct qy_check_hooks hooks)
{
	size_t report_size, log_size;
	FILE *report = open_memstream(&r->report, &report_size);

	hooks.log = open_memstream(&r->log, &log_size);
	r->scenario = qy_scenario_parse(text, strlen(text), PATH, &r->err);
	if (!r->scenario || qy_check_prepare(r->scenario, &r->check, &r->err))
		FAIL("refused: %s", r->err.text);
	r->error = qy_check_run(&r->check, &hooks, &r->err);
	if (!r->error)
		qy_report_print(report, &r->check, false);
	fclose(report);
	fclose(hooks.log);
}

static void run(struct ran *r, const char *text)
{
	run_with(r, text, (struct qy_check_hooks){ 0 });
	if (r->error)
		FAIL("refused: %s", r->err.text);
	CHECK_STR_EQ(r->check.broken, "");
}

static void done(struct ran *r)
{
	qy_check_free(&r->check);
	qy_scenario_free(r->scenario);
	free(r->report);
	free(r->log);
}

TEST(timeline, a_request_of_a_step_is_made_at_its_moment)
{
	struct ran r = { 0 };

	run(&r, BOARD
		"timeline: [{at: 2s, request: {name: late, order: 4, count: 3, every: 1s, times: 2}}]\n"
		"expect: [{request: late, each: 3}]\n");
	CHECK(r.check.pass);
	CHECK(strstr(r.log,
		"[    2.000000] late: round 0: got 3 of 3 blocks of order 4, the slowest in "));
	CHECK(strstr(r.log,
		"[    3.000000] late: round 1: got 3 of 3 blocks of order 4, the slowest in "));
	done(&r);
}

TEST(timeline, a_free_gives_back_what_the_request_holds_then)
{
	struct ran r = { 0 };

	run(&r, BOARD
		"requests: [{name: ring, order: 3, count: 10, every: 2s, start: 1s}]\n" /* 1, 3, 5 s */
		"timeline:\n"
		"  - {at: 2s, snapshot: before}\n"
		"  - {at: 4s, free: ring}\n"
		"  - {at: 4s, snapshot: after}\n"
		"  - {at: 4500ms, free: ring}\n"
		"expect: [{request: ring, each: 10}]\n");
	CHECK_EQ(r.check.step[1].blocks, 20);
	CHECK_EQ(r.check.step[2].free_pages, r.check.step[0].free_pages + 10 * 8);
	CHECK_EQ(r.check.step[3].blocks, 0);
	CHECK(strstr(
		r.report, "         at 4 s: free ring: 20 blocks of order 3 go back, "));
	done(&r);
}

TEST(timeline, a_write_does_what_echo_does)
{
	struct ran r = { 0 };

	run(&r, BOARD
		"timeline:\n"
		"  - {at: 3s, snapshot: after}\n" /* steps are played by time, not by place */
		"  - {at: 2s, write: {path: /proc/sys/vm/min_free_kbytes, value: 16384}}\n"
		"  - {at: 1s, snapshot: before}\n"
		"expect: [{free: {at_least: 1M}}]\n");
	CHECK_STR_EQ(r.scenario->step[0].name, "before");
	CHECK(r.check.step[0].zone[0].watermark[0] < 4096);
	CHECK_EQ(r.check.step[2].zone[0].watermark[0], 4096); /* the one zone's */
	CHECK_EQ(r.check.zone[0].watermark[0], 4096);
	done(&r);
}

TEST(timeline, fail_page_alloc_can_be_switched_on_for_a_while)
{
	struct ran r = { 0 };

	run(&r, BOARD
		"timeline:\n"
		"  - {at: 1s, write: {path: /sys/kernel/debug/fail_page_alloc/min-order, value: 0}}\n"
		"  - {at: 1s, write: {path: /sys/kernel/debug/fail_page_alloc/times, value: -1}}\n"
		"  - {at: 1s, write: {path: /sys/kernel/debug/fail_page_alloc/probability, value: 100}}\n"
		"  - {at: 1s, write: {path: /sys/kernel/debug/fail_page_alloc/ignore-gfp-wait, value: 0}}\n"
		"  - {at: 4s, write: {path: /sys/kernel/debug/fail_page_alloc/probability, value: 0}}\n"
		"requests: [{name: unlucky, order: 0, every: 1s, start: 500ms}]\n"
		"expect: [{request: unlucky, success: 50%}]\n");
	CHECK_EQ(r.check.request[0].asked, 6);
	CHECK_EQ(r.check.request[0].got, 3); /* at 0.5, 4.5 and 5.5 s */
	done(&r);
}

TEST(timeline, a_value_that_the_file_does_not_take_is_bad_input)
{
	struct ran r = { 0 };

	run_with(&r,
		BOARD
		"timeline: [{at: 1s, write: {path: /sys/kernel/debug/fail_page_alloc/times, value: often}}]\n"
		"expect: [{free: {at_least: 1M}}]\n",
		(struct qy_check_hooks){ 0 });
	CHECK_EQ(r.error, -1);
	CHECK_STR_EQ(r.err.text,
		PATH ": timeline[0].write.value: "
		     "/sys/kernel/debug/fail_page_alloc/times does not take `often`");
	done(&r);
}

TEST(timeline, a_step_behind_the_end_is_bad_input)
{
	struct ran r = { 0 };

	run_with(&r,
		BOARD "timeline: [{at: 1s, snapshot: a}, {at: 6s, snapshot: b}]\n"
		      "expect: [{free: {at_least: 1M}}]\n",
		(struct qy_check_hooks){ 0 });
	CHECK_EQ(r.error, -1);
	CHECK_STR_EQ(r.err.text, PATH ": timeline[1].at: lies behind the end: "
				      "give a longer `duration` or an earlier moment");
	done(&r);
}

TEST(timeline, a_snapshot_changes_nothing)
{
	struct ran with = { 0 }, without = { 0 };

	run(&without, BOARD LOAD "expect: [{free: {at_least: 1M}}]\n");
	run(&with, BOARD LOAD
		"timeline: [{at: 1s, snapshot: a}, {at: 2500ms, snapshot: b}]\n"
		"expect: [{free: {at_least: 1M}}]\n");
	CHECK_EQ(with.check.digest, without.check.digest);
	CHECK_EQ(with.check.min_free_pages, without.check.min_free_pages);
	CHECK_EQ(with.check.step[1].nr_zones, with.check.nr_zones);
	done(&with);
	done(&without);
}

static int refuse_second(
	void *arg, struct qy_machine *m, const char *name, struct qy_err *err)
{
	int *calls = arg;

	CHECK(qy_proc_read(m, "/proc/buddyinfo", NULL, 0) > 0);
	return ++*calls == 2 ? qy_fail(err, "%s: disk full", name) : 0;
}

TEST(timeline, a_snapshot_that_cannot_be_written_ends_the_run)
{
	struct ran r = { 0 };
	int calls = 0;

	run_with(&r,
		BOARD
		"timeline: [{at: 1s, snapshot: a}, {at: 2s, snapshot: b}, {at: 3s, snapshot: c}]\n"
		"expect: [{free: {at_least: 1M}}]\n",
		(struct qy_check_hooks){ .snapshot = refuse_second, .arg = &calls });
	CHECK_EQ(r.error, -1);
	CHECK_EQ(calls, 2);
	CHECK_STR_EQ(r.err.text, "b: disk full");
	done(&r);
}

TEST(timeline, the_bundled_scenario_with_one_holds)
{
	struct ran r = { 0 };
	struct qy_check_hooks hooks = { 0 };

	r.scenario = qy_scenario_load(QY_SOURCE_DIR "/scenarios/burst.yaml", &r.err);
	if (!r.scenario || qy_check_prepare(r.scenario, &r.check, &r.err) ||
		qy_check_run(&r.check, &hooks, &r.err))
		FAIL("refused: %s", r.err.text);
	CHECK(r.check.pass);
	CHECK_EQ(r.check.step[0].blocks, 1024);
	done(&r);
}
