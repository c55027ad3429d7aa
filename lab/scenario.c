// SPDX-License-Identifier: MIT
/*
 * What the words of a scenario mean: defaults, bounds, and the path of whatever is wrong.
 *
 * No state.
 */
#include "lab/scenario.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/scenario_reader.h"
#include "quarry/board.h"

#define FILE_MAX_BYTES (1u << 20)

/* ------------------------------------------------------------------ the parts of a scenario */

static void read_board(struct reader *r, const struct yaml_board *y)
{
	struct qy_board_opts *board = &r->s->board;
	uint32_t smp = 0;

	scn_enter(r, "board");
	if (!r->s->capture && (!y || (!y->dts && !y->dtb)))
		scn_bad(r, "", "give a device tree: `dts: FILE` or `dtb: FILE`");
	else if (y && y->dts && y->dtb)
		scn_bad(r, "", "give one of dts and dtb, not both");
	if (r->failed || !y)
		return;
	board->dtb = scn_keep_file(r, y->dts ? "dts" : "dtb", y->dts ? y->dts : y->dtb);
	board->cmdline_file = scn_keep_file(r, "cmdline", y->cmdline);
	board->sysctl_file = scn_keep_file(r, "sysctl_conf", y->sysctl_conf);
	board->memory = scn_keep_word(r, y->memory);
	board->memory_place = scn_keep(r, "%s: board.memory", r->s->path);
	board->append = scn_keep_word(r, y->append);
	r->s->costs_file = scn_keep_file(r, "costs", y->costs);
	scn_u32(r, "smp", y->smp, 1, QY_MAX_CPUS, &smp);
	board->smp = (int)smp;
	for (unsigned int i = 0; i < y->nr_sysctl; i++)
		r->s->sysctls[i] = scn_keep_word(r, y->sysctl[i]);
	board->sysctls = r->s->sysctls;
	board->nr_sysctls = board->nr_placed_sysctls = (int)y->nr_sysctl;
	board->sysctls_place = scn_keep(r, "%s: board.sysctl", r->s->path);
	for (unsigned int i = 0; i < y->nr_areas; i++)
		board->areas = scn_keep(r, "%s%s%s", board->areas ? board->areas : "",
			board->areas ? "," : "", y->areas[i]);
	board->areas_place = scn_keep(r, "%s: board.areas", r->s->path);
}

static void captured_start(struct reader *r)
{
	static const char *const names[QY_NR_SNAPSHOT_FILES] = { "buddyinfo",
		"pagetypeinfo", "zoneinfo" };
	struct qy_start_spec *out = &r->s->start;

	out->kind = QY_START_SNAPSHOT;
	out->captured = true;
	for (int i = 0; i < QY_NR_SNAPSHOT_FILES; i++)
		out->files[i] = scn_keep(r, "%s: before/%s", r->s->capture, names[i]);
}

static void read_start(struct reader *r, const struct yaml_start *y, const char *word)
{
	static const char *const words[] = { "fresh", NULL };
	struct qy_start_spec *out = &r->s->start;
	const struct yaml_snapshot *snap = y ? y->snapshot : NULL;

	scn_enter(r, "%s", "");
	scn_word(r, "start", word, words, 0);
	scn_enter(r, "start");
	if (!y && !word && r->s->capture)
		captured_start(r);
	if (!y)
		return;
	if (!snap == !y->aged) {
		scn_bad(r, "",
			"give `fresh`, or exactly one of `snapshot: {...}`, `aged: SEED`");
		return;
	}
	out->kind = snap ? QY_START_SNAPSHOT : QY_START_AGED;
	scn_count(r, "aged", y->aged, 0, UINT64_MAX, &out->seed);
	if (!snap)
		return;
	scn_want(r, "snapshot.buddyinfo", snap->buddyinfo, "FILE");
	scn_want(r, "snapshot.pagetypeinfo", snap->pagetypeinfo, "FILE");
	scn_want(r, "snapshot.zoneinfo", snap->zoneinfo, "FILE");
	out->files[QY_SNAPSHOT_BUDDYINFO] =
		scn_keep_file(r, "snapshot.buddyinfo", snap->buddyinfo);
	out->files[QY_SNAPSHOT_PAGETYPEINFO] =
		scn_keep_file(r, "snapshot.pagetypeinfo", snap->pagetypeinfo);
	out->files[QY_SNAPSHOT_ZONEINFO] =
		scn_keep_file(r, "snapshot.zoneinfo", snap->zoneinfo);
}

