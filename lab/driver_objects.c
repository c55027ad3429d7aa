// SPDX-License-Identifier: MIT
/*
 * What the drivers of a scenario hold of each cache, while programs use them: samples, and who took what a growing cache has
 * more.
 *
 * The moments are spread at random within their intervals (the same in each run): a load that comes and goes as often as a
 * sample would look as if it grew.
 *
 * State: one set of samples at a time in a process.
 */
#include <string.h>

#include "lab/driver_growth.h"
#include "lab/driver_session.h"

#define FIRST_INTERVAL_NS 1000000u
#define PLACES            64

static struct objects {
	uint64_t zero_ns;
	struct qy_alarm alarm;
	uint64_t slot_ns, interval_ns; /* of the next sample */
	uint64_t random;
	uint32_t nr_users;
	bool found; /* that one grows; it stays so */
} objects;

/* ------------------------------------------------------------------ samples */

static void see_sample(void *arg, const struct qy_world_object *object)
{
	qy_series_count(arg, object->cache, (uint32_t)object->object_size);
}

static void set_next(void)
{
	objects.random = objects.random * 6364136223846793005ull + 1442695040888963407ull;
	objects.slot_ns += objects.interval_ns;
	qy_alarm_set(qy_session.m, &objects.alarm,
		objects.slot_ns + (objects.random >> 33) % objects.interval_ns);
}

static void sample(void *arg)
{
	struct qy_driver_series *series = &qy_session.out->series;

	(void)arg;
	if (qy_series_sample(series, qy_sim_now(qy_session.m) - objects.zero_ns))
		objects.interval_ns *= 2;
	qy_world_each_object(qy_session.w, see_sample, series);
	set_next();
}

/* ------------------------------------------------------------------ who took it */

struct tally {
	struct qy_driver_cache *cache;
	uint64_t since_ns;
	struct {
		struct qy_driver_stack stack;
		uint32_t nr;
		uint64_t first; /* number of what was taken there */
	} place[PLACES];
	uint32_t nr_places;
};

static void see_tally(void *arg, const struct qy_world_object *object)
{
	struct tally *t = arg;
	struct qy_driver_stack stack;
	uint32_t i = 0;

	if (object->held->when_ns < t->since_ns ||
		strncmp(object->cache, t->cache->name, sizeof(t->cache->name) - 1) != 0)
		return;
	t->cache->nr_since++;
	memset(&stack, 0, sizeof(stack)); /* its padding, too: it is compared */
	stack.nr = object->held->nr_frames;
	if (stack.nr > QY_DRIVER_FRAMES)
		stack.nr = QY_DRIVER_FRAMES;
	memcpy(stack.frame, object->held->frames, stack.nr * sizeof(stack.frame[0]));
	while (i < t->nr_places && memcmp(&t->place[i].stack, &stack, sizeof(stack)) != 0)
		i++;
	if (i == PLACES)
		return;
	if (i == t->nr_places)
		t->place[t->nr_places++].stack = stack;
	if (!t->place[i].nr++ || object->held->number < t->place[i].first)
		t->place[i].first = object->held->number;
}

/* Of two that took as many the one that began. */
static void note_most(struct tally *t)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i < t->nr_places; i++)
		if (t->place[i].nr > t->place[best].nr ||
			(t->place[i].nr == t->place[best].nr &&
				t->place[i].first < t->place[best].first))
			best = i;
	t->cache->nr_of_stack = t->place[best].nr;
	t->cache->stack = t->place[best].stack;
}

static void find_growing(void)
{
	static struct tally t; /* too large for a task's stack */
	struct qy_driver_series *series = &qy_session.out->series;
	struct qy_growth growth;

	for (uint32_t i = 0; i < series->nr_caches; i++) {
		if (!qy_growth_find(series, i, &growth))
			continue;
		objects.found = true;
		memset(&t, 0, sizeof(t));
		t.cache = &series->cache[i];
		t.since_ns = objects.zero_ns + series->at_ns[growth.first];
		qy_world_each_object(qy_session.w, see_tally, &t);
		note_most(&t);
	}
}

/* ------------------------------------------------------------------ doors */

void qy_session_objects_start(uint64_t zero_ns)
{
	objects = (struct objects){ .zero_ns = zero_ns, .alarm = { .fn = sample } };
}

/* What was seen before says nothing of all of them together. */
void qy_session_objects_enter(void)
{
	objects.nr_users++;
	if (objects.found)
		return;
	qy_session.out->series.nr = qy_session.out->series.nr_caches = 0;
	objects.interval_ns = FIRST_INTERVAL_NS;
	objects.slot_ns = qy_sim_now(qy_session.m);
	set_next();
}

void qy_session_objects_leave(void)
{
	if (--objects.nr_users)
		return;
	qy_alarm_cancel(qy_session.m, &objects.alarm);
	if (!objects.found)
		find_growing();
}
