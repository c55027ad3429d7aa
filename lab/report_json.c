// SPDX-License-Identifier: MIT
/*
 * The verdict as JSON, schema quarry-check/1: docs/formats.md lists every key, and what a later release may change.
 *
 * No state. A value that could not be made (no host memory) is noted in struct json_out and fails the whole.
 */
#include "lab/driver_json.h"
#include "lab/report_formats.h"

#include <jansson.h>
#include <quarry.h>
#include <stdlib.h>
#include <string.h>

#include "lab/remedy.h"
#include "lab/report.h"
#include "lab/report_json.h"

struct json_out {
	const struct qy_check *check;
	bool failed;
};

static const char *const type_names[QY_MIGRATE_TYPES] = {
	"Unmovable",
	"Movable",
	"Reclaimable",
	"HighAtomic",
	"CMA",
	"Isolate",
};

/* ------------------------------------------------------------------ values */

/* Takes @value over. */
static void put(struct json_out *o, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value))
		o->failed = true;
}

static void add(struct json_out *o, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		o->failed = true;
}

static void put_number(
	struct json_out *o, json_t *object, const char *key, uint64_t value)
{
	put(o, object, key, json_integer((json_int_t)value));
}

static void put_pages(struct json_out *o, json_t *object, const char *key, uint64_t pages)
{
	put_number(o, object, key, pages * QY_PAGE_SIZE);
}

/* All 64 bits: as text, since many readers of JSON keep 53. */
static void put_wide(struct json_out *o, json_t *object, const char *key,
	const char *format, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), format, (unsigned long long)value);
	put(o, object, key, json_string(text));
}

static void put_text(
	struct json_out *o, json_t *object, const char *key, const char *text)
{
	char *clean = text ? strdup(text) : NULL;

	put(o, object, key, clean ? json_string(qy_report_clean(clean)) : json_null());
	o->failed |= text && !clean;
	free(clean);
}

static void put_verdict(struct json_out *o, json_t *object, bool pass)
{
	put(o, object, "verdict", json_string(pass ? "PASS" : "FAIL"));
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* ------------------------------------------------------------------ zones */

static json_t *free_blocks(struct json_out *o, const struct qy_zone_stats *z)
{
	json_t *types = json_object();

	for (unsigned int type = 0; type < QY_MIGRATE_TYPES; type++) {
		json_t *orders = json_array();

		for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++)
			add(o, orders, json_integer((json_int_t)z->nr_free[order][type]));
		put(o, types, type_names[type], orders);
	}
	return types;
}

static json_t *zone(struct json_out *o, const struct qy_zone_stats *z)
{
	json_t *object = json_object();

	put_number(o, object, "node", z->node);
	put_text(o, object, "zone", z->name);
	put_pages(o, object, "managed_bytes", z->managed_pages);
	put_pages(o, object, "free_bytes", z->free_pages);
	put_pages(o, object, "free_cma_bytes", z->free_cma_pages);
	put_pages(o, object, "on_cpus_bytes", z->pcp_pages);
	put_pages(o, object, "min_bytes", z->watermark[0]);
	put_pages(o, object, "low_bytes", z->watermark[1]);
	put_pages(o, object, "high_bytes", z->watermark[2]);
	put_pages(o, object, "boost_bytes", z->watermark_boost);
	put(o, object, "free_blocks", free_blocks(o, z));
	return object;
}

/* Those with memory. */
static json_t *zones_of(struct json_out *o, const struct qy_zone_stats *z, uint32_t nr)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < nr; i++) {
		if (z[i].managed_pages)
			add(o, array, zone(o, &z[i]));
	}
	return array;
}

/* ------------------------------------------------------------------ why */

static json_t *taint_owner(struct json_out *o, const struct qy_taint_owner *owner)
{
	json_t *object = json_object();

	put_text(o, object, "name", owner->task.comm);
	put(o, object, "pid", json_integer(owner->task.pid));
	put_number(o, object, "places", owner->places);
	put_number(o, object, "pages", owner->pages);
	return object;
}

