/* SPDX-License-Identifier: MIT */
/*
 * What would make a failed expectation hold? Changes of the scenario are tried, cheapest for the user first, until one
 * passes; a number that passes stands next to one that does not.
 *
 *   qy_remedies_find()   for each failed expectation of the check that the report shows
 *   qy_remedy_text()     one line
 *   qy_remedy_kind_name()
 *
 * A change passes when this expectation then holds with every seed, and every expectation that held before still holds
 * with the seeds with which it did. Both were played, not reckoned. When several numbers pass, the one next to a number
 * that fails is found by bisection; nothing says that a larger one passes too.
 *
 * Same board, scenario and seeds, same remedies: the search is bounded by runs and events, never by time.
 *
 * No state.
 */
#ifndef LAB_REMEDY_H
#define LAB_REMEDY_H

#include "lab/seeds.h"
#include "lab/trial.h"

enum qy_remedy_kind {
	QY_REMEDY_NONE,    /* nothing that was tried passes */
	QY_REMEDY_CMA,     /* a larger default area */
	QY_REMEDY_AREA,    /* a larger area with a name, of the tree */
	QY_REMEDY_FLAG,    /* another gfp flag */
	QY_REMEDY_ZONE,    /* a higher zone */
	QY_REMEDY_KEEP,    /* one round, kept to the end */
	QY_REMEDY_EARLIER, /* asked for earlier, and kept to the end */
	QY_REMEDY_BLOCKS,  /* smaller blocks, more of them */
	QY_REMEDY_ADJ,     /* oom_score_adj of the task */
	QY_REMEDY_SWAPPINESS,
	QY_REMEDY_MIN_FREE, /* vm.min_free_kbytes */
	QY_REMEDY_RESERVE,  /* vm.lowmem_reserve_ratio */
	QY_REMEDY_SCALE,    /* vm.watermark_scale_factor */
	QY_REMEDY_BOOST,    /* vm.watermark_boost_factor */
	QY_REMEDY_LISTS,    /* vm.percpu_pagelist_high_fraction */
	QY_REMEDY_MOVABLECORE,
	QY_REMEDY_KERNELCORE,
	QY_REMEDY_MEMORY, /* more RAM */
	QY_NR_REMEDIES,
};

#define QY_MAX_TRIED 24

struct qy_remedy {
	enum qy_remedy_kind kind;
	char subject[64];        /* the request's name, "" without one */
	struct qy_change change; /* passes; empty for NONE */
	struct qy_change fails;  /* one step less; empty when there is no number */
	uint32_t nr_seeds, nr_runs;
	bool cut_short; /* NONE: the table was not gone through to its end */
	char tried[QY_MAX_TRIED][96]; /* before it, in their order: none of them passes */
	uint32_t nr_tried;
};

/* How the search is watched, and what it is narrowed to. */
struct qy_remedy_hooks {
	enum qy_remedy_kind only; /* a knob of the board; NONE: all that there is */
	void (*trying)(void *arg, uint32_t nr_runs); /* NULL = none */
	const volatile sig_atomic_t *stop; /* not 0: end with an error; NULL = never */
	void *arg;
};

/**
 * qy_remedies_find() - seeds->check->remedy[i] of each expectation i that failed
 * @seeds: have run; the scenario is not changed
 * @hooks: progress
 * @err:   one line: the host refused a process
 *
 * Nothing is tried for a machine that broke or lost contents: no setting mends that.
 *
 * Context: Task context, forks.
 * Return: 0, or -1 with @err.
 */
int qy_remedies_find(
	struct qy_seeds *seeds, const struct qy_remedy_hooks *hooks, struct qy_err *err);

/* "vm.min_free_kbytes=18432 (tried: passes; 18428 still fails)". Returns @buf. */
const char *qy_remedy_text(const struct qy_remedy *remedy, char *buf, size_t size);

/* As docs/formats.md describes it. Return: a new value, NULL when the host has no memory. */
struct json_t *qy_remedy_json(const struct qy_remedy *remedy);

/* One word for programs: "flag", "min_free_kbytes". */
const char *qy_remedy_kind_name(enum qy_remedy_kind kind);

/* A number of the board, which `quarry fit` takes? */
bool qy_remedy_is_knob(enum qy_remedy_kind kind);

#endif
