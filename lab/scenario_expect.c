// SPDX-License-Identifier: MIT
/*
 * The expectations of a scenario. No state.
 */
#include "lab/scenario_reader.h"

#include <stdio.h>
#include <string.h>

#include "lab/units.h"

static void read_share(struct reader *r, const char *text, struct qy_expect_spec *out)
{
	out->kind = QY_EXPECT_SHARE;
	if (qy_parse_share(text, &out->millipercent))
		scn_bad(r, "success", "must be a share like 99.5%% (is %.40s)", text);
}

static void read_latency(
	struct reader *r, const struct yaml_expect *y, struct qy_expect_spec *out)
{
	out->kind = QY_EXPECT_LATENCY;
	out->millipercent = 100000;
	scn_duration(r, "latency", y->latency, 0, &out->amount);
	if (y->percentile &&
		(qy_parse_factor(y->percentile, &out->millipercent) ||
			out->millipercent > 100000 || strchr(y->percentile, 'x')))
		scn_bad(r, "percentile", "must be 0.001..100 (is %.40s)", y->percentile);
}

static void read_request_expect(
	struct reader *r, const struct yaml_expect *y, struct qy_expect_spec *out)
{
	const struct qy_scenario *s = r->s;

	out->request = scn_find_request(s, y->request);
	if (out->request == s->nr_requests)
		scn_bad(r, "request", "there is no request named `%.60s`", y->request);
	if (!!y->success + !!y->each + !!y->latency != 1)
		scn_bad(r, "", "give exactly one of success, each, latency");
	if (y->percentile && !y->latency)
		scn_bad(r, "percentile", "goes with latency only");
	if (!r->failed && y->latency &&
		s->request[out->request].kind != QY_REQUEST_BLOCKS)
		scn_bad(r, "latency", "is reckoned for blocks of an order only");
	if (r->failed)
		return;
	if (y->success) {
		read_share(r, y->success, out);
	} else if (y->latency) {
		read_latency(r, y, out);
	} else {
		out->kind = QY_EXPECT_EACH;
		scn_count(r, "each", y->each, 1, s->request[out->request].count,
			&out->amount);
	}
}

/* @key: "free", "fragmentation"; @zone: NULL = the board. */
static void read_zone(struct reader *r, const char *key, const char *zone,
	const char *node, struct qy_expect_spec *out)
{
	static const char *const zones[] = { "DMA", "DMA32", "Normal", "Movable", NULL };
	char place[40];

	snprintf(place, sizeof(place), "%s.zone", key);
	if (zone)
		out->zone = zones[scn_word(r, place, zone, zones, 0)];
	snprintf(place, sizeof(place), "%s.node", key);
	if (node && !zone)
		scn_bad(r, place, "goes with a zone only");
	scn_u32(r, place, node, 0, QY_MAX_NODES - 1, &out->node);
}

static void read_free(
	struct reader *r, const struct yaml_free_limit *y, struct qy_expect_spec *out)
{
	out->kind = QY_EXPECT_FREE;
	scn_want(r, "free.at_least", y->at_least, "32M");
	if (!r->failed && qy_parse_size(y->at_least, &out->amount))
		scn_bad(r, "free.at_least", "must be " QY_SIZE_WANTED " (is %.40s)",
			y->at_least);
	if (out->amount > INT64_MAX)
		scn_bad(r, "free.at_least", "no board has %.40s", y->at_least);
	read_zone(r, "free", y->zone, y->node, out);
}

/* @key: "fragmentation" or "unusable". */
static void read_index(struct reader *r, const char *key, enum qy_expect_kind kind,
	const struct yaml_index_limit *y, struct qy_expect_spec *out)
{
	char zone[40], order[40], at_most[40], at[40];
	uint32_t limit = 0;

	out->kind = kind;
	snprintf(zone, sizeof(zone), "%s.zone", key);
	snprintf(order, sizeof(order), "%s.order", key);
	snprintf(at_most, sizeof(at_most), "%s.at_most", key);
	snprintf(at, sizeof(at), "%s.at", key);
	scn_want(r, zone, y->zone, "Normal");
	scn_want(r, order, y->order, "9");
	scn_want(r, at_most, y->at_most, "0.5");
	read_zone(r, key, y->zone, y->node, out);
	scn_u32(r, order, y->order, 0, QY_MAX_PAGE_ORDER, &out->order);
	if (!r->failed && strcmp(y->at_most, "0") != 0 &&
		(qy_parse_factor(y->at_most, &limit) || limit > 1000 ||
			strchr(y->at_most, 'x')))
		scn_bad(r, at_most, "must be 0..1 in thousandths, like 0.5 (is %.40s)",
			y->at_most);
	out->amount = limit;
	if (y->at && strcmp(y->at, "end") != 0)
		scn_duration(r, at, y->at, 0, &out->at_ns);
}