/* Who is in the way; null where that was not looked for. */
static json_t *taint(struct json_out *o, const struct qy_taint *t)
{
	json_t *object, *array;

	if (!t->known)
		return json_null();
	object = json_object();
	array = json_array();
	put_number(o, object, "places", t->places);
	put_number(o, object, "movable_places", t->movable);
	put_number(o, object, "tainted_places", t->tainted);
	put_number(o, object, "unmovable_places", t->unmovable);
	put_number(o, object, "listed_places", t->listed);
	put_number(o, object, "tainting_pages", t->pages);
	put_number(o, object, "nr_owners", t->all_owners);
	for (uint32_t i = 0; i < t->nr_owners; i++)
		add(o, array, taint_owner(o, &t->owner[i]));
	put(o, object, "owners", array);
	return object;
}

static json_t *why_zone(
	struct json_out *o, const struct qy_why *why, const struct qy_why_zone *z)
{
	static const char *const refusals[] = {
		[QY_REFUSED_NOTHING] = "none",
		[QY_REFUSED_WATERMARK] = "watermark",
		[QY_REFUSED_NO_BLOCK] = "no_block",
	};
	json_t *object = zone(o, &z->stats);
	char text[320];

	put_text(o, object, "refusal", refusals[z->refusal]);
	put_pages(o, object, "usable_bytes", z->usable_pages);
	put_pages(o, object, "mark_bytes", z->mark_pages);
	put_pages(o, object, "reserve_bytes", z->reserve_pages);
	put_number(o, object, "large_blocks", z->large_blocks);
	put(o, object, "fragmentation_thousandths", json_integer(z->fragmentation));
	put(o, object, "unusable_thousandths", json_integer(z->unusable));
	put(o, object, "taint", taint(o, &z->taint));
	put_text(o, object, "text", qy_why_zone_text(why, z, text, sizeof(text)));
	return object;
}

static json_t *why_json(struct json_out *o, const struct qy_why *why)
{
	json_t *object, *array;
	char text[1024];

	if (!why)
		return json_null();
	object = json_object();
	array = json_array();
	put_text(o, object, "reason", qy_why_reason(why));
	put_text(o, object, "zones_text", qy_why_zones_text(why, text, sizeof(text)));
	put_number(o, object, "at_ns", why->when_ns);
	put_number(o, object, "order", why->order);
	put_number(o, object, "gfp", why->gfp);
	for (uint32_t i = 0; i < why->nr_zones; i++)
		add(o, array, why_zone(o, why, &why->zone[i]));
	put(o, object, "zones", array);
	return object;
}

static json_t *number_or_null(bool there, uint64_t value)
{
	return there ? json_integer((json_int_t)value) : json_null();
}

static void put_cma_area(struct json_out *o, json_t *object, const struct qy_cma_stats *a)
{
	put_pages(o, object, "area_bytes", a->nr_pages);
	put_pages(o, object, "handed_out_bytes", a->used_pages);
	put_pages(o, object, "free_bytes", a->free_pages);
	put_pages(o, object, "lent_bytes", a->borrowed_pages);
	put_pages(o, object, "stuck_bytes", a->pinned_pages);
	put_pages(o, object, "longest_run_bytes", a->largest_run_pages);
	put_pages(o, object, "longest_that_can_be_emptied_bytes", a->max_alloc_pages);
}

static json_t *cma_why_json(struct json_out *o, const struct qy_cma_why *why)
{
	json_t *object, *holders, *sentences;
	char text[1024];

	if (!why)
		return json_null();
	object = json_object();
	holders = json_array();
	qy_contig_failure_text(&why->failure, text, sizeof(text));
	put_text(o, object, "cause", qy_cma_cause_name(why->failure.cause));
	put_text(o, object, "text", text);
	put_text(o, object, "area", why->area_name);
	put_number(o, object, "at_ns", why->when_ns);
	put_number(o, object, "places_tried", why->failure.nr_ranges);
	put_number(o, object, "align_order", why->align_order);
	put_cma_area(o, object, &why->area);
	put_pages(o, object, "free_outside_bytes", why->free_outside_pages);
	for (uint32_t i = 0; i < why->nr_holders; i++) {
		json_t *holder = json_object();

		put_text(o, holder, "request", why->holder[i].name);
		put_pages(o, holder, "bytes", why->holder[i].pages);
		put(o, holder, "pins", json_boolean(why->holder[i].pins));
		add(o, holders, holder);
	}
	put(o, object, "holders", holders);
	sentences = json_array();
	for (unsigned int i = 0; i < QY_CMA_WHY_LINES; i++) {
		if (qy_cma_why_text(why, i, text, sizeof(text))[0])
			add(o, sentences, json_string(qy_report_clean(text)));
	}
	put(o, object, "sentences", sentences);
	return object;
}

