// SPDX-License-Identifier: MIT
/*
 * The end of a check: what the board looks like, and whether each expectation holds. See engine.h.
 */
#include "lab/engine.h"

#include <stdlib.h>
#include <string.h>

#include "lab/units.h"

/* ------------------------------------------------------------------ zones that expectations name */

static int no_such_zone(struct engine *e, uint32_t i, struct qy_err *err)
{
	const struct qy_expect_spec *spec = &e->s->expect[i];
	struct qy_zone_stats z;
	char all[160] = "";

	for (uint32_t n = 0; qy_zone_stats(e->m, n, &z); n++) {
		if (z.managed_pages)
			snprintf(all + strlen(all), sizeof(all) - strlen(all),
				"%s%s of node %u", all[0] ? ", " : "", z.name, z.node);
	}
	return qy_fail(err, "%s: expect[%u]: the board has no such zone %s (it has %s)",
		e->s->path, i, spec->zone, all);
}

int qy_judge_plan(struct engine *e, struct qy_err *err)
{
	e->next_sample_ns = NEVER;
	for (uint32_t i = 0; i < e->s->nr_expects; i++) {
		const struct qy_expect_spec *spec = &e->s->expect[i];
		struct named_zones *named = &e->expect_zones[i];
		struct qy_zone_stats z;

		e->check->expect[i].actual = spec->kind == QY_EXPECT_FREE ? INT64_MAX : 0;
		for (uint32_t n = 0; spec->zone && qy_zone_stats(e->m, n, &z); n++) {
			if (z.managed_pages && strcmp(z.name, spec->zone) == 0 &&
				(spec->node == QY_ANY_NODE || spec->node == z.node))
				named->index[named->nr++] = (uint8_t)n;
		}
		if (spec->zone && !named->nr)
			return no_such_zone(e, i, err);
		if (!qy_expect_is_index(spec) || spec->at_ns == QY_AT_END)
			continue;
		if (spec->at_ns >= e->end_ns)
			return qy_fail(err,
				"%s: expect[%u]: its `at` lies behind the end: write `at: end`, or an earlier moment",
				e->s->path, i);
		if (spec->at_ns < e->next_sample_ns)
			e->next_sample_ns = spec->at_ns;
	}
	return 0;
}

/* The first time only: what came later may be a consequence. */
static void note_free_why(struct engine *e, uint32_t i, uint64_t free_bytes)
{
	struct qy_free_why *why = &e->check->free_why[i];

	if (why->taken || e->hooks->trial || free_bytes >= e->s->expect[i].amount)
		return;
	why->taken = true;
	why->when_ns = e->now_ns;
	qy_play_note_use(e, &why->use);
}

void qy_judge_look(struct engine *e)
{
	for (uint32_t i = 0; i < e->s->nr_expects; i++) {
		struct qy_expect_result *result = &e->check->expect[i];
		const struct named_zones *named = &e->expect_zones[i];
		struct qy_zone_counts counts;

		if (e->s->expect[i].kind != QY_EXPECT_FREE)
			continue;
		if (!named->nr)
			note_free_why(e, i, e->check->min_free_pages * QY_PAGE_SIZE);
		for (uint32_t n = 0; n < named->nr; n++) {
			qy_zone_counts(e->m, named->index[n], &counts);
			if ((int64_t)(counts.free_pages * QY_PAGE_SIZE) >= result->actual)
				continue;
			result->actual = (int64_t)(counts.free_pages * QY_PAGE_SIZE);
			result->when_ns = e->now_ns;
			note_free_why(e, i, (uint64_t)result->actual);
		}
	}
}

/* The worst of the zones that the expectation names, in thousandths; which one goes to @zone. */
static int64_t read_index(struct engine *e, uint32_t i, struct qy_zone_stats *zone)
{
	const struct qy_expect_spec *spec = &e->s->expect[i];
	int64_t worst = INT64_MIN;

	for (uint32_t n = 0; n < e->expect_zones[i].nr; n++) {
		struct qy_zone_stats z;
		int index;

		qy_zone_stats(e->m, e->expect_zones[i].index[n], &z);
		index = spec->kind == QY_EXPECT_UNUSABLE
				? qy_unusable_index(&z, spec->order)
				: qy_fragmentation_index(&z, spec->order);
		if (index > worst) {
			worst = index;
			*zone = z;
		}
	}
	return worst;
}

static void take_index(struct engine *e, uint32_t i)
{
	const struct qy_expect_spec *spec = &e->s->expect[i];
	struct qy_zone_stats zone = { 0 };
	int64_t index = read_index(e, i, &zone);
	char text[32];

	e->check->expect[i].actual = index;
	qy_engine_log(e, "expect[%u]: %s index of %s for order %u is %s", i,
		spec->kind == QY_EXPECT_UNUSABLE ? "unusable" : "fragmentation",
		spec->zone, spec->order, qy_format_index(text, sizeof(text), index));
	if (index > (int64_t)spec->amount && spec->order && !e->hooks->trial)
		e->check->index_why[i] =
			qy_why_capture_zone(e->m, &zone, spec->order, e->now_ns);
}

