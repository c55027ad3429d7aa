// SPDX-License-Identifier: MIT
/*
 * What the words of a scenario mean: defaults, bounds, and the path of whatever is wrong.
 *
 * No state.
 */
#include "lab/scenario.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/scenario_yaml.h"
#include "lab/units.h"
#include "quarry/board.h"

#define FILE_MAX_BYTES (1u << 20)
#define MAX_GENERATED  4000000u
#define MAX_RATE       10000000u
#define MAX_WEIGHT     1000u
#define MAX_REPEAT     1000u
#define MAX_COUNT      65536u
#define MAX_TIMES      1000000u
#define MIN_EVERY_NS   1000u

/* Where in the scenario we are. The first error wins; after it, readers do nothing. */
struct reader {
	struct qy_scenario *s;
	struct qy_err *err;
	char place[48]; /* "requests[2]", "" at the top */
	bool failed;
};

__attribute__((format(printf, 3, 4))) static void bad(
	struct reader *r, const char *key, const char *fmt, ...)
{
	char why[320];
	va_list args;

	if (r->failed)
		return;
	r->failed = true;
	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	qy_fail(r->err, "%s: %s%s%s: %s", r->s->path, r->place,
		r->place[0] && key[0] ? "." : "", key, why);
}

__attribute__((format(printf, 2, 3))) static void enter(
	struct reader *r, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(r->place, sizeof(r->place), fmt, args);
	va_end(args);
}

/* A string that lives as long as the scenario. */
__attribute__((format(printf, 2, 3))) static const char *keep(
	struct reader *r, const char *fmt, ...)
{
	struct qy_scenario *s = r->s;
	char **grown = realloc(s->strings, (s->nr_strings + 1) * sizeof(*grown));
	va_list args;
	int length;

	if (grown) {
		s->strings = grown;
		va_start(args, fmt);
		length = vasprintf(&grown[s->nr_strings], fmt, args);
		va_end(args);
		if (length >= 0)
			return grown[s->nr_strings++];
	}
	bad(r, "", "the host has no memory left");
	return "";
}

static const char *keep_word(struct reader *r, const char *text)
{
	return text ? keep(r, "%s", text) : NULL;
}

/* Relative file names count from the scenario's directory. */
static const char *keep_file(struct reader *r, const char *key, const char *name)
{
	const char *slash = strrchr(r->s->path, '/');

	if (!name)
		return NULL;
	if (!name[0])
		bad(r, key, "a file name is missing");
	if (name[0] == '/' || !slash)
		return keep_word(r, name);
	return keep(r, "%.*s/%s", (int)(slash - r->s->path), r->s->path, name);
}

/* ------------------------------------------------------------------ words to numbers; NULL keeps the default */

static void read_count(struct reader *r, const char *key, const char *text, uint64_t min,
	uint64_t max, uint64_t *out)
{
	uint64_t value;

	if (!text)
		return;
	if (qy_parse_count(text, &value) || value < min || value > max)
		bad(r, key, "must be %llu..%llu (is %.40s)", (unsigned long long)min,
			(unsigned long long)max, text[0] ? text : "empty");
	else
		*out = value;
}

static void read_u32(struct reader *r, const char *key, const char *text, uint32_t min,
	uint32_t max, uint32_t *out)
{
	uint64_t value = *out;

	read_count(r, key, text, min, max, &value);
	*out = (uint32_t)value;
}

static void read_duration(struct reader *r, const char *key, const char *text,
	uint64_t min_ns, uint64_t *out)
{
	char low[32];
	uint64_t ns;

	if (!text)
		return;
	if (qy_parse_duration(text, &ns))
		bad(r, key, "must be " QY_DURATION_WANTED " (is %.40s)",
			text[0] ? text : "empty");
	else if (ns < min_ns || ns > QY_MAX_DURATION_NS)
		bad(r, key, "must be %s..24h (is %.40s)",
			qy_format_duration(low, sizeof(low), min_ns), text);
	else
		*out = ns;
}

static void read_duration_or_forever(
	struct reader *r, const char *key, const char *text, uint64_t *out)
{
	if (text && strcmp(text, "forever") == 0)
		*out = QY_FOREVER;
	else
		read_duration(r, key, text, 1, out);
}

static void read_gfp(struct reader *r, const char *key, const char *text, qy_gfp_t *out)
{
	char unknown[80];

	if (text && qy_parse_gfp(text, out, unknown, sizeof(unknown)))
		bad(r, key,
			"`%s` is not a flag of Linux 6.12 (write GFP_KERNEL, GFP_ATOMIC|__GFP_COMP, ...)",
			unknown);
}