static json_t *device_why_json(struct json_out *o, const struct qy_device_why *why)
{
	json_t *object, *sentences;

	if (!why)
		return json_null();
	object = json_object();
	sentences = json_array();
	put_text(o, object, "cause", qy_device_cause_name(why->cause));
	put_text(o, object, "device", why->device);
	put_number(o, object, "at_ns", why->when_ns);
	for (uint32_t i = 0; i < why->nr_lines; i++) {
		char text[256];

		snprintf(text, sizeof(text), "%s", why->line[i]);
		add(o, sentences, json_string(qy_report_clean(text)));
	}
	put(o, object, "sentences", sentences);
	return object;
}

/* ------------------------------------------------------------------ board, loads, requests */

static json_t *board(struct json_out *o)
{
	const struct qy_board *b = &o->check->board->board;
	json_t *object = json_object();
	uint64_t ram = 0;

	for (uint32_t i = 0; i < b->nr_banks; i++)
		ram += b->banks[i].size;
	put_text(o, object, "tree", base_name(o->check->board_name));
	put_text(o, object, "model", b->model);
	put_text(o, object, "arch", b->arch == QY_ARCH_X86_64 ? "x86-64" : "arm64");
	put_number(o, object, "nr_cpus", b->nr_cpus);
	put_number(o, object, "ram_bytes", ram);
	put_pages(o, object, "free_at_boot_bytes", o->check->free_at_boot);
	put_text(o, object, "policy", qy_policy_name(b->policy));
	return object;
}

static json_t *start(struct json_out *o)
{
	static const char *const kinds[] = {
		[QY_START_FRESH] = "fresh",
		[QY_START_SNAPSHOT] = "snapshot",
		[QY_START_AGED] = "aged",
	};
	const struct qy_check *check = o->check;
	const struct qy_start_spec *spec = &check->scenario->start;
	json_t *object = json_object(), *gap = json_object();

	put_text(o, object, "kind", kinds[spec->kind]);
	put_pages(o, object, "taken_bytes", check->start_pages);
	put_pages(o, object, "free_bytes", check->free_at_start);
	put_pages(o, object, "in_place_bytes", check->start_kept);
	put_number(o, gap, "free_blocks", check->gap.free_blocks);
	put_number(o, gap, "pageblocks", check->gap.pageblocks);
	put_pages(o, gap, "on_cpus_bytes", check->gap.pcp_pages);
	put_number(o, gap, "more_pageblocks", check->gap.more_pageblocks);
	put(o, object, "gap", gap);
	return object;
}

/* What a recording held before it began: of one round, and what became of it in all rounds. */
static json_t *older(struct json_out *o, uint32_t i)
{
	const struct qy_older *before = &o->check->older[i];
	const struct qy_replay_counts *c = &o->check->load[i].counts;
	json_t *object = json_object();

	put_number(o, object, "blocks_a_round", before->nr);
	put_pages(o, object, "bytes_a_round", before->pages);
	put_number(o, object, "blocks", c->nr_older);
	put_pages(o, object, "bytes", c->older_pages);
	put_number(o, object, "blocks_refused", c->nr_older_refused);
	put_pages(o, object, "in_place_bytes", c->older_in_place);
	return object;
}

