// SPDX-License-Identifier: MIT
/*
 * See costs.h. No state.
 */
#include "lab/costs.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/board_dt.h"
#include "lab/units.h"

#define FILE_MAX_BYTES (64u << 10)
#define LINE_MAX_BYTES 256u

/* Of a core of about 2 GHz whose memory answers in about 100 ns; see docs/scenario.md. */
static const struct {
	const char *name;
	uint64_t ns;
} rows[QY_NR_COSTS] = {
	[QY_COST_CALL] = { "call", 100 },
	[QY_COST_LOCK] = { "lock", 100 },
	[QY_COST_BLOCK] = { "block", 100 },
	[QY_COST_SPLIT] = { "split", 100 },
	[QY_COST_ZERO] = { "zero", 1000 },
	[QY_COST_DROP] = { "drop", 2000 },
	[QY_COST_SCAN] = { "scan", 10 },
	[QY_COST_MOVE] = { "move", 2000 },
	[QY_COST_DRAIN] = { "drain", 10000 },
	[QY_COST_RECLAIM] = { "reclaim", 500 },
	[QY_COST_READ] = { "read", 100000 },
	[QY_COST_WRITE] = { "write", 100000 },
};

void qy_costs_default(struct qy_costs *costs)
{
	for (unsigned int i = 0; i < QY_NR_COSTS; i++)
		costs->ns[i] = rows[i].ns;
}

const char *qy_cost_name(enum qy_cost cost)
{
	return rows[cost].name;
}

uint64_t qy_meter_ns(const struct qy_meter *meter, const struct qy_costs *costs)
{
	uint64_t ns = 0;

	for (unsigned int i = 0; i < QY_NR_COSTS; i++)
		ns += meter->nr[i] * costs->ns[i];
	return ns;
}

/* ------------------------------------------------------------------ the file */

struct place {
	const char *path;
	unsigned int line;
	struct qy_err *err;
	bool seen[QY_NR_COSTS];
};

static int unknown_name(const struct place *at, const char *name)
{
	char all[96] = "";

	for (unsigned int i = 0; i < QY_NR_COSTS; i++)
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s",
			i ? " " : "", rows[i].name);
	return qy_fail(at->err, "%s:%u: no cost is named `%.40s` (known: %s)", at->path,
		at->line, name, all);
}

static int set(
	struct place *at, const char *name, const char *value, struct qy_costs *costs)
{
	unsigned int i = 0;
	uint64_t ns;

	while (i < QY_NR_COSTS && strcmp(rows[i].name, name) != 0)
		i++;
	if (i == QY_NR_COSTS)
		return unknown_name(at, name);
	if (at->seen[i])
		return qy_fail(at->err, "%s:%u: %s is there twice: keep one", at->path,
			at->line, name);
	if (qy_parse_duration(value, &ns) || ns > QY_MAX_COST_NS)
		return qy_fail(at->err,
			"%s:%u: %s: must be a duration of at most 1s, like 150ns (is %.40s)",
			at->path, at->line, name, value[0] ? value : "empty");
	at->seen[i] = true;
	costs->ns[i] = ns;
	return 0;
}

static char *trim(char *text)
{
	size_t length;

	text += strspn(text, " \t\r");
	length = strlen(text);
	while (length && strchr(" \t\r", text[length - 1]))
		text[--length] = '\0';
	return text;
}

static int read_line(struct place *at, char *line, struct qy_costs *costs)
{
	char *equals;

	line[strcspn(line, "#")] = '\0';
	line = trim(line);
	if (!*line)
		return 0;
	equals = strchr(line, '=');
	if (!equals)
		return qy_fail(at->err,
			"%s:%u: expected `name = duration`, like `lock = 150ns`",
			at->path, at->line);
	*equals = '\0';
	return set(at, trim(line), trim(equals + 1), costs);
}

int qy_costs_parse(const char *text, size_t size, const char *path,
	struct qy_costs *costs, struct qy_err *err)
{
	struct place at = { .path = path, .err = err };
	const char *end = text + size;

	qy_costs_default(costs);
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((newline ? newline : end) - text);
		char line[LINE_MAX_BYTES];

		at.line++;
		if (length >= sizeof(line) || memchr(text, '\0', length))
			return qy_fail(err,
				"%s:%u: not a line of text: write `name = duration`",
				path, at.line);
		memcpy(line, text, length);
		line[length] = '\0';
		if (read_line(&at, line, costs))
			return -1;
		text += length + 1;
	}
	return 0;
}

int qy_costs_load(const char *path, struct qy_costs *costs, struct qy_err *err)
{
	char *text;
	size_t size;
	int error;

	if (qy_read_file(path, FILE_MAX_BYTES, &text, &size, err))
		return -1;
	error = qy_costs_parse(text, size, path, costs, err);
	free(text);
	return error;
}
