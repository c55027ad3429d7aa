// SPDX-License-Identifier: MIT
/*
 * The loads of a scenario. No state.
 */
#include "lab/scenario_reader.h"

#include "lab/units.h"

#define MAX_GENERATED 4000000u
#define MAX_RATE      10000000u
#define MAX_WEIGHT    1000u
#define MAX_REPEAT    1000u

static void read_trace(struct reader *r, unsigned int i, const struct yaml_trace *y,
	uint64_t start_ns, struct qy_load_trace *out)
{
	static const char *const leftovers[] = { "exit", "keep", "free", NULL };
	static const char *const unknown[] = { "preallocate", "skip", NULL };

	scn_enter(r, "load[%u].trace", i);
	if (!r->s->capture)
		scn_want(r, "file", y->file, "../traces/NAME.dat");
	*out = (struct qy_load_trace){ .repeat = 1, .scale = 1000, .speed = 1000 };
	out->captured = !y->file;
	out->file = y->file ? scn_keep_file(r, "file", y->file) : r->s->capture;
	if (y->repeat && y->until)
		scn_bad(r, "", "give one of repeat and until, not both");
	scn_u32(r, "repeat", y->repeat, 1, MAX_REPEAT, &out->repeat);
	scn_duration(r, "until", y->until, 1, &out->until_ns);
	if (y->until) {
		out->repeat = 0;
		if (!r->failed && out->until_ns <= start_ns)
			scn_bad(r, "until", "must lie behind the load's start (is %s)",
				y->until);
	}
	if (y->scale && (qy_parse_factor(y->scale, &out->scale) || out->scale > 1000))
		scn_bad(r, "scale",
			"must be a share 0.001..1 (is %.40s); `instances` plays it more than once",
			y->scale);
	if (y->speed && qy_parse_factor(y->speed, &out->speed))
		scn_bad(r, "speed", "must be a factor 0.001..1000 (is %.40s)", y->speed);
	out->leftovers =
		scn_word(r, "leftovers", y->leftovers, leftovers, QY_LEFTOVERS_EXIT);
	out->unknown_frees = scn_word(
		r, "unknown_frees", y->unknown_frees, unknown, QY_UNKNOWN_PREALLOCATE);
}

static void read_class(struct reader *r, unsigned int load, unsigned int i,
	const struct yaml_class *y, struct qy_load_class *out)
{
	uint32_t order = 0;

	scn_enter(r, "load[%u].generator.mix[%u]", load, i);
	scn_want(r, "gfp", y->gfp, "GFP_KERNEL");
	*out = (struct qy_load_class){ .weight = 1, .lifetime_ns = QY_FOREVER };
	scn_gfp(r, "gfp", y->gfp, &out->gfp);
	scn_u32(r, "order", y->order, 0, QY_MAX_PAGE_ORDER, &order);
	out->order = (uint8_t)order;
	scn_u32(r, "weight", y->weight, 1, MAX_WEIGHT, &out->weight);
	scn_duration_or_forever(r, "lifetime", y->lifetime, &out->lifetime_ns);
}

static void read_generator(struct reader *r, unsigned int i,
	const struct yaml_generator *y, struct qy_load_generator *out)
{
	scn_enter(r, "load[%u].generator", i);
	*out = (struct qy_load_generator){ .nr_classes = y->nr_mix };
	scn_want(r, "rate", y->rate, "20000");
	scn_want(r, "duration", y->duration, "5s");
	if (y->nr_mix == 0)
		scn_bad(r, "mix",
			"is missing: list what is allocated, `- {gfp: GFP_KERNEL, order: 0}`");
	scn_count(r, "rate", y->rate, 1, MAX_RATE, &out->rate);
	scn_duration(r, "duration", y->duration, 1000, &out->duration_ns);
	if (!r->failed &&
		(double)out->rate * (double)out->duration_ns / 1e9 > MAX_GENERATED)
		scn_bad(r, "rate",
			"more than %u allocations: lower the rate or the duration",
			MAX_GENERATED);
	for (unsigned int c = 0; c < y->nr_mix && !r->failed; c++)
		read_class(r, i, c, &y->mix[c], &out->class[c]);
}

void scn_load(struct reader *r, unsigned int i, const struct yaml_load *y)
{
	struct qy_load_spec *out = &r->s->load[i];
	uint32_t all = 0;

	scn_enter(r, "load[%u]", i);
	if (!y->trace == !y->generator)
		scn_bad(r, "", "give exactly one of trace, generator");
	scn_duration(r, "start", y->start, 0, &out->start_ns);
	out->instances = 1;
	scn_u32(r, "instances", y->instances, 1, QY_MAX_STREAMS, &out->instances);
	for (unsigned int before = 0; before <= i; before++)
		all += r->s->load[before].instances;
	if (all > QY_MAX_STREAMS)
		scn_bad(r, "instances", "%u with those of the loads before: at most %u",
			all, QY_MAX_STREAMS);
	if (r->failed)
		return;
	out->kind = y->trace ? QY_LOAD_TRACE : QY_LOAD_GENERATOR;
	if (y->trace)
		read_trace(r, i, y->trace, out->start_ns, &out->trace);
	else
		read_generator(r, i, y->generator, &out->generator);
}

void scn_captured_load(struct reader *r)
{
	struct qy_load_spec *out = &r->s->load[r->s->nr_loads++];

	*out = (struct qy_load_spec){ .kind = QY_LOAD_TRACE,
		.instances = 1,
		.trace = { .file = r->s->capture,
			.captured = true,
			.repeat = 1,
			.scale = 1000,
			.speed = 1000 } };
}