static json_t *load(struct json_out *o, uint32_t i)
{
	const struct qy_load_spec *spec = &o->check->scenario->load[i];
	const struct qy_trace *trace = &o->check->trace[i];
	const struct qy_load_result *result = &o->check->load[i];
	const struct qy_replay_counts *c = &result->counts;
	bool recorded = spec->kind == QY_LOAD_TRACE;
	json_t *object = json_object();

	put_text(o, object, "kind", recorded ? "trace" : "generator");
	put_text(o, object, "file", recorded ? base_name(spec->trace.file) : NULL);
	put_number(o, object, "duration_ns", trace->duration_ns);
	put_number(o, object, "instances", spec->instances);
	put(o, object, "scale_thousandths",
		recorded ? json_integer(spec->trace.scale) : json_null());
	put(o, object, "until_ns",
		recorded && spec->trace.until_ns
			? json_integer((json_int_t)spec->trace.until_ns)
			: json_null());
	put_number(o, object, "rounds", result->rounds);
	put(o, object, "older", older(o, i));
	put_number(o, object, "events_played", result->nr_events);
	put_number(o, object, "events_cut", result->nr_cut);
	put_number(o, object, "allocations", c->nr_allocs);
	put_pages(o, object, "allocated_bytes", c->pages_allocated);
	put_number(o, object, "frees", c->nr_frees);
	put_number(o, object, "refused", c->nr_failed);
	put_number(o, object, "unknown_frees", c->nr_unknown_frees);
	put_number(o, object, "absent_frees", c->nr_absent_frees);
	put_number(o, object, "implied_frees", c->nr_implied_frees);
	put_number(o, object, "splits", c->nr_splits);
	put(o, object, "why", why_json(o, result->why));
	return object;
}

static json_t *loads(struct json_out *o)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < o->check->scenario->nr_loads; i++)
		add(o, array, load(o, i));
	return array;
}

static void put_percentile(struct json_out *o, json_t *object, const char *key,
	const struct qy_latency *l, uint32_t millipercent)
{
	uint64_t ns =
		l->nr_blocks ? qy_latency_percentile(l, millipercent) : QY_NEVER_CAME;

	put(o, object, key,
		ns == QY_NEVER_CAME ? json_null() : json_integer((json_int_t)ns));
}

/* In virtual time, by the board's table of costs. null: so many did not come. */
static json_t *latency(struct json_out *o, const struct qy_latency *l)
{
	json_t *object = json_object(), *slowest = json_object();

	put_percentile(o, object, "median_ns", l, 50000);
	put_percentile(o, object, "p99_ns", l, 99000);
	put_percentile(o, object, "all_ns", l, 100000);
	put_number(o, slowest, "ns", l->slowest_ns);
	put_number(o, slowest, "at_ns", l->slowest_at_ns);
	for (unsigned int i = 0; i < QY_NR_COSTS; i++)
		put_number(o, slowest, qy_cost_name(i), l->slowest.nr[i]);
	put(o, object, "slowest", slowest);
	return object;
}

static json_t *costs(struct json_out *o)
{
	const struct qy_check *check = o->check;
	json_t *object = json_object();
	char key[32];

	put_text(o, object, "file",
		check->costs_file ? base_name(check->costs_file) : NULL);
	for (unsigned int i = 0; i < QY_NR_COSTS; i++) {
		snprintf(key, sizeof(key), "%s_ns", qy_cost_name(i));
		put_number(o, object, key, check->costs.ns[i]);
	}
	return object;
}

static json_t *request(struct json_out *o, uint32_t i)
{
	const struct qy_request_spec *spec = &o->check->scenario->request[i];
	const struct qy_request_result *result = &o->check->request[i];
	json_t *object = json_object();
	char what[48];

	put_text(o, object, "name", spec->name);
	put_text(o, object, "what", qy_request_what(spec, what, sizeof(what)));
	put_text(o, object, "gfp", spec->gfp_text);
	put(o, object, "order",
		number_or_null(spec->kind == QY_REQUEST_BLOCKS, spec->order));
	put(o, object, "buffer_bytes",
		number_or_null(
			spec->kind == QY_REQUEST_CMA || spec->kind == QY_REQUEST_DEVICE,
			spec->buffer_pages * QY_PAGE_SIZE));
	put_text(o, object, "device", spec->device);
	put(o, object, "stream",
		spec->kind == QY_REQUEST_DEVICE ? json_boolean(spec->stream)
						: json_null());
	put_number(o, object, "blocks_a_round", spec->count);
	put_number(o, object, "cpu", spec->cpu);
	put_number(o, object, "rounds", result->rounds);
	put_number(o, object, "whole_rounds", result->whole_rounds);
	put_number(o, object, "asked_blocks", result->asked);
	put_number(o, object, "got_blocks", result->got);
	put_number(o, object, "worst_round_blocks", result->worst);
	put(o, object, "latency",
		spec->kind == QY_REQUEST_BLOCKS ? latency(o, &result->latency)
						: json_null());
	put(o, object, "why", why_json(o, result->why));
	put(o, object, "cma_why", cma_why_json(o, result->cma_why));
	put(o, object, "device_why", device_why_json(o, result->device_why));
	return object;
}

