// SPDX-License-Identifier: MIT
/*
 * The verdict about drivers: as text, and for programs. Same plan, same bytes: there is no wall time and no host address.
 *
 * No state.
 */
#include "lab/driver.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include <quarry/world.h>
#include "lab/driver_growth.h"
#include "lab/driver_json.h"
#include "lab/driver_search.h"
#include "lab/units.h"
#include "lab/xml.h"

#define VERSION_TEXT 24
#define TOP_CACHES   3

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void version_text(unsigned int version, char *text)
{
	int n = snprintf(text, VERSION_TEXT, "%u.%u", version >> 16, version >> 8 & 255);

	if (version & 255)
		snprintf(text + n, VERSION_TEXT - (size_t)n, ".%u", version & 255);
}

/* ------------------------------------------------------------------ text */

static void print_head(FILE *out, const struct qy_driver_plan *plan)
{
	const struct qy_board *board = &plan->board->board;
	char size[32], version[VERSION_TEXT];
	uint64_t ram = 0;

	for (uint32_t i = 0; i < board->nr_banks; i++)
		ram += board->banks[i].size;
	fprintf(out, "board    %s (%s): %s, %u CPU%s, %s of RAM\n",
		base_name(plan->board_name), board->model ? board->model : "no model",
		board->arch == QY_ARCH_X86_64 ? "x86-64" : "arm64", board->nr_cpus,
		board->nr_cpus == 1 ? "" : "s", qy_format_size(size, sizeof(size), ram));
	for (uint32_t i = 0; i < plan->nr_modules; i++) {
		const struct qy_driver_module *module = &plan->module[i];

		version_text(module->info->kernel_version, version);
		fprintf(out, "module   %s: %s, for Linux %s%s%s%s\n", module->info->name,
			module->source, version,
			module->plain ? ", not instrumented" : "",
			module->params ? ", " : "", module->params ? module->params : "");
	}
}

static void print_devices(FILE *out, const struct qy_driver_outcome *outcome)
{
	for (uint32_t i = 0; i < outcome->nr_devices; i++) {
		const struct qy_driver_device *d = &outcome->device[i];

		fprintf(out, "device   %s", d->name);
		if (*d->compatible)
			fprintf(out, " (%s)", d->compatible);
		if (d->made_up)
			fprintf(out, ": made up, since the board has none");
		if (d->registers)
			fprintf(out, "; registers at 0x%" PRIx64, d->registers);
		if (d->nr_irqs > 1)
			fprintf(out, ", %u interrupts from %u", d->nr_irqs, d->irq);
		else if (d->irq)
			fprintf(out, ", interrupt %u", d->irq);
		fputc('\n', out);
	}
	if (!outcome->nr_devices)
		fprintf(out, "device   none: no driver was registered that wants one\n");
}

/* "lamp_probe (lamp.c:20)": the innermost line of a driver, or what comes nearest. */
static void print_place(FILE *out, const struct qy_driver_site *site)
{
	const char *line = site->text, *end = strchr(line, '(');

	while (end && end > line && end[-1] != '\n')
		end--;
	line = end ? end : line;
	fprintf(out, "%.*s", (int)strcspn(line, "\n"), line);
}

/* Those that ended well in a line; of the others the stack. */
void qy_driver_print_sites(FILE *out, const struct qy_driver_verdict *v)
{
	for (uint32_t i = 0; i < v->nr_sites; i++) {
		const struct qy_driver_site *site = &v->site[i];
		const char *stack = site->text;

		fprintf(out, "%s%s: ", i ? "         " : "sites    ",
			site->nr_bad ? "FAIL"
			: site->nr_failed
				? "failed"
				: "not failed, since only another failure leads here");
		fprintf(out, "%s", qy_driver_kind_name(site->ask.kind));
		if (site->ask.bytes)
			fprintf(out, " of %u bytes", site->ask.bytes);
		if (site->nr_asked > 1)
			fprintf(out, ", %u times", site->nr_asked);
		if (!site->nr_bad && *stack) {
			fputs(": ", out);
			print_place(out, site);
			stack = "";
		}
		fputc('\n', out);
		for (; *stack; stack += strcspn(stack, "\n") + 1)
			fprintf(out, "             %.*s\n", (int)strcspn(stack, "\n"),
				stack);
	}
	if (v->nr_sites)
		fputc('\n', out);
}

