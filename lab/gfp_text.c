// SPDX-License-Identifier: MIT
/*
 * What gfp.h decided and looked up, for people and for programs. No state.
 */
#include "lab/gfp.h"

#include <jansson.h>
#include <string.h>
#include <quarry.h>

static const char *const types[] = { "unmovable", "movable", "reclaimable" };

static void line(FILE *out, const char *left, const char *right)
{
	fprintf(out, "%-12s %s\n", left, right);
}

/* ------------------------------------------------------------------ the choice */

static void print_choice(FILE *out, const struct qy_gfp_choice *c)
{
	for (uint32_t i = 0; i < c->nr_steps; i++)
		fprintf(out, "%-31s %s\n", c->step[i].question, c->step[i].answer);
	fprintf(out, "%-31s %s\n", "use", c->use);
	if (c->before[0])
		fprintf(out, "%-31s %s\n", "and", c->before);
	fputc('\n', out);
}

/* ------------------------------------------------------------------ the flags */

/* "__GFP_HIGH 0x20, __GFP_KSWAPD_RECLAIM 0x800" */
static void print_bits(FILE *out, qy_gfp_t gfp)
{
	const char *separator = "";
	char name[64];

	fprintf(out, "%-12s ", "bits");
	for (unsigned int bit = 0; bit < 32; bit++) {
		qy_gfp_t one = 1u << bit;

		if (!(gfp & one))
			continue;
		qy_gfp_text(one, name, sizeof(name));
		fprintf(out, "%s%s 0x%x", separator, name, one);
		separator = ", ";
	}
	fprintf(out, "%s\n", gfp ? "" : "none");
}

static void print_where(FILE *out, const struct qy_gfp_answer *a)
{
	if (a->request.door == QY_GFP_COHERENT) {
		line(out, "zones", "those that the device's mask allows");
		return;
	}
	fprintf(out, "%-12s up to %s: ", "zones", a->highest_zone);
	for (uint32_t i = 0; i < a->nr_zones; i++) {
		fprintf(out, "%s%s", i == 0 ? "" : ", then ", a->zone[i].name);
		if (a->zone[i].node)
			fprintf(out, " of node %u", a->zone[i].node);
	}
	fprintf(out, "%s\n", a->nr_zones ? "" : "this board has none of them");
	fprintf(out, "%-12s %s ones; %s\n", "pageblocks", types[a->rights.migratetype],
		a->rights.borrows_cma ? "those of CMA are lent to it" : "nothing of CMA");
}

static void print_sleep(FILE *out, const struct qy_gfp_answer *a)
{
	const struct qy_gfp_rights *r = &a->rights;
	char text[200];

	if (!r->may_sleep)
		snprintf(text, sizeof(text), "no");
	else if (!r->may_reclaim)
		snprintf(text, sizeof(text),
			"yes; it does not reclaim: who calls reclaims already");
	else
		snprintf(text, sizeof(text), "yes: it reclaims%s%s",
			r->may_write
				? (r->may_enter_fs
						  ? ", writes pages, calls into file systems"
						  : ", writes pages, calls no file system")
				: ", starts no I/O",
			!a->request.order ? ""
			: r->may_compact  ? ", compacts"
					  : ", does not compact");
	line(out, "sleeps", text);
	line(out, "kswapd",
		r->wakes_kswapd ? "woken, when no zone is above low" : "left asleep");
}

static void print_reserves(FILE *out, const struct qy_gfp_answer *a)
{
	const struct qy_gfp_rights *r = &a->rights;
	char text[160];

	if (r->no_watermarks)
		snprintf(text, sizeof(text), "all of them: no watermark holds it back");
	else
		snprintf(text, sizeof(text), "%s%s%s",
			r->min_reserve ? "half of min (__GFP_HIGH)" : "nothing below min",
			r->min_reserve && r->non_block
				? ", and a quarter of the other half (it cannot sleep)"
				: "",
			r->highatomic ? "; blocks kept for atomic requests" : "");
	line(out, "reserves", text);
}

