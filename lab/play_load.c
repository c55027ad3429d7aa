// SPDX-License-Identifier: MIT
/*
 * The loads' turns: a stream for each instance of a load, round by round. See engine.h.
 */
#include "lab/engine.h"

#define NEAR_EVENTS 6
#define FAR_EVENTS  12

#define MAX_ROUND_IDS ((1u << 20) - 1) /* qy_replay_event() tells no more apart */

static void end_round(struct engine *e, const struct stream *s)
{
	uint32_t id = s->first_round_id + s->round;

	if (s->leftovers == QY_LEFTOVERS_KEEP)
		return;
	qy_replay_free_round(&e->replay, id, QY_HELD_ANON);
	if (s->leftovers == QY_LEFTOVERS_EXIT)
		return;
	qy_replay_free_round(&e->replay, id, QY_HELD_CACHE);
	qy_replay_free_round(&e->replay, id, QY_HELD_KERNEL);
}

/* What the recording held before it began is there before anything else of the round. */
static void begin_round(struct engine *e, struct stream *s)
{
	struct qy_load_result *result = &e->check->load[s->load];
	const struct qy_older *older = &e->check->older[s->load];

	result->rounds++;
	if (!older->nr)
		return;
	e->replay.load = s->load;
	qy_owner_is_older(e, s);
	qy_replay_older(&e->replay, older, s->first_round_id + s->round, &result->counts);
	qy_engine_look(e);
}

static size_t end_of_round(const struct stream *s)
{
	return s->round + 1 == s->rounds ? s->nr_last : s->trace->nr_events;
}

static uint64_t board_ns(const struct stream *s, uint64_t recorded_ns)
{
	return (uint64_t)((unsigned __int128)recorded_ns * 1000 / s->speed);
}

/* Board time of the stream's next event, NEVER when it has none. Starts the next round when one is over. */
static void seek_next(struct engine *e, struct stream *s)
{
	while (s->at == end_of_round(s)) {
		end_round(e, s);
		if (s->trace->nr_events == 0 || s->round + 1 == s->rounds) {
			s->next_ns = NEVER;
			return;
		}
		s->round++;
		s->begin_ns += s->period_ns;
		s->at = 0;
		begin_round(e, s);
	}
	s->next_ns = s->begin_ns + board_ns(s, s->trace->events[s->at].ts_ns);
}

/* How many events of a round come before @length_ns of it are over. */
static size_t events_before(const struct stream *s, uint64_t length_ns)
{
	size_t low = 0, high = s->trace->nr_events;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (board_ns(s, s->trace->events[middle].ts_ns) < length_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Return: rounds of the stream. */
static uint64_t plan_stream(struct engine *e, struct stream *s, uint32_t load)
{
	const struct qy_load_spec *spec = &e->s->load[load];
	uint64_t rounds = 1, length_ns = 0;

	*s = (struct stream){
		.trace = &e->check->trace[load],
		.load = load,
		.begin_ns = spec->start_ns,
		.speed = 1000,
		.leftovers = QY_LEFTOVERS_KEEP,
	};
	if (spec->kind == QY_LOAD_TRACE) {
		s->speed = spec->trace.speed;
		s->leftovers = spec->trace.leftovers;
		rounds = spec->trace.repeat;
	}
	s->period_ns = board_ns(s, s->trace->duration_ns) + 1;
	s->nr_last = s->trace->nr_events;
	if (!rounds) {
		length_ns = spec->trace.until_ns - spec->start_ns;
		rounds = (length_ns - 1) / s->period_ns + 1;
		s->nr_last = events_before(s, length_ns - (rounds - 1) * s->period_ns);
	}
	s->rounds = (uint32_t)rounds;
	return rounds;
}

int qy_play_load_plan(struct engine *e, struct qy_err *err)
{
	uint64_t ids = 0;

	for (uint32_t load = 0; load < e->s->nr_loads; load++) {
		for (uint32_t i = 0; i < e->s->load[load].instances; i++) {
			struct stream *s = &e->stream[e->nr_streams++];
			uint64_t first = ids;

			ids += plan_stream(e, s, load);
			if (ids > MAX_ROUND_IDS)
				return qy_fail(err,
					"%s: load[%u]: more than %u rounds of all loads: choose an earlier `until` or a longer recording",
					e->s->path, load, MAX_ROUND_IDS);
			s->first_round_id = (uint32_t)first;
		}
	}
	return 0;
}

static void note_load_refusal(struct engine *e, struct qy_load_result *result,
	const struct qy_page_event *event)
{
	if (!result->why && !e->hooks->trial)
		result->why = qy_why_capture(e->m, &e->check->board->board, event->gfp,
			event->order, e->replay.cpu, e->now_ns);
	e->check->nr_atomic_failed += !(event->gfp & QY___GFP_DIRECT_RECLAIM);
	qy_play_film_refused(e, QY_MAX_REQUESTS);
	qy_engine_note_free(e);
	qy_engine_log(e, "load %u: refused: order %u, gfp %#x, cpu %u",
		(uint32_t)(result - e->check->load), event->order, event->gfp,
		e->replay.cpu);
}

/* The map of what is held is larger than most caches, and the load says early what it will look for. */
static void look_ahead(const struct engine *e, const struct stream *s)
{
	uint32_t round = s->first_round_id + s->round;

	if (s->at + FAR_EVENTS >= s->trace->nr_events)
		return;
	qy_replay_prefetch(
		&e->replay, &s->trace->events[s->at + FAR_EVENTS], round, false);
	qy_replay_prefetch(
		&e->replay, &s->trace->events[s->at + NEAR_EVENTS], round, true);
}

void qy_play_load(struct engine *e, struct stream *s)
{
	struct qy_load_result *result = &e->check->load[s->load];
	const struct qy_page_event *event = &s->trace->events[s->at++];
	uint64_t failed = result->counts.nr_failed;

	look_ahead(e, s);
	e->replay.load = s->load;
	if (event->kind == QY_EV_ALLOC)
		qy_owner_is_event(e, s, event);
	qy_replay_event(&e->replay, event, s->first_round_id + s->round, &result->counts);
	result->nr_events++;
	if (result->counts.nr_failed != failed)
		note_load_refusal(e, result, event);
	if (event->kind == QY_EV_ALLOC)
		qy_engine_count(e, 1ull << event->order);
	seek_next(e, s);
}

static uint64_t events_left(const struct stream *s)
{
	uint64_t rounds_left = s->rounds - s->round - 1;

	if (!rounds_left)
		return s->nr_last - s->at;
	return s->trace->nr_events - s->at + (rounds_left - 1) * s->trace->nr_events +
	       s->nr_last;
}

void qy_play_load_start(struct engine *e)
{
	for (uint32_t i = 0; i < e->nr_streams; i++) {
		begin_round(e, &e->stream[i]);
		seek_next(e, &e->stream[i]);
	}
}

void qy_play_load_end(struct engine *e)
{
	for (uint32_t i = 0; i < e->nr_streams; i++)
		e->check->load[e->stream[i].load].nr_cut += events_left(&e->stream[i]);
}
