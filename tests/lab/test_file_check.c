// SPDX-License-Identifier: MIT
/*
 * Files and swap of a scenario, and the board's background threads: what is written comes back, reclaim takes what it
 * should, settings are obeyed, and each expectation holds or fails with its cause. No state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/check.h"
#include "lab/remedy.h"
#include "lab/report.h"
#include "lab/seeds.h"
#include "tests/lab/test_ran.h"
#include "tests/runner/test.h"

#define MIB   256u /* pages */
#define BOARD "board: {dts: ../boards/qemu-virt-8g.dts, memory: 64M, smp: 2}\n"

/* The same board with a setting. */
#define BOARD_WITH(sysctl)                                                               \
	"board: {dts: ../boards/qemu-virt-8g.dts, memory: 64M, smp: 2, sysctl: [" sysctl \
	"]}\n"

/* ------------------------------------------------------------------ kswapd, kcompactd, the flusher */

/* A boost raises min above what is free, so the next reader waits; with room between low and min alone nobody does. */
TEST(file_check, kswapd_takes_back_page_cache_before_anybody_has_to_wait)
{
#define A_STREAM                                          \
	"duration: 3s\n"                                  \
	"files: [{name: model, read: 60M, size: 120M}]\n" \
	"expect: [free: {at_least: 512K}]\n"
	struct ran r;

	run_text(&r, BOARD A_STREAM);
	CHECK(r.check.pass);
	CHECK_EQ(r.check.file[0].bytes, 180u << 20);
	CHECK(r.check.reclaim.kswapd_freed > r.check.reclaim.direct_freed);
	CHECK(r.check.reclaim.direct_freed > 0);
	CHECK_CONTAINS(r.log, "kswapd: took back ");
	CHECK_CONTAINS(r.report,
		"file     model (120 MiB, 60 MiB/s): 180 MiB read, the disk read ");
	CHECK_CONTAINS(r.report, "took     back: kswapd ");
	done(&r);
	run_text(&r,
		BOARD_WITH("vm.watermark_boost_factor=0, vm.watermark_scale_factor=100")
			A_STREAM);
	CHECK(r.check.reclaim.kswapd_freed > 100 * MIB);
	CHECK_EQ(r.check.reclaim.direct_freed, 0);
	done(&r);
}

/* Pages that have been dirty for dirty_expire_centisecs are written; without a flusher nothing is. */
TEST(file_check, the_flusher_writes_what_has_been_dirty_for_long_as_often_as_it_is_told)
{
#define LOG_FOR_6_S                                      \
	"duration: 6s\n"                                 \
	"files: [{name: log, write: 512K, size: 16M}]\n" \
	"expect: [free: {at_least: 1M}]\n"
	struct ran r;

	run_text(&r, BOARD LOG_FOR_6_S);
	CHECK_EQ(r.check.file[0].bytes, 3u << 20);
	CHECK_EQ(r.check.reclaim.file_written, 0); /* 30 s are the default */
	done(&r);
	run_text(&r,
		BOARD_WITH(
			"vm.dirty_expire_centisecs=100, vm.dirty_writeback_centisecs=50")
			LOG_FOR_6_S);
	CHECK(r.check.reclaim.file_written >= 2 * MIB);
	CHECK_CONTAINS(r.log, "flusher: wrote ");
	done(&r);
	run_text(&r,
		BOARD_WITH(
			"vm.dirty_expire_centisecs=100, vm.dirty_writeback_centisecs=0")
			LOG_FOR_6_S);
	CHECK_EQ(r.check.reclaim.file_written, 0);
	done(&r);
}

TEST(file_check, who_dirties_too_many_pages_has_to_write_them_back)
{
#define A_BURST                                                       \
	"duration: 2s\n"                                              \
	"files: [{name: log, write: 16M, size: 16M, every: 500ms}]\n" \
	"expect: [free: {at_least: 1M}]\n"
	struct ran r;

	run_text(&r,
		BOARD_WITH("vm.dirty_background_bytes=1048576, vm.dirty_bytes=2097152")
			A_BURST);
	CHECK(r.check.file[0].throttled > 0);
	CHECK_CONTAINS(r.report, ", it had to write back ");
	done(&r);
	run_text(&r, BOARD_WITH("vm.dirty_ratio=80") A_BURST);
	CHECK_EQ(r.check.file[0].throttled, 0);
	done(&r);
}