/* Return: index of @text in @words (NULL-terminated), @fallback without text. */
static unsigned int read_word(struct reader *r, const char *key, const char *text,
	const char *const *words, unsigned int fallback)
{
	char all[120] = "";

	if (!text)
		return fallback;
	for (unsigned int i = 0; words[i]; i++) {
		if (strcmp(text, words[i]) == 0)
			return i;
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s",
			i ? ", " : "", words[i]);
	}
	bad(r, key, "must be one of %s (is %.40s)", all, text[0] ? text : "empty");
	return fallback;
}

static void want(
	struct reader *r, const char *key, const void *present, const char *example)
{
	if (!present)
		bad(r, key, "is missing: write `%s: %s`", key, example);
}

/* ------------------------------------------------------------------ the parts of a scenario */

static void read_board(struct reader *r, const struct yaml_board *y)
{
	struct qy_board_opts *board = &r->s->board;
	uint32_t smp = 0;

	enter(r, "board");
	if (!y || (!y->dts && !y->dtb))
		bad(r, "", "give a device tree: `dts: FILE` or `dtb: FILE`");
	else if (y->dts && y->dtb)
		bad(r, "", "give one of dts and dtb, not both");
	if (r->failed)
		return;
	board->dtb = keep_file(r, y->dts ? "dts" : "dtb", y->dts ? y->dts : y->dtb);
	board->cmdline_file = keep_file(r, "cmdline", y->cmdline);
	board->sysctl_file = keep_file(r, "sysctl_conf", y->sysctl_conf);
	board->memory = keep_word(r, y->memory);
	board->memory_place = keep(r, "%s: board.memory", r->s->path);
	board->append = keep_word(r, y->append);
	read_u32(r, "smp", y->smp, 1, QY_MAX_CPUS, &smp);
	board->smp = (int)smp;
	for (unsigned int i = 0; i < y->nr_sysctl; i++)
		r->s->sysctls[i] = keep_word(r, y->sysctl[i]);
	board->sysctls = r->s->sysctls;
	board->nr_sysctls = board->nr_placed_sysctls = (int)y->nr_sysctl;
	board->sysctls_place = keep(r, "%s: board.sysctl", r->s->path);
}

static void read_trace(struct reader *r, unsigned int i, const struct yaml_trace *y,
	struct qy_load_trace *out)
{
	static const char *const leftovers[] = { "exit", "keep", "free", NULL };
	static const char *const unknown[] = { "preallocate", "skip", NULL };

	enter(r, "load[%u].trace", i);
	want(r, "file", y->file, "../traces/NAME.dat");
	*out = (struct qy_load_trace){ .repeat = 1, .speed = 1000 };
	out->file = keep_file(r, "file", y->file);
	read_u32(r, "repeat", y->repeat, 1, MAX_REPEAT, &out->repeat);
	if (y->speed && qy_parse_factor(y->speed, &out->speed))
		bad(r, "speed", "must be a factor 0.001..1000 (is %.40s)", y->speed);
	out->leftovers =
		read_word(r, "leftovers", y->leftovers, leftovers, QY_LEFTOVERS_EXIT);
	out->unknown_frees = read_word(
		r, "unknown_frees", y->unknown_frees, unknown, QY_UNKNOWN_PREALLOCATE);
}

static void read_class(struct reader *r, unsigned int load, unsigned int i,
	const struct yaml_class *y, struct qy_load_class *out)
{
	uint32_t order = 0;

	enter(r, "load[%u].generator.mix[%u]", load, i);
	want(r, "gfp", y->gfp, "GFP_KERNEL");
	*out = (struct qy_load_class){ .weight = 1, .lifetime_ns = QY_FOREVER };
	read_gfp(r, "gfp", y->gfp, &out->gfp);
	read_u32(r, "order", y->order, 0, QY_MAX_PAGE_ORDER, &order);
	out->order = (uint8_t)order;
	read_u32(r, "weight", y->weight, 1, MAX_WEIGHT, &out->weight);
	read_duration_or_forever(r, "lifetime", y->lifetime, &out->lifetime_ns);
}

static void read_generator(struct reader *r, unsigned int i,
	const struct yaml_generator *y, struct qy_load_generator *out)
{
	enter(r, "load[%u].generator", i);
	*out = (struct qy_load_generator){ .nr_classes = y->nr_mix };
	want(r, "rate", y->rate, "20000");
	want(r, "duration", y->duration, "5s");
	if (y->nr_mix == 0)
		bad(r, "mix",
			"is missing: list what is allocated, `- {gfp: GFP_KERNEL, order: 0}`");
	read_count(r, "rate", y->rate, 1, MAX_RATE, &out->rate);
	read_duration(r, "duration", y->duration, 1000, &out->duration_ns);
	if (!r->failed &&
		(double)out->rate * (double)out->duration_ns / 1e9 > MAX_GENERATED)
		bad(r, "rate", "more than %u allocations: lower the rate or the duration",
			MAX_GENERATED);
	for (unsigned int c = 0; c < y->nr_mix && !r->failed; c++)
		read_class(r, i, c, &y->mix[c], &out->class[c]);
}

