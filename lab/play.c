// SPDX-License-Identifier: MIT
/*
 * The timeline of a check: whose turn is next, the event log, and what is looked at along the way. See engine.h.
 */
#include "lab/engine.h"

#include <stdarg.h>
#include <quarry/reclaim.h>
#include <quarry/sim.h>

#define KCOMPACTD_NS \
	500000000ull /* kcompactd first looks by itself when it has slept once */
#define BACKGROUND_NS  100000000ull /* as long as kswapd sleeps before it looks again */
#define MAX_BACKGROUND 16           /* runs in a row; then they go on at the next look */
#define MAX_LOG_LINES \
	100000u /* of a run: a load that is refused writes a line for each event */

void qy_engine_log(struct engine *e, const char *fmt, ...)
{
	va_list args;

	if (!e->hooks->log || ++e->nr_log_lines > MAX_LOG_LINES)
		return;
	fprintf(e->hooks->log, "[%5llu.%06llu] ",
		(unsigned long long)(e->now_ns / NS_PER_S),
		(unsigned long long)(e->now_ns % NS_PER_S / 1000));
	va_start(args, fmt);
	vfprintf(e->hooks->log, fmt, args);
	va_end(args);
	fputc('\n', e->hooks->log);
}

void qy_engine_log_end(struct engine *e)
{
	if (!e->hooks->log || e->nr_log_lines <= MAX_LOG_LINES)
		return;
	fprintf(e->hooks->log, "%llu more lines are left out: a log holds %u of a run\n",
		(unsigned long long)(e->nr_log_lines - MAX_LOG_LINES), MAX_LOG_LINES);
}

void qy_engine_note_free(struct engine *e)
{
	struct qy_machine_stats stats;

	qy_machine_stats(e->m, &stats);
	if (stats.free_pages < e->check->min_free_pages) {
		e->check->min_free_pages = stats.free_pages;
		e->check->min_free_ns = e->now_ns;
	}
	qy_judge_look(e);
}

/* Only what was done: most of the time it is nothing. */
static void log_background(struct engine *e, const struct qy_reclaim_counts *before,
	const struct qy_reclaim_counts *after, uint64_t moved)
{
	if (after->kswapd_freed != before->kswapd_freed)
		qy_engine_log(e, "kswapd: took back %llu pages",
			(unsigned long long)(after->kswapd_freed - before->kswapd_freed));
	if (after->file_written != before->file_written)
		qy_engine_log(e, "flusher: wrote %llu pages",
			(unsigned long long)(after->file_written - before->file_written));
	if (moved)
		qy_engine_log(
			e, "kcompactd: moved %llu pages", (unsigned long long)moved);
}

/* As qy_background_step(), but kcompactd has slept once before it looks by itself. Return: somebody had work. */
static bool background_step(struct engine *e)
{
	bool busy = false;

	for (unsigned int node = 0; node < e->check->board->board.nr_nodes; node++) {
		busy |= qy_kswapd_step(e->m, node) != 0;
		busy |= qy_kcompactd_step(e->m, node) >= 0;
		if (e->now_ns >= KCOMPACTD_NS)
			qy_kcompactd_proactive(e->m, node);
	}
	if (e->s->nr_files)
		busy |= qy_writeback_step(e->m) != 0;
	return busy;
}

/* What the board's own threads have to do by now; it takes no time. */
static void run_background(struct engine *e)
{
	struct qy_reclaim_counts before, after;
	uint64_t moved = e->replay.pages_moved;

	qy_reclaim_counts(e->m, &before);
	for (int i = 0; i < MAX_BACKGROUND && background_step(e); i++)
		;
	qy_reclaim_counts(e->m, &after);
	log_background(e, &before, &after, e->replay.pages_moved - moved);
}

void qy_engine_look(struct engine *e)
{
	uint64_t dropped = e->replay.pages_dropped;

	qy_engine_note_free(e);
	run_background(e);
	/* what policy quarry does in the background; under policy linux nobody asks for it */
	for (unsigned int node = 0; node < e->check->board->board.nr_nodes; node++)
		qy_make_room_step(e->m, node);
	if (e->s->stand_in_reclaim) {
		e->watch_pages = qy_replay_balance(&e->replay);
		if (e->replay.pages_dropped != dropped)
			qy_engine_log(e,
				"reclaim: dropped %llu pages of page cache, oldest first",
				(unsigned long long)(e->replay.pages_dropped - dropped));
	} else {
		e->watch_pages = 256;
	}
}

void qy_engine_pressure(void *arg, struct qy_machine *m, enum qy_pressure level)
{
	struct engine *e = arg;

	(void)m;
	if (level == QY_PRESSURE_LOW)
		e->watch_pages = 0;
}

void qy_engine_count(struct engine *e, uint64_t pages)
{
	if (pages >= e->watch_pages)
		qy_engine_look(e);
	else
		e->watch_pages -= pages;
}

enum source {
	SOURCE_RELEASE,
	SOURCE_TICK,
	SOURCE_BACKGROUND,
	SOURCE_STEP,
	SOURCE_SAMPLE,
	SOURCE_LOAD,
	SOURCE_TASK,
	SOURCE_FILE,
	SOURCE_REQUEST,
	SOURCE_NONE,
};

