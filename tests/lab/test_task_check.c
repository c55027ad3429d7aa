// SPDX-License-Identifier: MIT
/*
 * Tasks of a scenario: they take what their curves say, who dies is told with the reason, and expectations of them hold or
 * fail as they should. No state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/check.h"
#include "lab/remedy.h"
#include "lab/report.h"
#include "lab/report_formats.h"
#include "lab/seeds.h"
#include "tests/lab/test_ran.h"
#include "tests/runner/test.h"

#define BOARD \
	"board: {dts: ../boards/qemu-virt-8g.dts, memory: 128M, smp: 2}\nduration: 6s\n"

/* ------------------------------------------------------------------ who dies */

#define TWO_TASKS                                                                          \
	"tasks:\n"                                                                         \
	"  - {name: inferenced, oom_score_adj: %d, memory: {constant: 50%%}, reads: 4M}\n" \
	"  - {name: bloated_loader, start: 1s, memory: {ramp: {from: 1M, to: 70%%, over: 3s}}}\n"

static const char *two_tasks(int adj, const char *expect)
{
	static char text[1024];

	snprintf(text, sizeof(text), BOARD TWO_TASKS "expect: [%s]\n", adj, expect);
	return text;
}

TEST(task_check, a_protected_daemon_survives_and_the_loader_dies_first)
{
	struct ran r = { 0 };

	run_text(&r,
		two_tasks(-1000,
			"survives: inferenced, killed_first: bloated_loader, oom_kills: {at_most: 1}"));
	CHECK(r.check.pass);
	CHECK_STR_EQ(r.check.broken, "");
	CHECK_EQ(r.check.nr_kills, 1);
	CHECK(r.check.task[1].killed && !r.check.task[0].killed);
	CHECK_CONTAINS(r.report, "  PASS  inferenced survives\n");
	CHECK_CONTAINS(r.report,
		"  PASS  bloated_loader is killed first: bloated_loader was, at ");
	CHECK_CONTAINS(r.report,
		"task     inferenced (oom_score_adj -1000, constant): 64 MiB at its peak, alive at the end\n");
	CHECK_CONTAINS(r.log,
		"kernel: Out of memory: Killed process 101 (bloated_loader) total-vm:");
	CHECK_CONTAINS(r.log, "killed: bloated_loader (pid 101), oom_score ");
	done(&r);
}

TEST(task_check, a_daemon_that_dies_is_explained_by_victim_scores_and_memory)
{
	struct ran r = { 0 };

	run_text(&r, two_tasks(0, "survives: inferenced"));
	CHECK(!r.check.pass);
	CHECK_CONTAINS(r.report, "  FAIL  inferenced survives: killed at ");
	CHECK_CONTAINS(r.report, "        why: inferenced (pid 100) was killed at ");
	CHECK_CONTAINS(r.report, "when bloated_loader (pid 101) needed a page\n");
	CHECK_CONTAINS(r.report, "  <- killed\n");
	CHECK_CONTAINS(r.report,
		"        next: bloated_loader; it dies instead if inferenced stays under ");
	done(&r);
}

/* What would have made it hold is played, not guessed. */
TEST(task_check, the_remedy_for_a_daemon_that_dies_is_its_oom_score_adj)
{
	const char *text = two_tasks(0, "survives: inferenced, oom_kills: {at_most: 1}");
	struct qy_seeds seeds = { 0 };
	struct qy_check_hooks hooks = { 0 };
	struct qy_remedy_hooks none = { 0 };
	struct qy_scenario *scenario;
	char line[512];
	struct qy_err err;

	scenario = qy_scenario_parse(text, strlen(text), SCENARIO_PATH, &err);
	CHECK(scenario != NULL);
	if (qy_seeds_prepare(scenario, &seeds, &err) ||
		qy_seeds_run(&seeds, &hooks, &err) ||
		qy_remedies_find(&seeds, &none, &err))
		FAIL("refused: %s", err.text);
	CHECK(seeds.check->remedy[0] != NULL);
	CHECK_STR_EQ(qy_remedy_text(seeds.check->remedy[0], line, sizeof(line)),
		"for inferenced, oom_score_adj: -1000 (tried: passes)");
	qy_seeds_free(&seeds);
	qy_scenario_free(scenario);
}

