// SPDX-License-Identifier: MIT
/*
 * A remedy as JSON. See remedy.h. No state.
 */
#include "lab/remedy.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "lab/report.h"

/* What the change is called and set to: of a sysctl or a word of the command line, its own name and value. */
struct named {
	char name[48], value[160];
};

static struct named name_of(const struct qy_setting *s)
{
	const char *equals = strchr(s->value, '=');
	struct named n;

	snprintf(n.name, sizeof(n.name), "%s", s->path);
	snprintf(n.value, sizeof(n.value), "%s", s->value);
	if ((strcmp(s->path, "board.sysctl") == 0 ||
		    strcmp(s->path, "board.append") == 0) &&
		equals) {
		snprintf(n.name, sizeof(n.name), "%.*s", (int)(equals - s->value),
			s->value);
		snprintf(n.value, sizeof(n.value), "%s", equals + 1);
	}
	qy_report_clean(n.value);
	return n;
}

static json_t *text_json(const char *text)
{
	char clean[2048];

	snprintf(clean, sizeof(clean), "%s", text);
	return json_string(qy_report_clean(clean));
}

static json_t *change_json(const struct qy_setting *set, const struct qy_setting *fails)
{
	return json_pack("{s:s, s:o, s:o}", "path", set->path, "value",
		text_json(set->value), "fails_at",
		fails ? text_json(fails->value) : json_null());
}

static json_t *changes_json(const struct qy_remedy *r)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < r->change.nr; i++)
		json_array_append_new(
			array, change_json(&r->change.set[i],
				       r->fails.nr ? &r->fails.set[i] : NULL));
	return array;
}

static json_t *tried_json(const struct qy_remedy *r)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < r->nr_tried; i++)
		json_array_append_new(array, text_json(r->tried[i]));
	return array;
}

json_t *qy_remedy_json(const struct qy_remedy *r)
{
	struct named set = name_of(&r->change.set[0]);
	struct named fails = name_of(&r->fails.set[0]);
	char text[2048];

	qy_remedy_text(r, text, sizeof(text));
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:b, s:i, s:i, s:o}", "kind",
		qy_remedy_kind_name(r->kind), "setting",
		r->change.nr ? json_string(set.name) : json_null(), "value",
		r->change.nr ? json_string(set.value) : json_null(), "fails_at",
		r->fails.nr ? json_string(fails.value) : json_null(), "changes",
		changes_json(r), "tried_before", tried_json(r), "cut_short", r->cut_short,
		"nr_seeds", (int)r->nr_seeds, "nr_runs", (int)r->nr_runs, "text",
		text_json(text));
}
