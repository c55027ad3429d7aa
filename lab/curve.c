// SPDX-License-Identifier: MIT
/*
 * See curve.h. No state.
 */
#include "lab/curve.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/board_dt.h"

#define NS_PER_S       1000000000ull
#define NS_PER_CS      10000000ull
#define FILE_MAX_BYTES (64u << 20)
#define LINE_MAX_BYTES 256u
#define COMM_BYTES     16u

/* ------------------------------------------------------------------ one moment */

static uint64_t between(uint64_t from, uint64_t to, uint64_t part, uint64_t whole)
{
	unsigned __int128 way = from < to ? to - from : from - to;

	way = way * part / whole;
	return from < to ? from + (uint64_t)way : from - (uint64_t)way;
}

static uint64_t leaked(const struct qy_curve *c, uint64_t ram_bytes, uint64_t ns)
{
	unsigned __int128 more =
		(unsigned __int128)qy_share_of_ram(&c->rate, ram_bytes) * ns / NS_PER_S;
	unsigned __int128 all = qy_share_of_ram(&c->from, ram_bytes) + more;
	uint64_t most = qy_share_of_ram(&c->to, ram_bytes);

	if (!most)
		most = INT64_MAX;
	return all < most ? (uint64_t)all : most;
}

/* The last look that is not behind the moment. */
static uint64_t recorded(const struct qy_rss *rss, uint64_t ns)
{
	size_t low = 0, high = rss->nr;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (rss->sample[middle].at_ns <= ns)
			low = middle;
		else
			high = middle;
	}
	return rss->nr ? rss->sample[low].bytes : 0;
}

uint64_t qy_curve_at(const struct qy_curve *c, uint64_t ram_bytes,
	const struct qy_rss *rss, uint64_t ns)
{
	uint64_t from = qy_share_of_ram(&c->from, ram_bytes);
	uint64_t to = qy_share_of_ram(&c->to, ram_bytes);

	switch (c->kind) {
	case QY_CURVE_CONSTANT:
		return to;
	case QY_CURVE_RAMP:
		return ns < c->length_ns ? between(from, to, ns, c->length_ns) : to;
	case QY_CURVE_SAWTOOTH:
		return between(from, to, ns % c->length_ns, c->length_ns);
	case QY_CURVE_LEAK:
		return leaked(c, ram_bytes, ns);
	case QY_CURVE_RECORDED:
		return recorded(rss, ns);
	}
	return 0;
}

const char *qy_curve_name(enum qy_curve_kind kind)
{
	static const char *const names[] = {
		[QY_CURVE_CONSTANT] = "constant",
		[QY_CURVE_RAMP] = "ramp",
		[QY_CURVE_SAWTOOTH] = "sawtooth",
		[QY_CURVE_LEAK] = "leak",
		[QY_CURVE_RECORDED] = "recorded",
	};

	return names[kind];
}

/* ------------------------------------------------------------------ recordings */

struct rss_reader {
	const char *path, *name;
	unsigned int line;
	bool found, begun;
	uint64_t first_ns, last_ns;
	size_t size; /* samples there is room for */
	struct qy_rss *rss;
	struct qy_err *err;
};

/* A look at @at_ns begins: nothing is seen of the process yet. */
static int begin_look(struct rss_reader *r, uint64_t at_ns)
{
	struct qy_rss *rss = r->rss;

	if (rss->nr == r->size) {
		size_t size = r->size ? 2 * r->size : 256;
		void *grown = realloc(rss->sample, size * sizeof(*rss->sample));

		if (!grown)
			return qy_fail(
				r->err, "%s: the host has no memory left", r->path);
		rss->sample = grown;
		r->size = size;
	}
	rss->sample[rss->nr++] = (struct qy_rss_sample){ .at_ns = at_ns - r->first_ns };
	return 0;
}

/* "1234.56 981 20480 inferenced" */
static int read_line(struct rss_reader *r, const char *line)
{
	unsigned long long s, cs, pid, kb;
	int at = 0;
	uint64_t ns;

	line += strspn(line, " \t");
	if (!*line || *line == '#')
		return 0;
	if (sscanf(line, "%11llu.%2llu %10llu %15llu %n", &s, &cs, &pid, &kb, &at) != 4 ||
		!at || !line[at] || strlen(line + at) >= COMM_BYTES)
		return qy_fail(r->err,
			"%s:%u: expected `SECONDS.HUNDREDTHS PID KB NAME`, as tools/record-rss.sh writes it",
			r->path, r->line);
	ns = s * NS_PER_S + cs * NS_PER_CS;
	if (r->begun && ns < r->last_ns)
		return qy_fail(r->err,
			"%s:%u: earlier than the line before: keep one recording to a file",
			r->path, r->line);
	if (!r->begun)
		r->first_ns = ns;
	if ((!r->begun || ns > r->last_ns) && begin_look(r, ns))
		return -1;
	r->begun = true;
	r->last_ns = ns;
	if (strcmp(line + at, r->name) == 0) {
		r->found = true;
		r->rss->sample[r->rss->nr - 1].bytes += (uint64_t)kb << 10;
	}
	return 0;
}

int qy_rss_parse(const char *text, size_t size, const char *path, const char *name,
	struct qy_rss *rss, struct qy_err *err)
{
	struct rss_reader r = { .path = path, .name = name, .rss = rss, .err = err };
	const char *end = text + size;

	*rss = (struct qy_rss){ 0 };
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((newline ? newline : end) - text);
		char line[LINE_MAX_BYTES];

		r.line++;
		if (length >= sizeof(line) || memchr(text, '\0', length))
			return qy_fail(
				err, "%s:%u: not a line of a recording", path, r.line);
		memcpy(line, text, length);
		line[length] = '\0';
		if (length && line[length - 1] == '\r')
			line[length - 1] = '\0';
		if (read_line(&r, line))
			return -1;
		text += length + 1;
	}
	if (!r.found)
		return qy_fail(err,
			"%s: no process is named `%.15s` in it: name another one with `process`",
			path, name);
	return 0;
}

int qy_rss_load(
	const char *path, const char *name, struct qy_rss *rss, struct qy_err *err)
{
	char *text;
	size_t size;
	int error;

	*rss = (struct qy_rss){ 0 };
	if (qy_read_file(path, FILE_MAX_BYTES, &text, &size, err))
		return -1;
	error = qy_rss_parse(text, size, path, name, rss, err);
	free(text);
	return error;
}

void qy_rss_free(struct qy_rss *rss)
{
	free(rss->sample);
	*rss = (struct qy_rss){ 0 };
}
