// SPDX-License-Identifier: MIT
/*
 * See scenario_reader.h. No state.
 */
#include "lab/scenario_reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/units.h"

#define MAX_AMOUNT (8ull << 40) /* the largest board */

void scn_bad(struct reader *r, const char *key, const char *fmt, ...)
{
	char why[320];
	va_list args;

	if (r->failed)
		return;
	r->failed = true;
	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	qy_fail(r->err, "%s: %s%s%s: %s", r->s->path, r->place,
		r->place[0] && key[0] ? "." : "", key, why);
}

void scn_enter(struct reader *r, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(r->place, sizeof(r->place), fmt, args);
	va_end(args);
}

const char *scn_keep(struct reader *r, const char *fmt, ...)
{
	struct qy_scenario *s = r->s;
	char **grown = realloc(s->strings, (s->nr_strings + 1) * sizeof(*grown));
	va_list args;
	int length;

	if (grown) {
		s->strings = grown;
		va_start(args, fmt);
		length = vasprintf(&grown[s->nr_strings], fmt, args);
		va_end(args);
		if (length >= 0)
			return grown[s->nr_strings++];
	}
	scn_bad(r, "", "the host has no memory left");
	return "";
}

const char *scn_keep_word(struct reader *r, const char *text)
{
	return text ? scn_keep(r, "%s", text) : NULL;
}

const char *scn_keep_file(struct reader *r, const char *key, const char *name)
{
	const char *slash = strrchr(r->s->path, '/');

	if (!name)
		return NULL;
	if (!name[0])
		scn_bad(r, key, "a file name is missing");
	if (name[0] == '/' || !slash)
		return scn_keep_word(r, name);
	return scn_keep(r, "%.*s/%s", (int)(slash - r->s->path), r->s->path, name);
}

/* ------------------------------------------------------------------ words to numbers */

void scn_count(struct reader *r, const char *key, const char *text, uint64_t min,
	uint64_t max, uint64_t *out)
{
	uint64_t value;

	if (!text)
		return;
	if (qy_parse_count(text, &value) || value < min || value > max)
		scn_bad(r, key, "must be %llu..%llu (is %.40s)", (unsigned long long)min,
			(unsigned long long)max, text[0] ? text : "empty");
	else
		*out = value;
}

void scn_u32(struct reader *r, const char *key, const char *text, uint32_t min,
	uint32_t max, uint32_t *out)
{
	uint64_t value = *out;

	scn_count(r, key, text, min, max, &value);
	*out = (uint32_t)value;
}

void scn_duration(struct reader *r, const char *key, const char *text, uint64_t min_ns,
	uint64_t *out)
{
	char low[32];
	uint64_t ns;

	if (!text)
		return;
	if (qy_parse_duration(text, &ns))
		scn_bad(r, key, "must be " QY_DURATION_WANTED " (is %.40s)",
			text[0] ? text : "empty");
	else if (ns < min_ns || ns > QY_MAX_DURATION_NS)
		scn_bad(r, key, "must be %s..24h (is %.40s)",
			qy_format_duration(low, sizeof(low), min_ns), text);
	else
		*out = ns;
}

void scn_duration_or_forever(
	struct reader *r, const char *key, const char *text, uint64_t *out)
{
	if (text && strcmp(text, "forever") == 0)
		*out = QY_FOREVER;
	else
		scn_duration(r, key, text, 1, out);
}

void scn_amount(struct reader *r, const char *key, const char *text, bool ram,
	struct qy_share *out)
{
	struct qy_share amount = { 0 };

	if (!text)
		return;
	if (ram && strchr(text, '%')) {
		if (qy_parse_share(text, &amount.millipercent) || !amount.millipercent)
			scn_bad(r, key, "must be a share of the RAM like 40%% (is %.40s)",
				text);
	} else if (qy_parse_size(text, &amount.bytes) || amount.bytes > MAX_AMOUNT) {
		scn_bad(r, key, "must be " QY_SIZE_WANTED "%s, up to 8T (is %.40s)",
			ram ? " or a share of the RAM like 40%" : "",
			text[0] ? text : "empty");
	}
	*out = amount;
}

void scn_gfp(struct reader *r, const char *key, const char *text, qy_gfp_t *out)
{
	char unknown[80];

	if (text && qy_parse_gfp(text, out, unknown, sizeof(unknown)))
		scn_bad(r, key,
			"`%s` is not a flag of Linux 6.12 (write GFP_KERNEL, GFP_ATOMIC|__GFP_COMP, ...)",
			unknown);
}

unsigned int scn_word(struct reader *r, const char *key, const char *text,
	const char *const *words, unsigned int fallback)
{
	char all[120] = "";

	if (!text)
		return fallback;
	for (unsigned int i = 0; words[i]; i++) {
		if (strcmp(text, words[i]) == 0)
			return i;
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s",
			i ? ", " : "", words[i]);
	}
	scn_bad(r, key, "must be one of %s (is %.40s)", all, text[0] ? text : "empty");
	return fallback;
}

void scn_want(struct reader *r, const char *key, const void *present, const char *example)
{
	if (!present)
		scn_bad(r, key, "is missing: write `%s: %s`", key, example);
}
