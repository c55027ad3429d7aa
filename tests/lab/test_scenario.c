// SPDX-License-Identifier: MIT
/*
 * A scenario is read with its defaults, and refused in one line that says where. No state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/scenario.h"
#include "tests/runner/test.h"

#define PATH          "dir/x.yaml"
#define BOARD         "board: {dts: a.dts}\nduration: 1s\n"
#define EXPECT        "expect: [{request: nic, success: 100%}]\n"
#define REQUEST(text) BOARD "requests:\n  - {name: nic, order: 3" text "}\n" EXPECT
#define LIMITS \
	BOARD "requests: [{name: nic, order: 3}]\nexpect:\n  - {request: nic, each: 1}\n"
#define MIX(text)                                                                  \
	BOARD "load: [{generator: {rate: 10, duration: 1s, mix: [{" text "}]}}]\n" \
	      "expect: [{load: {failures: 0}}]\n"

static struct qy_scenario *parse(const char *text, struct qy_err *err)
{
	err->text[0] = '\0';
	return qy_scenario_parse(text, strlen(text), PATH, err);
}

static struct qy_scenario *parse_good(const char *text)
{
	struct qy_err err;
	struct qy_scenario *s = parse(text, &err);

	if (!s)
		FAIL("refused: %s", err.text);
	return s;
}

static const struct {
	const char *text, *line; /* without "dir/x.yaml" */
} refused[] = {
	{ "", ": empty: a scenario starts with `board:`" },
	{ "- a\n", ": expected keys with values, like `name: value`" },
	{ "board: {dts: a}\nbord: 1\n",
		": unknown key `bord` (known here: board start capture seed seeds duration reclaim contents load requests tasks files drivers swap disk timeline expect)" },
	{ "board: {dts: a}\nseeds: 0\n", ": seeds: must be 1..1000 (is 0)" },
	{ "board: {dts: a}\nstart: {}\n",
		": start: give `fresh`, or exactly one of `snapshot: {...}`, `aged: SEED`" },
	{ BOARD "requests: [{name: \"a\\n  PASS  b\", order: 0}]\n" EXPECT,
		": requests[0].name: has a control character in it: remove it" },
	{ BOARD "load: [{}, {}, {}, {}, {}, {}, {}, {}, {}]\n" EXPECT,
		":3: load[7]: more than 8 entries: shorten the list" },
	{ BOARD "timeline: [{free: nic}]\n" EXPECT,
		": timeline[0].at: is missing: write `at: 2s`" },
	{ BOARD "timeline: [{at: 1s}]\n" EXPECT,
		": timeline[0]: give exactly one of request, free, write, snapshot" },
	{ BOARD "timeline: [{at: soon, snapshot: a}]\n" EXPECT,
		": timeline[0].at: must be a duration like 50ms (ns, us, ms, s, m, h) (is soon)" },
	{ BOARD "timeline: [{at: 1s, request: {name: a, order: 0, start: 1s}}]\n" EXPECT,
		": timeline[0].request.start: the step's `at` says when: remove it" },
	{ BOARD "timeline: [{at: 1s, request: {name: a}}]\n" EXPECT,
		": timeline[0].request.order: is missing: write `order: 3`" },
	{ BOARD "timeline: [{at: 1s, free: nic}]\n" EXPECT,
		": timeline[0].free: there is no request named `nic`" },
	{ BOARD "timeline: [{at: 1s, snapshot: ../a}]\n" EXPECT,
		": timeline[0].snapshot: must be a name of letters, digits, `.`, `_` and `-` (is ../a)" },
	{ BOARD "timeline: [{at: 1s, snapshot: ..}]\n" EXPECT,
		": timeline[0].snapshot: must be a name of letters, digits, `.`, `_` and `-` (is ..)" },
	{ BOARD "timeline: [{at: 1s, snapshot: a}, {at: 2s, snapshot: a}]\n" EXPECT,
		": timeline[1].snapshot: `a` is taken by an earlier step" },
	{ BOARD "timeline: [{at: 1s, write: {path: /proc/sys/vm/min_free_kbytes}}]\n" EXPECT,
		": timeline[0].write.value: is missing: write `write.value: 65536`" },
	{ BOARD "timeline: [{at: 1s, write: {path: /proc/sys/vm/page-cluster, value: 3}}]\n" EXPECT,
		": timeline[0].write.path: /proc/sys/vm/page-cluster does nothing in this release yet: leave the step out" },
	{ BOARD "timeline: [{at: 1s, write: {path: /proc/sys/vm/no, value: 1}}]\n" EXPECT,
		": timeline[0].write.path: the board has no file /proc/sys/vm/no (`quarry boot --proc DIR` writes all it has)" },
	{ BOARD "timeline: [{at: 1s, write: {path: /proc/buddyinfo, value: 1}}]\n" EXPECT,
		": timeline[0].write.path: /proc/buddyinfo can only be read" },
	{ BOARD "timeline: [{at: 1s, write: {path: /proc/sys/vm/min_free_kbytes, value: many}}]\n" EXPECT,
		": timeline[0].write.value: /proc/sys/vm/min_free_kbytes: vm.min_free_kbytes: 'many' is not a number" },
	{ BOARD "timeline: [{at: 1s, write: {path: /proc/sys/vm/min_free_kbytes, value: -1}}]\n" EXPECT,
		": timeline[0].write.value: /proc/sys/vm/min_free_kbytes: vm.min_free_kbytes = -1: expected 0 to 2147483647" },
	{ LIMITS "  - {request: nic}\n",
		": expect[1]: give exactly one of success, each, latency" },
	{ LIMITS "  - {request: nic, each: 1, percentile: 5}\n",
		": expect[1].percentile: goes with latency only" },
	{ LIMITS "  - {request: nic, latency: slow}\n",
		": expect[1].latency: must be a duration like 50ms (ns, us, ms, s, m, h) (is slow)" },
	{ LIMITS "  - {request: nic, latency: 1us, percentile: 101}\n",
		": expect[1].percentile: must be 0.001..100 (is 101)" },
	{ LIMITS "  - {latency: 1us, load: {failures: 0}}\n",
		": expect[1].latency: goes with a request only" },
	{ LIMITS "  - free: {at_least: 1M, zone: High}\n",
		": expect[1].free.zone: must be one of DMA, DMA32, Normal, Movable (is High)" },
	{ LIMITS "  - free: {at_least: 1M, node: 0}\n",
		": expect[1].free.node: goes with a zone only" },
	{ LIMITS "  - free: {at_least: 9000000T}\n",
		": expect[1].free.at_least: no board has 9000000T" },
	{ LIMITS "  - fragmentation: {order: 9, at_most: 0.5}\n",
		": expect[1].fragmentation.zone: is missing: write `fragmentation.zone: Normal`" },
	{ LIMITS "  - unusable: {zone: DMA, order: 11, at_most: 0.5}\n",
		": expect[1].unusable.order: must be 0..10 (is 11)" },
	{ LIMITS "  - unusable: {zone: DMA, order: 9, at_most: 1.5}\n",
		": expect[1].unusable.at_most: must be 0..1 in thousandths, like 0.5 (is 1.5)" },
	{ LIMITS "  - unusable: {zone: DMA, order: 9, at_most: 1, at: last}\n",
		": expect[1].unusable.at: must be a duration like 50ms (ns, us, ms, s, m, h) (is last)" },
	{ BOARD "start: old\n" EXPECT, ": start: must be one of fresh (is old)" },
	{ BOARD "start: [fresh]\n" EXPECT, ":3: start: expected a single value" },
	{ BOARD "load: [{trace: {file: x, repeat: 2, until: 3s}}]\n" EXPECT,
		": load[0].trace: give one of repeat and until, not both" },
	{ BOARD "load: [{start: 3s, trace: {file: x, until: 3s}}]\n" EXPECT,
		": load[0].trace.until: must lie behind the load's start (is 3s)" },
	{ BOARD "load: [{instances: 0, trace: {file: x}}]\n" EXPECT,
		": load[0].instances: must be 1..64 (is 0)" },
	{ BOARD "load: [{instances: 64, trace: {file: x}}, {trace: {file: x}}]\n" EXPECT,
		": load[1].instances: 65 with those of the loads before: at most 64" },
	{ "board: {dts: a}\nstart: {snapshot: {buddyinfo: b, zoneinfo: z}}\n",
		": start.snapshot.pagetypeinfo: is missing: write `snapshot.pagetypeinfo: FILE`" },
	{ "board: {dts: a}\nstart: {aged: x}\n",
		": start.aged: must be 0..18446744073709551615 (is x)" },
	{ "board: 3\n", ":1: board: expected keys with values, like `name: value`" },
	{ "board: {}\n", ": board: give a device tree: `dts: FILE` or `dtb: FILE`" },
	{ "board: {dts: a, dtb: b}\n", ": board: give one of dts and dtb, not both" },
	{ "board: {dts: a, smp: 0}\n", ": board.smp: must be 1..256 (is 0)" },
	{ "board: {dts: a}\nboard: {dts: b}\n",
		": board: the key is there twice: keep one" },
	{ "board: &b {dts: a}\nload: *b\n",
		":2: load: aliases are not read: write the value out" },
	{ "board: {dts: a}\n---\nboard: {dts: b}\n",
		": a second document: a scenario is one (remove the `---`)" },
	{ "board: {dts: a}\nseed: -1\n",
		": seed: must be 0..18446744073709551615 (is -1)" },
	{ "board: {dts: a}\nduration: 10\n",
		": duration: must be a duration like 50ms (ns, us, ms, s, m, h) (is 10)" },
	{ "board: {dts: a}\nduration: 25h\n", ": duration: must be 1 ms..24h (is 25h)" },
	{ "board: {dts: a}\n",
		": duration: is missing: without a load nothing else says when to end" },
	{ BOARD,
		": expect: is missing: a verdict needs at least one expectation, or a driver" },
	{ BOARD "drivers: [{load: 1s}]\n",
		": drivers[0].source: is missing: write `source: isp.c`" },
	{ BOARD "drivers: [{source: isp.o}]\n",
		": drivers[0].source: must be C source (.c), or one module that `quarry cc` made (.qko)" },
	{ BOARD "drivers: [{source: a.c, load: 2s, unload: 1s}]\n",
		": drivers[0].unload: must lie behind its load (is 1s)" },
	{ BOARD "drivers: [{source: a.c, uses: [{at: 1s}]}]\n",
		": drivers[0].uses[0]: give exactly one of open, close, read, write, ioctl, irq" },
	{ BOARD "drivers: [{source: a.c, uses: [{read: 4, times: 2}]}]\n",
		": drivers[0].uses[0].every: is missing: how long from one time to the next" },
	{ BOARD "drivers: [{source: a.c, uses: [{ioctl: -1}]}]\n",
		": drivers[0].uses[0].ioctl: must be a number like 42 or 0x5600 (is -1)" },
	{ BOARD "drivers: [{source: a.c, uses: [{read: 4, arg: 1}]}]\n",
		": drivers[0].uses[0].arg: goes with ioctl only" },
	{ BOARD "reclaim: some\n" EXPECT,
		": reclaim: must be one of none, oldest (is some)" },
	{ BOARD "load: [{}]\n" EXPECT,
		": load[0]: give exactly one of trace, generator" },
	{ BOARD "load: [{trace: {}}]\n" EXPECT,
		": load[0].trace.file: is missing: write `file: ../traces/NAME.dat`" },
	{ BOARD "load: [{trace: {file: x, scale: 2}}]\n" EXPECT,
		": load[0].trace.scale: must be a share 0.001..1 (is 2); `instances` plays it more than once" },
	{ BOARD "load: [{trace: {file: x, speed: fast}}]\n" EXPECT,
		": load[0].trace.speed: must be a factor 0.001..1000 (is fast)" },
	{ BOARD "load: [{trace: {file: x, repeat: 0}}]\n" EXPECT,
		": load[0].trace.repeat: must be 1..1000 (is 0)" },
	{ BOARD "load: [{trace: {file: x}, generator: {rate: 1}}]\n" EXPECT,
		": load[0]: give exactly one of trace, generator" },
	{ BOARD "load: [{generator: {rate: 1, duration: 1s}}]\n" EXPECT,
		": load[0].generator.mix: is missing: list what is allocated, `- {gfp: GFP_KERNEL, order: 0}`" },
	{ BOARD "load: [{generator: {rate: 10000000, duration: 1h, mix: [{gfp: GFP_KERNEL}]}}]\n" EXPECT,
		": load[0].generator.rate: more than 4000000 allocations: lower the rate or the duration" },
	{ MIX("gfp: GFP_KERNEL, order: 11"),
		": load[0].generator.mix[0].order: must be 0..10 (is 11)" },
	{ MIX("gfp: GFP_KERNEL, weight: 0"),
		": load[0].generator.mix[0].weight: must be 1..1000 (is 0)" },
	{ REQUEST(", count: 0"), ": requests[0].count: must be 1..65536 (is 0)" },
	{ REQUEST(", count: [1]"), ":4: requests[0].count: expected a single value" },
	{ REQUEST(", coun: 1"),
		": requests[0]: unknown key `coun` (known here: name order cma device use size pin longterm count gfp start every times hold cpu context)" },
	{ REQUEST(", gfp: GFP_KERNAL"),
		": requests[0].gfp: `GFP_KERNAL` is not a flag of Linux 6.12 (write GFP_KERNEL, GFP_ATOMIC|__GFP_COMP, ...)" },
	{ REQUEST(", gfp: GFP_KERNEL|"),
		": requests[0].gfp: `` is not a flag of Linux 6.12 (write GFP_KERNEL, GFP_ATOMIC|__GFP_COMP, ...)" },
	{ REQUEST(", gfp: GFP_KERNEL, context: irq"),
		": requests[0].context: GFP_KERNEL may sleep, which irq code must not: use GFP_ATOMIC or GFP_NOWAIT" },
	{ REQUEST(", context: softirq"),
		": requests[0].context: must be one of task, atomic, irq (is softirq)" },
	{ REQUEST(", every: 0"), ": requests[0].every: must be 1 us..24h (is 0)" },
	{ REQUEST(", times: 3"),
		": requests[0].every: is missing: 3 times need a distance, like `every: 100ms`" },
	{ REQUEST(", hold: 5"),
		": requests[0].hold: must be a duration like 50ms (ns, us, ms, s, m, h) (is 5)" },
	{ BOARD "requests: [{name: nic}]\n" EXPECT,
		": requests[0].order: is missing: write `order: 3`" },
	{ BOARD "requests: [{name: nic, order: 0}, {name: nic, order: 1}]\n" EXPECT,
		": requests[1].name: `nic` is taken by an earlier request" },
	{ BOARD EXPECT, ": expect[0].request: there is no request named `nic`" },
	{ BOARD "requests: [{name: nic, order: 0, count: 4}]\nexpect: [{request: nic, each: 5}]\n",
		": expect[0].each: must be 1..4 (is 5)" },
	{ BOARD "requests: [{name: nic, order: 0}]\nexpect: [{request: nic}]\n",
		": expect[0]: give exactly one of success, each, latency" },
	{ BOARD "requests: [{name: nic, order: 0}]\nexpect: [{request: nic, success: 101%}]\n",
		": expect[0].success: must be a share like 99.5% (is 101%)" },
	{ BOARD "expect: [{free: {at_least: much}}]\n",
		": expect[0].free.at_least: must be a size like 64M (K, M, G, T) (is much)" },
	{ BOARD "expect: [{free: {at_least: 1M}, load: {failures: 1}}]\n",
		": expect[0]: give exactly one of request, load, free, fragmentation, unusable, task, survives, killed_first, oom_kills, atomic" },
	{ BOARD "expect: [{load: {failures: 1}}]\n",
		": expect[0].load: there is no load whose failures could be counted" },
	{ BOARD "expect: [{load: {failures: 1}, each: 2}]\n",
		": expect[0].each: goes with a request only" },
};

