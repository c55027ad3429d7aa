/* SPDX-License-Identifier: MIT */
/*
 * What a watcher can see of the page floor. An event costs one predicted branch while nobody watches.
 *
 * Names and fields are those of Linux's kmem tracepoints.
 */
#ifndef QUARRY_TRACE_H
#define QUARRY_TRACE_H

#include <stdint.h>
#include <quarry/gfp.h>

struct qy_machine;

enum qy_event_kind {
	QY_EVENT_MM_PAGE_ALLOC, /* pfn (~0 when it failed), order, gfp, migratetype */
	QY_EVENT_MM_PAGE_FREE,  /* pfn, order */
	QY_EVENT_MM_PAGE_ALLOC_EXTFRAG, /* pfn, order, migratetype wanted, fallback_*, change_ownership */
	QY_EVENT_MM_PAGE_PCPU_DRAIN,   /* pfn, order, migratetype */
	QY_EVENT_CMA_ALLOC_START,      /* name, count, align */
	QY_EVENT_CMA_ALLOC_BUSY_RETRY, /* pfn, name, count, align */
	QY_EVENT_CMA_ALLOC_FINISH, /* pfn (~0 when it failed), name, count, align, error */
	QY_EVENT_CMA_RELEASE,      /* pfn, name, count */
};

struct qy_event {
	enum qy_event_kind kind;
	uint64_t pfn;
	uint32_t cpu;
	qy_gfp_t gfp;
	uint8_t order, migratetype;
	uint8_t fallback_order, fallback_migratetype, change_ownership;
	uint8_t align;    /* order */
	int32_t error;    /* 0 or -errno */
	uint64_t count;   /* frames */
	const char *name; /* of a CMA area */
};

/**
 * qy_trace_set() - send every event of a machine to one function
 * @m:    the machine
 * @fn:   called with events in the order in which this CPU made them; NULL = stop watching
 * @arg:  passed through
 *
 * @fn must not allocate from @m. It may run under zone->lock.
 *
 * Context: No allocation may be running on @m.
 */
void qy_trace_set(struct qy_machine *m,
	void (*fn)(void *arg, const struct qy_event *event), void *arg);

#endif
