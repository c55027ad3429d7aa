// SPDX-License-Identifier: MIT
/*
 * What explain.h decided, for programs: schema quarry-explain/1. docs/formats.md lists every key.
 *
 * No state. A value that could not be made (no host memory) is noted in struct json_out and fails the whole.
 */
#include "lab/explain.h"

#include <jansson.h>
#include <quarry.h>
#include <stdlib.h>

struct json_out {
	const struct qy_explain *e;
	bool failed;
};

/* ------------------------------------------------------------------ values */

/* Takes @value over. */
static void put(struct json_out *o, json_t *object, const char *key, json_t *value)
{
	o->failed |= json_object_set_new(object, key, value) != 0;
}

static void put_number(
	struct json_out *o, json_t *object, const char *key, uint64_t value)
{
	put(o, object, key, json_integer((json_int_t)value));
}

static void put_kb(struct json_out *o, json_t *object, const char *key, uint64_t kb)
{
	put_number(o, object, key, kb * 1024);
}

static void put_pages(struct json_out *o, json_t *object, const char *key, uint64_t pages)
{
	put_kb(o, object, key, pages * o->e->report->page_kb);
}

/* Empty text is nothing said: null. */
static void put_text(
	struct json_out *o, json_t *object, const char *key, const char *text)
{
	put(o, object, key, text && text[0] ? json_string(text) : json_null());
}

static void put_zone_name(struct json_out *o, json_t *object, const char *key,
	const struct qy_dmesg_zone *zone)
{
	json_t *name = zone ? json_object() : json_null();

	if (zone) {
		put_number(o, name, "node", zone->node);
		put_text(o, name, "zone", zone->name);
	}
	put(o, object, key, name);
}

/* ------------------------------------------------------------------ one report */

static const char *const verdicts[] = {
	[QY_EXPLAIN_WATERMARK] = "watermark",
	[QY_EXPLAIN_NO_BLOCK] = "no_block",
	[QY_EXPLAIN_SERVES] = "serves",
	[QY_EXPLAIN_UNKNOWN] = "unknown",
};

static json_t *zone_json(struct json_out *o, const struct qy_explain_zone *z)
{
	int64_t usable = z->usable_pages * (int64_t)o->e->report->page_kb * 1024;
	json_t *object = json_object();

	put_number(o, object, "node", z->report->node);
	put_text(o, object, "zone", z->report->name);
	put_text(o, object, "verdict", verdicts[z->verdict]);
	put_text(o, object, "missing", z->missing);
	put_kb(o, object, "free_bytes", z->report->kb[QY_DMESG_FREE]);
	put(o, object, "usable_bytes", json_integer(usable));
	put_pages(o, object, "cma_bytes", z->cma_pages);
	put_pages(o, object, "highatomic_bytes", z->highatomic_pages);
	put_pages(o, object, "min_bytes", z->min_pages);
	put_pages(o, object, "mark_bytes", z->mark_pages);
	put_pages(o, object, "reserve_bytes", z->reserve_pages);
	put_pages(o, object, "short_bytes", z->short_pages);
	put(o, object, "largest_order",
		z->largest_order < 0 ? json_null() : json_integer(z->largest_order));
	put(o, object, "fragmentation_thousandths", json_integer(z->fragmentation));
	put(o, object, "unusable_thousandths", json_integer(z->unusable));
	return object;
}

static json_t *sufficient_json(struct json_out *o)
{
	const struct qy_explain *e = o->e;
	json_t *object = json_object();

	put(o, object, "smaller_order",
		e->smaller_order < 0 ? json_null() : json_integer(e->smaller_order));
	put(o, object, "min_free_kbytes",
		e->min_free_kbytes ? json_integer((json_int_t)e->min_free_kbytes)
				   : json_null());
	put_zone_name(o, object, "with_atomic", e->with_atomic);
	put_zone_name(o, object, "with_movable", e->with_movable);
	put_zone_name(o, object, "without_dma", e->without_dma);
	return object;
}