static void print_end(FILE *out, const struct qy_gfp_answer *a)
{
	const struct qy_gfp_rights *r = &a->rights;
	char text[160];

	line(out, "reports",
		r->reports ? "a failure, with the state of memory" : "nothing");
	if (a->request.door == QY_GFP_COHERENT)
		return; /* it has other sources before the page allocator */
	switch (r->patience) {
	case QY_GFP_AT_ONCE:
		snprintf(text, sizeof(text), "at once");
		break;
	case QY_GFP_ONE_ROUND:
		snprintf(text, sizeof(text), "after one round of reclaim%s",
			r->may_compact ? " and compaction" : "");
		break;
	case QY_GFP_ROUNDS:
		snprintf(text, sizeof(text),
			"after %u rounds of reclaim without success%s",
			r->max_fruitless_rounds,
			r->may_kill ? ", and not before a task was killed" : "");
		break;
	case QY_GFP_FOR_EVER:
		snprintf(text, sizeof(text), "never");
		break;
	}
	line(out, "gives up", text);
	line(out, "OOM killer", r->may_kill ? "kills for it" : "takes nobody for it");
}

static void print_also(FILE *out, qy_gfp_t gfp)
{
	static const struct {
		qy_gfp_t bit;
		const char *text;
	} more[] = {
		{ QY___GFP_ZERO, "zeroed" },
		{ QY___GFP_COMP, "one compound page" },
		{ QY___GFP_HARDWALL, "within the cpuset" },
		{ QY___GFP_THISNODE, "of this node only" },
		{ QY___GFP_ACCOUNT, "charged to the caller's cgroup" },
		{ QY___GFP_WRITE, "to be dirtied soon" },
	};
	const char *separator = "";

	if (!(gfp & (QY___GFP_ZERO | QY___GFP_COMP | QY___GFP_HARDWALL |
			    QY___GFP_THISNODE | QY___GFP_ACCOUNT | QY___GFP_WRITE)))
		return;
	fprintf(out, "%-12s ", "also");
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		if (!(gfp & more[i].bit))
			continue;
		fprintf(out, "%s%s", separator, more[i].text);
		separator = ", ";
	}
	fputc('\n', out);
}

static unsigned long long kib(uint64_t pages)
{
	return (unsigned long long)pages * (QY_PAGE_SIZE / 1024);
}

static void print_zones(FILE *out, const struct qy_gfp_answer *a)
{
	if (!a->nr_zones)
		return;
	fprintf(out, "\n%-14s %9s %11s %9s %9s %9s %9s\n", "zone (KiB)", "free",
		"not for it", "low", "min", "to leave", "reserve");
	for (uint32_t i = 0; i < a->nr_zones; i++) {
		const struct qy_gfp_zone_rights *z = &a->zone[i];
		char name[32];

		if (z->node)
			snprintf(name, sizeof(name), "%s, node %u", z->name, z->node);
		else
			snprintf(name, sizeof(name), "%s", z->name);
		fprintf(out, "%-14s %9llu %11llu %9llu %9llu %9llu %9llu\n", name,
			kib(z->free_pages), kib(z->not_counted_pages), kib(z->low_pages),
			kib(z->min_pages), kib(z->leave_pages), kib(z->reserve_pages));
	}
}

static void print_trial(FILE *out, const struct qy_gfp_answer *a)
{
	const char *place = a->context.place_name;

	fprintf(out, "\ntried %s%s%s: ", place, a->context.scope_name[0] ? ", " : "",
		a->context.scope_name);
	if (a->served)
		fprintf(out, "served from %s", a->served_by);
	else
		fprintf(out, "refused");
	fprintf(out, "%s%s\n", a->report[0] ? "; " : ", nothing is reported", a->report);
	if (!a->served && a->request.door == QY_GFP_COHERENT &&
		a->request.bytes > (uint64_t)QY_PAGE_SIZE << QY_MAX_PAGE_ORDER)
		fputs("an area that the device reaches would serve it: cma=SIZE, or linux,cma-default in the tree\n",
			out);
	if (a->kernel_report[0])
		fprintf(out, "GFP_KERNEL there: %s\n", a->kernel_report);
}

void qy_gfp_print(
	FILE *out, const struct qy_gfp_choice *choice, const struct qy_gfp_answer *a)
{
	char text[256];

	if (choice)
		print_choice(out, choice);
	qy_gfp_text(a->request.gfp, text, sizeof(text));
	if (a->request.door == QY_GFP_COHERENT)
		fprintf(out, "%s = 0x%x\n", text, a->request.gfp);
	else if (a->request.order)
		fprintf(out, "%s = 0x%x, for a block of order %u\n", text, a->request.gfp,
			a->request.order);
	else
		fprintf(out, "%s = 0x%x, for single pages\n", text, a->request.gfp);
	print_bits(out, a->request.gfp);
	if (a->rights.gfp != a->request.gfp) {
		qy_gfp_text(a->rights.gfp, text, sizeof(text));
		line(out, "counts as", text);
	}
	print_where(out, a);
	print_sleep(out, a);
	print_reserves(out, a);
	print_end(out, a);
	print_also(out, a->rights.gfp);
	print_zones(out, a);
	print_trial(out, a);
}

