/* SPDX-License-Identifier: MIT */
/*
 * Makes a load out of numbers: a generator of a scenario becomes page events, as if they had been recorded.
 *
 * Same generator and seed, same events, on every host: integers only.
 *
 * No state.
 */
#ifndef LAB_GENERATE_H
#define LAB_GENERATE_H

#include "lab/error.h"
#include "lab/scenario.h"
#include "lab/trace.h"

/**
 * qy_generate() - the events of a generator
 * @g:     checked
 * @seed:  of the scenario, mixed with the number of the load
 * @trace: filled in; to be given to qy_trace_free()
 * @err:   when the host has no memory
 *
 * Frame numbers count up and are never reused, so each names one allocation. A free may lie behind duration_ns:
 * it is played when the scenario is longer than its load.
 *
 * Context: Any.
 * Return: 0, or -1 with @err.
 */
int qy_generate(const struct qy_load_generator *g, uint64_t seed, struct qy_trace *trace,
	struct qy_err *err);

#endif