/* ------------------------------------------------------------------ tasks */

static void find_task(
	struct reader *r, const char *key, const char *name, struct qy_expect_spec *out)
{
	out->task = scn_find_task(r->s, name);
	if (out->task == r->s->nr_tasks)
		scn_bad(r, key, "there is no task named `%.60s`", name);
}

static void read_task_expect(
	struct reader *r, const struct yaml_expect *y, struct qy_expect_spec *out)
{
	find_task(r, "task", y->task, out);
	scn_want(r, "latency", y->latency, "10ms");
	if (r->failed)
		return;
	read_latency(r, y, out);
	out->kind = QY_EXPECT_TASK_LATENCY;
}

static void read_limit(struct reader *r, const char *key, const char *text,
	enum qy_expect_kind kind, struct qy_expect_spec *out)
{
	out->kind = kind;
	scn_want(r, key, text, "0");
	scn_count(r, key, text, 0, UINT32_MAX, &out->amount);
}

/* Return: is it one of those without a request? */
static bool read_of_tasks(
	struct reader *r, const struct yaml_expect *y, struct qy_expect_spec *out)
{
	if (y->task) {
		read_task_expect(r, y, out);
	} else if (y->survives) {
		out->kind = QY_EXPECT_SURVIVES;
		find_task(r, "survives", y->survives, out);
	} else if (y->killed_first) {
		out->kind = QY_EXPECT_KILLED_FIRST;
		find_task(r, "killed_first", y->killed_first, out);
	} else if (y->oom_kills) {
		read_limit(r, "oom_kills.at_most", y->oom_kills->at_most, QY_EXPECT_KILLS,
			out);
		if (!r->s->nr_tasks)
			scn_bad(r, "oom_kills", "there is no task that could be killed");
	} else if (y->atomic) {
		read_limit(
			r, "atomic.failures", y->atomic->failures, QY_EXPECT_ATOMIC, out);
		if (!r->s->nr_loads && !r->s->nr_requests)
			scn_bad(r, "atomic", "there is nobody who could ask so");
	} else {
		return false;
	}
	return true;
}

void scn_expect(struct reader *r, unsigned int i, const struct yaml_expect *y)
{
	struct qy_expect_spec *out = &r->s->expect[i];

	scn_enter(r, "expect[%u]", i);
	*out = (struct qy_expect_spec){ .node = QY_ANY_NODE, .at_ns = QY_AT_END };
	if (!!y->request + !!y->load + !!y->free + !!y->fragmentation + !!y->unusable +
			!!y->task + !!y->survives + !!y->killed_first + !!y->oom_kills +
			!!y->atomic !=
		1) {
		scn_bad(r, "",
			"give exactly one of request, load, free, fragmentation, unusable, task, survives, killed_first, oom_kills, atomic");
	} else if (y->request) {
		read_request_expect(r, y, out);
	} else if (y->success || y->each || ((y->latency || y->percentile) && !y->task)) {
		scn_bad(r,
			y->success   ? "success"
			: y->each    ? "each"
			: y->latency ? "latency"
				     : "percentile",
			"goes with a request only");
	} else if (read_of_tasks(r, y, out)) {
		return;
	} else if (y->load) {
		out->kind = QY_EXPECT_LOAD;
		scn_want(r, "load.failures", y->load->failures, "0");
		scn_count(r, "load.failures", y->load->failures, 0, UINT32_MAX,
			&out->amount);
		if (!r->s->nr_loads)
			scn_bad(r, "load",
				"there is no load whose failures could be counted");
	} else if (y->free) {
		read_free(r, y->free, out);
	} else if (y->fragmentation) {
		read_index(r, "fragmentation", QY_EXPECT_FRAGMENTATION, y->fragmentation,
			out);
	} else {
		read_index(r, "unusable", QY_EXPECT_UNUSABLE, y->unusable, out);
	}
}
