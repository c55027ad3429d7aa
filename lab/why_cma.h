/* SPDX-License-Identifier: MIT */
/*
 * Why a CMA area had no room for a buffer: how the area stood at that moment, who has what of it, and what the last
 * place that was tried met.
 *
 *   qy_cma_why_capture()   looks at the area
 *   qy_cma_why_text()      one of its sentences
 *   qy_cma_cause_name()    one word for programs
 *
 * No state.
 */
#ifndef LAB_WHY_CMA_H
#define LAB_WHY_CMA_H

#include <stdint.h>
#include <quarry.h>
#include <quarry/cma.h>

#define QY_CMA_HOLDERS 8

struct qy_cma_holder {
	const char *name; /* of a request */
	uint64_t pages;   /* in the area */
	bool pins;        /* movable pages that it pins; else buffers of its own */
};

struct qy_cma_why {
	uint64_t when_ns;
	char area_name[64];
	uint64_t buffer_pages;
	unsigned int align_order;
	struct qy_cma_stats area; /* without its name */
	struct qy_contig_failure failure;
	uint64_t free_outside_pages; /* of the board, less what CMA areas have */
	struct qy_cma_holder holder[QY_CMA_HOLDERS]; /* most pages first */
	uint32_t nr_holders;
};

/**
 * qy_cma_why_capture() - look at the area now
 * @m:            the machine, right after the failure
 * @area:         index, as qy_cma_stats()
 * @buffer_pages: that were asked for
 * @failure:      of the request
 * @when_ns:      board time
 *
 * Context: Task context on the machine's thread.
 * Return: to be given to free(), without holders; NULL when the host has no memory.
 */
struct qy_cma_why *qy_cma_why_capture(struct qy_machine *m, uint32_t area,
	uint64_t buffer_pages, const struct qy_contig_failure *failure, uint64_t when_ns);

/* One more holder, if it is among those with most pages. */
void qy_cma_why_add_holder(struct qy_cma_why *why, const struct qy_cma_holder *holder);

#define QY_CMA_WHY_LINES 5
/* The @line-th sentence. Returns @buf, empty when that one has nothing to say. */
const char *qy_cma_why_text(
	const struct qy_cma_why *why, unsigned int line, char *buf, size_t size);

/* "pinned", "no_target". */
const char *qy_cma_cause_name(enum qy_contig_cause cause);

#endif