static void read_load(struct reader *r, unsigned int i, const struct yaml_load *y)
{
	struct qy_load_spec *out = &r->s->load[i];

	enter(r, "load[%u]", i);
	if (!y->trace == !y->generator)
		bad(r, "", "give exactly one of trace, generator");
	read_duration(r, "start", y->start, 0, &out->start_ns);
	if (r->failed)
		return;
	out->kind = y->trace ? QY_LOAD_TRACE : QY_LOAD_GENERATOR;
	if (y->trace)
		read_trace(r, i, y->trace, &out->trace);
	else
		read_generator(r, i, y->generator, &out->generator);
}

static uint32_t find_request(const struct qy_scenario *s, const char *name, uint32_t nr)
{
	uint32_t i = 0;

	while (i < nr && strcmp(s->request[i].name, name) != 0)
		i++;
	return i;
}

static void read_rounds(
	struct reader *r, const struct yaml_request *y, struct qy_request_spec *out)
{
	out->times = y->every ? 0 : 1;
	read_duration(r, "start", y->start, 0, &out->start_ns);
	read_duration(r, "every", y->every, MIN_EVERY_NS, &out->every_ns);
	read_u32(r, "times", y->times, 1, MAX_TIMES, &out->times);
	if (out->times > 1 && !y->every)
		bad(r, "every",
			"is missing: %u times need a distance, like `every: 100ms`",
			out->times);
	out->hold_ns = QY_FOREVER;
	read_duration_or_forever(r, "hold", y->hold, &out->hold_ns);
}

static void read_context(
	struct reader *r, const struct yaml_request *y, struct qy_request_spec *out)
{
	static const char *const contexts[] = { "task", "atomic", "irq", NULL };
	bool may_sleep = out->gfp & QY___GFP_DIRECT_RECLAIM;
	enum qy_request_context usual = !may_sleep && (out->gfp & QY___GFP_HIGH)
						? QY_CONTEXT_IRQ
						: QY_CONTEXT_TASK;

	out->context = read_word(r, "context", y->context, contexts, usual);
	if (may_sleep && out->context != QY_CONTEXT_TASK)
		bad(r, "context",
			"%s may sleep, which %s code must not: use GFP_ATOMIC or GFP_NOWAIT",
			out->gfp_text, contexts[out->context]);
}

static void read_request(struct reader *r, unsigned int i, const struct yaml_request *y)
{
	struct qy_request_spec *out = &r->s->request[i];

	enter(r, "requests[%u]", i);
	want(r, "name", y->name, "nic");
	want(r, "order", y->order, "3");
	if (r->failed)
		return;
	if (!y->name[0])
		bad(r, "name", "is empty");
	if (find_request(r->s, y->name, i) < i)
		bad(r, "name", "`%s` is taken by an earlier request", y->name);
	*out = (struct qy_request_spec){ .count = 1, .gfp = QY_GFP_KERNEL };
	out->name = keep_word(r, y->name);
	out->gfp_text = keep_word(r, y->gfp ? y->gfp : "GFP_KERNEL");
	read_u32(r, "order", y->order, 0, QY_MAX_PAGE_ORDER, &out->order);
	read_u32(r, "count", y->count, 1, MAX_COUNT, &out->count);
	read_gfp(r, "gfp", y->gfp, &out->gfp);
	read_rounds(r, y, out);
	read_u32(r, "cpu", y->cpu, 0, QY_MAX_CPUS - 1, &out->cpu);
	read_context(r, y, out);
}

static void read_request_expect(
	struct reader *r, const struct yaml_expect *y, struct qy_expect_spec *out)
{
	const struct qy_scenario *s = r->s;

	out->request = find_request(s, y->request, s->nr_requests);
	if (out->request == s->nr_requests)
		bad(r, "request", "there is no request named `%.60s`", y->request);
	if (!y->success == !y->each) {
		bad(r, "", "give exactly one of success, each");
	} else if (y->success) {
		out->kind = QY_EXPECT_SHARE;
		if (qy_parse_share(y->success, &out->millipercent))
			bad(r, "success", "must be a share like 99.5%% (is %.40s)",
				y->success);
	} else {
		out->kind = QY_EXPECT_EACH;
		read_count(r, "each", y->each, 1,
			r->failed ? MAX_COUNT : s->request[out->request].count,
			&out->amount);
	}
}

