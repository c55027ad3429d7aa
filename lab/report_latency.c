// SPDX-License-Identifier: MIT
/*
 * Latencies and indexes of fragmentation in the reports. See report.h. No state.
 */
#include "lab/report.h"

#include <inttypes.h>
#include <string.h>

#include "lab/units.h"

void qy_report_latency_text(
	const struct qy_check *check, uint32_t i, char *buf, size_t size)
{
	const struct qy_expect_spec *spec = &check->scenario->expect[i];
	const struct qy_request_spec *request = &check->scenario->request[spec->request];
	const struct qy_latency *l = &check->request[spec->request].latency;
	char share[32] = "all", within[32], wanted[32];

	if (spec->millipercent < 100000 && spec->millipercent % 1000)
		snprintf(share, sizeof(share), "%u.%03u%%", spec->millipercent / 1000,
			spec->millipercent % 1000);
	else if (spec->millipercent < 100000)
		snprintf(share, sizeof(share), "%u%%", spec->millipercent / 1000);
	qy_format_latency(wanted, sizeof(wanted), spec->amount);
	if (check->expect[i].actual == QY_NEVER_CAME)
		snprintf(buf, size,
			"%s: %" PRIu64 " of %" PRIu64
			" blocks of order %u never came (expected %s within %s)",
			request->name, l->nr_refused, l->nr_blocks, request->order, share,
			wanted);
	else
		snprintf(buf, size,
			"%s: %s of %" PRIu64
			" blocks of order %u within %s (expected %s)",
			request->name, share, l->nr_blocks, request->order,
			qy_format_latency(within, sizeof(within),
				(uint64_t)check->expect[i].actual),
			wanted);
}

/* What each of @nr of them is, in words for people. */
static const char *const happened[QY_NR_COSTS] = {
	[QY_COST_CALL] = "calls of the allocator",
	[QY_COST_LOCK] = "zone locks taken",
	[QY_COST_BLOCK] = "blocks taken under them",
	[QY_COST_SPLIT] = "splits",
	[QY_COST_ZERO] = "pages zeroed",
	[QY_COST_DROP] = "pages dropped by the stand-in for reclaim",
	[QY_COST_SCAN] = "pages that compaction looked at",
	[QY_COST_MOVE] = "pages that compaction moved",
	[QY_COST_DRAIN] = "drains of all CPUs' lists",
	[QY_COST_RECLAIM] = "pages that reclaim looked at",
	[QY_COST_READ] = "pages read from swap or files",
	[QY_COST_WRITE] = "pages written to swap or files",
};

void qy_report_print_latency_why(FILE *out, const struct qy_check *check, uint32_t i)
{
	const struct qy_expect_spec *spec = &check->scenario->expect[i];
	const struct qy_latency *l = spec->kind == QY_EXPECT_TASK_LATENCY
					     ? &check->task[spec->task].latency
					     : &check->request[spec->request].latency;
	const char *file = check->costs_file ? strrchr(check->costs_file, '/') : NULL;
	char ns[32], at[32];

	if (l->nr_blocks == l->nr_refused)
		return;
	fprintf(out, "        the slowest that came took %s, at %s; costs from %s:\n",
		qy_format_latency(ns, sizeof(ns), l->slowest_ns),
		qy_format_duration(at, sizeof(at), l->slowest_at_ns),
		file                ? file + 1
		: check->costs_file ? check->costs_file
				    : "the defaults (no NAME.costs beside the tree)");
	for (unsigned int c = 0; c < QY_NR_COSTS; c++) {
		if (!l->slowest.nr[c])
			continue;
		fprintf(out, "        %10s  %" PRIu64 " %s\n",
			qy_format_latency(
				ns, sizeof(ns), l->slowest.nr[c] * check->costs.ns[c]),
			l->slowest.nr[c], happened[c]);
	}
}

void qy_report_index_text(
	const struct qy_check *check, uint32_t i, char *buf, size_t size)
{
	const struct qy_expect_spec *spec = &check->scenario->expect[i];
	char is[32], wanted[32], at[40], node[24] = "";

	if (spec->node != QY_ANY_NODE)
		snprintf(node, sizeof(node), " of node %u", spec->node);
	strcpy(at, "the end");
	if (spec->at_ns != QY_AT_END)
		qy_format_duration(at, sizeof(at), spec->at_ns);
	snprintf(buf, size,
		"%s index of %s%s for order %u: %s at %s (expected at most %s)",
		spec->kind == QY_EXPECT_UNUSABLE ? "unusable" : "fragmentation",
		spec->zone, node, spec->order,
		qy_format_index(is, sizeof(is), check->expect[i].actual), at,
		qy_format_index(wanted, sizeof(wanted), (int64_t)spec->amount));
}