struct turn {
	uint64_t at_ns;
	enum source source;
	uint32_t index;
};

static void offer(struct turn *best, uint64_t at_ns, enum source source, uint32_t index)
{
	if (at_ns < best->at_ns)
		*best = (struct turn){ at_ns, source, index };
}

/* The board's own, and the timeline. */
static struct turn next_of_board(const struct engine *e)
{
	struct turn best = { NEVER, SOURCE_NONE, 0 };

	offer(&best, e->next_tick_ns, SOURCE_TICK, 0);
	offer(&best, e->next_background_ns, SOURCE_BACKGROUND, 0);
	if (e->next_step < e->s->nr_steps)
		offer(&best, e->s->step[e->next_step].at_ns, SOURCE_STEP, 0);
	return best;
}

/* Offers come in the order that holds at one instant: the first of equals wins. */
static struct turn next_turn(const struct engine *e)
{
	struct turn best = { NEVER, SOURCE_NONE, 0 }, board = next_of_board(e);

	if (e->still)
		return board;
	for (uint32_t i = 0; i < e->s->nr_requests; i++) {
		const struct caller *c = &e->caller[i];

		if (c->nr)
			offer(&best, c->batches[c->head]->until_ns, SOURCE_RELEASE, i);
	}
	offer(&best, board.at_ns, board.source, board.index);
	offer(&best, e->next_sample_ns, SOURCE_SAMPLE, 0);
	for (uint32_t i = 0; i < e->nr_streams; i++)
		offer(&best, e->stream[i].next_ns, SOURCE_LOAD, i);
	for (uint32_t i = 0; i < e->s->nr_tasks; i++)
		offer(&best, e->player[i].next_ns, SOURCE_TASK, i);
	for (uint32_t i = 0; i < e->s->nr_files; i++)
		offer(&best, e->file[i].next_ns, SOURCE_FILE, i);
	for (uint32_t i = 0; i < e->s->nr_requests; i++)
		offer(&best, e->caller[i].next_ns, SOURCE_REQUEST, i);
	return best;
}

static void tick(struct engine *e)
{
	for (unsigned int cpu = 0; cpu < e->replay.nr_cpus; cpu++) {
		qy_replay_set_cpu(&e->replay, cpu);
		qy_vmstat_tick(e->m, cpu);
	}
	qy_engine_look(e);
	e->next_tick_ns += TICK_NS;
}

static void take_turn(struct engine *e, const struct turn *turn)
{
	switch (turn->source) {
	case SOURCE_RELEASE:
		qy_play_release(e, &e->caller[turn->index]);
		break;
	case SOURCE_TICK:
		tick(e);
		break;
	case SOURCE_BACKGROUND:
		run_background(e);
		e->next_background_ns += BACKGROUND_NS;
		break;
	case SOURCE_STEP:
		qy_play_step(e);
		break;
	case SOURCE_SAMPLE:
		qy_judge_sample(e);
		break;
	case SOURCE_LOAD:
		qy_play_load(e, &e->stream[turn->index]);
		break;
	case SOURCE_TASK:
		qy_play_task(e, &e->player[turn->index]);
		break;
	case SOURCE_FILE:
		qy_play_file(e, &e->file[turn->index]);
		break;
	case SOURCE_REQUEST:
		qy_play_request(e, &e->caller[turn->index]);
		break;
	case SOURCE_NONE:
		break;
	}
}

static void show_progress(struct engine *e)
{
	if (!e->hooks->progress || e->now_ns < e->next_progress_ns)
		return;
	e->hooks->progress(e->hooks->arg, e->now_ns, e->end_ns);
	e->next_progress_ns = e->now_ns + e->end_ns / 100;
}

void qy_play(struct engine *e)
{
	qy_play_load_start(e);
	qy_engine_look(e);
	qy_play_driver_start(e);
	e->next_background_ns = BACKGROUND_NS;
	for (;;) {
		struct turn turn = next_turn(e);

		if (turn.at_ns >= e->end_ns || e->replay.out_of_memory || e->refused)
			break;
		if (turn.at_ns > e->now_ns && !qy_play_driver_wait(e, turn.at_ns))
			qy_sim_advance(e->m, turn.at_ns - e->now_ns);
		if (!e->still && qy_play_driver_has_failed(e, &e->end_ns)) {
			e->still = true;
			e->check->duration_ns = e->end_ns;
			continue; /* the turn was a load's, or is offered again */
		}
		qy_play_driver_searched(e);
		qy_play_film_pass(e, turn.at_ns);
		e->now_ns = turn.at_ns;
		take_turn(e, &turn);
		show_progress(e);
		if (e->hooks->stop && *e->hooks->stop) {
			qy_fail(e->err, "%s: interrupted", e->s->path);
			e->refused = true;
		}
		if (e->hooks->trial && turn.source != SOURCE_LOAD &&
			qy_play_trial_over(e))
			return;
	}
	qy_play_driver_wait(e, e->end_ns);
	qy_play_film_pass(e, e->end_ns - 1);
	e->now_ns = e->end_ns;
	qy_engine_look(e);
	qy_play_load_end(e);
	qy_play_film_end(e);
}