static json_t *requests(struct json_out *o)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < o->check->scenario->nr_requests; i++)
		add(o, array, request(o, i));
	return array;
}

/* ------------------------------------------------------------------ tasks */

static json_t *oom_task(struct json_out *o, const struct qy_oom_task *t)
{
	static const char *const spared[] = {
		[QY_OOM_INIT] = "init",
		[QY_OOM_ADJ] = "oom_score_adj",
		[QY_OOM_DYING] = "dying",
		[QY_OOM_REAPED] = "reaped",
	};
	json_t *object = json_object();

	put_text(o, object, "name", t->comm);
	put(o, object, "pid", json_integer(t->pid));
	put(o, object, "oom_score_adj", json_integer(t->oom_score_adj));
	put_number(o, object, "oom_score", t->oom_score);
	put(o, object, "badness_pages",
		t->spared == QY_OOM_ELIGIBLE ? json_integer(t->badness) : json_null());
	put_text(o, object, "spared",
		t->spared == QY_OOM_ELIGIBLE ? NULL : spared[t->spared]);
	put_pages(o, object, "anon_bytes", t->rss_anon);
	put_pages(o, object, "file_bytes", t->rss_file);
	put_pages(o, object, "shmem_bytes", t->rss_shmem);
	put_pages(o, object, "swapped_bytes", t->swap);
	put_number(o, object, "page_table_bytes", t->page_table_bytes);
	return object;
}

static json_t *task(struct json_out *o, uint32_t i)
{
	const struct qy_task_spec *spec = &o->check->scenario->task[i];
	const struct qy_task_result *result = &o->check->task[i];
	json_t *object = json_object();

	put_text(o, object, "name", spec->name);
	put(o, object, "oom_score_adj", json_integer(spec->oom_score_adj));
	put_text(o, object, "memory", qy_curve_name(spec->memory.kind));
	put(o, object, "pid", result->started ? json_integer(result->pid) : json_null());
	put(o, object, "killed_at_ns", number_or_null(result->killed, result->killed_ns));
	put_pages(o, object, "peak_resident_bytes", result->peak_pages);
	put_pages(o, object, "last_resident_bytes", result->end_pages);
	put_pages(o, object, "peak_swapped_bytes", result->peak_swap_pages);
	put_pages(o, object, "refused_bytes", result->refused_pages);
	put(o, object, "latency",
		result->latency.nr_blocks ? latency(o, &result->latency) : json_null());
	return object;
}

static json_t *tasks(struct json_out *o)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < o->check->scenario->nr_tasks; i++)
		add(o, array, task(o, i));
	return array;
}

static json_t *files(struct json_out *o)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < o->check->scenario->nr_files; i++) {
		const struct qy_file_spec *spec = &o->check->scenario->file[i];
		const struct qy_file_result *result = &o->check->file[i];
		json_t *object = json_object();

		put_text(o, object, "name", spec->name);
		put_text(o, object, "kind", spec->write ? "write" : "read");
		put_number(o, object, "file_bytes", spec->file_bytes);
		put_number(o, object, "done_bytes", result->bytes);
		put_pages(o, object, "disk_read_bytes", result->disk_pages);
		put_pages(o, object, "throttled_bytes", result->throttled);
		put_number(o, object, "fsyncs", result->syncs);
		put_number(o, object, "nr_errors", result->nr_errors);
		put_text(o, object, "error",
			result->nr_errors ? strerror(-result->error) : NULL);
		put(o, object, "error_at_ns",
			number_or_null(result->nr_errors, result->error_ns));
		add(o, array, object);
	}
	return array;
}

static json_t *reclaim(struct json_out *o)
{
	const struct qy_reclaim_counts *r = &o->check->reclaim;
	json_t *object = json_object();

	put_number(o, object, "swap_bytes", o->check->scenario->swap_bytes);
	put_pages(o, object, "kswapd_scanned_bytes", r->kswapd_scanned);
	put_pages(o, object, "kswapd_freed_bytes", r->kswapd_freed);
	put_pages(o, object, "direct_scanned_bytes", r->direct_scanned);
	put_pages(o, object, "direct_freed_bytes", r->direct_freed);
	put_pages(o, object, "swapped_out_bytes", r->swapped_out);
	put_pages(o, object, "swapped_in_bytes", r->swapped_in);
	put_pages(o, object, "file_written_bytes", r->file_written);
	put_pages(o, object, "file_read_bytes", r->file_read);
	put_pages(o, object, "throttled_bytes", r->throttled_written);
	put_number(o, object, "refaults_anon", r->refaults_anon);
	put_number(o, object, "refaults_file", r->refaults_file);
	return object;
}

