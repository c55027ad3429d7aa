/* SPDX-License-Identifier: MIT */
/*
 * What an allocation costs on a board: a table of durations, and what really happened in one allocation, counted by the
 * rows of the table.
 *
 *   qy_costs_default()   estimates; docs/scenario.md says where each comes from
 *   qy_costs_load()      NAME.costs
 *   qy_costs_parse()     from text, for tests and fuzzing
 *   qy_meter_ns()        the cost of what was counted
 *
 * No state.
 */
#ifndef LAB_COSTS_H
#define LAB_COSTS_H

#include <stddef.h>
#include <stdint.h>
#include "lab/error.h"

enum qy_cost {
	QY_COST_CALL, /* the allocator is asked, and asked again after direct reclaim */
	QY_COST_LOCK, /* a zone's lock is taken: this CPU's list was empty, or there is none for the order */
	QY_COST_BLOCK, /* a block leaves the free blocks under that lock; a refill takes several */
	QY_COST_SPLIT, /* a free block is halved */
	QY_COST_ZERO,  /* a page is zeroed */
	QY_COST_DROP,  /* the stand-in for direct reclaim drops a page */
	QY_COST_SCAN,  /* direct compaction looks at a page */
	QY_COST_MOVE,  /* direct compaction moves a page */
	QY_COST_DRAIN, /* every CPU's lists are emptied, once for each round of direct reclaim */
	QY_COST_RECLAIM, /* reclaim looks at a page of a task or file */
	QY_COST_READ,    /* a page is read from swap or a file */
	QY_COST_WRITE,   /* a page is written to swap or a file */
	QY_NR_COSTS,
};

#define QY_MAX_COST_NS 1000000000ull

struct qy_costs {
	uint64_t ns[QY_NR_COSTS]; /* each 0..QY_MAX_COST_NS */
};

/* What happened in one allocation. */
struct qy_meter {
	uint64_t nr[QY_NR_COSTS];
};

void qy_costs_default(struct qy_costs *costs);

/**
 * qy_costs_load() - read a file of `name = duration` lines; what it does not name keeps its default
 * @path:  `#` begins a comment; at most 64 KiB
 * @costs: filled in
 * @err:   one line: file, line, remedy
 *
 * Context: Any.
 * Return: 0, or -1 with @err.
 */
int qy_costs_load(const char *path, struct qy_costs *costs, struct qy_err *err);
int qy_costs_parse(const char *text, size_t size, const char *path,
	struct qy_costs *costs, struct qy_err *err);

/* "call", ... as in the file. */
const char *qy_cost_name(enum qy_cost cost);

uint64_t qy_meter_ns(const struct qy_meter *meter, const struct qy_costs *costs);

#endif
