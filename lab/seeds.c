// SPDX-License-Identifier: MIT
/*
 * See seeds.h. Only the check that the report shows is kept; of the others, their verdict. No state.
 */
#include "lab/seeds.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lab/units.h"

static int no_memory(const struct qy_scenario *scenario, struct qy_err *err)
{
	return qy_fail(err, "%s: the host has no memory left", scenario->path);
}

static void drop_check(struct qy_check *check)
{
	if (check)
		qy_check_free(check);
	free(check);
}

/* A FAIL is worse than a PASS, more failed expectations are worse than fewer. */
static bool worse(const struct qy_seed_verdict *a, const struct qy_seed_verdict *b)
{
	if (a->pass != b->pass)
		return b->pass;
	return a->nr_failed_expects > b->nr_failed_expects;
}

static struct qy_check *prepare(struct qy_scenario *scenario, struct qy_err *err)
{
	struct qy_check *check = calloc(1, sizeof(*check));

	if (!check)
		no_memory(scenario, err);
	if (check && qy_check_prepare(scenario, check, err)) {
		drop_check(check);
		return NULL;
	}
	return check;
}

int qy_seeds_prepare(
	struct qy_scenario *scenario, struct qy_seeds *seeds, struct qy_err *err)
{
	*seeds = (struct qy_seeds){ .scenario = scenario };
	seeds->verdict = calloc(scenario->seeds, sizeof(*seeds->verdict));
	if (!seeds->verdict)
		return no_memory(scenario, err);
	seeds->first = prepare(scenario, err);
	return seeds->first ? 0 : -1;
}

/* Keeps @check when it is the worst so far. */
static void judge_one(struct qy_seeds *seeds, struct qy_check *check)
{
	struct qy_seed_verdict *verdict = &seeds->verdict[seeds->nr];

	*verdict = (struct qy_seed_verdict){
		.seed = seeds->scenario->seed,
		.pass = check->pass,
		.nr_failed_expects = check->nr_failed_expects,
	};
	memcpy(verdict->expect, check->expect, sizeof(verdict->expect));
	seeds->nr_failed += !check->pass;
	if (seeds->nr == 0 || worse(verdict, &seeds->verdict[seeds->shown])) {
		drop_check(seeds->check);
		seeds->check = check;
		seeds->shown = seeds->nr;
	} else {
		drop_check(check);
	}
	seeds->nr++;
}

int qy_seeds_run(
	struct qy_seeds *seeds, const struct qy_check_hooks *hooks, struct qy_err *err)
{
	struct qy_scenario *scenario = seeds->scenario;
	uint64_t first = scenario->seed;

	for (uint32_t i = 0; i < scenario->seeds; i++) {
		struct qy_check *check = seeds->first;

		scenario->seed = first + i;
		seeds->first = NULL;
		if (!check)
			check = prepare(scenario, err);
		if (!check)
			return -1;
		if (hooks->log && scenario->seeds > 1)
			fprintf(hooks->log, "seed %" PRIu64 "\n", scenario->seed);
		if (qy_check_run(check, hooks, err)) {
			drop_check(check);
			return -1;
		}
		judge_one(seeds, check);
	}
	scenario->seed = seeds->verdict[seeds->shown].seed;
	return 0;
}

void qy_seeds_free(struct qy_seeds *seeds)
{
	drop_check(seeds->first);
	drop_check(seeds->check);
	free(seeds->verdict);
	*seeds = (struct qy_seeds){ 0 };
}

/* ------------------------------------------------------------------ the spread */

static int compare_s64(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static const char *amount(
	char *buf, size_t size, const struct qy_expect_spec *spec, int64_t value)
{
	switch (spec->kind) {
	case QY_EXPECT_SHARE:
		snprintf(buf, size, "%u.%u%%", (unsigned int)value / 1000,
			(unsigned int)value % 1000 / 100);
		break;
	case QY_EXPECT_FREE:
		qy_format_size(buf, size, (uint64_t)value);
		break;
	case QY_EXPECT_LATENCY:
		qy_format_latency(buf, size, (uint64_t)value);
		break;
	case QY_EXPECT_FRAGMENTATION:
	case QY_EXPECT_UNUSABLE:
		qy_format_index(buf, size, value);
		break;
	case QY_EXPECT_TASK_LATENCY:
		qy_format_latency(buf, size, (uint64_t)value);
		break;
	case QY_EXPECT_SURVIVES:
	case QY_EXPECT_KILLED_FIRST:
		snprintf(buf, size, "%s", value ? "yes" : "no");
		break;
	case QY_EXPECT_EACH:
	case QY_EXPECT_LOAD:
	case QY_EXPECT_KILLS:
	case QY_EXPECT_ATOMIC:
		snprintf(buf, size, "%" PRIi64, value);
	}
	return buf;
}

static const char *subject(const struct qy_scenario *s, const struct qy_expect_spec *spec)
{
	switch (spec->kind) {
	case QY_EXPECT_LOAD:
		return "load: refused";
	case QY_EXPECT_FREE:
		return "free";
	case QY_EXPECT_FRAGMENTATION:
		return "fragmentation index";
	case QY_EXPECT_UNUSABLE:
		return "unusable index";
	case QY_EXPECT_KILLS:
		return "oom_kills";
	case QY_EXPECT_ATOMIC:
		return "atomic: refused";
	case QY_EXPECT_SURVIVES:
	case QY_EXPECT_KILLED_FIRST:
	case QY_EXPECT_TASK_LATENCY:
		return s->task[spec->task].name;
	default:
		return s->request[spec->request].name;
	}
}

static void print_spread(FILE *out, const struct qy_seeds *seeds, uint32_t i)
{
	const struct qy_scenario *s = seeds->check->scenario;
	const struct qy_expect_spec *spec = &s->expect[i];
	int64_t value[QY_MAX_SEEDS];
	char low[32], middle[32], high[32];
	uint32_t nr_pass = 0;

	for (uint32_t v = 0; v < seeds->nr; v++) {
		value[v] = seeds->verdict[v].expect[i].actual;
		nr_pass += seeds->verdict[v].expect[i].pass;
	}
	qsort(value, seeds->nr, sizeof(value[0]), compare_s64);
	fprintf(out, "  holds in %u of %u: %s: %s..%s, median %s\n", nr_pass, seeds->nr,
		subject(s, spec), amount(low, sizeof(low), spec, value[0]),
		amount(high, sizeof(high), spec, value[seeds->nr - 1]),
		amount(middle, sizeof(middle), spec, value[seeds->nr / 2]));
}

void qy_seeds_print(FILE *out, const struct qy_seeds *seeds)
{
	if (seeds->nr < 2)
		return;
	fprintf(out,
		"\nseeds %" PRIu64 "..%" PRIu64 " (the report is of seed %" PRIu64 ")\n",
		seeds->verdict[0].seed, seeds->verdict[seeds->nr - 1].seed,
		seeds->verdict[seeds->shown].seed);
	for (uint32_t i = 0; i < seeds->check->scenario->nr_expects; i++)
		print_spread(out, seeds, i);
	if (seeds->nr_failed) {
		fputs("  FAIL with seed", out);
		for (uint32_t v = 0; v < seeds->nr; v++) {
			if (!seeds->verdict[v].pass)
				fprintf(out, " %" PRIu64, seeds->verdict[v].seed);
		}
		fputc('\n', out);
	}
	fprintf(out, "verdict: %s in %u of %u seeds\n",
		seeds->nr_failed ? "FAIL" : "PASS",
		seeds->nr_failed ? seeds->nr_failed : seeds->nr, seeds->nr);
}