/* Free memory is in many small pieces; with the setting at its highest kcompactd does not stand that. */
TEST(file_check, kcompactd_compacts_by_itself_as_proactively_as_it_is_told)
{
#define AGED                 \
	"start: {aged: 1}\n" \
	"contents: false\n"  \
	"duration: 3s\n"     \
	"expect: [{unusable: {zone: DMA, order: 9, at_most: 1}}]\n"
	struct ran r;

	run_text(&r, BOARD_WITH("vm.compaction_proactiveness=0") AGED);
	CHECK_EQ(r.check.pages_moved, 0);
	done(&r);
	run_text(&r, BOARD_WITH("vm.compaction_proactiveness=100") AGED);
	CHECK(r.check.pages_moved > 0);
	CHECK_CONTAINS(r.log, "kcompactd: moved ");
	done(&r);
}

/* ------------------------------------------------------------------ what a stream does */

TEST(file_check, a_model_that_fits_is_read_from_the_disk_once)
{
	struct ran r;

	run_text(&r, BOARD "duration: 4s\n"
			   "files: [{name: model, read: 10M, size: 10M, times: 3}]\n"
			   "expect: [free: {at_least: 1M}]\n");
	CHECK_EQ(r.check.file[0].bytes, 30u << 20);
	CHECK_EQ(r.check.file[0].disk_pages, 10 * MIB);
	done(&r);
	run_text(&r,
		BOARD "duration: 2s\n"
		      "files: [{name: model, read: 10M, size: 30M, access: random}]\n"
		      "expect: [free: {at_least: 1M}]\n");
	CHECK_EQ(r.check.file[0].bytes, 20u << 20);
	CHECK(r.check.file[0].disk_pages < 20 * MIB);
	done(&r);
}

TEST(file_check, an_echo_to_drop_caches_has_the_model_read_again)
{
	struct ran r;

	run_text(&r, BOARD
		"duration: 4s\n"
		"files: [{name: model, read: 10M, size: 10M}]\n"
		"timeline:\n"
		"  - {at: 1950ms, snapshot: before}\n"
		"  - {at: 1960ms, write: {path: /proc/sys/vm/drop_caches, value: 3}}\n"
		"expect: [free: {at_least: 1M}]\n");
	CHECK_EQ(r.check.step[1].free_pages - r.check.step[0].free_pages >= 6 * MIB,
		1); /* the rest is on the CPUs' lists */
	CHECK_EQ(r.check.file[0].disk_pages, 20 * MIB);
	CHECK_CONTAINS(r.log, "kernel: sh (0): drop_caches: 3");
	done(&r);
}

TEST(file_check, a_log_is_synced_as_often_as_its_writer_says)
{
	struct ran r;

	run_text(&r, BOARD "duration: 5s\n"
			   "files: [{name: log, write: 1000, size: 8K, fsync: 1s}]\n"
			   "expect: [free: {at_least: 1M}]\n");
	CHECK_EQ(r.check.file[0].bytes, 5000);
	CHECK_EQ(r.check.file[0].syncs, 4);
	CHECK(r.check.reclaim.file_written >= 4);
	CHECK_CONTAINS(r.report, "4 fsyncs");
	done(&r);
}

TEST(file_check, a_full_disk_is_told_to_who_writes_and_harms_nobody_else)
{
	struct ran r;

	run_text(&r, BOARD
		"duration: 4s\ndisk: 2M\nswap: 1M\n"
		"tasks: [{name: inferenced, memory: {constant: 30%}, reads: 20M}]\n"
		"files: [{name: log, write: 2M, size: 8M, fsync: 500ms}, {name: model, read: 1M, size: 4M}]\n"
		"expect: [survives: inferenced, oom_kills: {at_most: 0}]\n");
	CHECK(r.check.pass);
	CHECK(r.check.file[0].nr_errors > 0);
	CHECK_EQ(r.check.file[1].nr_errors, 0);
	CHECK_CONTAINS(r.report, "No space left on device");
	done(&r);
}