static void read_all(struct reader *r, const struct yaml_scenario *y)
{
	static const char *const reclaims[] = { "none", "oldest", NULL };
	static const char *const truths[] = { "false", "true", NULL };
	struct qy_scenario *s = r->s;

	scn_enter(r, "%s", "");
	if (!s->capture)
		s->capture = scn_keep_file(r, "capture", y->capture);
	read_board(r, y->board);
	read_start(r, y->start, y->start_word);
	scn_enter(r, "%s", "");
	s->seed = 1;
	s->seeds = 1;
	scn_count(r, "seed", y->seed, 0, UINT64_MAX, &s->seed);
	scn_u32(r, "seeds", y->seeds, 1, QY_MAX_SEEDS, &s->seeds);
	scn_duration(r, "duration", y->duration, 1000000, &s->duration_ns);
	s->contents = scn_word(r, "contents", y->contents, truths,
			      s->start.kind == QY_START_FRESH || y->nr_tasks ||
				      y->nr_files || y->swap || y->nr_drivers) == 1;
	s->stand_in_reclaim = scn_word(r, "reclaim", y->reclaim, reclaims, 1) == 1;
	if (!y->duration && y->nr_load == 0 && !s->capture)
		scn_bad(r, "duration",
			"is missing: without a load nothing else says when to end");
	if (y->nr_expect == 0 && y->nr_drivers == 0)
		scn_bad(r, "expect",
			"is missing: a verdict needs at least one expectation, or a driver");
	s->nr_loads = y->nr_load;
	s->nr_expects = y->nr_expect;
	for (uint32_t i = 0; i < s->nr_loads && !r->failed; i++)
		scn_load(r, i, &y->load[i]);
	if (s->capture && !s->nr_loads)
		scn_captured_load(r);
	for (uint32_t i = 0; i < y->nr_requests && !r->failed; i++) {
		scn_enter(r, "requests[%u]", i);
		scn_request(r, &y->requests[i]);
	}
	for (uint32_t i = 0; i < y->nr_tasks && !r->failed; i++)
		scn_task(r, i, &y->tasks[i]);
	scn_enter(r, "%s", "");
	scn_swap(r, y->swap, y->disk);
	for (uint32_t i = 0; i < y->nr_files && !r->failed; i++)
		scn_file(r, i, &y->files[i]);
	for (uint32_t i = 0; i < y->nr_drivers && !r->failed; i++)
		scn_driver(r, i, &y->drivers[i]);
	for (uint32_t i = 0; i < y->nr_timeline && !r->failed; i++)
		scn_step_request(r, i, &y->timeline[i]);
	for (uint32_t i = 0; i < y->nr_timeline && !r->failed; i++)
		scn_step(r, i, &y->timeline[i]);
	for (uint32_t i = 0; i < s->nr_expects && !r->failed; i++)
		scn_expect(r, i, &y->expect[i]);
}

/* ------------------------------------------------------------------ doors */

static struct qy_scenario *parse(const char *text, size_t size, const char *path,
	const char *capture, struct qy_err *err)
{
	struct yaml_scenario *yaml = qy_yaml_read(text, size, path, err);
	struct reader r = { .err = err };

	if (!yaml)
		return NULL;
	r.s = calloc(1, sizeof(*r.s));
	if (!r.s) {
		qy_fail(err, "%s: the host has no memory left", path);
		qy_yaml_free(yaml);
		return NULL;
	}
	r.s->path =
		path; /* for scn_keep() and scn_bad(); the scenario's own copy follows */
	r.s->path = scn_keep_word(&r, path);
	r.s->capture = scn_keep_word(&r, capture);
	read_all(&r, yaml);
	qy_yaml_free(yaml);
	if (r.failed) {
		qy_scenario_free(r.s);
		return NULL;
	}
	return r.s;
}

struct qy_scenario *qy_scenario_parse(
	const char *text, size_t size, const char *path, struct qy_err *err)
{
	return parse(text, size, path, NULL, err);
}

/* Return: malloc()ed text, NULL after a line in @err. */
static char *read_file(const char *path, size_t *size, struct qy_err *err)
{
	FILE *file = fopen(path, "rb");
	char *text;

	if (!file) {
		qy_fail(err, "%s: %s: give the path of a scenario (.yaml)", path,
			strerror(errno));
		return NULL;
	}
	text = malloc(FILE_MAX_BYTES + 1);
	*size = text ? fread(text, 1, FILE_MAX_BYTES + 1, file) : 0;
	if (text && !ferror(file) && *size <= FILE_MAX_BYTES) {
		fclose(file);
		return text;
	}
	if (!text)
		qy_fail(err, "%s: the host has no memory left", path);
	else if (ferror(file))
		qy_fail(err, "%s: %s: give the path of a scenario (.yaml)", path,
			strerror(errno));
	else
		qy_fail(err, "%s: larger than 1 MiB: this is not a scenario", path);
	fclose(file);
	free(text);
	return NULL;
}

static struct qy_scenario *load(const char *path, const char *capture, struct qy_err *err)
{
	struct qy_scenario *scenario;
	size_t size;
	char *text = read_file(path, &size, err);

	if (!text)
		return NULL;
	scenario = parse(text, size, path, capture, err);
	free(text);
	return scenario;
}

struct qy_scenario *qy_scenario_load(const char *path, struct qy_err *err)
{
	return load(path, NULL, err);
}

/* What drivers commonly ask for; docs/capture.md says why these. */
static const char own_requests[] =
	"requests:\n"
	"  - {name: packets, order: 0, count: 256, gfp: GFP_ATOMIC, every: 100ms, hold: 50ms}\n"
	"  - {name: rings, order: 3, count: 16, gfp: GFP_ATOMIC, every: 1s, hold: 500ms}\n"
	"  - {name: buffers, order: 6, count: 4, gfp: GFP_KERNEL, every: 1s, hold: 500ms}\n"
	"expect:\n"
	"  - {request: packets, success: 100%}\n"
	"  - {request: rings, success: 100%}\n"
	"  - {request: buffers, success: 100%}\n"
	"  - load: {failures: 0}\n";

struct qy_scenario *qy_scenario_of(
	const char *path, const char *capture, struct qy_err *err)
{
	char title[512];

	if (path)
		return load(path, capture, err);
	snprintf(title, sizeof(title), "--capture %.480s", capture);
	return parse(own_requests, sizeof(own_requests) - 1, title, capture, err);
}

void qy_scenario_free(struct qy_scenario *scenario)
{
	if (!scenario)
		return;
	for (size_t i = 0; i < scenario->nr_strings; i++)
		free(scenario->strings[i]);
	free(scenario->strings);
	free(scenario);
}
