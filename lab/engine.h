/* SPDX-License-Identifier: MIT */
/*
 * Inside the engine of `quarry check`: the state of one run, and what its files do for one another. See check.h.
 *
 *   check.c         prepares, boots, runs, cleans up
 *   play.c          the timeline: whose turn it is; the event log; what is looked at along the way
 *   play_load.c     the loads' turns
 *   play_request.c  the requests' turns
 *   play_cma.c      of these, those for CMA
 *   play_task.c     the tasks' turns, and what is noted of kills
 *   play_file.c     the files' turns
 *   play_step.c     the steps of the timeline
 *   play_driver.c   drivers and their programs
 *   play_owner.c    whose memory it is
 *   play_trial.c    when a trial run knows enough
 *   play_film.c     what the film gets to know
 *   judge.c         pictures of the end and the verdict
 *
 * Nothing outside these files includes this header.
 *
 * Invariant: end_ns is fixed before the first turn; now_ns never goes back.
 *
 * Locking: none; the thread that booted the machine.
 */
#ifndef LAB_ENGINE_H
#define LAB_ENGINE_H

#include <setjmp.h>
#include <quarry/file.h>
#include <quarry/owner.h>
#include <quarry/task.h>
#include "lab/check.h"
#include "lab/trace_tasks.h"

#define NS_PER_S 1000000000ull
#define TICK_NS  NS_PER_S
#define NEVER    UINT64_MAX

struct device_buffer;
struct device_room;
struct device_user;

/* Where an instance of a load stands. */
struct stream {
	const struct qy_trace *trace;
	uint32_t load;
	uint64_t begin_ns, period_ns; /* of the round; period is one round's length */
	uint32_t speed, rounds, round;
	uint32_t first_round_id;
	enum qy_leftovers leftovers;
	size_t nr_last; /* events of the last round, which `until` may cut off */
	size_t at;      /* next event of the round */
	uint64_t next_ns;
};

/* The blocks that one round of a request got, until they go back. */
struct batch {
	uint64_t until_ns;
	uint64_t stamp;     /* of the first block; blocks follow one another */
	struct qy_pin *pin; /* of a request that pins; then there are no pages */
	struct device_buffer *buffer; /* of a device; likewise */
	uint32_t nr;
	struct page *pages[];
};

/* A request: rounds come and, the hold being constant, go in order. */
struct caller {
	const struct qy_request_spec *spec;
	uint64_t next_ns;
	uint32_t round, rounds;
	struct batch **batches; /* ring of what is held, oldest at head */
	uint32_t head, nr, size;
	uint32_t area;            /* of a request for CMA */
	struct device_user *user; /* of a device; NULL: none */
};

struct piece;

/* A task. */
struct player {
	const struct qy_task_spec *spec;
	struct task_struct *task; /* NULL: not started yet, or gone */
	uint64_t next_ns;
	struct piece *pieces; /* of its memory */
	uint32_t nr_pieces, size_pieces;
	uint64_t touched;    /* pages of all pieces */
	uint32_t hand_piece; /* where it reads on */
	uint64_t hand_page;
	bool metered; /* is the latency of its pages asked for? */
};

/* A file that is written or read. */
struct stream_file {
	const struct qy_file_spec *spec;
	struct file *file; /* NULL: not open */
	uint64_t next_ns, next_sync_ns;
	uint64_t offset; /* where it goes on */
	uint64_t pass;   /* how often it was through */
	uint64_t chance; /* state of the generator, of what is read in no order */
};

/* The zones that an expectation names: one of each node at most. */
struct named_zones {
	uint8_t index[QY_MAX_NODES]; /* as qy_zone_stats() */
	uint8_t nr;
};

struct driver_room;