/* ------------------------------------------------------------------ swap */

#define TWO_LARGE_TASKS                                                     \
	"duration: 4s\n"                                                    \
	"tasks:\n"                                                          \
	"  - {name: inferenced, memory: {constant: 50%}, reads: 4M}\n"      \
	"  - {name: bloated_loader, memory: {ramp: {to: 60%, over: 2s}}}\n" \
	"expect: [oom_kills: {at_most: 0}, survives: inferenced]\n"

TEST(file_check, swap_saves_a_task_and_gives_every_page_back_as_it_was)
{
	struct ran r;

	run_text(&r, BOARD "swap: 64M\n" TWO_LARGE_TASKS);
	CHECK(r.check.pass);
	CHECK(r.check.reclaim.swapped_out > 5 * MIB);
	CHECK(r.check.reclaim.swapped_in > 0);
	CHECK_CONTAINS(r.report, "swap     64 MiB: ");
	done(&r);
	run_text(&r, BOARD TWO_LARGE_TASKS);
	CHECK(!r.check.pass);
	CHECK_EQ(r.check.reclaim.swapped_out, 0);
	done(&r);
}

/* What does not find room on the disk stays in RAM, as it was; then somebody has to die after all. */
TEST(file_check, a_swap_file_on_a_full_disk_loses_nothing)
{
	struct ran r;

	run_text(&r, BOARD "swap: 64M\ndisk: 4M\n" TWO_LARGE_TASKS);
	CHECK(r.check.reclaim.swapped_out <= 4 * MIB);
	CHECK(r.check.nr_kills > 0);
	CHECK_CONTAINS(r.log, "kernel: Write-error on swap-device (/swapfile:");
	done(&r);
}

/* swapon makes RAM and swap larger: a score is a share of both. */
TEST(file_check, scores_are_shares_of_ram_and_swap)
{
	struct ran r;
	uint64_t without;

	run_text(&r, BOARD TWO_LARGE_TASKS);
	without = r.check.preview_at_end.total_pages;
	done(&r);
	run_text(&r, BOARD "swap: 64M\n" TWO_LARGE_TASKS);
	CHECK_EQ(r.check.preview_at_end.total_pages, without + 64 * MIB);
	done(&r);
}

static uint64_t swapped_at(const char *swappiness)
{
	static const char *sysctls[1];
	struct ran r = { 0 };
	uint64_t pages;

	r.scenario = qy_scenario_load(QY_SOURCE_DIR "/scenarios/swappiness.yaml", &r.err);
	if (!r.scenario)
		FAIL("%s", r.err.text);
	sysctls[0] = swappiness;
	r.scenario->board.sysctls = sysctls;
	r.scenario->board.nr_sysctls = 1;
	run_scenario(&r);
	pages = r.check.reclaim.swapped_out;
	CHECK_EQ(r.check.nr_kills, 0);
	CHECK_EQ(r.check.pass, strcmp(swappiness, "vm.swappiness=200") != 0);
	done(&r);
	return pages;
}

/* The more swappiness, the more of the daemon goes; with 0 nothing does while there is page cache. */
TEST(file_check, swappiness_decides_between_the_daemon_and_the_page_cache)
{
	uint64_t at_0 = swapped_at("vm.swappiness=0"),
		 at_100 = swapped_at("vm.swappiness=100");
	uint64_t at_200 = swapped_at("vm.swappiness=200");

	CHECK_EQ(at_0, 0);
	CHECK(at_100 > 0 && at_100 < at_200);
}