static json_t *limit_json(struct json_out *o)
{
	const struct qy_dmesg_oom *oom = &o->e->report->oom;
	json_t *object = oom->has_limit ? json_object() : json_null();

	if (!oom->has_limit)
		return object;
	put_text(o, object, "group", oom->group);
	put_kb(o, object, "limit_bytes", oom->limit_kb);
	put_kb(o, object, "usage_bytes", oom->usage_kb);
	return object;
}

static json_t *victim_json(struct json_out *o)
{
	const struct qy_dmesg_oom *oom = &o->e->report->oom;
	json_t *object = oom->has_victim ? json_object() : json_null();

	if (!oom->has_victim)
		return object;
	put_text(o, object, "comm", oom->victim);
	put_number(o, object, "pid", oom->victim_pid);
	put_kb(o, object, "resident_bytes", oom->victim_kb);
	return object;
}

static json_t *cma_json(struct json_out *o)
{
	const struct qy_dmesg_cma *cma = &o->e->report->cma;
	json_t *object = json_object();

	put_text(o, object, "area", cma->area);
	put_number(o, object, "requested_pages", cma->requested);
	put(o, object, "errno",
		cma->error ? json_integer((json_int_t)cma->error) : json_null());
	if (!cma->has_free)
		return object;
	put_number(o, object, "total_pages", cma->total);
	put_number(o, object, "free_pages", cma->free);
	put_number(o, object, "largest_run_pages", cma->largest_run);
	put_number(o, object, "short_pages",
		cma->largest_run < cma->requested ? cma->requested - cma->largest_run
						  : 0);
	return object;
}

static void put_request(struct json_out *o, json_t *object)
{
	const struct qy_dmesg_report *r = o->e->report;

	put_text(o, object, "comm", r->comm);
	put_text(o, object, "release", r->release);
	put_number(o, object, "order", r->order);
	put_text(o, object, "gfp", r->has_names ? r->flags : NULL);
	put(o, object, "mode",
		r->has_mode ? json_integer((json_int_t)r->mode) : json_null());
	put(o, object, "may_sleep",
		o->e->no_mode ? json_null()
			      : json_boolean(qy_explain_may_sleep(&o->e->request)));
	put_text(o, object, "highest_zone", o->e->highest);
}

static json_t *report_json(struct json_out *o)
{
	static const char *const kinds[] = {
		[QY_DMESG_FAILURE] = "allocation",
		[QY_DMESG_OOM] = "oom",
		[QY_DMESG_CMA] = "cma",
	};
	const struct qy_dmesg_report *r = o->e->report;
	json_t *object = json_object(), *zones = json_array();

	put_text(o, object, "kind", kinds[r->kind]);
	put_number(o, object, "line", r->line);
	if (r->kind == QY_DMESG_CMA) {
		json_decref(zones);
		put(o, object, "cma", cma_json(o));
		return object;
	}
	put_request(o, object);
	for (uint32_t i = 0; i < o->e->nr_zones; i++)
		o->failed |=
			json_array_append_new(zones, zone_json(o, &o->e->zone[i])) != 0;
	put(o, object, "zones", zones);
	put(o, object, "sufficient", sufficient_json(o));
	put(o, object, "limit", limit_json(o));
	put(o, object, "victim", victim_json(o));
	return object;
}

/* ------------------------------------------------------------------ the document */

int qy_explain_json(FILE *out, const struct qy_dmesg *log, uint32_t which)
{
	struct qy_explain *explain = malloc(sizeof(*explain));
	struct json_out o = { .e = explain };
	json_t *root = json_object(), *reports = json_array();
	int error = -1;

	if (!explain)
		goto out;
	put_text(&o, root, "schema", "quarry-explain/1");
	put_text(&o, root, "quarry", QY_VERSION);
	for (uint32_t i = 0; i < log->nr_reports; i++) {
		if (which && i + 1 != which)
			continue;
		qy_explain(&log->report[i], explain);
		o.failed |= json_array_append_new(reports, report_json(&o)) != 0;
	}
	put(&o, root, "reports", json_incref(reports));
	put_number(&o, root, "reports_left_out", log->nr_left_out);
	error = o.failed || json_dumpf(root, out, JSON_INDENT(2)) ? -1 : 0;
	fputc('\n', out);
out:
	json_decref(reports);
	json_decref(root);
	free(explain);
	return error;
}