/* ------------------------------------------------------------------ JSON */

static json_t *text_or_null(const char *text)
{
	return text[0] ? json_string(text) : json_null();
}

static json_t *names_json(qy_gfp_t gfp)
{
	json_t *bits = json_array();
	char name[64];

	for (unsigned int bit = 0; bit < 32; bit++) {
		if (!(gfp & 1u << bit))
			continue;
		qy_gfp_text(1u << bit, name, sizeof(name));
		json_array_append_new(bits, json_pack("{s:s, s:I}", "name", name, "mask",
						    (json_int_t)(1u << bit)));
	}
	return bits;
}

static json_t *choice_json(const struct qy_gfp_choice *c)
{
	json_t *steps;

	if (!c)
		return json_null();
	steps = json_array();
	for (uint32_t i = 0; i < c->nr_steps; i++)
		json_array_append_new(
			steps, json_pack("{s:s, s:s}", "question", c->step[i].question,
				       "answer", c->step[i].answer));
	return json_pack("{s:o, s:s, s:o}", "steps", steps, "use", c->use, "before",
		text_or_null(c->before));
}

static json_t *zones_json(const struct qy_gfp_answer *a)
{
	json_t *zones = json_array();

	for (uint32_t i = 0; i < a->nr_zones; i++) {
		const struct qy_gfp_zone_rights *z = &a->zone[i];

		json_array_append_new(zones,
			json_pack("{s:s, s:i, s:I, s:I, s:I, s:I, s:I, s:I}", "zone",
				z->name, "node", (int)z->node, "free_pages",
				(json_int_t)z->free_pages, "not_counted_pages",
				(json_int_t)z->not_counted_pages, "low_pages",
				(json_int_t)z->low_pages, "min_pages",
				(json_int_t)z->min_pages, "leave_pages",
				(json_int_t)z->leave_pages, "reserve_pages",
				(json_int_t)z->reserve_pages));
	}
	return zones;
}

static json_t *rights_json(const struct qy_gfp_answer *a)
{
	static const char *const patience[] = { "at_once", "one_round", "rounds",
		"for_ever" };
	const struct qy_gfp_rights *r = &a->rights;

	return json_pack(
		"{s:o, s:s, s:b, s:b, s:b, s:b, s:b, s:b, s:b, s:b, s:b, s:b, s:b, "
		"s:b, s:b, s:s}",
		"highest_zone", text_or_null(a->highest_zone), "migratetype",
		types[r->migratetype], "borrows_cma", r->borrows_cma, "may_sleep",
		r->may_sleep, "may_reclaim", r->may_reclaim, "may_write", r->may_write,
		"may_enter_fs", r->may_enter_fs, "may_compact", r->may_compact,
		"wakes_kswapd", r->wakes_kswapd, "min_reserve", r->min_reserve,
		"non_block", r->non_block, "highatomic", r->highatomic, "no_watermarks",
		r->no_watermarks, "may_kill", r->may_kill, "reports", r->reports,
		"gives_up", patience[r->patience]);
}

int qy_gfp_json(
	FILE *out, const struct qy_gfp_choice *choice, const struct qy_gfp_answer *a)
{
	char names[256], here[256];
	json_t *all;
	int error;

	qy_gfp_text(a->request.gfp, names, sizeof(names));
	qy_gfp_text(a->rights.gfp, here, sizeof(here));
	all = json_pack(
		"{s:s, s:s, s:o, s:o, s:s, s:I, s:o, s:i, s:s, s:o, s:o, s:b, s:o, "
		"s:o, s:o}",
		"schema", "quarry-gfp/1", "context", a->context.place_name, "scope",
		text_or_null(a->context.scope_name), "choice", choice_json(choice), "gfp",
		names, "mask", (json_int_t)a->request.gfp, "bits",
		names_json(a->request.gfp), "order", (int)a->request.order, "counts_as",
		here, "rights", rights_json(a), "zones", zones_json(a), "served",
		a->served, "served_by", text_or_null(a->served_by), "report",
		text_or_null(a->report), "report_of_gfp_kernel",
		text_or_null(a->kernel_report));
	error = !all || json_dumpf(all, out, JSON_INDENT(2)) || fputc('\n', out) == EOF;
	json_decref(all);
	return error ? -1 : 0;
}