/* Index of the cache with most objects at the end, of those that are not in the set @shown; nr_caches: no more. */
static uint32_t largest(const struct qy_driver_series *s, uint32_t shown)
{
	uint32_t best = s->nr_caches;

	for (uint32_t i = 0; i < s->nr_caches; i++)
		if (!(shown >> i & 1) &&
			(best == s->nr_caches || s->cache[i].held[s->nr - 1] >
							 s->cache[best].held[s->nr - 1]))
			best = i;
	return best;
}

void qy_driver_print_caches(FILE *out, const struct qy_driver_verdict *v)
{
	const struct qy_driver_series *s = v->series;
	struct qy_growth growth;
	uint32_t shown = 0;
	bool any = false;

	for (uint32_t i = 0; s && i < s->nr_caches; i++)
		any |= qy_growth_find(s, i, &growth);
	if (!any)
		return;
	fputs("caches       ACTIVE OBJ SIZE NAME, of what drivers hold\n", out);
	for (uint32_t n = 0, i; n < TOP_CACHES && (i = largest(s, shown)) < s->nr_caches;
		n++, shown |= 1u << i)
		fprintf(out, "         %10u %7uB %s%s\n", s->cache[i].held[s->nr - 1],
			s->cache[i].object_size, s->cache[i].name,
			qy_growth_find(s, i, &growth) ? ", grows" : "");
	fputc('\n', out);
}

int qy_driver_report_text(FILE *out, const struct qy_driver_verdict *v,
	struct qy_symbols *symbols, bool brief)
{
	char time[32];

	if (!brief) {
		print_head(out, v->plan);
		print_devices(out, v->out);
		fprintf(out,
			"time     %s of board time, seed %" PRIu64 "; %" PRIu64
			" things taken\n\n",
			qy_format_duration(time, sizeof(time), v->out->now_ns),
			v->plan->seed, v->out->nr_taken);
	}
	if (qy_driver_fails(v->plan)) {
		if (!v->out->nr_refused)
			fprintf(out, "  of %u requests none failed\n", v->out->nr_asked);
		qy_driver_print_refused(out, symbols, v->out, "  ");
		fputs(brief ? "" : "\n", out);
	}
	for (uint32_t i = 0; i < v->nr; i++) {
		const struct qy_driver_case *c = &v->cases[i];

		fprintf(out, "  %s  %s%s%s\n", c->pass ? "PASS" : "FAIL", c->name,
			*c->text ? ": " : "", c->text);
		if (c->why)
			fputs(c->why, out);
	}
	fputs(brief ? "" : "\n", out);
	if (!brief)
		qy_driver_print_sites(out, v);
	if (v->pass)
		fprintf(out, "verdict: PASS (%u checks)\n", v->nr);
	else
		fprintf(out, "verdict: FAIL (%u of %u checks)\n", v->nr_failed, v->nr);
	return 0;
}

/* ------------------------------------------------------------------ JSON */

struct json {
	bool failed;
};

static void put(struct json *j, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value))
		j->failed = true;
}

static void add(struct json *j, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		j->failed = true;
}

/* What is not UTF-8 is left out rather than losing the whole. */
static json_t *text_of(const char *text)
{
	json_t *value = json_string(text);

	return value ? value : json_string("?");
}

static json_t *lines_of(struct json *j, const char *text)
{
	json_t *lines = json_array();

	while (text && *text) {
		size_t length = strcspn(text, "\n"), blanks = strspn(text, " ");
		json_t *line = json_stringn(text + blanks, length - blanks);

		add(j, lines, line ? line : json_string("?"));
		text += length + (text[length] == '\n');
	}
	return lines;
}