TEST(scenario, a_wrong_one_is_refused_in_one_line_with_its_place)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct qy_err err;
		struct qy_scenario *s = parse(refused[i].text, &err);
		char line[400];

		snprintf(line, sizeof(line), PATH "%s", refused[i].line);
		if (s)
			FAIL("accepted: %s", refused[i].text);
		CHECK_STR_EQ(err.text, line);
	}
}

TEST(scenario, one_that_is_cut_anywhere_is_refused_or_whole)
{
	static const char text[] =
		REQUEST(", count: 64, gfp: GFP_ATOMIC, every: 100ms, hold: 50ms");
	unsigned int refusals = 0;

	for (size_t size = 0; size < sizeof(text) - 1; size++) {
		struct qy_err err = { "" };
		struct qy_scenario *s = qy_scenario_parse(text, size, PATH, &err);

		CHECK(s || err.text[0]);
		CHECK(!strchr(err.text, '\n'));
		refusals += !s;
		qy_scenario_free(s);
	}
	/* whole again from "100%" on; what ends earlier lacks a bracket or the expectation */
	CHECK(refusals > sizeof(text) - 10);
}

TEST(scenario, what_is_left_out_has_its_documented_default)
{
	struct qy_scenario *s = parse_good(REQUEST(""));
	const struct qy_request_spec *nic = &s->request[0];

	CHECK_EQ(s->seed, 1);
	CHECK_EQ(s->duration_ns, 1000000000);
	CHECK(s->stand_in_reclaim);
	CHECK_STR_EQ(s->board.dtb, "dir/a.dts");
	CHECK_EQ(s->board.smp, 0);
	CHECK_EQ(nic->count, 1);
	CHECK_EQ(nic->gfp, QY_GFP_KERNEL);
	CHECK_EQ(nic->start_ns, 0);
	CHECK_EQ(nic->times, 1);
	CHECK(nic->hold_ns == QY_FOREVER);
	CHECK_EQ(nic->cpu, 0);
	CHECK_EQ(nic->context, QY_CONTEXT_TASK);
	CHECK_EQ(s->expect[0].kind, QY_EXPECT_SHARE);
	CHECK_EQ(s->expect[0].millipercent, 100000);
	qy_scenario_free(s);
}

