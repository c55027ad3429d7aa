// SPDX-License-Identifier: MIT
/*
 * The end of a check: what the board looks like, and whether each expectation holds. See engine.h.
 */
#include "lab/engine.h"

#include <stdlib.h>

void qy_judge_pictures(struct engine *e)
{
	struct qy_check *check = e->check;
	struct qy_pageblock_info info;
	uint32_t nr = 0;

	qy_machine_stats(e->m, &check->stats);
	while (check->nr_zones < QY_MAX_NODES * QY_MAX_NR_ZONES &&
		qy_zone_stats(e->m, check->nr_zones, &check->zone[check->nr_zones]))
		check->nr_zones++;
	while (qy_pageblock_info(e->m, nr, &info))
		nr++;
	check->blocks = calloc(nr ? nr : 1, sizeof(*check->blocks));
	if (!check->blocks) {
		e->replay.out_of_memory = true;
		return;
	}
	while (check->nr_blocks < nr && qy_pageblock_info(e->m, check->nr_blocks,
						&check->blocks[check->nr_blocks]))
		check->nr_blocks++;
}

static void judge_one(struct engine *e, uint32_t i)
{
	const struct qy_expect_spec *spec = &e->s->expect[i];
	const struct qy_request_result *request = &e->check->request[spec->request];
	struct qy_expect_result *result = &e->check->expect[i];

	switch (spec->kind) {
	case QY_EXPECT_SHARE:
		result->actual =
			request->asked ? request->got * 100000 / request->asked : 0;
		result->pass = request->asked && result->actual >= spec->millipercent;
		break;
	case QY_EXPECT_EACH:
		result->actual = request->worst;
		result->pass = request->rounds && request->worst >= spec->amount;
		break;
	case QY_EXPECT_LOAD:
		for (uint32_t l = 0; l < e->s->nr_loads; l++)
			result->actual += e->check->load[l].counts.nr_failed;
		result->pass = result->actual <= spec->amount;
		break;
	case QY_EXPECT_FREE:
		result->actual = e->check->min_free_pages * QY_PAGE_SIZE;
		result->pass = result->actual >= spec->amount;
		break;
	}
	e->check->nr_failed_expects += !result->pass;
}

void qy_judge(struct engine *e)
{
	struct qy_check *check = e->check;

	check->pages_peak = e->replay.pages_peak;
	check->pages_dropped = e->replay.pages_dropped;
	check->nr_balanced = e->replay.nr_balanced;
	check->nr_direct = e->replay.nr_direct;
	if (e->replay.nr_corrupt && !check->nr_corrupt)
		check->corrupt_pfn = e->replay.corrupt_pfn;
	check->nr_corrupt += e->replay.nr_corrupt;
	check->digest = e->replay.digest;
	for (uint32_t i = 0; i < e->s->nr_expects; i++)
		judge_one(e, i);
	check->pass =
		!check->nr_failed_expects && !check->nr_corrupt && !check->broken[0];
}
