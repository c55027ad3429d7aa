// SPDX-License-Identifier: MIT
/*
 * See generate.h. No state.
 */
#include "lab/generate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The middle of each 64th of the exponential distribution with mean 1024: -1024 ln(1 - (i + 0.5) / 64). A table,
 * because log() may differ between hosts in the last bit.
 */
static const uint16_t exponential[64] = {
	8,
	24,
	41,
	58,
	75,
	92,
	110,
	128,
	146,
	165,
	184,
	203,
	223,
	243,
	263,
	284,
	305,
	327,
	349,
	372,
	395,
	419,
	444,
	469,
	494,
	520,
	547,
	575,
	603,
	633,
	663,
	694,
	726,
	759,
	793,
	828,
	865,
	903,
	942,
	983,
	1026,
	1070,
	1117,
	1166,
	1217,
	1271,
	1328,
	1388,
	1452,
	1520,
	1594,
	1672,
	1758,
	1851,
	1953,
	2067,
	2195,
	2342,
	2513,
	2719,
	2976,
	3320,
	3844,
	4968,
};

/* splitmix64 */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static const struct qy_load_class *pick_class(
	const struct qy_load_generator *g, uint64_t total_weight, uint64_t *random)
{
	uint64_t at = next_random(random) % total_weight;
	const struct qy_load_class *class = g->class;

	while (at >= class->weight)
		at -= class ++->weight;
	return class;
}

static uint64_t pick_lifetime(const struct qy_load_class *class, uint64_t *random)
{
	uint64_t draw = next_random(random);
	uint64_t lifetime_ns = class->lifetime_ns / 1024 * exponential[draw % 64];

	/* spread inside the 64th, so that frees do not come in 64 waves */
	return lifetime_ns + class->lifetime_ns / 64 * (draw >> 32 & 63) / 64 + 1;
}

static uint8_t migratetype_of(qy_gfp_t gfp)
{
	return gfp & QY___GFP_MOVABLE ? 1 : gfp & QY___GFP_RECLAIMABLE ? 2 : 0;
}

/* By time; an allocation and its free never share a nanosecond, so frame and kind settle the rest. */
static int compare_events(const void *a, const void *b)
{
	const struct qy_page_event *x = a, *y = b;

	if (x->ts_ns != y->ts_ns)
		return x->ts_ns < y->ts_ns ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind == QY_EV_FREE ? -1 : 1;
	return x->pfn < y->pfn ? -1 : x->pfn > y->pfn;
}

/* Each class is a task of its own, so that its pages have an owner. Return: -1 when the host has no memory. */
static int name_tasks(struct qy_trace *trace, const struct qy_load_generator *g)
{
	trace->tasks = calloc(g->nr_classes + 1, sizeof(*trace->tasks));
	if (!trace->tasks)
		return -1;
	trace->nr_tasks = g->nr_classes + 1;
	snprintf(trace->tasks[0].comm, sizeof(trace->tasks[0].comm), "generator");
	for (uint32_t i = 0; i < g->nr_classes; i++)
		snprintf(trace->tasks[i + 1].comm, sizeof(trace->tasks[i + 1].comm),
			"mix[%u]", i);
	return 0;
}

static void emit(struct qy_trace *trace, const struct qy_load_class *class, uint16_t task,
	uint64_t now_ns, uint64_t *next_pfn, uint64_t *random)
{
	uint64_t frames = 1ull << class->order;
	struct qy_page_event event = {
		.ts_ns = now_ns,
		.pfn = (*next_pfn + frames - 1) & ~(frames - 1),
		.gfp = class->gfp,
		.cpu = (uint16_t)(next_random(random) % trace->nr_cpus),
		.order = class->order,
		.migratetype = migratetype_of(class->gfp),
		.kind = QY_EV_ALLOC,
		.task = task,
	};

	*next_pfn = event.pfn + frames;
	trace->events[trace->nr_events++] = event;
	trace->nr_alloc++;
	if (class->lifetime_ns == QY_FOREVER)
		return;
	event.ts_ns += pick_lifetime(class, random);
	event.kind = QY_EV_FREE;
	event.gfp = 0;
	event.migratetype = 0;
	trace->events[trace->nr_events++] = event;
	trace->nr_free++;
}

int qy_generate(const struct qy_load_generator *g, uint64_t seed, struct qy_trace *trace,
	struct qy_err *err)
{
	uint64_t nr =
		(uint64_t)((unsigned __int128)g->rate * g->duration_ns / 1000000000);
	uint64_t period_ns, random = seed, next_pfn = 0, total_weight = 0;

	*trace = (struct qy_trace){ .duration_ns = g->duration_ns,
		.nr_cpus = QY_MAX_CPUS };
	if (nr == 0)
		nr = 1;
	period_ns = g->duration_ns / nr;
	for (uint32_t i = 0; i < g->nr_classes; i++)
		total_weight += g->class[i].weight;
	trace->path = strdup("generator");
	trace->events = malloc(nr * 2 * sizeof(*trace->events));
	if (!trace->events || !trace->path || name_tasks(trace, g)) {
		qy_trace_free(trace);
		return qy_fail(err,
			"generator: the host has no memory for %llu allocations: lower the rate",
			(unsigned long long)nr);
	}
	for (uint64_t i = 0; i < nr; i++) {
		const struct qy_load_class *class = pick_class(g, total_weight, &random);
		uint64_t now_ns = i * period_ns +
				  next_random(&random) % (period_ns ? period_ns : 1);

		emit(trace, class, (uint16_t)(class - g->class + 1), now_ns, &next_pfn,
			&random);
	}
	qsort(trace->events, trace->nr_events, sizeof(*trace->events), compare_events);
	return 0;
}
