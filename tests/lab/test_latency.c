// SPDX-License-Identifier: MIT
/*
 * A latency is the sum of what really happened, each at the board's price. No state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/check.h"
#include "lab/report.h"
#include "tests/runner/test.h"

#define PATH QY_SOURCE_DIR "/scenarios/test.yaml"
#define BOARD                                                             \
	"board: {dts: ../boards/qemu-virt-8g.dts, memory: 128M, smp: 1, " \
	"append: transparent_hugepage=never}\n"

/* A digit each, so that a latency shows what it is the sum of. */
static const struct qy_costs digits = { .ns = {
						[QY_COST_CALL] = 1,
						[QY_COST_LOCK] = 100,
						[QY_COST_BLOCK] = 10000,
						[QY_COST_SPLIT] = 10000000,
						[QY_COST_ZERO] = 100000000,
						[QY_COST_DROP] = 0,
						[QY_COST_DRAIN] = 0,
					} };

struct ran {
	struct qy_scenario *scenario;
	struct qy_check check;
	struct qy_err err;
	int error;
};

/* @costs: NULL = as prepared. */
static void run(struct ran *r, const char *text, const struct qy_costs *costs)
{
	struct qy_check_hooks hooks = { 0 };

	*r = (struct ran){ 0 };
	r->scenario = qy_scenario_parse(text, strlen(text), PATH, &r->err);
	if (!r->scenario || qy_check_prepare(r->scenario, &r->check, &r->err))
		FAIL("refused: %s", r->err.text);
	if (costs)
		r->check.costs = *costs;
	r->error = qy_check_run(&r->check, &hooks, &r->err);
}

static void done(struct ran *r)
{
	qy_check_free(&r->check);
	qy_scenario_free(r->scenario);
}

TEST(latency, the_first_block_pays_for_the_refill_and_the_next_ones_are_hits)
{
	struct ran r;
	const struct qy_latency *l = &r.check.request[0].latency;
	uint64_t batch;

	run(&r,
		BOARD "duration: 1s\nrequests: [{name: a, order: 0, count: 40}]\n"
		      "expect: [{request: a, latency: 1ms}]\n",
		&digits);
	CHECK_EQ(l->nr_blocks, 40);
	CHECK_EQ(l->value[0].ns, 1); /* a hit: the call and nothing else */
	batch = l->value[1].ns / 10000 % 1000;
	CHECK(batch >= 2);
	CHECK_EQ(l->value[1].ns % 10000, 101); /* one call, one lock */
	CHECK(l->value[0].nr >= batch - 1);    /* as many hits as the refill left */
	done(&r);
}

TEST(latency, an_order_without_a_list_takes_the_lock_and_splits)
{
	struct ran r;
	const struct qy_latency *l = &r.check.request[0].latency;

	/* the largest block has a list nowhere and is cut from nothing */
	run(&r,
		BOARD "duration: 1s\nrequests: [{name: a, order: 10, count: 2}]\n"
		      "expect: [{request: a, latency: 1ms}]\n",
		&digits);
	CHECK_EQ(l->nr_values, 1);
	CHECK_EQ(l->value[0].ns, 10101);
	done(&r);

	/* its quarters: two splits, none, one, none */
	run(&r,
		BOARD "duration: 1s\nrequests: [{name: a, order: 8, count: 40}]\n"
		      "expect: [{request: a, latency: 1ms}]\n",
		&digits);
	CHECK_EQ(l->nr_values, 3);
	CHECK_EQ(l->value[0].ns, 10101);
	CHECK_EQ(l->value[1].ns, 10010101);
	CHECK_EQ(l->value[2].ns, 20010101);
	CHECK(l->value[0].nr >= 20 && l->value[1].nr >= 8 && l->value[2].nr >= 8);
	done(&r);
}

TEST(latency, zeroing_is_paid_by_the_page)
{
	struct ran r;

	run(&r,
		BOARD
		"duration: 1s\ncontents: false\nrequests: [{name: a, order: 10, gfp: GFP_KERNEL|__GFP_ZERO}]\n"
		"expect: [{request: a, latency: 1ms}]\n",
		&digits);
	CHECK_EQ(r.check.expect[0].actual, 10101 + 1024 * 100000000ll);
	CHECK(!r.check.pass);
	done(&r);
}

