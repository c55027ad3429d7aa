// SPDX-License-Identifier: MIT
/*
 * See film_json.h. No state. A value that could not be made is NULL, which jansson's setters refuse: they say so once, in
 * struct film_json.
 */
#include "lab/film_json.h"

#include <stdlib.h>
#include <string.h>

#include "lab/report.h"
#include "lab/report_json.h"

struct film_json {
	const struct qy_check *check;
	const struct qy_film *film;
	bool failed;
};

/* ------------------------------------------------------------------ values */

static void put(struct film_json *f, json_t *object, const char *key, json_t *value)
{
	f->failed |= json_object_set_new(object, key, value) != 0;
}

static void add(struct film_json *f, json_t *array, json_t *value)
{
	f->failed |= json_array_append_new(array, value) != 0;
}

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static void add_text(struct film_json *f, json_t *array, const char *text)
{
	char *clean = strdup(text);

	add(f, array, clean ? json_string(qy_report_clean(clean)) : NULL);
	free(clean);
}

static json_t *reel_json(struct film_json *f, const struct qy_reel *reel)
{
	json_t *object = json_object();
	char *code = qy_reel_base64(reel);

	put(f, object, "cells", number(reel->nr_cells));
	put(f, object, "code", code ? json_string(code) : NULL);
	free(code);
	return object;
}

/* ------------------------------------------------------------------ what does not move */

static json_t *zones(struct film_json *f)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < f->film->nr_zones; i++) {
		const struct qy_zone_stats *z = &f->film->zone[i];
		json_t *object = json_object();

		put(f, object, "node", number(z->node));
		put(f, object, "name", json_string(z->name));
		put(f, object, "managed", number(z->managed_pages));
		add(f, array, object);
	}
	return array;
}

/* Pageblocks side by side; where one is not wholly RAM or boot keeps a part of it, it is listed. */
static json_t *runs(struct film_json *f)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < f->film->nr_runs; i++) {
		const struct qy_film_run *run = &f->film->runs[i];
		json_t *object = json_object(), *odd = json_array();

		put(f, object, "zone", number(run->zone));
		put(f, object, "pfn", number(run->block_pfn));
		put(f, object, "first", number(run->first_block));
		put(f, object, "nr", number(run->nr_blocks));
		for (uint32_t b = 0; b < run->nr_blocks; b++) {
			const struct qy_pageblock_info *block =
				&f->film->blocks[run->first_block + b];

			if (block->nr_pages == 512 && !block->nr_reserved)
				continue;
			add(f, odd, number(b));
			add(f, odd, number(block->nr_pages));
			add(f, odd, number(block->nr_reserved));
		}
		put(f, object, "odd", odd);
		add(f, array, object);
	}
	return array;
}

/* In the order of the numbers in film.h. */
static json_t *owners(struct film_json *f)
{
	static const char *const kinds[QY_FILM_NR_KINDS] = {
		[QY_FILM_CACHE] = "page cache",
		[QY_FILM_ANON] = "processes",
		[QY_FILM_KERNEL] = "kernel",
		[QY_FILM_OLDER] = "older than the recording",
	};
	const struct qy_scenario *s = f->check->scenario;
	json_t *array = json_array();
	char text[64];

	add_text(f, array, "start state");
	for (uint32_t l = 0; l < s->nr_loads; l++) {
		for (unsigned int kind = 0; kind < QY_FILM_NR_KINDS; kind++) {
			snprintf(text, sizeof(text), "load %u: %s", l, kinds[kind]);
			add_text(f, array, text);
		}
	}
	for (uint32_t r = 0; r < s->nr_requests; r++)
		add_text(f, array, s->request[r].name);
	for (uint32_t t = 0; t < s->nr_tasks; t++) {
		snprintf(text, sizeof(text), "task %s", s->task[t].name);
		add_text(f, array, text);
	}
	return array;
}

/* ------------------------------------------------------------------ what does */

static json_t *frames(struct film_json *f)
{
	json_t *object = json_object(), *times = json_array(), *refusals = json_array();

	for (uint32_t i = 0; i < f->film->nr_frames; i++) {
		add(f, times, number(f->film->times_ns[i]));
		if (f->film->refusal[i])
			add(f, refusals, number(i));
	}
	put(f, object, "at_ns", times);
	put(f, object, "refusals", refusals);
	put(f, object, "thinned", number(f->film->nr_thinned));
	return object;
}

/* A mark: [from, to, until or null, rounds, whole, asked, got, worst]. */
static json_t *mark(struct film_json *f, const struct qy_film_round *round)
{
	json_t *array = json_array();

	add(f, array, number(round->from_ns));
	add(f, array, number(round->to_ns));
	add(f, array,
		round->until_ns == QY_FOREVER ? json_null() : number(round->until_ns));
	add(f, array, number(round->nr));
	add(f, array, number(round->whole));
	add(f, array, number(round->asked));
	add(f, array, number(round->got));
	add(f, array, number(round->worst));
	return array;
}

static json_t *requests(struct film_json *f)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < f->check->scenario->nr_requests; i++) {
		const struct qy_film_request *request = &f->film->request[i];
		json_t *object = json_object(), *marks = json_array(),
		       *whys = json_array();

		for (uint32_t r = 0; r < request->nr; r++)
			add(f, marks, mark(f, &request->rounds[r]));
		for (uint32_t w = 0; w < request->nr_whys; w++)
			add(f, whys, qy_report_json_why(f->check, request->why[w]));
		put(f, object, "marks", marks);
		put(f, object, "whys", whys);
		add(f, array, object);
	}
	return array;
}

/* What the board's page_owner knew at a few moments; a name of a task is what a recording says. */
static json_t *cast(struct film_json *f)
{
	const struct qy_cast *c = &f->film->cast;
	json_t *object = json_object(), *times = json_array(), *tasks = json_array();

	for (uint32_t i = 0; i < c->reel.nr_frames; i++)
		add(f, times, number(c->at_ns[i]));
	for (uint32_t i = 0; i < c->nr_tasks; i++) {
		json_t *task = json_array();

		add(f, task, json_integer(c->tasks[i].pid));
		add_text(f, task, i ? c->tasks[i].comm : "other tasks");
		add(f, tasks, task);
	}
	put(f, object, "at_ns", times);
	put(f, object, "tasks", tasks);
	put(f, object, "reel", reel_json(f, &c->reel));
	return object;
}

json_t *qy_film_json(const struct qy_check *check)
{
	struct film_json f = { .check = check, .film = check->film };
	json_t *root = json_object();

	put(&f, root, "duration_ns", number(f.film->duration_ns));
	put(&f, root, "zones", zones(&f));
	put(&f, root, "runs", runs(&f));
	put(&f, root, "owners", owners(&f));
	put(&f, root, "tasks", number(check->scenario->nr_tasks));
	put(&f, root, "frames", frames(&f));
	put(&f, root, "requests", requests(&f));
	put(&f, root, "cast", cast(&f));
	put(&f, root, "zone_reel", reel_json(&f, &f.film->zones));
	put(&f, root, "counter_reel", reel_json(&f, &f.film->counters));
	put(&f, root, "map_reel", reel_json(&f, &f.film->map));
	if (!f.failed)
		return root;
	json_decref(root);
	return NULL;
}
