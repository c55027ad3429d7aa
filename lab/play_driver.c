// SPDX-License-Identifier: MIT
/*
 * Drivers of a scenario: their modules, the kernel around them, their programs on the scenario's timeline.
 *
 * A driver that crashes, hangs or stops the machine ends the play, as a panic does; its verdict says how.
 *
 * Locking: none; the thread that booted the machine.
 */
#include "lab/engine.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/check_plan.h"
#include "lab/driver_cc.h"
#include "lab/driver_place.h"
#include "lab/driver_program.h"
#include "lab/driver_search.h"
#include "lab/driver_session.h"
#include "lab/driver_stack.h"

struct driver_room {
	struct qy_driver_plan plan;
	struct qy_driver_outcome *out;
	struct qy_board board; /* with KFENCE, where a module asks for it */
	bool up, ended;        /* the world is; everything came to its end */
};

/* ------------------------------------------------------------------ before the play */

int qy_driver_prepare(const struct qy_driver_spec *spec, uint32_t index,
	struct qy_driver_modules *modules, const volatile sig_atomic_t *stop,
	struct qy_err *err)
{
	struct qy_driver_cc cc = { .kernel = spec->kernel, .stop = stop };
	const char *slash = strrchr(spec->source[0], '/');
	const char *name = slash ? slash + 1 : spec->source[0];
	char headers[4096];

	if (qy_driver_is_module(spec->source[0])) {
		modules->path[index] = strdup(spec->source[0]);
		return modules->path[index] ? 0
					    : qy_fail(err, "the host has no memory left");
	}
	if (!*modules->dir && qy_driver_temp(modules->dir, sizeof(modules->dir), err))
		return -1;
	if (asprintf(&modules->path[index], "%s/%.*s.qko", modules->dir,
		    (int)(strlen(name) - 2), name) < 0)
		return qy_fail(err, "the host has no memory left");
	cc.headers = qy_driver_headers(headers, sizeof(headers));
	if (!cc.headers)
		return qy_fail(err,
			"quarry: its headers for drivers are not there (%s): install it whole",
			headers);
	cc.output = modules->path[index];
	for (uint32_t i = 0; i < spec->nr_sources; i++)
		cc.files[cc.nr_files++] = spec->source[i];
	for (uint32_t i = 0; i < index; i++) /* what they export */
		cc.files[cc.nr_files++] = modules->path[i];
	return qy_driver_cc(&cc, stderr, err);
}

void qy_driver_modules_free(struct qy_driver_modules *modules)
{
	for (int i = 0; i < QY_MAX_MODULES; i++)
		free(modules->path[i]);
	if (*modules->dir)
		qy_driver_remove(modules->dir);
	*modules = (struct qy_driver_modules){ 0 };
}

int qy_play_driver_open(struct engine *e, struct qy_err *err)
{
	struct driver_room *room;

	if (!e->s->nr_drivers)
		return 0;
	room = e->drivers = calloc(1, sizeof(*room));
	if (!room)
		return qy_fail(err, "%s: the host has no memory left", e->s->path);
	if (e->check->plan) {
		room->plan = *e->check->plan;
		room->plan.board = e->check->board;
		room->out = e->check->outcome;
		return 0;
	}
	room->out = qy_driver_outcome_new();
	if (!room->out)
		return qy_fail(err, "%s: the host has no memory left", e->s->path);
	room->plan = (struct qy_driver_plan){ .board = e->check->board,
		.board_name = e->check->board_name,
		.nr_modules = e->s->nr_drivers,
		.fail = e->check->fail,
		.schedule = e->check->schedule };
	for (uint32_t i = 0; i < e->s->nr_drivers; i++)
		room->plan.kmemleak |= e->s->driver[i].kmemleak;
	for (uint32_t i = 0; i < e->s->nr_drivers; i++)
		room->plan.module[i] =
			(struct qy_driver_module){ .source = e->s->driver[i].source[0],
				.path = e->check->modules.path[i],
				.params = e->s->driver[i].params,
				.hardware = e->s->driver[i].hardware };
	return qy_driver_open(&room->plan, err);
}

const struct qy_board *qy_play_driver_board(struct engine *e)
{
	const struct qy_board *board = &e->check->board->board;

	if (!e->drivers)
		return board;
	e->drivers->board = *board;
	return qy_driver_sample(&e->drivers->plan, &e->drivers->board)
		       ? &e->drivers->board
		       : board;
}

static void stopped(void *arg) __attribute__((noreturn));

static void stopped(void *arg)
{
	struct engine *e = arg;

	if (e->check->plan)
		qy_session_exit();
	snprintf(e->check->broken, sizeof(e->check->broken),
		"a driver ended the run: %.200s", e->drivers->out->end_line);
	longjmp(e->broken, 3);
}