TEST(latency, direct_reclaim_is_paid_by_the_page_that_is_dropped)
{
	const struct qy_costs costs = { .ns = { [QY_COST_DROP] = 1 } };
	struct ran r;
	uint64_t dropped_by_kswapd;

	run(&r,
		BOARD
		"duration: 2s\n"
		"load: [{generator: {rate: 40000, duration: 1s, mix: [{gfp: GFP_HIGHUSER_MOVABLE}]}}]\n"
		"requests: [{name: a, order: 4, count: 200, start: 1500ms}]\n"
		"expect: [{request: a, success: 100%}]\n",
		&costs);
	CHECK(r.check.nr_direct > 0);
	dropped_by_kswapd = r.check.pages_dropped;
	for (uint32_t i = 0; i < r.check.request[0].latency.nr_values; i++)
		dropped_by_kswapd -= r.check.request[0].latency.value[i].ns *
				     r.check.request[0].latency.value[i].nr;
	/* the rest went to kswapd, and to blocks that never came */
	CHECK(dropped_by_kswapd < r.check.pages_dropped);
	CHECK(r.check.request[0].latency.slowest.nr[QY_COST_DROP] >= 16);
	done(&r);
}

TEST(latency, a_refused_block_is_slower_than_any_limit)
{
	struct ran r;

	run(&r,
		BOARD
		"duration: 1s\nrequests: [{name: a, order: 10, count: 40, gfp: GFP_NOWAIT}]\n"
		"expect: [{request: a, latency: 24h}, {request: a, latency: 1ms, percentile: 10}]\n",
		NULL);
	CHECK(r.check.request[0].got > 4 && r.check.request[0].got < 40);
	CHECK_EQ(r.check.expect[0].actual, QY_NEVER_CAME);
	CHECK(!r.check.expect[0].pass);
	CHECK(r.check.expect[1].pass);
	done(&r);
}

TEST(latency, a_percentile_is_exact)
{
	struct qy_latency l = { 0 };
	struct qy_costs costs = { .ns = { [QY_COST_CALL] = 1 } };
	char text[32];

	for (uint64_t ns = 1000; ns > 0; ns--) {
		struct qy_meter meter = { .nr = { [QY_COST_CALL] = ns } };

		CHECK_EQ(qy_latency_add(&l, &meter, &costs, 0), 0);
	}
	CHECK_EQ(qy_latency_percentile(&l, 100000), 1000);
	CHECK_EQ(qy_latency_percentile(&l, 99000), 990);
	CHECK_EQ(qy_latency_percentile(&l, 99001), 991);
	CHECK_EQ(qy_latency_percentile(&l, 1), 1);
	CHECK_EQ(l.slowest_ns, 1000);
	qy_latency_refuse(&l);
	CHECK_EQ(qy_latency_percentile(&l, 100000), QY_NEVER_CAME);
	CHECK_EQ(qy_latency_percentile(&l, 99900), 1000);
	CHECK_STR_EQ(qy_format_latency(text, sizeof(text), 9999), "9999 ns");
	CHECK_STR_EQ(qy_format_latency(text, sizeof(text), 12345), "12.3 us");
	CHECK_STR_EQ(qy_format_latency(text, sizeof(text), 12345678), "12.3 ms");
	qy_latency_free(&l);
}

/* ------------------------------------------------------------------ NAME.costs */

static const struct {
	const char *text, *line; /* line NULL: good */
} files[] = {
	{ "", NULL },
	{ "# a comment\n\n  lock\t=  150ns # two cache misses\r\nzero = 2us\n", NULL },
	{ "lock = 150ns", NULL },
	{ "lock\n", "c:1: expected `name = duration`, like `lock = 150ns`" },
	{ "\nlok = 1us\n",
		"c:2: no cost is named `lok` (known: call lock block split zero drop scan move drain reclaim read write)" },
	{ "lock = 1us\nlock = 1us\n", "c:2: lock is there twice: keep one" },
	{ "lock = 1\n",
		"c:1: lock: must be a duration of at most 1s, like 150ns (is 1)" },
	{ "lock = 2s\n",
		"c:1: lock: must be a duration of at most 1s, like 150ns (is 2s)" },
	{ "lock =\n",
		"c:1: lock: must be a duration of at most 1s, like 150ns (is empty)" },
};