static json_t *modules_of(struct json *j, const struct qy_driver_plan *plan)
{
	json_t *array = json_array();
	char version[VERSION_TEXT];

	for (uint32_t i = 0; i < plan->nr_modules; i++) {
		const struct qy_driver_module *module = &plan->module[i];
		json_t *object = json_object();

		version_text(module->info->kernel_version, version);
		put(j, object, "name", text_of(module->info->name));
		put(j, object, "source", text_of(module->source));
		put(j, object, "kernel", text_of(version));
		put(j, object, "params",
			module->params ? text_of(module->params) : json_null());
		put(j, object, "instrumented", json_boolean(!module->plain));
		add(j, array, object);
	}
	return array;
}

static json_t *devices_of(struct json *j, const struct qy_driver_outcome *out)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < out->nr_devices; i++) {
		const struct qy_driver_device *d = &out->device[i];
		json_t *object = json_object();

		put(j, object, "name", text_of(d->name));
		put(j, object, "compatible", text_of(d->compatible));
		put(j, object, "driver", *d->driver ? text_of(d->driver) : json_null());
		put(j, object, "made_up", json_boolean(d->made_up));
		put(j, object, "interrupt", json_integer(d->irq));
		add(j, array, object);
	}
	return array;
}

static json_t *cases_of(struct json *j, const struct qy_driver_verdict *v)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < v->nr; i++) {
		const struct qy_driver_case *c = &v->cases[i];
		json_t *object = json_object();

		put(j, object, "name", text_of(c->name));
		put(j, object, "verdict", json_string(c->pass ? "PASS" : "FAIL"));
		put(j, object, "text", text_of(c->text));
		put(j, object, "why", lines_of(j, c->why));
		add(j, array, object);
	}
	return array;
}

static const char *left_by(
	const struct qy_driver_outcome *out, const struct qy_driver_leak *leak)
{
	if (leak->act < 0)
		return "rmmod";
	return out->act[leak->act].kind == QY_ACT_CLOSE   ? "close"
	       : out->act[leak->act].kind == QY_ACT_SLEEP ? "resume"
	       : out->act[leak->act].kind == QY_ACT_DOWN  ? "down"
							  : "unbind";
}

static json_t *leaks_of(struct json *j, const struct qy_driver_outcome *out)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < out->nr_leaks; i++) {
		const struct qy_driver_leak *leak = &out->leak[i];
		json_t *object = json_object();

		put(j, object, "kind", text_of(qy_held_name(leak->kind)));
		put(j, object, "count", json_integer(leak->count));
		put(j, object, "bytes", json_integer((json_int_t)leak->bytes));
		put(j, object, "by", text_of(leak->comm));
		put(j, object, "left_by", json_string(left_by(out, leak)));
		add(j, array, object);
	}
	return array;
}

json_t *qy_driver_sites_json(const struct qy_driver_verdict *v)
{
	struct json j = { false };
	json_t *array = json_array();

	for (uint32_t i = 0; i < v->nr_sites; i++) {
		const struct qy_driver_site *site = &v->site[i];
		json_t *object = json_object();

		put(&j, object, "kind", text_of(qy_driver_kind_name(site->ask.kind)));
		put(&j, object, "bytes", json_integer(site->ask.bytes));
		put(&j, object, "requests", json_integer(site->nr_asked));
		put(&j, object, "failed", json_integer(site->nr_failed));
		put(&j, object, "bad", json_integer(site->nr_bad));
		put(&j, object, "stack", lines_of(&j, site->text));
		add(&j, array, object);
	}
	if (!j.failed)
		return array;
	json_decref(array);
	return NULL;
}

static json_t *cache_of(struct json *j, const struct qy_driver_series *s, uint32_t i)
{
	json_t *object = json_object(), *objects = json_array();
	struct qy_growth growth;

	for (uint32_t at = 0; at < s->nr; at++)
		add(j, objects, json_integer(s->cache[i].held[at]));
	put(j, object, "cache", text_of(s->cache[i].name));
	put(j, object, "object_bytes", json_integer(s->cache[i].object_size));
	put(j, object, "grows", json_boolean(qy_growth_find(s, i, &growth)));
	put(j, object, "nr_objects", objects);
	return object;
}

