// SPDX-License-Identifier: MIT
/*
 * What the engine tells the film of a run, when there is one. See engine.h and film.h.
 */
#include "lab/engine.h"

static void count(const struct engine *e, struct qy_film_counts *counts)
{
	*counts = (struct qy_film_counts){
		.all = {
			[QY_FILM_DROPPED] = e->replay.pages_dropped,
			[QY_FILM_KSWAPD_RUNS] = e->replay.nr_balanced,
			[QY_FILM_DIRECT_RUNS] = e->replay.nr_direct,
			[QY_FILM_WARNINGS] = e->check->nr_warnings,
		},
	};
	for (uint32_t i = 0; i < e->s->nr_tasks; i++) {
		struct qy_task_info info;

		if (!e->player[i].task)
			continue;
		qy_task_info(e->m, e->player[i].task, &info);
		counts->task[i] = info.rss_anon + info.rss_file + info.rss_shmem;
	}
	for (uint32_t i = 0; i < e->s->nr_loads; i++) {
		const struct qy_replay_counts *c = &e->check->load[i].counts;

		counts->load[i][QY_FILM_ALLOCS] = c->nr_allocs;
		counts->load[i][QY_FILM_FREES] = c->nr_frees;
		counts->load[i][QY_FILM_REFUSED] = c->nr_failed;
	}
}

void qy_play_film_open(struct engine *e)
{
	if (!e->hooks->film)
		return;
	e->replay.film = e->check->film = qy_film_open(e->m, e->s, e->end_ns);
	if (!e->check->film)
		e->replay.out_of_memory = true;
}

void qy_play_film_pass(struct engine *e, uint64_t now_ns)
{
	struct qy_film_counts counts;

	if (!qy_film_due(e->replay.film, now_ns))
		return;
	count(e, &counts);
	qy_film_pass(e->replay.film, now_ns, &counts);
	e->replay.out_of_memory |= e->replay.film->out_of_memory;
}

void qy_play_film_refused(struct engine *e, uint32_t source)
{
	struct qy_film_counts counts;

	if (!e->replay.film || !qy_film_wants(e->replay.film, source, e->now_ns))
		return;
	count(e, &counts);
	qy_film_refused(e->replay.film, source, e->now_ns, &counts);
}

void qy_play_film_round(
	struct engine *e, uint32_t request, const struct batch *batch, uint64_t asked)
{
	const struct qy_film_round round = {
		.from_ns = e->now_ns,
		.to_ns = e->now_ns,
		.until_ns = batch->until_ns,
		.asked = asked,
		.got = batch->nr,
	};

	if (e->replay.film)
		qy_film_round(e->replay.film, request, &round);
}

void qy_play_film_end(struct engine *e)
{
	struct qy_film_counts counts;

	if (!e->replay.film)
		return;
	count(e, &counts);
	e->replay.film->duration_ns =
		e->end_ns; /* a failure may have brought it forward */
	qy_film_end(e->replay.film, &counts);
	e->replay.out_of_memory |= e->replay.film->out_of_memory;
	e->replay.film = NULL;
}