/* Who dies, who is next, and how far the two are apart. */
static json_t *preview(struct json_out *o, const struct qy_oom_preview *p)
{
	static const char *const outcomes[] = {
		[QY_OOM_NO_TASK] = "no_task",
		[QY_OOM_KILLS] = "kills",
		[QY_OOM_WAITS] = "waits",
		[QY_OOM_PANICS] = "panics",
	};
	bool victim = p->outcome == QY_OOM_KILLS || p->outcome == QY_OOM_WAITS;
	bool distance = p->outcome == QY_OOM_KILLS && p->has_next;
	json_t *object = json_object();

	put_text(o, object, "outcome", outcomes[p->outcome]);
	put(o, object, "victim", victim ? oom_task(o, &p->victim) : json_null());
	put(o, object, "next", p->has_next ? oom_task(o, &p->next) : json_null());
	put(o, object, "changes_below_bytes",
		number_or_null(distance, p->changes_below_pages * QY_PAGE_SIZE));
	put(o, object, "next_from_bytes",
		number_or_null(distance, p->next_from_pages * QY_PAGE_SIZE));
	return object;
}

static json_t *memory_use(struct json_out *o, const struct qy_memory_use *use)
{
	json_t *object = json_object();

	put_pages(o, object, "managed_bytes", use->managed_pages);
	put_pages(o, object, "tasks_bytes", use->task_pages);
	put_pages(o, object, "page_tables_bytes", use->table_pages);
	put_pages(o, object, "loads_bytes", use->load_pages);
	put_pages(o, object, "page_cache_bytes", use->cache_pages);
	put_pages(o, object, "requests_bytes", use->request_pages);
	put_pages(o, object, "slabs_bytes", use->slab_pages);
	put_pages(o, object, "free_bytes", use->free_pages);
	return object;
}

static json_t *kill_json(struct json_out *o, const struct qy_kill_report *report)
{
	json_t *object = json_object(), *array = json_array();

	put_number(o, object, "at_ns", report->when_ns);
	put(o, object, "choice", preview(o, &report->kill.choice));
	put_text(o, object, "needed_by", report->kill.caller_comm);
	put_number(o, object, "gfp", report->kill.gfp);
	put_number(o, object, "order", report->kill.order);
	for (uint32_t i = 0; i < report->nr_seen; i++)
		add(o, array, oom_task(o, &report->seen[i]));
	put(o, object, "tasks", array);
	put(o, object, "memory", memory_use(o, &report->use));
	return object;
}

static json_t *oom(struct json_out *o)
{
	const struct qy_check *check = o->check;
	json_t *object = json_object(), *array = json_array();

	put_number(o, object, "nr_kills", check->nr_kills);
	for (uint32_t i = 0; i < check->nr_kills && i < QY_MAX_KILLS; i++)
		add(o, array, kill_json(o, &check->kill[i]));
	put(o, object, "kills", array);
	put(o, object, "at_end", preview(o, &check->preview_at_end));
	put_number(o, object, "atomic_failures", check->nr_atomic_failed);
	return object;
}

/* ------------------------------------------------------------------ verdict */

/* null: that block never came. */
static json_t *actual_json(const struct qy_expect_result *result)
{
	return result->actual == QY_NEVER_CAME ? json_null()
					       : json_integer(result->actual);
}

