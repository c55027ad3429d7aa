// SPDX-License-Identifier: MIT
/*
 * Whose memory it is on a board that a scenario plays on: start state, loads, requests; and that being watched changes
 * nothing. State: what the last snapshot step saw.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <quarry/owner.h>
#include <quarry/stats.h>

#include "lab/check.h"
#include "tests/runner/test.h"

#define PATH QY_SOURCE_DIR "/scenarios/test.yaml"

/* Frames by the name of their owner. */
static struct {
	char comm[16];
	uint64_t frames;
} seen[64];
static char allocinfo[8192];
static long page_owner_length;
static unsigned int nr_pids; /* changes of pid along the walk */

static uint64_t frames_of(const char *comm)
{
	uint64_t frames = 0;

	for (size_t i = 0; i < 64; i++) {
		if (strcmp(seen[i].comm, comm) == 0)
			frames += seen[i].frames;
	}
	return frames;
}

static int look(void *arg, struct qy_machine *m, const char *name, struct qy_err *err)
{
	struct qy_page_owner owner;
	struct qy_machine_stats stats;
	uint64_t pfn = 0, owned = 0, on_cpus = 0;
	struct qy_zone_stats z;
	int last_pid = -1;

	(void)arg;
	(void)name;
	(void)err;
	memset(seen, 0, sizeof(seen));
	nr_pids = 0;
	while (qy_page_owner_next(m, &pfn, &owner)) {
		size_t i = 0;

		nr_pids += owner.task.pid != last_pid;
		last_pid = owner.task.pid;
		while (i < 63 && seen[i].comm[0] && strcmp(seen[i].comm, owner.task.comm))
			i++;
		snprintf(seen[i].comm, sizeof(seen[i].comm), "%s", owner.task.comm);
		seen[i].frames += 1ull << owner.order;
		owned += 1ull << owner.order;
	}
	qy_machine_stats(m, &stats);
	for (uint32_t i = 0; qy_zone_stats(m, i, &z); i++)
		on_cpus += z.pcp_pages;
	/* nobody is left out */
	if (owned)
		CHECK_EQ(owned, stats.managed_pages - stats.free_pages - on_cpus);
	allocinfo[0] = '\0';
	qy_proc_read(m, "/proc/allocinfo", allocinfo, sizeof(allocinfo));
	page_owner_length = qy_proc_read(m, "/sys/kernel/debug/page_owner", NULL, 0);
	return 0;
}

/* Return: the digest of all placements. */
static uint64_t run(const char *text, bool watched)
{
	struct qy_check_hooks hooks = { .snapshot = look };
	struct qy_err err = { "" };
	struct qy_check check;
	struct qy_scenario *s = qy_scenario_parse(text, strlen(text), PATH, &err);
	uint64_t digest;

	if (!s || qy_check_prepare(s, &check, &err))
		FAIL("refused: %s", err.text);
	if (!watched)
		check.board->board.page_owner = QY_PAGE_OWNER_OFF;
	if (qy_check_run(&check, &hooks, &err))
		FAIL("refused: %s", err.text);
	CHECK_STR_EQ(check.broken, "");
	digest = check.digest;
	qy_check_free(&check);
	qy_scenario_free(s);
	return digest;
}

#define SCENARIO(append, start)                                                              \
	"board: {dts: ../boards/qemu-virt-8g.dts, memory: 256M, smp: 2, append: '" append    \
	"'}\n" start "duration: 2s\n"                                                        \
	"load:\n"                                                                            \
	"  - generator:\n"                                                                   \
	"      rate: 10000\n"                                                                \
	"      duration: 1s\n"                                                               \
	"      mix:\n"                                                                       \
	"        - {gfp: GFP_HIGHUSER_MOVABLE, weight: 3}\n"                                 \
	"        - {gfp: GFP_KERNEL, order: 1}\n"                                            \
	"requests:\n"                                                                        \
	"  - {name: camera-buffers-of-the-front, order: 4, count: 10, start: 100ms}\n"       \
	"  - {name: gone, order: 2, count: 5, start: 100ms, hold: 200ms, gfp: GFP_ATOMIC}\n" \
	"timeline:\n"                                                                        \
	"  - {at: 1.5s, snapshot: now}\n"                                                    \
	"expect:\n"                                                                          \
	"  - {request: gone, each: 5}\n"

TEST(owner, loads_and_requests_own_what_they_hold)
{
	run(SCENARIO("", ""), true);
	CHECK_EQ(frames_of("camera-buffers-"), 160);
	CHECK_EQ(frames_of("gone"), 0);
	CHECK(frames_of("mix[0]") > 7000 && frames_of("mix[0]") < 8000);
	CHECK(frames_of("mix[1]") > 4000 && frames_of("mix[1]") < 6000);
	CHECK_EQ(frames_of("mix[0]") + frames_of("mix[1]") / 2, 10000);
	/* what a kernel without page_owner=on has not, this board has not */
	CHECK_EQ(page_owner_length, -2);
	CHECK_STR_EQ(allocinfo, "");
}

TEST(owner, the_start_state_is_an_owner)
{
	run(SCENARIO("", "start: {aged: 3}\n"), true);
	CHECK(frames_of("start state") > 20000);
	CHECK_EQ(frames_of("camera-buffers-"), 160);
}

TEST(owner, being_watched_changes_nothing_on_the_board)
{
	uint64_t beside = run(SCENARIO("", "start: {aged: 3}\n"), true);

	CHECK(frames_of("mix[0]"));
	CHECK_EQ(run(SCENARIO("", "start: {aged: 3}\n"), false), beside);
	CHECK_EQ(frames_of("mix[0]"), 0);
	/* page_owner=on takes its memory from the board */
	CHECK(run(SCENARIO("page_owner=on", "start: {aged: 3}\n"), true) != beside);
	CHECK(page_owner_length > 100000);
}

TEST(owner, a_profiled_board_counts_by_load_and_request)
{
	run(SCENARIO("sysctl.vm.mem_profiling=1", ""), true);
	CHECK(strstr(allocinfo, "allocinfo - version: 1.0\n"));
	CHECK(strstr(allocinfo,
		"      655360       10 " PATH ":0 func:camera-buffers-of-the-front \n"));
	CHECK(strstr(allocinfo, "           0        0 " PATH ":0 func:gone \n"));
	CHECK(strstr(allocinfo, " generator:0 func:load[0] \n"));
}

#define RECORDED                                                         \
	"board: {dts: ../boards/qemu-virt-8g.dts, memory: 4G, smp: 2}\n" \
	"contents: false\n"                                              \
	"load:\n"                                                        \
	"  - trace: {file: ../traces/files.dat}\n"                       \
	"requests:\n"                                                    \
	"  - {name: one, order: 0, count: 1}\n"                          \
	"timeline:\n"                                                    \
	"  - {at: 1s, snapshot: now}\n"                                  \
	"expect:\n"                                                      \
	"  - {request: one, each: 1}\n"

/* The bundled recording has no names, so the kernel's "<...>" stands for all of them; their pids differ. */
TEST(owner, recorded_tasks_own_what_they_allocated)
{
	run(RECORDED, true);
	CHECK_EQ(frames_of("one"), 1);
	CHECK(frames_of("older blocks") > 100000);
	CHECK(frames_of("<...>") > 10000);
	CHECK_EQ(frames_of("swapper/0"), 0);
	CHECK(nr_pids > 3);
}
