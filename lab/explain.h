/* SPDX-License-Identifier: MIT */
/*
 * Explains a report of short memory from its numbers. Of a page allocation failure and of the machine's OOM killer:
 * which zone was preferred, which watermark applied, what refused in each zone, and what would have sufficed. Of a
 * memory cgroup's OOM killer: its limit. Of a failed CMA allocation: the area's free runs.
 *
 *   qy_explain()             decides; everything below only prints it
 *   qy_explain_print()       for people
 *   qy_explain_json()        for programs
 *   qy_explain_scenario()    a board and a scenario in which `quarry check` sees the same refusal
 *
 * Every answer is a computation from the report; what the report does not say is unknown, and said to be.
 *
 * Invariants: zone[] is in the order in which a request walks them on one node (highest kind first), nodes ascending;
 * zone[0] is the preferred one; a zone refused by the watermark has short_pages >= 1; nr_zones is 0 for a cgroup's limit
 * and for CMA.
 *
 * No state.
 */
#ifndef LAB_EXPLAIN_H
#define LAB_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "lab/dmesg.h"

enum qy_explain_verdict {
	QY_EXPLAIN_WATERMARK, /* usable <= mark + reserve */
	QY_EXPLAIN_NO_BLOCK, /* enough free, no block of the order of a type that counts */
	QY_EXPLAIN_SERVES, /* by the report's numbers it would serve: they are of a moment later */
	QY_EXPLAIN_UNKNOWN, /* the report does not say enough */
};

/* What a request may do; the alternatives change one thing of it. */
struct qy_explain_request {
	qy_gfp_t gfp;
	unsigned int order;
	bool old_rules; /* before 6.3: __GFP_ATOMIC was a flag of its own */
	bool atomic;    /* ... and it is set */
};

struct qy_explain_zone {
	const struct qy_dmesg_zone *report;
	enum qy_explain_verdict verdict;
	const char *missing;  /* UNKNOWN: what the report lacks */
	int64_t usable_pages; /* free, less what does not count for this request */
	uint64_t highatomic_pages, cma_pages; /* of that: these two */
	uint64_t min_pages;                   /* boost included, unless boost_ignored */
	bool boost_ignored;
	uint64_t mark_pages;    /* of min, what this request must leave */
	uint64_t reserve_pages; /* lowmem_reserve against this request */
	uint64_t short_pages;   /* WATERMARK: so many more would do */
	int largest_order;      /* of a block that counts; -1 = none, or not said */
	bool only_kept; /* NO_BLOCK: there are such blocks, of types that do not count */
	int fragmentation, unusable; /* thousandths, of the order lines */
};

struct qy_explain {
	const struct qy_dmesg_report *report;
	struct qy_explain_request request;
	bool no_mode;        /* the flags are cut off: nothing can be said */
	bool mode_differs;   /* the number and the names disagree: the names were taken */
	bool no_watermark;   /* __GFP_MEMALLOC */
	bool cpuset_binds;   /* only nodes of mems_allowed were asked */
	bool one_node;       /* __GFP_THISNODE: which one the report does not say */
	const char *highest; /* name of the highest kind of zone that the flags allow */
	uint32_t highest_kind; /* its column of lowmem_reserve[] */
	struct qy_explain_zone zone[QY_DMESG_MAX_ZONES];
	uint32_t nr_zones;
	/* what would have been served at that moment; a zone of the report, or NULL */
	int smaller_order; /* the largest smaller one, -1 = none */
	const struct qy_dmesg_zone *smaller_zone;
	const struct qy_dmesg_zone *with_atomic, *with_movable, *without_dma;
	uint64_t min_free_kbytes; /* 0: no value is the answer */
};

/**
 * qy_explain() - what refused this request, and what would have sufficed
 * @report:  must outlive @explain
 * @explain: filled in
 *
 * Context: Any.
 */
void qy_explain(const struct qy_dmesg_report *report, struct qy_explain *explain);

/* The rights of @request, in the words of the rules. */
bool qy_explain_may_sleep(const struct qy_explain_request *request);
bool qy_explain_counts_highatomic(const struct qy_explain_request *request);
/* Of a zone's min, what @request must leave; pages. */
uint64_t qy_explain_mark(const struct qy_explain_request *request, uint64_t min);

/**
 * qy_explain_print() - for people
 * @out:     where to
 * @explain: of one report
 *
 * Context: Any.
 */
void qy_explain_print(FILE *out, const struct qy_explain *explain);

/**
 * qy_explain_json() - every report of a log, schema quarry-explain/1
 * @out:   where to
 * @log:   parsed
 * @which: of the one report that is meant, from 1; 0 = all
 *
 * Context: Any.
 * Return: 0, or negative when the host has no memory; what was written until then is of no use.
 */
int qy_explain_json(FILE *out, const struct qy_dmesg *log, uint32_t which);

/**
 * qy_explain_scenario() - write FILE (a scenario) and beside it its board
 * @explain: of one report
 * @path:    ends in .yaml; the board becomes the same name with .dts
 * @err:     gets one line: why this report has no such board, or why a file cannot be written
 *
 * Nothing is left behind when it fails; existing files are not overwritten.
 *
 * Context: Any.
 * Return: 0, or -1 with @err.
 */
int qy_explain_scenario(
	const struct qy_explain *explain, const char *path, struct qy_err *err);

#endif
