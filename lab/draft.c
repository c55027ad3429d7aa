// SPDX-License-Identifier: MIT
/*
 * See draft.h. No state.
 */
#include "lab/draft.h"

#include <stdlib.h>
#include <string.h>
#include <quarry/sim.h>

#include "lab/check.h"

#define ULL(x) ((unsigned long long)(x))

/* ------------------------------------------------------------------ the text */

static const char head[] =
	"# A scenario for `quarry check`. Lines that begin with # and no blank are keys at their defaults or other\n"
	"# ways to say something: remove the # to set them. File names count from this file. docs/scenario.md has it all.\n"
	"\n";

static const char board[] =
	"  #cmdline: board.cmdline           # kernel command line; else NAME.cmdline beside the tree\n"
	"  #sysctl_conf: board.sysctl.conf   # settings; else NAME.sysctl.conf beside the tree\n"
	"  #costs: board.costs               # what an allocation costs; else NAME.costs beside the tree\n"
	"  #smp: 2                           # CPUs, instead of those of the tree\n"
	"  #append: movablecore=64M          # added to the kernel command line\n"
	"  #sysctl: [vm.min_free_kbytes=16384]   # applied last\n"
	"  #areas: [vpu=64M]                 # the size of a node below /reserved-memory, instead of the tree's\n"
	"#capture: board.tar                 # of `quarry capture`: board, start and load of a target, where none is said here\n";

static const char captured[] =
	"   # board, start state and load, where none is said here\n"
	"#board: {sysctl: [vm.min_free_kbytes=16384]}   # settings on top of the target's\n"
	"#board: {memory: 512M, append: cma=32M}   # what if it had that? With start: fresh\n"
	"#board: {dts: board.dts}            # another board\n"
	"#load: [{trace: {repeat: 4}}]       # the captured trace four times; without it, once\n";

static const char state[] =
	"\n"
	"# The state in which the board begins: one of these.\n"
	"#start: fresh                       # as it boots\n"
	"#start: {aged: 1}                   # as after a long life, drawn by that seed\n"
	"#start: {snapshot: {buddyinfo: before/buddyinfo, pagetypeinfo: before/pagetypeinfo, zoneinfo: before/zoneinfo}}   # as recorded\n"
	"\n"
	"seed: 1                             # of all that is drawn; the same seed gives the same bytes\n"
	"#seeds: 8                           # so many seeds from there on, to see how far the verdict is luck\n"
	"#contents: true                     # false: no host memory behind the board's, for boards larger than the host; not with tasks, files or swap\n"
	"#reclaim: none                      # oldest: page cache is dropped when memory is short, as kswapd would; none: it is not\n";

static const char load_head[] =
	"\n"
	"# What runs on the board meanwhile. All entries run at once.\n"
	"load:\n"
	"  - start: 0                        # board time at which it begins\n"
	"    #instances: 2                   # so many of it side by side\n";

static const char load_trace[] =
	"      #repeat: 4                    # rounds, one after the other ...\n"
	"      #until: 60s                   # ... or rounds until that board time\n"
	"      #scale: 0.5                   # half of its blocks, each with its frees\n"
	"      #speed: 2                     # twice as fast\n"
	"      #unknown_frees: skip          # preallocate: what the recording frees first was there before; skip: it was not\n"
	"      #leftovers: keep              # at a round's end: exit: its processes end; keep: all stays; free: all goes back\n";

static const char load_generator[] =
	"    generator:                      # or a recording: trace: {file: NAME.dat, repeat: 4}, see docs/scenario.md\n"
	"      rate: 2000                    # allocations a second\n"
	"      duration: 5s                  # how long it allocates\n"
	"      mix:                          # each allocation is drawn from these\n"
	"        - gfp: GFP_HIGHUSER_MOVABLE # Linux's flags: page cache, which may be dropped\n"
	"          order: 0                  # 2^order pages\n"
	"          weight: 8                 # how often, against the others\n"
	"          lifetime: forever         # or the mean, like 500ms\n"
	"        - {gfp: GFP_KERNEL, order: 1, weight: 1, lifetime: 500ms}\n";

static const char requests[] =
	"\n"
	"# What is asked of the board, and the expectations below are about.\n"
	"requests:\n"
	"  - name: nic                       # expectations name it\n"
	"    order: 3                        # blocks of 2^order pages, 0..10\n"
	"    count: 8                        # blocks a round\n"
	"    gfp: GFP_ATOMIC                 # Linux's flags, joined by |\n"
	"    start: 0                        # board time of the first round\n"
	"    every: 10ms                     # distance of rounds; without it there is one\n"
	"    #times: 10                      # rounds; without it they go on to the end\n"
	"    hold: 5ms                       # how long the blocks are kept, or forever\n"
	"    cpu: 0                          # where it runs\n"
	"    context: irq                    # task, atomic (preemption off) or irq\n"
	"  #- {name: camera, cma: default, size: 6M, count: 6, hold: 200ms}   # buffers of a CMA area, by its name\n"
	"  #- {name: isp, device: isp, use: stream, size: 12M, count: 4}   # a device of the tree, by the DMA API\n"
	"  #- {name: encoder, pin: 31, hold: 1s}   # pages of the load that cannot move meanwhile\n"
	"  #- {name: rdma, pin: 31, longterm: true}   # out of CMA first, then pinned\n";