/* What would have made it hold is played, and the next value that does not. */
TEST(file_check, the_remedy_for_a_task_that_waits_for_swap_is_less_swappiness)
{
	static const char *sysctls[] = { "vm.swappiness=200" };
	struct qy_seeds seeds = { 0 };
	struct qy_check_hooks hooks = { 0 };
	struct qy_remedy_hooks none = { 0 };
	struct qy_scenario *s;
	char line[512];
	struct qy_err err;

	s = qy_scenario_load(QY_SOURCE_DIR "/scenarios/swappiness.yaml", &err);
	CHECK(s != NULL);
	s->board.sysctls = sysctls;
	s->board.nr_sysctls = 1;
	if (qy_seeds_prepare(s, &seeds, &err) || qy_seeds_run(&seeds, &hooks, &err) ||
		qy_remedies_find(&seeds, &none, &err))
		FAIL("refused: %s", err.text);
	CHECK(seeds.check->remedy[2] != NULL);
	CHECK_CONTAINS(qy_remedy_text(seeds.check->remedy[2], line, sizeof(line)),
		"vm.swappiness=1");
	CHECK_CONTAINS(line, "(tried: passes; ");
	qy_seeds_free(&seeds);
	qy_scenario_free(s);
}

/* ------------------------------------------------------------------ recorded on a board: this one */

/* tools/record-rss.sh looks at this very process, and a task of the scenario then has what this process had. */
TEST(file_check, what_the_recorder_writes_is_a_curve_of_a_task)
{
	char comm[32] = "", file[] = "/tmp/quarry-rss-XXXXXX", text[1024], command[512];
	FILE *self = fopen("/proc/self/comm", "r");
	struct ran r;
	int fd = mkstemp(file);

	CHECK(self && fgets(comm, sizeof(comm), self) && fd >= 0);
	fclose(self);
	comm[strcspn(comm, "\n")] = '\0';
	snprintf(command, sizeof(command),
		"sh " QY_SOURCE_DIR "/tools/record-rss.sh -n 1 '%s' >%s", comm, file);
	CHECK_EQ(system(command), 0);
	snprintf(text, sizeof(text),
		"board: {dts: ../boards/qemu-virt-8g.dts, memory: 1G}\nduration: 1s\n"
		"tasks: [{name: inferenced, memory: {recorded: {file: %s, process: '%s'}}}]\n"
		"expect: [survives: inferenced]\n",
		file, comm);
	run_text(&r, text);
	CHECK(r.check.pass);
	CHECK(r.check.task[0].peak_pages > 0);
	CHECK_EQ(r.check.task[0].peak_pages, r.check.rss[0].sample[0].bytes / 4096);
	done(&r);
	close(fd);
	unlink(file);
}

/* ------------------------------------------------------------------ everything at once */

#define EVERYTHING                                                                                            \
	"board: {dts: ../boards/qemu-virt-8g.dts, memory: 96M, smp: 2, append: cma=16M}\n"                    \
	"duration: 4s\nswap: 96M\n"                                                                           \
	"load:\n"                                                                                             \
	"  - generator:\n"                                                                                    \
	"      rate: 3000\n"                                                                                  \
	"      duration: 4s\n"                                                                                \
	"      mix: [{gfp: GFP_HIGHUSER_MOVABLE, weight: 4}, {gfp: GFP_KERNEL, order: 1, lifetime: 500ms}]\n" \
	"tasks:\n"                                                                                            \
	"  - {name: inferenced, memory: {constant: 40%}, reads: 30M}\n"                                       \
	"  - {name: modeld, memory: {sawtooth: {low: 5%, high: 35%, period: 700ms}}, reads: 10M, cpu: 1}\n"   \
	"files:\n"                                                                                            \
	"  - {name: model, read: 20M, size: 40M}\n"                                                           \
	"  - {name: log, write: 4M, size: 6M, fsync: 1s}\n"                                                   \
	"requests:\n"                                                                                         \
	"  - {name: camera, cma: default, size: 4M, count: 2, every: 300ms, hold: 100ms}\n"                   \
	"  - {name: npu, order: 6, count: 4, every: 200ms, hold: 50ms}\n"                                     \
	"expect: [oom_kills: {at_most: 0}, {request: camera, success: 1%}]\n"