TEST(costs, a_file_is_read_or_refused_with_its_line)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct qy_costs costs;
		struct qy_err err = { "" };
		int error = qy_costs_parse(
			files[i].text, strlen(files[i].text), "c", &costs, &err);

		CHECK_EQ(error, files[i].line ? -1 : 0);
		CHECK_STR_EQ(err.text, files[i].line ? files[i].line : "");
	}
}

TEST(costs, what_a_file_does_not_name_keeps_its_default)
{
	struct qy_costs costs, usual;
	struct qy_err err;

	qy_costs_default(&usual);
	CHECK_EQ(qy_costs_parse("lock = 150ns\n", 13, "c", &costs, &err), 0);
	CHECK_EQ(costs.ns[QY_COST_LOCK], 150);
	costs.ns[QY_COST_LOCK] = usual.ns[QY_COST_LOCK];
	CHECK_EQ(memcmp(&costs, &usual, sizeof(costs)), 0);
}

/* ------------------------------------------------------------------ zones and indexes */

TEST(expect, a_zone_keeps_its_own_lowest_free_memory)
{
	struct ran r;

	run(&r,
		"board: {dts: ../boards/x86_64-24g.dts, memory: 6G, smp: 1}\n"
		"duration: 1s\ncontents: false\n"
		"requests: [{name: a, order: 10, count: 200, gfp: GFP_DMA32, hold: 100ms, start: 200ms}]\n"
		"expect:\n"
		"  - free: {at_least: 1G, zone: DMA32}\n"
		"  - free: {at_least: 1G, zone: Normal}\n"
		"  - free: {at_least: 1G}\n",
		NULL);
	CHECK_EQ(r.error, 0);
	CHECK_EQ(r.check.request[0].got, 200);
	/* 200 blocks of 4 MiB are missing in DMA32 for a while, and in no other zone */
	CHECK_EQ(r.check.expect[0].actual,
		(int64_t)(r.check.zone[1].free_pages * QY_PAGE_SIZE) - (200ll << 22));
	CHECK_EQ(r.check.expect[0].when_ns, 200000000);
	CHECK_EQ(r.check.expect[1].actual,
		(int64_t)(r.check.zone[2].free_pages * QY_PAGE_SIZE));
	done(&r);
}

TEST(expect, the_indexes_are_those_of_the_zone_at_that_moment)
{
	struct ran r;

	run(&r,
		BOARD
		"duration: 4s\nreclaim: none\n"
		"requests: [{name: a, order: 0, count: 60000, start: 1s, hold: 1s, gfp: GFP_NOWAIT}]\n"
		"expect:\n"
		"  - unusable: {zone: DMA, order: 9, at_most: 0.3, at: 500ms}\n"
		"  - unusable: {zone: DMA, order: 9, at_most: 0.3, at: 1500ms}\n"
		"  - unusable: {zone: DMA, order: 9, at_most: 0.3}\n"
		"  - fragmentation: {zone: DMA, order: 9, at_most: 0, at: end}\n",
		NULL);
	CHECK_EQ(r.error, 0);
	CHECK(r.check.expect[0].pass && !r.check.expect[1].pass);
	CHECK_EQ(r.check.expect[2].actual, qy_unusable_index(&r.check.zone[0], 9));
	CHECK_EQ(r.check.expect[3].actual, -1000); /* it could be had */
	CHECK(r.check.expect[3].pass);
	done(&r);
}

TEST(expect, a_zone_that_the_board_lacks_is_bad_input)
{
	struct ran r;

	run(&r, BOARD "duration: 1s\nexpect: [{free: {at_least: 1M, zone: Normal}}]\n",
		NULL);
	CHECK_EQ(r.error, -1);
	CHECK_STR_EQ(r.err.text, PATH
		": expect[0]: the board has no such zone Normal (it has DMA of node 0)");
	done(&r);
	run(&r,
		BOARD
		"duration: 1s\nexpect: [{unusable: {zone: DMA, order: 9, at_most: 0, at: 1s}}]\n",
		NULL);
	CHECK_EQ(r.error, -1);
	CHECK_STR_EQ(r.err.text, PATH
		": expect[0]: its `at` lies behind the end: write `at: end`, or an earlier moment");
	done(&r);
}
