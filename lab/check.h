/* SPDX-License-Identifier: MIT */
/*
 * The engine of `quarry check`: boots the board, plays load and requests on one virtual timeline, and judges.
 *
 *   qy_check_prepare()     board and loads of a scenario, from their files
 *   qy_check_run()         the verdict
 *   qy_check_free()
 *
 * At one instant the order is: blocks whose time is over go back, the CPUs' statistics tick, the board's background
 * threads, the steps of the timeline, the loads, the tasks, the files, the requests, each in the order of the scenario. Nothing of the host (time, addresses, threads) has a part in
 * it: same board, scenario and seed, same result and event log, byte for byte.
 *
 * Locking: none; each check has a machine of its own, on the calling thread.
 */
#ifndef LAB_CHECK_H
#define LAB_CHECK_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <quarry/oom.h>
#include <quarry/stats.h>
#include "lab/board.h"
#include "lab/capture.h"
#include "lab/curve.h"
#include "lab/driver.h"
#include "lab/error.h"
#include "lab/latency.h"
#include "lab/film.h"
#include "lab/replay.h"
#include "lab/scenario.h"
#include "lab/trace.h"
#include "lab/why.h"
#include "lab/why_cma.h"
#include "lab/why_device.h"

struct qy_request_result {
	uint64_t rounds, whole_rounds; /* whole: every block was had */
	uint64_t asked, got;           /* blocks */
	struct qy_latency latency;     /* of every block asked for */
	uint32_t worst;                /* fewest blocks of any round; valid when rounds */
	struct qy_why *why; /* at the first refused block, NULL when there was none */
	struct qy_cma_why *cma_why; /* the same of a request for CMA */
	struct qy_device_why
		*device_why; /* the same of a device, with one of the others or alone */
	uint64_t why_round;
	uint32_t why_block;
};

struct qy_load_result {
	struct qy_replay_counts counts;
	uint64_t nr_events; /* played */
	uint64_t nr_cut;    /* behind the end of the scenario */
	uint32_t rounds;    /* begun */
	struct qy_why
		*why; /* at the first refused allocation, NULL when there was none */
};

struct qy_task_result {
	int32_t pid;
	bool started, killed;
	uint64_t killed_ns;
	uint32_t kill;                  /* which one it was, from 0; valid when killed */
	uint64_t peak_pages, end_pages; /* resident, seen at its turns */
	uint64_t peak_swap_pages;
	uint64_t refused_pages;    /* that a mapping or a page of it was, at the most */
	uint64_t refused_ns;       /* the first time */
	struct qy_latency latency; /* of its pages, if an expectation asks */
};

struct qy_file_result {
	uint64_t bytes;      /* written or read */
	uint64_t disk_pages; /* that the disk read for it: not found in the page cache */
	uint64_t throttled;  /* pages that it had to write back itself */
	uint64_t syncs;
	uint32_t nr_errors; /* turns that ended with one */
	int error;          /* the first, -errno */
	uint64_t error_ns;
};

#define QY_MAX_KILLS 32u /* that are told in full */

/* Who had the memory of the board. */
struct qy_memory_use {
	uint64_t managed_pages, free_pages, task_pages, table_pages, slab_pages;
	uint64_t load_pages, request_pages, cache_pages; /* cache: of the files */
};

/* When free memory first fell below what is expected, and who had it then. */
struct qy_free_why {
	bool taken;
	uint64_t when_ns;
	struct qy_memory_use use;
};

struct qy_kill_report {
	uint64_t when_ns;
	struct qy_oom_kill kill;
	uint32_t task; /* index; nr_tasks: none of the scenario's */
	struct qy_oom_task seen[QY_MAX_TASKS]; /* all that lived, as they were */
	uint32_t nr_seen;
	struct qy_memory_use use;
};

/* What a step of the timeline did. */
struct qy_step_result {
	bool done;                  /* false: the machine broke before */
	uint64_t blocks;            /* FREE: that went back */
	uint64_t free_pages;        /* of the board, afterwards */
	struct qy_zone_stats *zone; /* SNAPSHOT: all zones; NULL without one */
	uint32_t nr_zones;
};

struct qy_expect_result {
	bool pass;
	/* millipercent, blocks, allocations, bytes, ns or thousandths, as the expectation's kind */
	int64_t actual;
	uint64_t when_ns; /* FREE of a zone */
};

struct qy_check {
	const struct qy_scenario *scenario;
	struct qy_loaded_board *board;
	const char *board_name;              /* the file that describes it */
	struct qy_capture *capture;          /* NULL without one */
	struct qy_trace trace[QY_MAX_LOADS]; /* recorded or generated */
	struct qy_older
		older[QY_MAX_LOADS]; /* what each recording held before it began */

	struct qy_driver_modules modules; /* of the drivers */
	struct qy_driver_failure fail;    /* of their requests */
	struct qy_driver_schedule schedule;
	/* a run of a search (check_plan.h): what is played, and where what it found goes; NULL: the run is its own */
	const struct qy_driver_plan *plan;
	struct qy_driver_outcome *outcome;

	struct qy_costs costs;
	char *costs_file;             /* NULL: the defaults */
	struct qy_snapshot *snapshot; /* NULL without one */