TEST(task_check, an_echo_in_the_timeline_decides_who_dies)
{
	struct ran r = { 0 };

	run_text(&r, BOARD
		"tasks:\n"
		"  - {name: inferenced, memory: {constant: 50%}}\n"
		"  - {name: bloated_loader, start: 1s, memory: {ramp: {to: 70%, over: 3s}}}\n"
		"timeline:\n"
		"  - {at: 500ms, write: {path: /proc/$(pidof inferenced)/oom_score_adj, value: -1000}}\n"
		"  - {at: 1500ms, write: {path: /proc/101/oom_score_adj, value: +500}}\n"
		"expect: [survives: inferenced, killed_first: bloated_loader]\n");
	CHECK(r.check.pass);
	CHECK_EQ(r.check.kill[0].kill.victim.oom_score_adj, 500);
	done(&r);
}

TEST(task_check, the_same_seed_gives_the_same_report_and_log)
{
	struct ran a = { 0 }, b = { 0 };

	run_text(&a, two_tasks(0, "survives: inferenced"));
	run_text(&b, two_tasks(0, "survives: inferenced"));
	CHECK_STR_EQ(a.report, b.report);
	CHECK_STR_EQ(a.log, b.log);
	done(&a);
	done(&b);
}

TEST(task_check, all_protected_tasks_mean_a_panic_and_the_verdict_says_so)
{
	struct ran r = { 0 };

	parse(&r, BOARD
		"tasks: [{name: inferenced, oom_score_adj: -1000, memory: {ramp: {to: 99%, over: 3s}}}]\n"
		"expect: [survives: inferenced]\n");
	play_scenario(&r);
	CHECK(!r.check.pass);
	CHECK_STR_EQ(
		r.check.broken, "the machine panicked: System is deadlocked on memory");
	done(&r);
}

/* ------------------------------------------------------------------ memory over time */

TEST(task_check, memory_follows_its_curve_and_comes_back)
{
	struct ran r = { 0 };

	run_text(&r, BOARD
		"tasks:\n"
		"  - {name: saw, memory: {sawtooth: {low: 2M, high: 20M, period: 2s}}}\n"
		"  - {name: leak, memory: {leak: {from: 1M, rate: 4M, at_most: 9M}}}\n"
		"  - {name: loader, memory: {recorded: {file: ../tests/lab/data/loader.rss, process: bloated_loader}}}\n"
		"  - {name: brief, start: 1s, stop: 2s, memory: {constant: 8M}}\n"
		"expect: [oom_kills: {at_most: 0}, survives: brief, free: {at_least: 8M}]\n");
	CHECK(r.check.pass);
	CHECK_STR_EQ(r.check.broken, "");
	CHECK_EQ(r.check.task[0].peak_pages, 4890 /* 19.1 MiB, at 1.9 s */);
	CHECK_EQ(r.check.task[1].peak_pages, 9 * 256);
	CHECK_EQ(r.check.task[1].end_pages, 9 * 256);
	CHECK_EQ(r.check.task[2].peak_pages, 60 * 256);
	CHECK_EQ(r.check.task[2].end_pages, 30 * 256);
	CHECK_CONTAINS(r.report,
		"task     brief (oom_score_adj 0, constant): 8 MiB at its peak, ended by itself\n");
	done(&r);
}

TEST(task_check, strict_overcommit_refuses_the_task_and_nobody_dies)
{
	struct ran r = { 0 };

	run_text(&r,
		"board: {dts: ../boards/qemu-virt-8g.dts, memory: 128M, sysctl: [vm.overcommit_memory=2, vm.overcommit_ratio=50]}\n"
		"duration: 4s\n"
		"tasks: [{name: bloated_loader, memory: {ramp: {to: 95%, over: 3s}}}]\n"
		"expect: [oom_kills: {at_most: 0}, survives: bloated_loader]\n");
	CHECK(r.check.pass);
	CHECK(r.check.task[0].refused_pages > 0);
	CHECK_CONTAINS(r.report, "         refused up to ");
	CHECK_CONTAINS(
		r.log, "__vm_enough_memory: pid: 100, comm: bloated_loader, bytes: ");
	done(&r);
}

/* ------------------------------------------------------------------ bundled scenarios */

