/* SPDX-License-Identifier: MIT */
/*
 * Every request of a driver that could fail does fail, one in each run: what was not undone then shows.
 *
 *   qy_driver_search()      the verdict of a run without failures gets one case for each kind of them
 *   qy_driver_schedules()   likewise one for all schedules
 *
 * A run in which something fails branches off one that is played once (driver_branch.h); one with another schedule is the
 * whole again from its begin. Each is a process of its own; the same request is the same in each.
 *
 * No state.
 */
#ifndef QUARRY_LAB_DRIVER_SEARCH_H
#define QUARRY_LAB_DRIVER_SEARCH_H

#include "lab/driver.h"

#define QY_MAX_JOBS 64u

struct qy_driver_search {
	bool pairs;    /* two requests of one act as well */
	uint32_t jobs; /* runs at once; 0: one for each CPU that this process may use */
	const char *replay; /* the command that --fail-at is added to */
	/* @nr_sites_left: where nothing has failed yet; NULL: none */
	void (*progress)(
		void *arg, uint32_t nr_done, uint32_t nr, uint32_t nr_sites_left);
	void *arg;
	const volatile sig_atomic_t *stop;
	uint32_t nr_runs; /* filled in */
};

/* "contiguous", "atomic", "mask", "mapping". NULL: no such number. Context: any. */
const char *qy_driver_scarcity_name(unsigned int scarcity);

/**
 * qy_driver_search() - fail every request
 * @plan:    opened, without failures; changed meanwhile
 * @verdict: of a run of it that passed
 *
 * Context: Any thread; forks.
 * Return: 0, or -1 with @err.
 */
int qy_driver_search(struct qy_driver_search *search, struct qy_driver_plan *plan,
	struct qy_symbols *symbols, struct qy_driver_verdict *verdict,
	struct qy_err *err);

/**
 * qy_driver_schedules() - another schedule in each run
 * @nr: schedules 1 .. @nr
 *
 * Like qy_driver_search().
 */
int qy_driver_schedules(struct qy_driver_search *search, struct qy_driver_plan *plan,
	uint64_t nr, struct qy_symbols *symbols, struct qy_driver_verdict *verdict,
	struct qy_err *err);

/* What a schedule of @plan needs of a run without one. Context: any. */
void qy_driver_schedule_of(const struct qy_driver_outcome *base, uint64_t number,
	struct qy_driver_schedule *schedule);

/* "request 3 of 12 fails: object of 64 bytes" and its stack, as lines behind @indent. Context: any. */
void qy_driver_print_refused(FILE *out, struct qy_symbols *symbols,
	const struct qy_driver_outcome *outcome, const char *indent);

#endif
