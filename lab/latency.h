/* SPDX-License-Identifier: MIT */
/*
 * How long the blocks of a request took: every value with its number, so that a percentile is exact.
 *
 *   qy_latency_add/refuse   one block
 *   qy_latency_percentile   how long so many of them took at most
 *   qy_latency_free
 *
 * A block that was refused never came: it is slower than any other.
 *
 * Invariants: value[] ascends; nr_blocks = sum of nr over value[] + nr_refused.
 *
 * Locking: none; one thread.
 */
#ifndef LAB_LATENCY_H
#define LAB_LATENCY_H

#include "lab/costs.h"

#define QY_NEVER_CAME INT64_MAX /* ns */

struct qy_latency_value {
	uint64_t ns, nr;
};

struct qy_latency {
	struct qy_latency_value *value;
	uint32_t nr_values, size;
	uint64_t nr_blocks, nr_refused;
	/* the slowest that came, the first of equals */
	struct qy_meter slowest;
	uint64_t slowest_ns, slowest_at_ns;
};

/* @at_ns: board time. Return: 0, -ENOMEM. */
int qy_latency_add(struct qy_latency *latency, const struct qy_meter *meter,
	const struct qy_costs *costs, uint64_t at_ns);
void qy_latency_refuse(struct qy_latency *latency);

/**
 * qy_latency_percentile() - the time within which a share of all blocks came
 * @latency:      of at least one block
 * @millipercent: 1..100000, of the blocks asked for
 *
 * Context: Any.
 * Return: nanoseconds, QY_NEVER_CAME when so many did not come.
 */
uint64_t qy_latency_percentile(const struct qy_latency *latency, uint32_t millipercent);

/* "860 ns", "12.3 us", "never". Returns @buf. */
const char *qy_format_latency(char *buf, size_t size, uint64_t ns);

void qy_latency_free(struct qy_latency *latency);

#endif