struct engine {
	struct qy_check *check;
	const struct qy_scenario *s;
	const struct qy_check_hooks *hooks;
	struct qy_machine *m;
	struct qy_replay replay;
	struct qy_start start;
	uint64_t
		boot_ns; /* virtual time when the board was up: board time counts from there */
	uint64_t end_ns, now_ns, next_tick_ns, next_progress_ns;
	bool still; /* a driver's request was refused: loads stand still */
	uint64_t next_background_ns; /* when kswapd, kcompactd and the flusher look */
	uint64_t watch_pages;        /* allocations until the zones are looked at again */
	struct stream stream[QY_MAX_STREAMS];
	uint32_t nr_streams;
	uint32_t next_step;
	struct named_zones expect_zones[QY_MAX_EXPECTS];
	uint64_t next_sample_ns; /* of the indexes that expectations want */
	uint64_t nr_log_lines;
	uint64_t round_slowest_ns; /* of the blocks that the request's round had so far */
	struct qy_err *err;        /* of qy_check_run() */
	bool refused;              /* a step could not be done; @err says why */
	struct caller caller[QY_MAX_REQUESTS];
	struct player player[QY_MAX_TASKS];
	struct stream_file file[QY_MAX_FILES];
	struct player *acting; /* whose turn it is; NULL: no task's */
	struct qy_oom_hooks oom_hooks;
	bool booted;
	bool owned; /* the board records owners or lines */
	struct qy_site load_site[QY_MAX_LOADS], request_site[QY_MAX_REQUESTS],
		file_site[QY_MAX_FILES];
	char load_name[QY_MAX_LOADS][24];
	/* the interrupt that is on its way */
	struct caller *irq_caller;
	bool irq_done;
	struct device_room *devices; /* NULL: no request is of one */
	struct driver_room *drivers; /* NULL: there are none */
	jmp_buf broken;
};

/* ------------------------------------------------------------------ play.c */

/* One line of the event log, stamped with the virtual time. */
__attribute__((format(printf, 2, 3))) void qy_engine_log(
	struct engine *e, const char *fmt, ...);

/* The run is over: says what the log lacks. */
void qy_engine_log_end(struct engine *e);

/* Keeps the lowest free memory. */
void qy_engine_note_free(struct engine *e);

/* The same, then the background threads and the stand-in for reclaim work; due when watch_pages are allocated. */
void qy_engine_look(struct engine *e);

/* As qy_oom_hooks.pressure: kswapd was woken, so the next look is due now. */
void qy_engine_pressure(void *arg, struct qy_machine *m, enum qy_pressure level);

/* @pages more were allocated. */
void qy_engine_count(struct engine *e, uint64_t pages);

/* From the first turn to end_ns. */
void qy_play(struct engine *e);

/* ------------------------------------------------------------------ play_load.c */

/* Return: 0, or -1 with @err when there are more rounds than can be told apart. */
int qy_play_load_plan(struct engine *e, struct qy_err *err);
void qy_play_load_start(struct engine *e);
/* The next event of @s. */
void qy_play_load(struct engine *e, struct stream *s);
/* Counts what lies behind the end. */
void qy_play_load_end(struct engine *e);

/* ------------------------------------------------------------------ play_request.c */

/* Return: 0, or -1 with @err when a request has more rounds than can be told apart. */
int qy_play_request_plan(struct engine *e, struct qy_err *err);
void qy_play_request(struct engine *e, struct caller *c);
/* The oldest blocks that @c holds go back. */
void qy_play_release(struct engine *e, struct caller *c);
/* Host memory only. */
void qy_play_request_free(struct engine *e);

/* ------------------------------------------------------------------ play_task.c */

void qy_play_task_plan(struct engine *e);
/* Who has the memory now. */
void qy_play_note_use(struct engine *e, struct qy_memory_use *use);
void qy_play_task(struct engine *e, struct player *p);
/* As qy_oom_hooks.notify and .killed, of the engine: page cache of the loads goes before anybody dies. */
uint64_t qy_play_task_notify(void *arg, struct qy_machine *m);
void qy_play_task_killed(void *arg, struct qy_machine *m, const struct qy_oom_kill *kill);
/* Who still lives ends. */
void qy_play_task_end(struct engine *e);
/* Host memory only. */
void qy_play_task_free(struct engine *e);

/* ------------------------------------------------------------------ play_file.c */

void qy_play_file_plan(struct engine *e);
/* Swap, once the board is up. Return: 0, or -1 with @err. */
int qy_play_file_boot(struct engine *e, struct qy_err *err);
void qy_play_file(struct engine *e, struct stream_file *f);
/* What was written is read again and compared; then the files and swap are gone. Tasks and loads have ended. */
void qy_play_file_end(struct engine *e);

/* ------------------------------------------------------------------ play_cma.c */

/* When the board is up. Return: 0, or -1 with @err when it lacks an area. */
int qy_play_cma_plan(struct engine *e, struct qy_err *err);
/* Buffer @block of a round of @c, whose @batch has what came before. Return: NULL when it was refused. */
struct page *qy_play_cma_ask(
	struct engine *e, struct caller *c, const struct batch *batch, uint32_t block);

/* What was in the way of @c in its area. */
struct qy_cma_why *qy_play_cma_capture(struct engine *e, const struct caller *c,
	const struct batch *batch, const struct qy_contig_failure *failure);

/* ------------------------------------------------------------------ play_device.c */