	/* qy_check_run() fills in the rest */
	uint64_t duration_ns;
	struct qy_machine_stats stats; /* at the end */
	struct qy_zone_stats
		zone[QY_MAX_NODES * QY_MAX_NR_ZONES]; /* at the end, all zones */
	uint32_t nr_zones;
	struct qy_film *film;             /* NULL unless asked for */
	struct qy_pageblock_info *blocks; /* at the end */
	uint32_t nr_blocks;
	uint64_t free_at_boot;      /* pages */
	uint64_t min_free_kbytes;   /* at boot, in kB */
	uint64_t default_cma_pages; /* 0: there is no such area */
	uint64_t free_at_start, start_pages,
		start_kept;      /* pages; start_pages = taken by the start state */
	struct qy_start_gap gap; /* between the start state and its snapshot */
	uint64_t min_free_pages, min_free_ns;
	struct qy_load_result load[QY_MAX_LOADS];
	struct qy_request_result request[QY_MAX_REQUESTS];
	struct qy_rss rss[QY_MAX_TASKS]; /* of recorded curves; prepared */
	struct qy_task_result task[QY_MAX_TASKS];
	struct qy_file_result file[QY_MAX_FILES];
	struct qy_kill_report kill[QY_MAX_KILLS]; /* the first ones */
	uint32_t nr_kills;
	uint64_t nr_atomic_failed; /* requests and events of loads that must not wait */
	struct qy_oom_preview preview_at_end; /* who would have died next */
	struct qy_step_result step[QY_MAX_STEPS];
	struct qy_driver_verdict drivers; /* its cases alone; none without drivers */
	char *refused; /* which of their requests failed, in lines; NULL */
	struct qy_expect_result expect[QY_MAX_EXPECTS];
	struct qy_free_why free_why[QY_MAX_EXPECTS]; /* of FREE */
	struct qy_why *index_why
		[QY_MAX_EXPECTS]; /* of an index that is too high, at its moment */
	struct qy_remedy *remedy[QY_MAX_EXPECTS]; /* NULL: none was looked for */
	uint32_t nr_failed_expects;
	uint64_t pages_peak, pages_dropped, nr_balanced, nr_direct, pages_moved;
	uint64_t pages_forgotten;         /* that a guaranteed area had lent */
	struct qy_reclaim_counts reclaim; /* by the machine itself, at the end */
	struct qy_room_counts room;       /* of the pages moved, those by policy quarry */
	uint64_t nr_corrupt, corrupt_pfn;
	uint64_t
		nr_warnings; /* lines that the kernel would have printed at level warning or worse, after boot */
	uint64_t digest;
	bool trial_over, trial_lost; /* a trial run ended early; because it was lost */
	char broken[256]; /* the machine panicked, or did not validate; empty = sound */
	uint64_t broken_ns;
	bool pass;
};

/*
 * A run that only asks whether expectations hold: it ends as soon as one of them cannot any more, or the target's fate is
 * known. Its pictures of the end and its totals mean nothing when it ended early.
 */
struct qy_trial {
	bool wanted[QY_MAX_EXPECTS];
	uint32_t target; /* QY_MAX_EXPECTS: none, play to the end */
};

struct qy_check_hooks {
	const struct qy_trial *trial; /* NULL: a whole run */
	FILE *log;                    /* event log; NULL = none */
	bool film;                    /* is the run filmed? */
	void (*progress)(void *arg, uint64_t now_ns, uint64_t end_ns); /* NULL = none */
	/* a snapshot step: reads the board's files. Return: 0, -1 with @err; NULL = none */
	int (*snapshot)(
		void *arg, struct qy_machine *m, const char *name, struct qy_err *err);
	const volatile sig_atomic_t *stop; /* not 0: end with an error; NULL = never */
	void *arg;
};

/**
 * qy_check_prepare() - read everything that a scenario names
 * @scenario: must outlive @check
 * @check:    filled in; to be given to qy_check_free() in any case
 * @err:      one line: file, place, remedy
 *
 * Context: Task context, forks.
 * Return: 0, or -1 with @err.
 */
int qy_check_prepare(
	const struct qy_scenario *scenario, struct qy_check *check, struct qy_err *err);

/**
 * qy_check_borrow() - a check of a scenario that was changed a little, with what another one has read
 * @base:     prepared
 * @seed:     that of @base's scenario when it was prepared
 * @scenario: the loads, files and start state of @base's, but for their seed
 * @check:    filled in; shares memory with @base, so it is never given to qy_check_free(): for a process of its own
 * @err:      one line
 *
 * Context: Task context, forks.
 * Return: 0, or -1 with @err.
 */
int qy_check_borrow(const struct qy_check *base, uint64_t seed,
	const struct qy_scenario *scenario, struct qy_check *check, struct qy_err *err);

/**
 * qy_check_run() - play and judge
 * @check: prepared; run once
 * @hooks: where the event log goes
 * @err:   bad input that only the board shows, or a full disk
 *
 * Context: A thread that stands in no machine.
 * Return: 0 when there is a verdict, or -1 with @err.
 */
int qy_check_run(
	struct qy_check *check, const struct qy_check_hooks *hooks, struct qy_err *err);

void qy_check_free(struct qy_check *check);

#endif
