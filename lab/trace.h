/* SPDX-License-Identifier: MIT */
/*
 * Owns recorded loads: the page events of a trace.dat (trace-cmd versions 6 and 7, compressed or not), or of the text
 * of a trace (trace_text.h), as an array in time order.
 *
 *   qy_trace_load()         find out by the content which it is, read it, return its page events
 *   qy_trace_free()
 *   qy_trace_stats()        what kind of load is it? One pass, no machine needed
 *   qy_gfp_class()          who asks: may it sleep, may its page move?
 *
 * Read are kmem:mm_page_alloc and kmem:mm_page_free. mm_page_free_batched is left out: the kernel writes it
 * in addition to mm_page_free, so that reading both would free a page twice.
 *
 * Flags: kernels number them differently, so each bit takes its name from the flag table in the trace's own
 * format text, or stands there by its name, and is stored as our bit of that name.
 *
 * Invariants: events are sorted by ts_ns, and events[0].ts_ns = 0; order <= QY_MAX_PAGE_ORDER; gfp holds no bit
 * outside QY___GFP_BITS_MASK; nr_events = nr_alloc + nr_free; task < nr_tasks.
 *
 * Locking: none. A trace is not changed once it is loaded.
 */
#ifndef QUARRY_LAB_TRACE_H
#define QUARRY_LAB_TRACE_H

#include "lab/error.h"
#include "quarry/board.h"
#include "quarry/gfp.h"
#include "quarry/port.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	QY_EV_ALLOC,
	QY_EV_FREE,
};

/* One page event, 32 bytes. */
struct qy_page_event {
	uint64_t ts_ns; /* since the first page event of the trace */
	uint64_t pfn;   /* of the machine that recorded; always a multiple of 2^order */
	qy_gfp_t gfp;   /* 0 for a free */
	int32_t pid;
	uint16_t cpu; /* 0..nr_cpus-1 of the machine that recorded */
	uint8_t order;
	uint8_t migratetype; /* as recorded, 0 unmovable, 1 movable, 2 reclaimable; 0 for a free */
	uint8_t kind;  /* QY_EV_ALLOC, QY_EV_FREE */
	uint16_t task; /* index into the trace's tasks, 0 when its pid has none */
};
_Static_assert(sizeof(struct qy_page_event) == 32, "a long recording is many of them");

struct qy_trace {
	char *path;
	char kernel
		[64]; /* release of the kernel that recorded; empty when the file does not say */
	uint32_t nr_cpus;
	size_t nr_events;
	struct qy_page_event *events;
	uint32_t nr_tasks;     /* at least 1 */
	struct qy_task *tasks; /* of the pids in events[]; [0]: any other */
	uint64_t start_ns;     /* the trace's own clock at the first page event */
	uint64_t duration_ns;  /* from the first page event to the last one */

	size_t nr_alloc, nr_free; /* what events[] holds */
	size_t nr_failed_alloc;   /* allocations that failed there: not in events[] */
	size_t nr_other;          /* records of other kinds */
	size_t nr_bad; /* page records that cannot be: order or frame number out of range */
	size_t nr_backwards; /* records whose time was behind: moved to the time before */
	size_t nr_lost; /* events that the recorder dropped; a drop of unknown size counts 1 */
	uint32_t nr_other_buffers; /* named trace instances in the file: not read */

	size_t nr_unknown_flag_bits; /* distinct bits that some allocation had and we have no flag for */
	char unknown_flags[128]; /* their names in that trace, joined by '|' */
	bool flags_assumed; /* its flag table was not usable: bits taken as those of Linux 6.12 */
};

/**
 * qy_trace_load() - read the page events of a recording
 * @path:  a trace.dat, or text
 * @trace: filled in on success, zero on failure; give it to qy_trace_free()
 * @err:   one line: file, place, remedy
 *
 * The library that decodes a trace.dat runs in a child with limits on time and memory: whatever a hostile file makes of
 * it, the caller gets a whole recording or one line.
 *
 * Context: Task context, forks. SIGCHLD must not be ignored.
 * Return: 0, or -1 with @err.
 */
int qy_trace_load(const char *path, struct qy_trace *trace, struct qy_err *err);

/* @trace becomes what @from is, under another name. Return: 0, -ENOMEM; to be given to qy_trace_free() in any case. */
int qy_trace_copy(const struct qy_trace *from, const char *path, struct qy_trace *trace);

/**
 * qy_trace_free() - give a trace's memory back
 * @trace: loaded, zero, or freed before
 *
 * Context: Any.
 */
void qy_trace_free(struct qy_trace *trace);

/* Who asks for a page, by its flags. An allocation is of the first class that fits. */
enum qy_gfp_class {
	QY_CLASS_ATOMIC,      /* cannot sleep, may use a part of the reserve */
	QY_CLASS_NOWAIT,      /* cannot sleep, has no claim on the reserve */
	QY_CLASS_MOVABLE,     /* may sleep, the page can be moved */
	QY_CLASS_RECLAIMABLE, /* may sleep, a shrinker can give the page back */
	QY_CLASS_UNMOVABLE,   /* may sleep, the page stays */
	QY_NR_GFP_CLASSES,
};

enum qy_gfp_class qy_gfp_class(qy_gfp_t gfp);
const char *qy_gfp_class_name(enum qy_gfp_class class);

struct qy_trace_stats {
	size_t nr_allocs[QY_NR_PAGE_ORDERS], nr_frees[QY_NR_PAGE_ORDERS];
	size_t nr_class[QY_NR_GFP_CLASSES]; /* allocations */
	uint64_t class_pages[QY_NR_GFP_CLASSES];
	uint64_t pages_allocated, pages_freed;

	size_t nr_unknown_frees; /* no part of it was seen allocated: older than the recording */
	uint64_t pages_unknown_freed;
	size_t nr_implied_frees; /* live blocks in the way of an allocation: their free has no event */
	uint64_t pages_implied_freed;
	size_t nr_splits; /* frees of a part of a block: split_page() and the like */
	size_t nr_joins; /* frees of a block that was allocated in parts, or partly unseen */

	uint64_t peak_pages, end_pages; /* allocated in the recording and not freed yet */
	uint64_t peak_ts_ns;
};

/**
 * qy_trace_stats() - count what a load consists of
 * @trace: loaded
 * @stats: filled in
 *
 * Invariant: pages_allocated = end_pages + pages_implied_freed + pages_freed - pages_unknown_freed.
 *
 * Context: Any. Takes host memory for the live blocks, about 32 bytes each.
 * Return: 0, or -ENOMEM.
 */
int qy_trace_stats(const struct qy_trace *trace, struct qy_trace_stats *stats);

#endif