static const char tasks[] =
	"\n"
	"# Processes with memory of their own, which can be killed when it runs out. SIZE is bytes, or a share of the RAM.\n"
	"tasks:\n"
	"  - name: modeld                    # expectations name it; 15 bytes at most\n"
	"    memory: {constant: 1M}          # what it holds\n"
	"    oom_score_adj: 0                # -1000 cannot be killed .. 1000 is killed first\n"
	"    #reads: 4K                      # a second, of what it holds\n"
	"    start: 0                        # board time at which it starts\n"
	"    #stop: 1h                       # and ends; without it it lives on\n"
	"    every: 100ms                    # how often it looks what it wants\n"
	"    cpu: 0                          # where it runs\n"
	"  #- {name: loader, memory: {ramp: {from: 1M, to: 40%, over: 20s}}}\n"
	"  #- {name: camerad, memory: {sawtooth: {low: 1M, high: 8M, period: 2s}}}\n"
	"  #- {name: logd, memory: {leak: {from: 1M, rate: 10K, at_most: 32M}}}\n"
	"  #- {name: inferenced, memory: {recorded: {file: board.rss, process: inferenced}}}   # by tools/record-rss.sh\n"
	"\n"
	"# Files that are written or read through the page cache, and where anonymous memory goes that nobody uses.\n"
	"#swap: 64M                          # a swap file; without it there is none\n"
	"#disk: 1G                           # room for it and the files\n"
	"files:\n"
	"  - name: log                       # 15 bytes at most\n"
	"    write: 10K                      # bytes a second; or read: of what is there\n"
	"    size: 1M                        # then from its begin again\n"
	"    #fsync: 1s                      # how often what is written is synced\n"
	"    #times: 1                       # how often from begin to end; without it until it stops\n"
	"    start: 0                        # board time at which it begins\n"
	"    #stop: 1h                       # and stops\n"
	"    every: 100ms                    # how often it has its turn\n"
	"    cpu: 0                          # where it runs\n"
	"  #- {name: model, read: 1M, size: 8M, access: random}   # a loader that reads pages in no order\n"
	"\n"
	"#drivers: [{source: isp.c, load: 1ms}]   # modules of yours, with what programs do to them: docs/scenario.md\n";

static const char timeline[] =
	"\n"
	"# What happens once, at a moment.\n"
	"timeline:\n"
	"  - at: %s\n"
	"    snapshot: middle                # numbers of that moment for --json, files for --snapshots DIR\n"
	"  #- {at: %s, request: {name: camera, order: 4, count: 4}}   # a request that begins then\n"
	"  #- {at: %s, free: nic}        # what the request holds then goes back\n"
	"  #- {at: %s, write: {path: /proc/sys/vm/min_free_kbytes, value: 8192}}   # echo 8192 > path\n";

static const char expect[] =
	"\n"
	"# The verdict is PASS when all of these hold.\n"
	"expect:\n"
	"  - {request: nic, success: 99%%}    # of all blocks asked for, that share was had\n"
	"  #- {request: nic, each: 8}        # so many blocks in every round\n"
	"  #- {request: nic, latency: 100us, percentile: 99}   # so many percent of the blocks within that time\n"
	"  - load: {failures: 0}             # refused allocations of the loads\n"
	"  - free: {at_least: 1M}            # the board's free memory, at its lowest\n"
	"  #- free: {at_least: 1M, zone: %s, node: %u}   # that of a zone\n"
	"  #- fragmentation: {zone: %s, order: 9, at_most: 0.5, at: end}   # Linux's index: 1 is all fragmentation\n"
	"  #- unusable: {zone: %s, order: 9, at_most: 0.9, at: %s}   # share of the free memory of no use for the order\n";

static const char expect_tasks[] =
	"  - survives: modeld                # it is not killed\n"
	"  #- killed_first: modeld           # nobody is killed before it\n"
	"  - oom_kills: {at_most: 0}         # so many tasks are killed\n"
	"  #- atomic: {failures: 0}          # refused requests that must not wait, of requests and loads\n"
	"  #- {task: modeld, latency: 10ms, percentile: 99}   # so many percent of its pages within that time\n";

/* A YAML string that can be any file name. */
static void put_name(FILE *out, const char *name)
{
	fputc('"', out);
	for (; *name; name++) {
		if (*name == '"' || *name == '\\')
			fputc('\\', out);
		fputc(*name, out);
	}
	fputc('"', out);
}

