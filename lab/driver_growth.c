// SPDX-License-Identifier: MIT
/* See driver_growth.h. */
#include "lab/driver_growth.h"

#include <string.h>

#define LEAST_SAMPLES 16u
#define LEAST_OBJECTS 8u
#define PARTS         8u
#define LAST_PART     0.75 /* rises at least so fast, of the average */
#define OTHERS        "(others)"

/* ------------------------------------------------------------------ samples */

static void drop_every_second(struct qy_driver_series *s)
{
	s->nr /= 2;
	for (uint32_t at = 0; at < s->nr; at++) {
		s->at_ns[at] = s->at_ns[2 * at];
		for (uint32_t i = 0; i < s->nr_caches; i++)
			s->cache[i].held[at] = s->cache[i].held[2 * at];
	}
}

bool qy_series_sample(struct qy_driver_series *s, uint64_t at_ns)
{
	bool full = s->nr == QY_DRIVER_SAMPLES;

	if (full)
		drop_every_second(s);
	for (uint32_t i = 0; i < s->nr_caches; i++)
		s->cache[i].held[s->nr] = 0;
	s->at_ns[s->nr++] = at_ns;
	return full;
}

/* In the order of names, so that it is the same whatever is counted first. */
static struct qy_driver_cache *insert(
	struct qy_driver_series *s, const char *name, uint32_t object_size)
{
	struct qy_driver_cache *at = s->cache + s->nr_caches++;

	for (; at > s->cache && strcmp(at[-1].name, name) > 0; at--)
		*at = at[-1];
	memset(at, 0, sizeof(*at));
	snprintf(at->name, sizeof(at->name), "%s", name);
	at->object_size = object_size;
	return at;
}

static struct qy_driver_cache *find(struct qy_driver_series *s, const char *name)
{
	for (uint32_t i = 0; i < s->nr_caches; i++)
		if (!strncmp(s->cache[i].name, name, sizeof(s->cache[i].name) - 1))
			return &s->cache[i];
	return NULL;
}

void qy_series_count(struct qy_driver_series *s, const char *name, uint32_t object_size)
{
	struct qy_driver_cache *cache = find(s, name);

	if (!cache && s->nr_caches < QY_DRIVER_CACHES - 1)
		cache = insert(s, name, object_size);
	if (!cache)
		cache = find(s, OTHERS);
	if (!cache)
		cache = insert(s, OTHERS, 0);
	cache->held[s->nr - 1]++;
}

/* ------------------------------------------------------------------ the verdict */

static double average(const uint32_t *held, uint32_t begin, uint32_t end)
{
	double sum = 0;

	for (uint32_t i = begin; i < end; i++)
		sum += held[i];
	return sum / (end - begin);
}

/* @nr samples: the warm-up is behind them. */
static bool rises(const uint32_t *held, uint32_t nr)
{
	double part[PARTS];

	for (uint32_t i = 0; i < PARTS; i++) {
		part[i] = average(held, nr * i / PARTS, nr * (i + 1) / PARTS);
		if (i && part[i] <= part[i - 1])
			return false;
	}
	return part[PARTS - 1] - part[PARTS - 2] >=
	       (part[PARTS - 1] - part[0]) / (PARTS - 1) * LAST_PART;
}

bool qy_growth_find(
	const struct qy_driver_series *s, uint32_t cache, struct qy_growth *growth)
{
	const uint32_t *held = s->cache[cache].held;
	uint32_t begin = 0;

	while (begin < s->nr && !held[begin])
		begin++;
	if (s->nr - begin < LEAST_SAMPLES)
		return false;
	begin += (s->nr - begin) / 4;
	*growth = (struct qy_growth){ .first = begin,
		.last = s->nr - 1,
		.objects = held[s->nr - 1] - held[begin],
		.ns = s->at_ns[s->nr - 1] - s->at_ns[begin] };
	return growth->ns && held[s->nr - 1] >= held[begin] + LEAST_OBJECTS &&
	       rises(held + begin, s->nr - begin);
}

void qy_growth_rate(char *text, size_t size, const struct qy_growth *growth)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = { { "a second", 1e9 }, { "a minute", 60e9 }, { "an hour", 3600e9 } };
	double rate = 0;
	size_t i = 0;

	for (; i < sizeof(units) / sizeof(units[0]); i++) {
		rate = growth->objects * units[i].ns / (double)growth->ns;
		if (rate >= 1)
			break;
	}
	i -= i == sizeof(units) / sizeof(units[0]);
	snprintf(text, size, "%.*f objects %s", rate < 10 ? 1 : 0, rate, units[i].name);
}
