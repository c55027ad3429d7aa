// SPDX-License-Identifier: MIT
/*
 * See scenario_set.h. The words go through the same readers as those of a file. No state.
 */
#include "lab/scenario_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/units.h"

/* Memory that lives as long as the scenario. Return: @memory, NULL when the host has no more. */
static void *keep(struct qy_scenario *s, void *memory)
{
	char **grown = realloc(s->strings, (s->nr_strings + 1) * sizeof(*grown));

	if (grown)
		s->strings = grown;
	if (!grown || !memory) {
		free(memory);
		return NULL;
	}
	return s->strings[s->nr_strings++] = memory;
}

/* ------------------------------------------------------------------ board */

static int set_memory(struct qy_scenario *s, uint32_t index, const char *word)
{
	(void)index;
	s->board.memory = word;
	return 0;
}

static int set_append(struct qy_scenario *s, uint32_t index, const char *word)
{
	const char *before = s->board.append;
	char *both = NULL;

	(void)index;
	if (asprintf(&both, "%s%s%s", before ? before : "", before ? " " : "", word) < 0)
		both = NULL;
	s->board.append = keep(s, both);
	return s->board.append ? 0 : -1;
}

/* Likewise: of two sizes of one area the last one wins. */
static int set_areas(struct qy_scenario *s, uint32_t index, const char *word)
{
	const char *before = s->board.areas;
	char *both = NULL;

	(void)index;
	if (asprintf(&both, "%s%s%s", before ? before : "", before ? "," : "", word) < 0)
		both = NULL;
	s->board.areas = keep(s, both);
	return s->board.areas ? 0 : -1;
}

/* Behind those that are there: the last one wins. */
static int set_sysctl(struct qy_scenario *s, uint32_t index, const char *word)
{
	size_t nr = (size_t)s->board.nr_sysctls;
	const char **all = keep(s, malloc((nr + 1) * sizeof(*all)));

	(void)index;
	if (!all)
		return -1;
	memcpy(all, s->board.sysctls, nr * sizeof(*all));
	all[nr] = word;
	s->board.sysctls = all;
	s->board.nr_sysctls++;
	return 0;
}

/* ------------------------------------------------------------------ requests and expectations */

static int set_gfp(struct qy_scenario *s, uint32_t index, const char *word)
{
	char unknown[80];

	s->request[index].gfp_text = word;
	return qy_parse_gfp(word, &s->request[index].gfp, unknown, sizeof(unknown));
}

static int parse_u32(const char *word, uint32_t *out)
{
	uint64_t value;

	if (qy_parse_count(word, &value) || value > UINT32_MAX)
		return -1;
	*out = (uint32_t)value;
	return 0;
}

static int set_order(struct qy_scenario *s, uint32_t index, const char *word)
{
	return parse_u32(word, &s->request[index].order);
}

static int set_count(struct qy_scenario *s, uint32_t index, const char *word)
{
	return parse_u32(word, &s->request[index].count);
}

static int set_times(struct qy_scenario *s, uint32_t index, const char *word)
{
	return parse_u32(word, &s->request[index].times);
}

static int set_start(struct qy_scenario *s, uint32_t index, const char *word)
{
	return qy_parse_duration(word, &s->request[index].start_ns);
}

static int set_hold(struct qy_scenario *s, uint32_t index, const char *word)
{
	if (strcmp(word, "forever") != 0)
		return qy_parse_duration(word, &s->request[index].hold_ns);
	s->request[index].hold_ns = QY_FOREVER;
	return 0;
}

static int set_context(struct qy_scenario *s, uint32_t index, const char *word)
{
	static const char *const words[] = { [QY_CONTEXT_TASK] = "task",
		[QY_CONTEXT_ATOMIC] = "atomic",
		[QY_CONTEXT_IRQ] = "irq" };

	for (unsigned int i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(word, words[i]) == 0) {
			s->request[index].context = (enum qy_request_context)i;
			return 0;
		}
	}
	return -1;
}

static int set_each(struct qy_scenario *s, uint32_t index, const char *word)
{
	return qy_parse_count(word, &s->expect[index].amount);
}

static int set_adj(struct qy_scenario *s, uint32_t index, const char *word)
{
	s->task[index].oom_score_adj = atoi(word);
	return 0;
}

/* ------------------------------------------------------------------ the door */

enum part { PART_BOARD, PART_REQUEST, PART_EXPECT, PART_TASK, NR_PARTS };

static const struct place {
	enum part part;
	const char *key;
	int (*set)(struct qy_scenario *s, uint32_t index, const char *word);
} places[] = {
	{ PART_BOARD, "memory", set_memory },
	{ PART_BOARD, "append", set_append },
	{ PART_BOARD, "sysctl", set_sysctl },
	{ PART_BOARD, "areas", set_areas },
	{ PART_REQUEST, "gfp", set_gfp },
	{ PART_REQUEST, "order", set_order },
	{ PART_REQUEST, "count", set_count },
	{ PART_REQUEST, "times", set_times },
	{ PART_REQUEST, "start", set_start },
	{ PART_REQUEST, "at", set_start },
	{ PART_REQUEST, "hold", set_hold },
	{ PART_REQUEST, "context", set_context },
	{ PART_EXPECT, "each", set_each },
	{ PART_TASK, "oom_score_adj", set_adj },
};

static const struct place *find_place(enum part part, const char *key)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (part == places[i].part && strcmp(key, places[i].key) == 0)
			return &places[i];
	}
	return NULL;
}

/* "requests[2]" is the request that says so; "timeline[2]" that of the step. */
static bool is_of(const struct qy_request_spec *request, const char *head)
{
	size_t length = strlen(head);

	return strncmp(request->place, head, length) == 0 &&
	       (request->place[length] == '\0' ||
		       strcmp(request->place + length, ".request") == 0);
}

/* Return: which part @head names, NR_PARTS; its @index. */
static enum part find_part(const struct qy_scenario *s, const char *head, uint32_t *index)
{
	*index = 0;
	if (strcmp(head, "board") == 0)
		return PART_BOARD;
	if (sscanf(head, "expect[%u]", index) == 1)
		return *index < s->nr_expects ? PART_EXPECT : NR_PARTS;
	if (sscanf(head, "tasks[%u]", index) == 1)
		return *index < s->nr_tasks ? PART_TASK : NR_PARTS;
	for (*index = 0; *index < s->nr_requests; ++*index) {
		if (is_of(&s->request[*index], head))
			return PART_REQUEST;
	}
	return NR_PARTS;
}

int qy_scenario_set(
	struct qy_scenario *s, const struct qy_setting *setting, struct qy_err *err)
{
	const char *key = strrchr(setting->path, '.');
	const struct place *place = NULL;
	char head[sizeof(setting->path)];
	uint32_t index;

	if (key) {
		snprintf(head, sizeof(head), "%.*s", (int)(key - setting->path),
			setting->path);
		place = find_place(find_part(s, head, &index), key + 1);
	}
	if (!place)
		return qy_fail(err, "%s: no such setting to change", setting->path);
	if (place->set(s, index, setting->value))
		return qy_fail(
			err, "%s: %s cannot be read", setting->path, setting->value);
	return 0;
}