static json_t *expectation(struct json_out *o, uint32_t i)
{
	static const struct {
		const char *kind, *unit;
	} kinds[] = {
		[QY_EXPECT_SHARE] = { "success", "millipercent" },
		[QY_EXPECT_EACH] = { "each", "blocks" },
		[QY_EXPECT_LOAD] = { "failures", "allocations" },
		[QY_EXPECT_FREE] = { "at_least", "bytes" },
		[QY_EXPECT_LATENCY] = { "latency", "ns" },
		[QY_EXPECT_FRAGMENTATION] = { "fragmentation", "thousandths" },
		[QY_EXPECT_UNUSABLE] = { "unusable", "thousandths" },
		[QY_EXPECT_SURVIVES] = { "survives", "boolean" },
		[QY_EXPECT_KILLED_FIRST] = { "killed_first", "boolean" },
		[QY_EXPECT_KILLS] = { "oom_kills", "tasks" },
		[QY_EXPECT_ATOMIC] = { "atomic", "allocations" },
		[QY_EXPECT_TASK_LATENCY] = { "latency", "ns" },
	};
	bool timed = o->check->scenario->expect[i].kind == QY_EXPECT_LATENCY ||
		     o->check->scenario->expect[i].kind == QY_EXPECT_TASK_LATENCY;
	const struct qy_scenario *s = o->check->scenario;
	const struct qy_expect_spec *spec = &s->expect[i];
	bool of_request = qy_expect_of_request(spec);
	json_t *object = json_object();
	char text[512];

	qy_report_expect_text(o->check, i, text, sizeof(text));
	put_verdict(o, object, o->check->expect[i].pass);
	put_text(o, object, "kind", kinds[spec->kind].kind);
	put_text(
		o, object, "request", of_request ? s->request[spec->request].name : NULL);
	put_text(o, object, "task",
		qy_expect_of_task(spec) ? s->task[spec->task].name : NULL);
	put_text(o, object, "unit", kinds[spec->kind].unit);
	put_number(o, object, "expected",
		spec->kind == QY_EXPECT_SHARE ? spec->millipercent : spec->amount);
	put(o, object, "actual", actual_json(&o->check->expect[i]));
	put(o, object, "percentile_millipercent",
		number_or_null(timed, spec->millipercent));
	put_text(o, object, "zone", spec->zone);
	put(o, object, "node",
		number_or_null(spec->zone && spec->node != QY_ANY_NODE, spec->node));
	put(o, object, "order", number_or_null(qy_expect_is_index(spec), spec->order));
	put(o, object, "at_ns",
		number_or_null(qy_expect_is_index(spec) && spec->at_ns != QY_AT_END,
			spec->at_ns));
	put_text(o, object, "text", text);
	put(o, object, "why", why_json(o, o->check->index_why[i]));
	put(o, object, "remedy",
		o->check->remedy[i] ? qy_remedy_json(o->check->remedy[i]) : json_null());
	return object;
}

static json_t *expectations(struct json_out *o)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < o->check->scenario->nr_expects; i++)
		add(o, array, expectation(o, i));
	return array;
}

/* Keys that a kind of step has no value for are null. */
static json_t *step(struct json_out *o, uint32_t i)
{
	static const char *const kinds[] = {
		[QY_STEP_FREE] = "free",
		[QY_STEP_WRITE] = "write",
		[QY_STEP_SNAPSHOT] = "snapshot",
	};
	const struct qy_scenario *s = o->check->scenario;
	const struct qy_step_spec *spec = &s->step[i];
	const struct qy_step_result *result = &o->check->step[i];
	json_t *object = json_object(), *array = json_null();

	if (spec->kind == QY_STEP_SNAPSHOT)
		array = zones_of(o, result->zone, result->nr_zones);
	put_text(o, object, "kind", kinds[spec->kind]);
	put_number(o, object, "at_ns", spec->at_ns);
	put(o, object, "done", json_boolean(result->done));
	put_text(o, object, "request",
		spec->kind == QY_STEP_FREE ? s->request[spec->request].name : NULL);
	put(o, object, "blocks",
		spec->kind == QY_STEP_FREE ? json_integer((json_int_t)result->blocks)
					   : json_null());
	put_text(o, object, "path", spec->path);
	put_text(o, object, "value", spec->value);
	put_text(o, object, "name", spec->name);
	put_pages(o, object, "free_bytes", result->free_pages);
	put(o, object, "zones", array);
	return object;
}

static json_t *drivers(struct json_out *o)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < o->check->drivers.nr; i++) {
		const struct qy_driver_case *c = &o->check->drivers.cases[i];
		json_t *object = json_object();

		put_text(o, object, "check", c->name);
		put_verdict(o, object, c->pass);
		put_text(o, object, "text", c->text);
		put_text(o, object, "why", c->why);
		add(o, array, object);
	}
	return array;
}

