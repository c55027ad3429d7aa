// SPDX-License-Identifier: MIT
/*
 * The steps of the timeline: a request's blocks go back, a file of the board is written, a snapshot is taken. See
 * engine.h.
 */
#include "lab/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int qy_play_step_plan(struct engine *e, struct qy_err *err)
{
	for (uint32_t i = 0; i < e->s->nr_steps; i++) {
		if (e->s->step[i].at_ns >= e->end_ns)
			return qy_fail(err,
				"%s: timeline[%u].at: lies behind the end: give a longer `duration` or an earlier moment",
				e->s->path, e->s->step[i].index);
	}
	return 0;
}

static void play_free(struct engine *e, uint32_t request, struct qy_step_result *result)
{
	struct caller *c = &e->caller[request];

	qy_engine_log(e, "timeline: free %s", c->spec->name);
	if (e->replay.film)
		qy_film_freed(e->replay.film, request, e->now_ns);
	while (c->nr) {
		result->blocks += c->batches[c->head]->nr;
		qy_play_release(e, c);
	}
}

/* The path is one that can be written: what is left to refuse is the value, or that this board was booted without it. */
static void play_write(struct engine *e, const struct qy_step_spec *step)
{
	int error;

	qy_engine_log(e, "timeline: echo %s > %s", step->value, step->path);
	e->watch_pages = 0; /* what counts as short may have changed */
	qy_owner_is_shell(e);
	error = qy_proc_write(e->m, step->path, step->value);
	if (!error)
		return;
	e->refused = true;
	if (error == -ENOENT && strncmp(step->path, "/proc/sys/", 10) != 0 &&
		strncmp(step->path, "/proc/", 6) == 0)
		qy_fail(e->err,
			"%s: timeline[%u].write.path: nobody lives there at that moment: %.80s",
			e->s->path, step->index, step->path);
	else if (error == -ENOENT)
		qy_fail(e->err,
			"%s: timeline[%u].write.path: this board was booted without %s",
			e->s->path, step->index, step->path);
	else
		qy_fail(e->err, "%s: timeline[%u].write.value: %s does not take `%.60s`",
			e->s->path, step->index, step->path, step->value);
}

static void take_snapshot(
	struct engine *e, const struct qy_step_spec *step, struct qy_step_result *result)
{
	struct qy_machine_stats stats;

	qy_engine_log(e, "timeline: snapshot %s", step->name);
	qy_machine_stats(e->m, &stats);
	result->zone = calloc(stats.nr_zones, sizeof(*result->zone));
	if (!result->zone) {
		e->replay.out_of_memory = true;
		return;
	}
	while (qy_zone_stats(e->m, result->nr_zones, &result->zone[result->nr_zones]))
		result->nr_zones++;
	if (e->hooks->snapshot &&
		e->hooks->snapshot(e->hooks->arg, e->m, step->name, e->err))
		e->refused = true;
}

void qy_play_step(struct engine *e)
{
	const struct qy_step_spec *step = &e->s->step[e->next_step];
	struct qy_step_result *result = &e->check->step[e->next_step++];
	struct qy_machine_stats stats;

	switch (step->kind) {
	case QY_STEP_FREE:
		play_free(e, step->request, result);
		break;
	case QY_STEP_WRITE:
		play_write(e, step);
		break;
	case QY_STEP_SNAPSHOT:
		take_snapshot(e, step, result);
		break;
	}
	qy_machine_stats(e->m, &stats);
	result->free_pages = stats.free_pages;
	result->done = true;
}