static void run_bundled(
	struct ran *r, const char *path, const char *memory, const char *sysctl)
{
	static const char *sysctls[QY_MAX_SYSCTLS];

	r->scenario = qy_scenario_load(path, &r->err);
	if (!r->scenario)
		FAIL("%s", r->err.text);
	if (memory)
		r->scenario->board.memory = memory;
	if (sysctl) {
		sysctls[0] = sysctl;
		r->scenario->board.sysctls = sysctls;
		r->scenario->board.nr_sysctls = 1;
	}
	run_scenario(r);
}

/* Shares of the RAM, so a smaller board has the same fate. */
TEST(task_check, the_bundled_daemon_survives_its_loader)
{
	struct ran r = { 0 };

	run_bundled(&r, QY_SOURCE_DIR "/scenarios/inferenced.yaml", "512M", NULL);
	if (!r.check.pass)
		FAIL("%s", r.report);
	CHECK_EQ(r.check.kill[0].kill.victim.oom_score_adj, 500);
	CHECK_EQ(r.check.nr_kills, 1);
	done(&r);
}

TEST(task_check, bursts_are_served_with_one_min_free_kbytes_and_refused_with_another)
{
	const char *path = QY_SOURCE_DIR "/scenarios/atomic-bursts.yaml";
	struct ran r = { 0 }, low = { 0 };

	run_bundled(&r, path, NULL, NULL);
	if (!r.check.pass)
		FAIL("%s", r.report);
	run_bundled(&low, path, NULL, "vm.min_free_kbytes=2048");
	CHECK(!low.check.pass);
	CHECK(!low.check.expect[0].pass);
	CHECK_CONTAINS(low.report, "        why: watermark. First refused: block ");
	done(&r);
	done(&low);
}

/* ------------------------------------------------------------------ words that are refused */

static void check_refused(const char *tasks, const char *why)
{
	char text[1024];
	struct qy_err err;
	const char *place = SCENARIO_PATH ": ";

	snprintf(text, sizeof(text), BOARD "%s\nexpect: [oom_kills: {at_most: 0}]\n",
		tasks);
	if (qy_scenario_parse(text, strlen(text), SCENARIO_PATH, &err))
		FAIL("taken: %s", tasks);
	CHECK_EQ(strncmp(err.text, place, strlen(place)), 0);
	CHECK_STR_EQ(err.text + strlen(place), why);
}

TEST(task_check, what_is_no_task_is_refused_with_its_place)
{
	check_refused("tasks: [{memory: {constant: 1M}}]",
		"tasks[0].name: is missing: write `name: inferenced`");
	check_refused("tasks: [{name: sixteen-bytes-it, memory: {constant: 1M}}]",
		"tasks[0].name: must have 1 to 15 bytes (is sixteen-bytes-it)");
	check_refused("tasks: [{name: a}]",
		"tasks[0].memory: give exactly one of constant, ramp, sawtooth, leak, recorded");
	check_refused("tasks: [{name: a, memory: {constant: 1M, leak: {rate: 1M}}}]",
		"tasks[0].memory: give exactly one of constant, ramp, sawtooth, leak, recorded");
	check_refused("tasks: [{name: a, memory: {ramp: {to: 1M}}}]",
		"tasks[0].memory.ramp.over: is missing: write `memory.ramp.over: 10s`");
	check_refused("tasks: [{name: a, memory: {constant: 120%}}]",
		"tasks[0].memory.constant: must be a share of the RAM like 40% (is 120%)");
	check_refused("tasks: [{name: a, oom_score_adj: -1001, memory: {constant: 1M}}]",
		"tasks[0].oom_score_adj: must be -1000..1000 (is -1001)");
	check_refused(
		"tasks: [{name: a, memory: {constant: 1M}}, {name: a, memory: {constant: 1M}}]",
		"tasks[1].name: `a` is taken by an earlier task");
	check_refused("tasks: [{name: a, start: 2s, stop: 1s, memory: {constant: 1M}}]",
		"tasks[0].stop: must lie behind its start (is 1s)");
	check_refused("contents: false\ntasks: [{name: a, memory: {constant: 1M}}]",
		"tasks[0]: a task has bytes: remove `contents: false`");
	check_refused("", "expect[0].oom_kills: there is no task that could be killed");
}
