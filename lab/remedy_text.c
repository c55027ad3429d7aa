// SPDX-License-Identifier: MIT
/*
 * A remedy in words. See remedy.h. No state.
 */
#include "lab/remedy.h"

#include <stdio.h>
#include <string.h>

#include "lab/words.h"

static const struct {
	const char *name;
	const char *what; /* in front of the settings; %s is the request */
} kinds[QY_NR_REMEDIES] = {
	[QY_REMEDY_NONE] = { "none", "" },
	[QY_REMEDY_CMA] = { "cma", "" },
	[QY_REMEDY_AREA] = { "area", "size of the tree's area " },
	[QY_REMEDY_FLAG] = { "flag", "another flag for %s, " },
	[QY_REMEDY_ZONE] = { "zone", "another zone for %s, if its device reaches it, " },
	[QY_REMEDY_KEEP] = { "keep", "%s takes its blocks once and keeps them, " },
	[QY_REMEDY_EARLIER] = { "earlier",
		"%s takes its blocks earlier and keeps them, " },
	[QY_REMEDY_BLOCKS] = { "smaller_blocks",
		"%s takes smaller blocks, not side by side, " },
	[QY_REMEDY_ADJ] = { "oom_score_adj", "for %s, " },
	[QY_REMEDY_SWAPPINESS] = { "swappiness", "" },
	[QY_REMEDY_MIN_FREE] = { "min_free_kbytes", "" },
	[QY_REMEDY_RESERVE] = { "lowmem_reserve_ratio", "" },
	[QY_REMEDY_SCALE] = { "watermark_scale_factor", "" },
	[QY_REMEDY_BOOST] = { "watermark_boost_factor", "" },
	[QY_REMEDY_LISTS] = { "percpu_pagelist_high_fraction", "" },
	[QY_REMEDY_MOVABLECORE] = { "movablecore", "" },
	[QY_REMEDY_KERNELCORE] = { "kernelcore", "" },
	[QY_REMEDY_MEMORY] = { "memory", "" },
};

static const char *key_of(const struct qy_setting *setting)
{
	return strrchr(setting->path, '.') + 1;
}

/* Of these the value says what is set: "cma=64M". */
static bool is_assignment(const struct qy_setting *setting)
{
	return strcmp(key_of(setting), "sysctl") == 0 ||
	       strcmp(key_of(setting), "append") == 0 ||
	       strcmp(key_of(setting), "areas") == 0;
}

static void add_change(struct qy_words *line, const struct qy_change *change)
{
	for (uint32_t i = 0; i < change->nr; i++) {
		const struct qy_setting *s = &change->set[i];

		qy_words_add(line, "%s", i ? ", " : "");
		if (is_assignment(s))
			qy_words_add(line, "%s", s->value);
		else if (strncmp(s->path, "board.", 6) == 0)
			qy_words_add(line, "%s: %s", s->path, s->value);
		else
			qy_words_add(line, "%s: %s", key_of(s), s->value);
	}
}

/* The number alone: the rest stands in front. */
static void add_fail(struct qy_words *line, const struct qy_setting *s)
{
	qy_words_add(line, "; %s still fails",
		is_assignment(s) ? strchr(s->value, '=') + 1 : s->value);
}

static void add_seeds(struct qy_words *line, const struct qy_remedy *remedy)
{
	if (remedy->nr_seeds > 1)
		qy_words_add(line, " with %u seeds", remedy->nr_seeds);
}

static void add_none(struct qy_words *line, const struct qy_remedy *remedy)
{
	if (!remedy->nr_tried) {
		qy_words_add(line, "none: there is nothing to try for this one");
		return;
	}
	qy_words_add(line, "none of what was tried");
	add_seeds(line, remedy);
	qy_words_add(line, " makes it hold and breaks nothing: ");
	for (uint32_t i = 0; i < remedy->nr_tried; i++)
		qy_words_add(line, "%s%s", i ? "; " : "", remedy->tried[i]);
	if (remedy->cut_short)
		qy_words_add(line, "; the rest would take too many runs");
}

const char *qy_remedy_text(const struct qy_remedy *remedy, char *buf, size_t size)
{
	struct qy_words line = { buf, size, 0 };
	const char *what = kinds[remedy->kind].what;

	buf[0] = '\0';
	if (remedy->kind == QY_REMEDY_NONE) {
		add_none(&line, remedy);
		return buf;
	}
	if (strstr(what, "%s"))
		qy_words_add(&line, "%.*s%s%s", (int)(strstr(what, "%s") - what), what,
			remedy->subject, strstr(what, "%s") + 2);
	else
		qy_words_add(&line, "%s", what);
	add_change(&line, &remedy->change);
	qy_words_add(&line, " (tried");
	add_seeds(&line, remedy);
	qy_words_add(&line, ": passes");
	if (remedy->fails.nr)
		add_fail(&line, &remedy->fails.set[0]);
	qy_words_add(&line, ")");
	return buf;
}

const char *qy_remedy_kind_name(enum qy_remedy_kind kind)
{
	return kinds[kind].name;
}
