/* SPDX-License-Identifier: MIT */
/*
 * What the reading child and its parent share: the events in a pipe, all else in one shared page.
 *
 * No state.
 */
#ifndef QUARRY_LAB_TRACE_CHILD_H
#define QUARRY_LAB_TRACE_CHILD_H

#include "lab/trace.h"
#include "lab/trace_check.h"
#include "lab/trace_tasks.h"

/* Written by the child only, believed by the parent only when the child has ended with `done` set. */
struct qy_trace_answer {
	bool done;
	char complaint[256]; /* place, what is wrong, remedy; empty = none */
	size_t nr_sent;
	struct qy_trace counts; /* the counters only; no pointer of it is used */
	uint32_t nr_tasks;
	struct qy_task
		task[QY_MAX_TRACE_TASKS]; /* pages of it come as they are written */
};

/**
 * qy_trace_child() - decode a checked file with libtracecmd and write its page events
 * @path:   the file
 * @layout: what qy_trace_check() found
 * @answer: shared with the parent
 * @pipe:   where struct qy_page_event go, in time order
 *
 * Context: A forked child that ends after it: nothing is given back.
 */
void qy_trace_child(const char *path, const struct qy_trace_layout *layout,
	struct qy_trace_answer *answer, int pipe);

#endif