static void read_expect(struct reader *r, unsigned int i, const struct yaml_expect *y)
{
	struct qy_expect_spec *out = &r->s->expect[i];

	enter(r, "expect[%u]", i);
	if (!!y->request + !!y->load + !!y->free != 1) {
		bad(r, "", "give exactly one of request, load, free");
	} else if (y->request) {
		read_request_expect(r, y, out);
	} else if (y->success || y->each) {
		bad(r, y->success ? "success" : "each", "goes with a request only");
	} else if (y->load) {
		out->kind = QY_EXPECT_LOAD;
		want(r, "load.failures", y->load->failures, "0");
		read_count(r, "load.failures", y->load->failures, 0, UINT32_MAX,
			&out->amount);
	} else {
		out->kind = QY_EXPECT_FREE;
		want(r, "free.at_least", y->free->at_least, "32M");
		if (!r->failed && qy_parse_size(y->free->at_least, &out->amount))
			bad(r, "free.at_least", "must be " QY_SIZE_WANTED " (is %.40s)",
				y->free->at_least);
	}
}

static void read_start(struct reader *r, const struct yaml_start *y)
{
	struct qy_start_spec *out = &r->s->start;
	const struct yaml_snapshot *snap = y ? y->snapshot : NULL;

	enter(r, "start");
	if (!y)
		return;
	if (!snap == !y->aged) {
		bad(r, "",
			"give exactly one of snapshot, aged; without `start` the board is fresh");
		return;
	}
	out->kind = snap ? QY_START_SNAPSHOT : QY_START_AGED;
	read_count(r, "aged", y->aged, 0, UINT64_MAX, &out->seed);
	if (!snap)
		return;
	want(r, "snapshot.buddyinfo", snap->buddyinfo, "FILE");
	want(r, "snapshot.pagetypeinfo", snap->pagetypeinfo, "FILE");
	want(r, "snapshot.zoneinfo", snap->zoneinfo, "FILE");
	out->files[QY_SNAPSHOT_BUDDYINFO] =
		keep_file(r, "snapshot.buddyinfo", snap->buddyinfo);
	out->files[QY_SNAPSHOT_PAGETYPEINFO] =
		keep_file(r, "snapshot.pagetypeinfo", snap->pagetypeinfo);
	out->files[QY_SNAPSHOT_ZONEINFO] =
		keep_file(r, "snapshot.zoneinfo", snap->zoneinfo);
}

static void read_all(struct reader *r, const struct yaml_scenario *y)
{
	static const char *const reclaims[] = { "none", "oldest", NULL };
	static const char *const truths[] = { "false", "true", NULL };
	struct qy_scenario *s = r->s;

	read_board(r, y->board);
	read_start(r, y->start);
	enter(r, "%s", "");
	s->seed = 1;
	s->seeds = 1;
	read_count(r, "seed", y->seed, 0, UINT64_MAX, &s->seed);
	read_u32(r, "seeds", y->seeds, 1, QY_MAX_SEEDS, &s->seeds);
	read_duration(r, "duration", y->duration, 1000000, &s->duration_ns);
	s->contents = read_word(r, "contents", y->contents, truths,
			      s->start.kind == QY_START_FRESH) == 1;
	s->stand_in_reclaim = read_word(r, "reclaim", y->reclaim, reclaims, 1) == 1;
	if (!y->duration && y->nr_load == 0)
		bad(r, "duration",
			"is missing: without a load nothing else says when to end");
	if (y->nr_expect == 0)
		bad(r, "expect", "is missing: a verdict needs at least one expectation");
	s->nr_loads = y->nr_load;
	s->nr_requests = y->nr_requests;
	s->nr_expects = y->nr_expect;
	for (uint32_t i = 0; i < s->nr_loads && !r->failed; i++)
		read_load(r, i, &y->load[i]);
	for (uint32_t i = 0; i < s->nr_requests && !r->failed; i++)
		read_request(r, i, &y->requests[i]);
	for (uint32_t i = 0; i < s->nr_expects && !r->failed; i++)
		read_expect(r, i, &y->expect[i]);
}

/* ------------------------------------------------------------------ doors */

struct qy_scenario *qy_scenario_parse(
	const char *text, size_t size, const char *path, struct qy_err *err)
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
	r.s->path = path; /* for keep() and bad(); the scenario's own copy follows */
	r.s->path = keep_word(&r, path);
	read_all(&r, yaml);
	qy_yaml_free(yaml);
	if (r.failed) {
		qy_scenario_free(r.s);
		return NULL;
	}
	return r.s;
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

struct qy_scenario *qy_scenario_load(const char *path, struct qy_err *err)
{
	struct qy_scenario *scenario;
	size_t size;
	char *text = read_file(path, &size, err);

	if (!text)
		return NULL;
	scenario = qy_scenario_parse(text, size, path, err);
	free(text);
	return scenario;
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
