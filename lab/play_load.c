// SPDX-License-Identifier: MIT
/*
 * The loads' turns: a stream per load, round by round. See engine.h.
 */
#include "lab/engine.h"

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
static void begin_round(struct engine *e, uint32_t i)
{
	struct stream *s = &e->stream[i];
	struct qy_load_result *result = &e->check->load[i];

	result->rounds++;
	if (!e->check->older[i].nr)
		return;
	qy_replay_older(&e->replay, &e->check->older[i], s->first_round_id + s->round,
		&result->counts);
	qy_engine_look(e);
}

/* Board time of the stream's next event, NEVER when it has none. Starts the next round when one is over. */
static void seek_next(struct engine *e, uint32_t i)
{
	struct stream *s = &e->stream[i];

	while (s->at == s->trace->nr_events) {
		end_round(e, s);
		if (s->trace->nr_events == 0 || s->round + 1 == s->rounds) {
			s->next_ns = NEVER;
			return;
		}
		s->round++;
		s->begin_ns += s->period_ns;
		s->at = 0;
		begin_round(e, i);
	}
	s->next_ns = s->begin_ns +
		     (uint64_t)((unsigned __int128)s->trace->events[s->at].ts_ns * 1000 /
				s->speed);
}

static void start_stream(struct engine *e, uint32_t i, uint32_t *round_id)
{
	const struct qy_load_spec *spec = &e->s->load[i];
	struct stream *s = &e->stream[i];

	*s = (struct stream){
		.trace = &e->check->trace[i],
		.begin_ns = spec->start_ns,
		.speed = 1000,
		.rounds = 1,
		.leftovers = QY_LEFTOVERS_KEEP,
		.first_round_id = *round_id,
	};
	if (spec->kind == QY_LOAD_TRACE) {
		s->speed = spec->trace.speed;
		s->rounds = spec->trace.repeat;
		s->leftovers = spec->trace.leftovers;
	}
	s->period_ns =
		(uint64_t)((unsigned __int128)s->trace->duration_ns * 1000 / s->speed) +
		1;
	*round_id += s->rounds;
	begin_round(e, i);
	seek_next(e, i);
}

static void note_load_refusal(struct engine *e, struct qy_load_result *result,
	const struct qy_page_event *event)
{
	if (!result->why)
		result->why = qy_why_capture(e->m, &e->check->board->board, event->gfp,
			event->order, e->now_ns);
	qy_engine_log(e, "load %u: refused: order %u, gfp %#x, cpu %u",
		(uint32_t)(result - e->check->load), event->order, event->gfp,
		e->replay.cpu);
}

void qy_play_load(struct engine *e, uint32_t i)
{
	struct stream *s = &e->stream[i];
	struct qy_load_result *result = &e->check->load[i];
	const struct qy_page_event *event = &s->trace->events[s->at++];
	uint64_t failed = result->counts.nr_failed;

	qy_replay_event(&e->replay, event, s->first_round_id + s->round, &result->counts);
	result->nr_events++;
	if (result->counts.nr_failed != failed)
		note_load_refusal(e, result, event);
	if (event->kind == QY_EV_ALLOC)
		qy_engine_count(e, 1ull << event->order);
	seek_next(e, i);
}

static uint64_t events_left(const struct stream *s)
{
	uint64_t rounds_left = s->rounds - s->round - 1;

	return s->trace->nr_events - s->at + rounds_left * s->trace->nr_events;
}

void qy_play_load_start(struct engine *e)
{
	uint32_t round_id = 0;

	for (uint32_t i = 0; i < e->s->nr_loads; i++)
		start_stream(e, i, &round_id);
}

void qy_play_load_end(struct engine *e)
{
	for (uint32_t i = 0; i < e->s->nr_loads; i++)
		e->check->load[i].nr_cut = events_left(&e->stream[i]);
}