json_t *qy_driver_caches_json(const struct qy_driver_verdict *v)
{
	const struct qy_driver_series *s = v->series;
	json_t *object = json_object(), *times = json_array(), *series = json_array();
	struct json j = { false };

	for (uint32_t i = 0; i < s->nr; i++)
		add(&j, times, json_integer((json_int_t)s->at_ns[i]));
	for (uint32_t i = 0; i < s->nr_caches; i++)
		add(&j, series, cache_of(&j, s, i));
	put(&j, object, "at_ns", times);
	put(&j, object, "series", series);
	if (!j.failed)
		return object;
	json_decref(object);
	return NULL;
}

int qy_driver_report_json(FILE *out, const struct qy_driver_verdict *v)
{
	struct json j = { false };
	json_t *root = json_object();
	int error;

	put(&j, root, "schema", json_string("quarry-driver/1"));
	put(&j, root, "verdict", json_string(v->pass ? "PASS" : "FAIL"));
	put(&j, root, "board", text_of(base_name(v->plan->board_name)));
	put(&j, root, "seed", json_integer((json_int_t)v->plan->seed));
	put(&j, root, "board_time_ns", json_integer((json_int_t)v->out->now_ns));
	put(&j, root, "modules", modules_of(&j, v->plan));
	put(&j, root, "devices", devices_of(&j, v->out));
	put(&j, root, "taken", json_integer((json_int_t)v->out->nr_taken));
	put(&j, root, "left", json_integer((json_int_t)v->out->nr_left));
	put(&j, root, "leaks", leaks_of(&j, v->out));
	put(&j, root, "checks", cases_of(&j, v));
	if (v->nr_sites)
		put(&j, root, "sites", qy_driver_sites_json(v));
	error = j.failed || json_dumpf(root, out, JSON_INDENT(2)) ? -1 : 0;
	json_decref(root);
	fputc('\n', out);
	return error;
}

/* ------------------------------------------------------------------ KTAP, JUnit */

static void print_diagnostic(FILE *out, const char *text)
{
	while (text && *text) {
		size_t length = strcspn(text, "\n"), blanks = strspn(text, " ");

		if (blanks > 8)
			blanks = 8;
		fprintf(out, "# %.*s\n", (int)(length - blanks), text + blanks);
		text += length + (text[length] == '\n');
	}
}

int qy_driver_report_ktap(FILE *out, const struct qy_driver_verdict *v)
{
	fprintf(out, "KTAP version 1\n1..%u\n", v->nr);
	for (uint32_t i = 0; i < v->nr; i++) {
		const struct qy_driver_case *c = &v->cases[i];

		if (!c->pass) {
			print_diagnostic(out, c->text);
			print_diagnostic(out, c->why);
		}
		fprintf(out, "%s %u ", c->pass ? "ok" : "not ok", i + 1);
		for (const char *at = c->name; *at; at++)
			fputc(*at == '#' || *at == '\n' ? '_' : *at, out);
		fputc('\n', out);
	}
	return 0;
}

int qy_driver_report_junit(FILE *out, const struct qy_driver_verdict *v)
{
	const char *suite = v->plan->module[0].info->name;

	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites name=\"quarry check\" tests=\"%u\" failures=\"%u\">\n"
		"  <testsuite name=\"",
		v->nr, v->nr_failed);
	qy_xml_put(out, suite);
	fprintf(out, "\" tests=\"%u\" failures=\"%u\" errors=\"0\" skipped=\"0\">\n",
		v->nr, v->nr_failed);
	for (uint32_t i = 0; i < v->nr; i++) {
		const struct qy_driver_case *c = &v->cases[i];

		fputs("    <testcase classname=\"", out);
		qy_xml_put(out, suite);
		fputs("\" name=\"", out);
		qy_xml_put(out, c->name);
		if (c->pass) {
			fputs("\"/>\n", out);
			continue;
		}
		fputs("\">\n      <failure message=\"", out);
		qy_xml_put(out, c->text);
		fputs("\">", out);
		qy_xml_put(out, c->why);
		fputs("</failure>\n    </testcase>\n", out);
	}
	fputs("  </testsuite>\n</testsuites>\n", out);
	return 0;
}