static void sample(struct engine *e, uint64_t at_ns)
{
	uint64_t next_ns = NEVER;

	for (uint32_t i = 0; i < e->s->nr_expects; i++) {
		const struct qy_expect_spec *spec = &e->s->expect[i];

		if (!qy_expect_is_index(spec))
			continue;
		if (spec->at_ns == at_ns)
			take_index(e, i);
		else if (spec->at_ns > at_ns && spec->at_ns < next_ns)
			next_ns = spec->at_ns;
	}
	e->next_sample_ns = next_ns;
}

void qy_judge_sample(struct engine *e)
{
	sample(e, e->now_ns);
}

void qy_judge_pictures(struct engine *e)
{
	struct qy_check *check = e->check;
	struct qy_pageblock_info info;
	uint32_t nr = 0;

	qy_machine_stats(e->m, &check->stats);
	qy_reclaim_counts(e->m, &check->reclaim);
	qy_oom_preview(e->m, &check->preview_at_end);
	sample(e, QY_AT_END);
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

/* ------------------------------------------------------------------ the verdict */

static void judge_request(const struct qy_expect_spec *spec,
	const struct qy_request_result *request, struct qy_expect_result *result)
{
	switch (spec->kind) {
	case QY_EXPECT_SHARE:
		result->actual =
			request->asked ? (int64_t)(request->got * 100000 / request->asked)
				       : 0;
		result->pass = request->asked && result->actual >= spec->millipercent;
		break;
	case QY_EXPECT_EACH:
		result->actual = request->worst;
		result->pass = request->rounds && request->worst >= spec->amount;
		break;
	default:
		result->actual = (int64_t)qy_latency_percentile(
			&request->latency, spec->millipercent);
		result->pass = request->asked && result->actual <= (int64_t)spec->amount;
	}
}

static void judge_task(struct engine *e, const struct qy_expect_spec *spec,
	struct qy_expect_result *result)
{
	const struct qy_check *check = e->check;
	const struct qy_task_result *task = &check->task[spec->task];

	switch (spec->kind) {
	case QY_EXPECT_SURVIVES:
		result->pass = task->started && !task->killed;
		result->actual = result->pass;
		break;
	case QY_EXPECT_KILLED_FIRST:
		result->pass = task->killed && task->kill == 0;
		result->actual = result->pass;
		break;
	case QY_EXPECT_KILLS:
		result->actual = check->nr_kills;
		result->pass = check->nr_kills <= spec->amount;
		break;
	case QY_EXPECT_ATOMIC:
		result->actual = (int64_t)check->nr_atomic_failed;
		result->pass = check->nr_atomic_failed <= spec->amount;
		break;
	default:
		if (!task->latency.nr_blocks)
			break;
		result->actual = (int64_t)qy_latency_percentile(
			&task->latency, spec->millipercent);
		result->pass = result->actual <= (int64_t)spec->amount;
	}
}

static void judge_one(struct engine *e, uint32_t i)
{
	const struct qy_expect_spec *spec = &e->s->expect[i];
	struct qy_expect_result *result = &e->check->expect[i];

	switch (spec->kind) {
	case QY_EXPECT_SHARE:
	case QY_EXPECT_EACH:
	case QY_EXPECT_LATENCY:
		judge_request(spec, &e->check->request[spec->request], result);
		break;
	case QY_EXPECT_LOAD:
		for (uint32_t l = 0; l < e->s->nr_loads; l++)
			result->actual += (int64_t)e->check->load[l].counts.nr_failed;
		result->pass = result->actual <= (int64_t)spec->amount;
		break;
	case QY_EXPECT_FREE:
		if (!spec->zone) {
			result->actual =
				(int64_t)(e->check->min_free_pages * QY_PAGE_SIZE);
			result->when_ns = e->check->min_free_ns;
		}
		result->pass = result->actual >= (int64_t)spec->amount;
		break;
	case QY_EXPECT_FRAGMENTATION:
	case QY_EXPECT_UNUSABLE:
		result->pass = result->actual <= (int64_t)spec->amount;
		break;
	default:
		judge_task(e, spec, result);
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
	check->pages_moved = e->replay.pages_moved;
	check->pages_forgotten = e->replay.pages_forgotten;
	qy_room_counts(e->m, &check->room);
	if (e->replay.nr_corrupt && !check->nr_corrupt)
		check->corrupt_pfn = e->replay.corrupt_pfn;
	check->nr_corrupt += e->replay.nr_corrupt;
	check->digest = e->replay.digest;
	for (uint32_t i = 0; i < e->s->nr_expects; i++)
		judge_one(e, i);
	check->pass =
		!check->nr_failed_expects && !check->nr_corrupt && !check->broken[0];
}