TEST(file_check,
	nothing_is_lost_while_reclaim_swap_compaction_and_cma_are_at_work_at_once)
{
	struct ran a, b;

	run_text(&a, EVERYTHING);
	if (!a.check.pass)
		FAIL("%s", a.report);
	CHECK(a.check.reclaim.swapped_out > 0 && a.check.reclaim.swapped_in > 0);
	CHECK(a.check.reclaim.kswapd_freed > 0);
	CHECK(a.check.reclaim.file_written > 0);
	CHECK(a.check.pages_moved > 0);
	run_text(&b, EVERYTHING);
	CHECK_STR_EQ(a.report, b.report);
	CHECK_STR_EQ(a.log, b.log);
	done(&a);
	done(&b);
}

/* Page cache that only the stand-in knows goes before a task does. */
TEST(file_check, the_page_cache_of_a_load_goes_before_anybody_is_killed)
{
	struct ran r;

	run_text(&r, BOARD
		"duration: 3s\n"
		"load: [{generator: {rate: 20000, duration: 1s, mix: [{gfp: GFP_HIGHUSER_MOVABLE}]}}]\n"
		"tasks: [{name: inferenced, start: 1s, memory: {ramp: {to: 70%, over: 1s}}}]\n"
		"expect: [oom_kills: {at_most: 0}]\n");
	CHECK(r.check.pass);
	CHECK(r.check.pages_dropped > 0);
	done(&r);
}

/* ------------------------------------------------------------------ expectations that fail say why */

TEST(file_check,
	a_task_that_waits_for_swap_misses_its_latency_and_is_told_what_took_so_long)
{
#define LATE(time)                                                                \
	BOARD "duration: 3s\nswap: 64M\n"                                         \
	      "tasks:\n"                                                          \
	      "  - {name: inferenced, memory: {constant: 60%}, reads: 20M}\n"     \
	      "  - {name: bloated_loader, memory: {ramp: {to: 60%, over: 1s}}}\n" \
	      "expect: [{task: inferenced, latency: " time ", percentile: 99}]\n"
	struct ran r;

	run_text(&r, LATE("1us"));
	CHECK(!r.check.pass);
	CHECK_CONTAINS(r.report, "  FAIL  inferenced: 99.000% of ");
	CHECK_CONTAINS(r.report, "        the slowest that came took ");
	CHECK_CONTAINS(r.report, " pages read from swap or files\n");
	CHECK_CONTAINS(r.report, " pages that reclaim looked at\n");
	done(&r);
	run_text(&r, LATE("1s"));
	CHECK(r.check.pass);
	done(&r);
}

TEST(file_check, free_memory_that_fell_too_low_is_explained_by_who_had_it)
{
#define LEAST(size)                                                            \
	BOARD "duration: 2s\n"                                                 \
	      "tasks: [{name: modeld, memory: {ramp: {to: 30%, over: 1s}}}]\n" \
	      "files: [{name: model, read: 8M, size: 8M}]\n"                   \
	      "expect: [free: {at_least: " size "}]\n"
	struct ran r;

	run_text(&r, LEAST("40M"));
	CHECK(!r.check.pass);
	CHECK_CONTAINS(r.report, "        why: it was below from ");
	CHECK_CONTAINS(r.report, "tasks ");
	CHECK_CONTAINS(r.report, ", page cache of files ");
	done(&r);
	run_text(&r, LEAST("2M"));
	CHECK(r.check.pass);
	done(&r);
}

TEST(file_check, who_was_not_the_first_to_be_killed_is_told_who_was)
{
	struct ran r;

	run_text(&r,
		BOARD "duration: 3s\n"
		      "tasks:\n"
		      "  - {name: inferenced, memory: {constant: 50%}}\n"
		      "  - {name: bloated_loader, memory: {ramp: {to: 80%, over: 2s}}}\n"
		      "expect: [killed_first: bloated_loader]\n");
	CHECK(!r.check.pass);
	CHECK_CONTAINS(
		r.report, "  FAIL  bloated_loader is killed first: inferenced was, at ");
	CHECK_CONTAINS(r.report, "        why: inferenced (pid 100) was killed at ");
	CHECK_CONTAINS(r.report, "  <- killed\n");
	done(&r);
}