TEST(scenario, numbers_carry_their_units)
{
	struct qy_scenario *s = parse_good(
		"board: {dtb: /abs/b.dtb, memory: 1G, smp: 4, append: cma=8M, sysctl: [vm.a=1, vm.b=2]}\n"
		"load:\n"
		"  - {start: 1.5s, trace: {file: t.dat, repeat: 3, scale: 0.25, speed: 2.5, leftovers: free, unknown_frees: skip}}\n"
		"requests:\n"
		"  - {name: a, order: 3, count: 64, gfp: \" GFP_ATOMIC | __GFP_NOWARN \", every: 100us, hold: 2m}\n"
		"expect:\n"
		"  - {request: a, success: 99.5%}\n"
		"  - free: {at_least: 64M}\n");

	CHECK_STR_EQ(s->board.dtb, "/abs/b.dtb");
	CHECK_EQ(s->board.nr_sysctls, 2);
	CHECK_STR_EQ(s->board.sysctls[1], "vm.b=2");
	CHECK_EQ(s->duration_ns, 0);
	CHECK_EQ(s->load[0].start_ns, 1500000000);
	CHECK_STR_EQ(s->load[0].trace.file, "dir/t.dat");
	CHECK_EQ(s->load[0].trace.scale, 250);
	CHECK_EQ(s->load[0].trace.speed, 2500);
	CHECK_EQ(s->load[0].trace.leftovers, QY_LEFTOVERS_FREE);
	CHECK_EQ(s->load[0].trace.unknown_frees, QY_UNKNOWN_SKIP);
	CHECK_EQ(s->request[0].gfp, QY_GFP_ATOMIC | QY___GFP_NOWARN);
	CHECK_EQ(s->request[0].context, QY_CONTEXT_IRQ);
	CHECK_EQ(s->request[0].every_ns, 100000);
	CHECK_EQ(s->request[0].times, 0);
	CHECK_EQ(s->request[0].hold_ns, 120000000000);
	CHECK_EQ(s->expect[0].millipercent, 99500);
	CHECK_EQ(s->expect[1].amount, 64 << 20);
	qy_scenario_free(s);
}

TEST(scenario, a_missing_file_is_named_with_a_remedy)
{
	struct qy_err err;

	CHECK(!qy_scenario_load("no/such.yaml", &err));
	CHECK_STR_EQ(err.text,
		"no/such.yaml: No such file or directory: give the path of a scenario (.yaml)");
	CHECK(!qy_scenario_load("/", &err));
	CHECK_STR_EQ(err.text, "/: Is a directory: give the path of a scenario (.yaml)");
}