static bool is_source(const char *name)
{
	size_t length = strlen(name);

	return length > 4 && strcmp(name + length - 4, ".dts") == 0;
}

static void put_board(FILE *out, const struct qy_draft *draft)
{
	bool source = is_source(draft->dtb);

	fprintf(out, "board:\n  %s: ", source ? "dts" : "dtb");
	put_name(out, draft->dtb);
	fprintf(out, "   # the device tree; %s\n",
		source ? "dtb: FILE for a compiled one"
		       : "dts: FILE for one in source form");
	fputs(draft->memory ? "  memory: " : "  #memory: ", out);
	put_name(out, draft->memory ? draft->memory : "1G");
	fputs("   # one bank of that size instead of the tree's\n", out);
	fputs(board, out);
}

static void put_capture(FILE *out, const char *name)
{
	fputs("capture: ", out);
	put_name(out, name);
	fputs(captured, out);
}

static void put_load(FILE *out, const struct qy_draft *draft)
{
	const char *trace = draft->trace;

	if (trace || draft->capture)
		fputs("#duration: 5s                       # board time; without it, until the last load ends\n",
			out);
	else
		fputs("duration: 5s                        # board time that is played\n",
			out);
	if (draft->capture)
		return;
	fputs(load_head, out);
	if (!trace) {
		fputs(load_generator, out);
		return;
	}
	fputs("    trace:                          # or numbers: generator: {rate: ..., duration: ..., mix: [...]}\n"
	      "      file: ",
		out);
	put_name(out, trace);
	fputs("   # trace.dat or the text of ftrace\n", out);
	fputs(load_trace, out);
}

/* @zone: a zone of the board that has memory. */
static void put_all(FILE *out, const struct qy_draft *draft, uint64_t middle_us,
	const struct qy_zone_stats *zone)
{
	char middle[32];

	snprintf(middle, sizeof(middle), middle_us % 1000 ? "%lluus" : "%llums",
		ULL(middle_us % 1000 ? middle_us : middle_us / 1000));
	fputs(head, out);
	if (draft->capture)
		put_capture(out, draft->capture);
	else
		put_board(out, draft);
	fputs(state, out);
	put_load(out, draft);
	fputs(requests, out);
	if (!draft->capture)
		fputs(tasks, out);
	fprintf(out, timeline, middle, middle, middle, middle);
	fprintf(out, expect, zone->name, zone->node, zone->name, zone->name, middle);
	if (!draft->capture)
		fputs(expect_tasks, out);
}

/* ------------------------------------------------------------------ what the board and the recording say */

/* The zone with the most memory, as the board boots. */
static int find_zone(const char *name, const struct qy_loaded_board *board,
	struct qy_zone_stats *zone, struct qy_err *err)
{
	struct qy_sim_opts opts = { .no_contents = true };
	struct qy_zone_stats z;
	char why[256] = "";
	struct qy_machine *m = qy_sim_boot(&board->board, &opts, why, sizeof(why));

	if (!m)
		return qy_fail(err, "%s: the board does not boot: %s", name, why);
	*zone = (struct qy_zone_stats){ 0 };
	for (uint32_t i = 0; qy_zone_stats(m, i, &z); i++) {
		if (z.managed_pages > zone->managed_pages)
			*zone = z;
	}
	qy_sim_shutdown(m);
	return 0;
}

/* The text as `quarry check` would read it. @middle_us: a moment that lies before its end. */
static int try_text(const struct qy_draft *draft, uint64_t *middle_us,
	struct qy_zone_stats *zone, struct qy_err *err)
{
	static const struct qy_zone_stats any = { .name = "Normal" };
	struct qy_scenario *scenario = NULL;
	struct qy_check check = { 0 };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int error = -1;

	if (!out)
		return qy_fail(err, "the host has no memory left");
	put_all(out, draft, 0, &any);
	if (fclose(out) == 0)
		scenario = qy_scenario_parse(text, size, "the new scenario", err);
	else
		qy_fail(err, "the host has no memory left");
	if (scenario)
		scenario->board.memory_place = NULL; /* it was given as -m */
	if (scenario && qy_check_prepare(scenario, &check, err) == 0 &&
		find_zone(draft->capture ? draft->capture : draft->dtb, check.board, zone,
			err) == 0) {
		uint64_t ns = draft->trace || draft->capture ? check.trace[0].duration_ns
							     : scenario->duration_ns;

		if (!ns) /* a capture without a trace plays for a second */
			ns = 1000000000;

		*middle_us = ns / 2000;
		error = 0;
	}
	qy_check_free(&check);
	qy_scenario_free(scenario);
	free(text);
	return error;
}

int qy_draft_print(FILE *out, const struct qy_draft *draft, struct qy_err *err)
{
	struct qy_zone_stats zone;
	uint64_t middle_us;

	if (try_text(draft, &middle_us, &zone, err))
		return -1;
	put_all(out, draft, middle_us, &zone);
	return 0;
}