/* When the board is up. Return: 0, or -1 with @err when the tree lacks a device. */
int qy_play_device_plan(struct engine *e, struct qy_err *err);
void qy_play_device_free(struct engine *e);
/* NULL: the host has no memory. To be given to free(). */
struct device_buffer *qy_play_device_buffers(uint32_t nr);
/* A round: all buffers are asked for, also after a refusal. */
void qy_play_device_fill(struct engine *e, struct caller *c, struct batch *batch);
void qy_play_device_give_back(struct engine *e, const struct caller *c,
	struct device_buffer *buffers, uint32_t nr);
/* Frames of a round that lie in a range. */
uint64_t qy_play_device_pages_in(const struct caller *c, const struct batch *batch,
	uint64_t base_pfn, uint64_t end_pfn);

/* ------------------------------------------------------------------ play_driver.c */

/* All of these do nothing, and answer false, without drivers. Return: 0, or -1 with @err. */
int qy_play_driver_open(struct engine *e, struct qy_err *err);
/* What is to be booted: the check's board, or, for modules that are not instrumented, the same with KFENCE. */
const struct qy_board *qy_play_driver_board(struct engine *e);
/* When the board is up: the kernel around them. */
int qy_play_driver_boot(struct engine *e, struct qy_err *err);
void qy_play_driver_start(struct engine *e);
/* Board time passes until @at_ns. */
bool qy_play_driver_wait(struct engine *e, uint64_t at_ns);
/*
 * A request of theirs was refused: from then on loads, tasks, files and requests stand still with what they hold, and the play
 * ends at @end_ns at the latest, which becomes its end. What such a run is about is told by then.
 */
bool qy_play_driver_has_failed(struct engine *e, uint64_t *end_ns);
/* Does not return where a search has branched off at every request that this run makes: nothing more is wanted of it. */
void qy_play_driver_searched(struct engine *e);
/* Their modules go. */
void qy_play_driver_end(struct engine *e);
/* One of them has written where it must not: the machine may be in pieces, and nobody walks it any more. */
bool qy_play_driver_has_harmed(struct engine *e);
/* A line of the kernel; its last one, then this does not return. */
void qy_play_driver_hear(struct engine *e, int level, const char *line);
void qy_play_driver_panic(struct engine *e, const char *line);
/* The verdict about them, also when they have ended the run. */
void qy_play_driver_judge(struct engine *e);
void qy_play_driver_free(struct engine *e);

/* ------------------------------------------------------------------ play_step.c */

/* Return: 0, or -1 with @err when a step lies behind the end. */
int qy_play_step_plan(struct engine *e, struct qy_err *err);
/* The next step. */
void qy_play_step(struct engine *e);

/* ------------------------------------------------------------------ play_trial.c */

/* Is the outcome of a trial run known? */
bool qy_play_trial_over(struct engine *e);

/* ------------------------------------------------------------------ play_film.c */

/* All of these do nothing without a film. It begins when the board is up and ends before anything is cleaned up. */
void qy_play_film_open(struct engine *e);
/* Time goes on to @now_ns: before anything happens then. */
void qy_play_film_pass(struct engine *e, uint64_t now_ns);
/* @source: index of the request, QY_MAX_REQUESTS for a load. */
void qy_play_film_refused(struct engine *e, uint32_t source);
void qy_play_film_round(
	struct engine *e, uint32_t request, const struct batch *batch, uint64_t asked);
void qy_play_film_end(struct engine *e);

/* ------------------------------------------------------------------ play_owner.c: what is allocated now is theirs */

/* Before the board boots. */
void qy_owner_plan(struct engine *e);
void qy_owner_is_start(struct engine *e);
void qy_owner_is_older(struct engine *e, const struct stream *s);
void qy_owner_is_event(
	struct engine *e, const struct stream *s, const struct qy_page_event *event);
void qy_owner_is_request(struct engine *e, const struct caller *c);
void qy_owner_is_file(struct engine *e, const struct stream_file *f);
/* Who writes to files of the board. */
void qy_owner_is_shell(struct engine *e);

/* ------------------------------------------------------------------ judge.c */

/* When the board is up. Return: 0, or -1 with @err when an expectation names what it has not. */
int qy_judge_plan(struct engine *e, struct qy_err *err);
/* Keeps the lowest free memory of the zones that expectations name. */
void qy_judge_look(struct engine *e);
/* Reads the indexes that are wanted now. */
void qy_judge_sample(struct engine *e);
/* The zones and the pageblocks at the end, before anything goes back. */
void qy_judge_pictures(struct engine *e);
void qy_judge(struct engine *e);

#endif