static json_t *timeline(struct json_out *o)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < o->check->scenario->nr_steps; i++)
		add(o, array, step(o, i));
	return array;
}

static json_t *memory(struct json_out *o)
{
	const struct qy_check *check = o->check;
	json_t *object = json_object();

	put_pages(o, object, "load_peak_bytes", check->pages_peak);
	put_pages(o, object, "least_free_bytes", check->min_free_pages);
	put_number(o, object, "least_free_at_ns", check->min_free_ns);
	put_pages(o, object, "stand_in_dropped_bytes", check->pages_dropped);
	put_number(o, object, "stand_in_kswapd_runs", check->nr_balanced);
	put_number(o, object, "stand_in_direct_runs", check->nr_direct);
	put_pages(o, object, "moved_bytes", check->pages_moved);
	put_pages(o, object, "forgotten_bytes", check->pages_forgotten);
	put_pages(o, object, "moved_for_unmovable_bytes", check->room.pages_moved);
	put_number(o, object, "pageblocks_emptied", check->room.blocks_claimed);
	put_number(o, object, "kernel_warning_lines", check->nr_warnings);
	put_number(o, object, "corrupt_frames", check->nr_corrupt);
	return object;
}

static json_t *all_seeds(struct json_out *o, const struct qy_seeds *seeds)
{
	json_t *array = json_array();

	for (uint32_t s = 0; s < seeds->nr; s++) {
		const struct qy_seed_verdict *verdict = &seeds->verdict[s];
		json_t *object = json_object(), *actual = json_array();

		put_wide(o, object, "seed", "%llu", verdict->seed);
		put_verdict(o, object, verdict->pass);
		for (uint32_t i = 0; i < o->check->scenario->nr_expects; i++)
			add(o, actual, actual_json(&verdict->expect[i]));
		put(o, object, "actual", actual);
		add(o, array, object);
	}
	return array;
}

static json_t *document(struct json_out *o, const struct qy_seeds *seeds)
{
	const struct qy_check *check = o->check;
	json_t *root = json_object();

	put_text(o, root, "schema", "quarry-check/1");
	put_text(o, root, "quarry", QY_VERSION);
	put_text(o, root, "scenario", check->scenario->path);
	put_verdict(o, root, check->pass);
	put_wide(o, root, "seed", "%llu", check->scenario->seed);
	put_wide(o, root, "digest", "%016llx", check->digest);
	put_number(o, root, "duration_ns", check->duration_ns);
	put_text(o, root, "broken", check->broken[0] ? check->broken : NULL);
	put(o, root, "board", board(o));
	put(o, root, "costs", costs(o));
	put(o, root, "start", start(o));
	put(o, root, "expectations", expectations(o));
	put(o, root, "requests", requests(o));
	put(o, root, "loads", loads(o));
	put(o, root, "tasks", tasks(o));
	put(o, root, "files", files(o));
	put(o, root, "reclaim", reclaim(o));
	put(o, root, "oom", oom(o));
	put(o, root, "drivers", drivers(o));
	put(o, root, "caches",
		check->drivers.series ? qy_driver_caches_json(&check->drivers)
				      : json_null());
	if (check->drivers.nr_sites)
		put(o, root, "sites", qy_driver_sites_json(&check->drivers));
	put(o, root, "timeline", timeline(o));
	put(o, root, "memory", memory(o));
	put(o, root, "zones", zones_of(o, check->zone, check->nr_zones));
	put(o, root, "seeds", all_seeds(o, seeds));
	return root;
}

json_t *qy_report_json_document(const struct qy_seeds *seeds)
{
	struct json_out o = { .check = seeds->check };
	json_t *root = document(&o, seeds);

	if (!o.failed)
		return root;
	json_decref(root);
	return NULL;
}

json_t *qy_report_json_why(const struct qy_check *check, const struct qy_why *why)
{
	struct json_out o = { .check = check };
	json_t *value = why_json(&o, why);

	if (!o.failed)
		return value;
	json_decref(value);
	return NULL;
}

int qy_report_json(FILE *out, const struct qy_seeds *seeds)
{
	json_t *root = qy_report_json_document(seeds);
	int error = !root || json_dumpf(root, out, JSON_INDENT(2)) ? -1 : 0;

	fputc('\n', out);
	json_decref(root);
	return error;
}