/* ------------------------------------------------------------------ a host without room */

/* Return: what qy_check_run() answered. The environment is as before, whatever is found wrong. */
static int run_without_directory(const char *words, struct qy_err *err)
{
	char *before = getenv("TMPDIR") ? strdup(getenv("TMPDIR")) : NULL, text[512];
	struct qy_check_hooks hooks = { 0 };
	struct qy_check check;
	struct qy_scenario *s;
	int error = 0;

	snprintf(text, sizeof(text),
		BOARD "duration: 1s\n%s\nexpect: [free: {at_least: 0}]\n", words);
	setenv("TMPDIR", "/no/such/directory", 1);
	s = qy_scenario_parse(text, strlen(text), SCENARIO_PATH, err);
	if (s && !qy_check_prepare(s, &check, err))
		error = qy_check_run(&check, &hooks, err);
	qy_check_free(&check);
	qy_scenario_free(s);
	if (before)
		setenv("TMPDIR", before, 1);
	else
		unsetenv("TMPDIR");
	free(before);
	return error;
}

TEST(file_check, without_a_directory_for_its_files_nothing_is_run)
{
	struct qy_err err = { "" };

	CHECK_EQ(run_without_directory("files: [{name: log, write: 1M, size: 1M}]", &err),
		-1);
	CHECK_STR_EQ(err.text, SCENARIO_PATH
		": files[0]: the host has no file for it: No such file or directory: set TMPDIR to a directory that can be written");
	CHECK_EQ(run_without_directory("swap: 1M", &err), -1);
	CHECK_STR_EQ(err.text, SCENARIO_PATH
		": swap: No such file or directory: give a size that the board can have, and set TMPDIR to a directory that can be written");
}

/* ------------------------------------------------------------------ words that are refused */

static void check_refused(const char *words, const char *why)
{
	char text[1024];
	struct qy_err err;
	const char *place = SCENARIO_PATH ": ";

	snprintf(text, sizeof(text),
		BOARD "duration: 1s\n%s\nexpect: [free: {at_least: 0}]\n", words);
	if (qy_scenario_parse(text, strlen(text), SCENARIO_PATH, &err))
		FAIL("taken: %s", words);
	CHECK_EQ(strncmp(err.text, place, strlen(place)), 0);
	CHECK_STR_EQ(err.text + strlen(place), why);
}

TEST(file_check, what_is_no_file_and_no_swap_is_refused_with_its_place)
{
	check_refused("files: [{name: log, size: 1M}]",
		"files[0]: give exactly one of write, read: bytes a second");
	check_refused("files: [{name: log, size: 1M, write: 1M, read: 1M}]",
		"files[0]: give exactly one of write, read: bytes a second");
	check_refused("files: [{name: log, write: 1M}]",
		"files[0].size: is missing: write `size: 100M`");
	check_refused("files: [{name: log, write: 1M, size: 1K}]",
		"files[0].size: must be at least 4K (is 1K)");
	check_refused("files: [{name: log, write: 1M, size: 1M, access: random}]",
		"files[0].access: goes with read only");
	check_refused("files: [{name: log, read: 1M, size: 1M, fsync: 1s}]",
		"files[0].fsync: goes with write only");
	check_refused(
		"files: [{name: a, read: 1M, size: 1M}, {name: a, read: 1M, size: 1M}]",
		"files[1].name: `a` is taken by an earlier file");
	check_refused("contents: false\nfiles: [{name: log, write: 1M, size: 1M}]",
		"files[0]: a file has bytes: remove `contents: false`");
	check_refused("swap: 4K", "swap: must be at least 40K (is 4K)");
	check_refused("contents: false\nswap: 1M",
		"swap: pages with bytes go there: remove `contents: false`");
}