int qy_play_driver_boot(struct engine *e, struct qy_err *err)
{
	struct driver_room *room = e->drivers;

	if (!room)
		return 0;
	qy_session_init(&room->plan, room->out);
	qy_session.stopped = stopped;
	qy_session.arg = e;
	if (qy_session_open(e->m))
		return qy_fail(err, "%s: the host has no memory left", e->s->path);
	room->up = true;
	return 0;
}

/* ------------------------------------------------------------------ meanwhile */

void qy_play_driver_start(struct engine *e)
{
	if (!e->drivers)
		return;
	qy_session_catch_signals();
	if (qy_programs_start(e->s->driver, e->s->nr_drivers, e->boot_ns))
		e->replay.out_of_memory = true;
}

bool qy_play_driver_wait(struct engine *e, uint64_t at_ns)
{
	if (!e->drivers)
		return false;
	qy_programs_wait(e->boot_ns + at_ns);
	return true;
}

bool qy_play_driver_has_failed(struct engine *e, uint64_t *end_ns)
{
	const struct qy_driver_outcome *out = e->drivers ? e->drivers->out : NULL;
	uint64_t end;

	if (!out || !out->nr_refused)
		return false;
	end = out->refused_ns - e->boot_ns + QY_BEHIND_FAILURE_NS;
	if (end < *end_ns)
		*end_ns = end;
	return true;
}

void qy_play_driver_searched(struct engine *e)
{
	if (e->drivers && qy_session_is_searched())
		qy_session_exit();
}

void qy_play_driver_end(struct engine *e)
{
	if (!e->drivers)
		return;
	qy_programs_end();
	e->drivers->out->end = QY_DRIVER_ENDED;
	e->drivers->out->now_ns = qy_sim_now(e->m);
	if (e->check->plan)
		qy_session_exit(); /* a search asks for no more of it */
	qy_session_release_signals();
	qy_session_close();
	e->drivers->ended = true;
}

bool qy_play_driver_has_harmed(struct engine *e)
{
	const struct qy_driver_outcome *out = e->drivers ? e->drivers->out : NULL;

	for (uint32_t i = 0; out && i < out->nr_mistakes && i < QY_DRIVER_REPORTS; i++)
		if (!strncmp(out->mistake[i].line, "BUG: KASAN", strlen("BUG: KASAN")))
			return true;
	return false;
}

void qy_play_driver_hear(struct engine *e, int level, const char *line)
{
	if (e->drivers && e->drivers->up && !e->drivers->ended)
		qy_session_hear(NULL, (enum qy_log_level)level, line);
}

void qy_play_driver_panic(struct engine *e, const char *line)
{
	if (e->drivers && e->drivers->up && !e->drivers->ended)
		qy_session_panic(NULL, line);
}

/* ------------------------------------------------------------------ afterwards */

/* Return: 0, -1: the host has no memory. */
static int print_refused(struct engine *e, struct qy_symbols *symbols)
{
	const struct qy_driver_outcome *out = e->drivers->out;
	size_t size;
	FILE *f;

	if (!qy_driver_fails(&e->drivers->plan))
		return 0;
	f = open_memstream(&e->check->refused, &size);
	if (!f)
		return -1;
	if (!out->nr_refused)
		fprintf(f, "  of %u requests none failed\n", out->nr_asked);
	qy_driver_print_refused(f, symbols, out, "  ");
	if (out->nr_refused && qy_check_has_loads(e->s))
		fprintf(f, "  from %.3f s on the loads stand still; the end is at %g s\n",
			(double)(out->refused_ns - e->boot_ns) / NS_PER_S,
			(double)e->end_ns / NS_PER_S);
	return fclose(f);
}

void qy_play_driver_judge(struct engine *e)
{
	struct driver_room *room = e->drivers;
	struct qy_driver_verdict *verdict = &e->check->drivers;
	struct qy_symbols *symbols;

	if (!room || e->check->trial_over || e->check->plan)
		return;
	symbols = qy_symbols_open();
	if (!symbols || qy_driver_judge(&room->plan, room->out, symbols, verdict) ||
		print_refused(e, symbols))
		e->replay.out_of_memory = true;
	qy_symbols_close(symbols);
	verdict->plan = NULL; /* they go with the play */
	verdict->out = NULL;
	e->check->pass = e->check->pass && verdict->pass;
}

void qy_play_driver_free(struct engine *e)
{
	struct driver_room *room = e->drivers;

	if (!room)
		return;
	if (room->up && !room->ended) {
		qy_session_code_comes_back();
		qy_session_release_signals();
	}
	if (!e->check->plan) {
		qy_driver_close(&room->plan);
		qy_driver_outcome_free(room->out);
	}
	free(room);
}
